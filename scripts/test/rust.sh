# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The Rust workspace: format, lints, the programs that the suites use, the tests.
#
# Everything that ./test.sh compiles is in the release profile: the dependencies, most of the work, are built once and serve
# the programs, the lints (by their build scripts and macros) and the tests; the development profile would build all of them
# again. Our own crates are compiled again for their tests in any case, and that without optimisation, which is much faster and
# changes nothing of the dependencies. ./test.sh quick is for one change after another and uses the development profile.

# The programs as they were built: cargo replaces those in target/release by the ones it builds for the tests.
PROGRAMS=$LOCAL/test-programs
# The numerical code is too slow to test without optimisation.
OPTIMISED="als"

check_format() { cd "$ROOT" && cargo fmt --all --check; }

build() {
    cd "$ROOT"
    cargo build --release --locked --workspace --bins
    rm -rf "$PROGRAMS"
    mkdir -p "$PROGRAMS"
    find "$BIN" -maxdepth 1 -type f -perm -u+x -exec cp -p {} "$PROGRAMS/" \;
}

# Whatever the suites beside it need goes before it.
lint_rust() { cd "$ROOT" && nice cargo clippy --release --locked --workspace --all-targets -- -D warnings; }

workspace_packages() {
    cargo metadata --format-version 1 --no-deps --locked |
        "$PYTHON" -c 'import json, sys; print(*(package["name"] for package in json.load(sys.stdin)["packages"]))'
}

# Examples are compiled by the lints. At the end the programs in target/release are those of `build` again.
test_rust() {
    local name flags=()
    cd "$ROOT"
    for name in $(workspace_packages); do
        [[ " $OPTIMISED " = *" $name "* ]] ||
            flags+=(--config "profile.release.package.$name.opt-level=0" --config "profile.release.package.$name.codegen-units=16")
    done
    trap 'cargo build --release --locked --workspace --bins' EXIT
    cargo test --release --locked --workspace --no-fail-fast "${flags[@]}" --lib --bins --tests ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
    [ ${#ARGUMENTS[@]} -gt 0 ] || cargo test --release --locked --workspace --no-fail-fast "${flags[@]}" --doc
}

# All of the workspace is compiled, what did not change being there already: of some packages alone cargo would build the
# dependencies anew, with other features. The tests of those in TEST_PACKAGES run.
quick_lint_rust() { cd "$ROOT" && cargo clippy --locked --workspace --all-targets -- -D warnings; }
quick_test_rust() {
    cd "$ROOT"
    cargo test --locked --workspace --no-fail-fast --lib --bins --tests \
        --config "target.'cfg(all())'.runner = ['$ROOT/scripts/test/of-package.sh']"
}
