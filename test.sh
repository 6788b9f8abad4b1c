#!/usr/bin/env bash
# Runs the tests: see --help. Goes on after a failure and lists all of them at the end. With CI=true the log of a failed step
# is printed whole, and a test that is skipped must be one of scripts/test/allowed-skips.txt.
set -uo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/scripts
# shellcheck source=scripts/common.sh
. "$scripts/common.sh"
for part in lanes postgres checks airflow frontend monitoring object-store hdfs spark \
    test/folders test/record test/engine test/stand-ins test/prerequisites test/database \
    test/rust test/python test/frontend test/containers test/steps test/quick; do
    # shellcheck source=/dev/null # each is checked on its own
    . "$scripts/$part.sh"
done

STEP_PREFIX=test-
# For the runner of a single step: pytest, cargo test or node --test.
# shellcheck disable=SC2034 # the other files read it
ARGUMENTS=()
export CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never NO_COLOR=1

usage() {
    cat <<'TEXT'
Runs the tests. The last line counts them; a failure is listed with its log.

  ./test.sh                   every test, an hour on two cores
  ./test.sh quick [COMMIT]    format, lints, unit and contract tests of what changed since COMMIT, committed or not
                              (default: since the branch left main)
  ./test.sh STEP... [-- ARGUMENT...]
                              these steps alone, with arguments for pytest, cargo test or node --test

Steps:
  format, lint-rust, lint-python, lint-shell
  rust         the tests of the workspace, against a PostgreSQL
  lake         what holds of tables, in an object store and in HDFS
  contract     layers, descriptions, rules and docs: needs no programs
  pipeline     the programs, killed and fed with bad input, and the API
  airflow      the DAGs
  setup        ./init.sh and test-connections.py
  monitoring   everything runs, and Prometheus looks at it
  app          the React app by itself: lint, unit tests, build
  browser      both front ends in Chromium
  containers   everything in containers, in a Docker engine of its own (root on Linux)
  spark-reads  Spark reads the tables in a folder, in S3 and in HDFS; only if named: it downloads 600 MB

  ./test.sh pipeline -- -k kill
  ./test.sh rust -- fold_in
TEXT
}

wrong_usage() {
    say "error: $1" >&2
    usage >&2
    exit 2
}

# What needs no compiler, beside the compiler.
prepare() {
    if [ ${#PACKAGES[@]} -gt 0 ]; then run "install packages" install_packages "${PACKAGES[@]}"; fi
    run "install Airflow" install_venv
    if can_have_engine; then run "make Airflow stand-in" make_airflow_packages; fi
    run "install Python tools" install_dev_tools
    if ran_well "install Python tools"; then
        run "lint Python" lint_python
        run "lint shell scripts" lint_shell
        run "test contract" test_contract
    fi
    if [ -z "$(app_obstacle)" ]; then run "test app" test_app; else skip "test app" "$(app_obstacle)"; fi
    if can_have_engine; then prepare_systems; fi
    if [ -z "$(hdfs_obstacle)" ]; then run "install HDFS" install_hdfs; fi
    if has_go; then run "compile statsd_exporter" make_statsd_exporter; fi
}

compile() {
    run "format" check_format
    run "build" build
    if ran_well "build"; then run "lint Rust" lint_rust; else not_prepared "lint Rust"; fi
}

# Those that take longest first; they share no port and no folder.
SUITES="containers pipeline monitoring rust lake airflow browser setup"

everything() {
    check_everything
    if [ -n "$INSTALL_FIRST" ]; then
        run "install packages" install_packages "${PACKAGES[@]}"
        check_tools
    fi
    lane compile
    lane prepare
    await_recorded
    prepare_test_postgres
    if ! ran_well "build"; then
        not_prepared "test Rust"
        SUITES=${SUITES/ rust/}
    fi
    # shellcheck disable=SC2086 # one word a suite
    for _ in 1 2; do lane take_turns step_ $SUITES; done
    await_recorded
}

single_steps() {
    local names=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        is_step "$1" || wrong_usage "$1 is no step"
        names+=("$1")
        shift
    done
    [ ${#names[@]} -gt 0 ] || wrong_usage "which step?"
    # shellcheck disable=SC2034 # the other files read it
    ARGUMENTS=("${@:2}")
    check_tools
    lane perform_steps "${names[@]}"
    await_recorded
}

clean_up() {
    trap '' INT TERM HUP
    end_step
    end_lanes
    do_at_end
    rm -rf "$TURNS"
    rm -f "$RESULTS" "$SKIPS"
}

main() {
    case ${1:-} in
    -h | --help) usage && return ;;
    esac
    make_folders
    : >"$RESULTS"
    : >"$SKIPS"
    trap clean_up EXIT
    trap 'exit 130' INT TERM HUP
    case ${1:-} in
    "") everything ;;
    quick)
        check_tools
        quick "${@:2}"
        ;;
    *) single_steps "$@" ;;
    esac
    sum_up
    # Nothing more is read: this file may have been edited meanwhile.
    exit
}

main "$@"
