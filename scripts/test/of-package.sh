#!/usr/bin/env bash
# Runs a test program if its package is one of TEST_PACKAGES. cargo starts it, with the package's name in the environment.
[[ " $TEST_PACKAGES " = *" $CARGO_PKG_NAME "* ]] || exit 0
exec "$@"
