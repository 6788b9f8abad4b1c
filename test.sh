#!/usr/bin/env bash
# Runs every test: format, lints, build, then against a PostgreSQL of their own the Rust tests and the whole pipeline
# (tests/) and what is seen of it (tests/monitoring), the front ends in a browser (frontend/e2e), the DAG's tests, and in
# a Docker engine of their own the containers' (tests/containers).
# Goes on after a failure and lists all of them at the end. With CI=true the log of a failed step is printed whole.
set -uo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/scripts
# shellcheck source=scripts/common.sh
. "$scripts/common.sh"
# shellcheck source=scripts/postgres.sh
. "$scripts/postgres.sh"
# shellcheck source=scripts/checks.sh
. "$scripts/checks.sh"
# shellcheck source=scripts/airflow.sh
. "$scripts/airflow.sh"
# shellcheck source=scripts/frontend.sh
. "$scripts/frontend.sh"
# shellcheck source=scripts/monitoring.sh
. "$scripts/monitoring.sh"
# shellcheck source=scripts/engine.sh
. "$scripts/engine.sh"
# shellcheck source=scripts/stand-ins.sh
. "$scripts/stand-ins.sh"

STEP_PREFIX=test-
DATABASE=$LOCAL/test-postgres.$$
export CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never NO_COLOR=1

passed=0
failed=0
failures=()
# Exit code of the last `run`.
RUN_CODE=0
ENGINE_READY=

in_ci() { [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; }

# The lines in which cargo test, pytest, Vitest and node --test sum up, with "N passed" and "N failed" in each.
summaries() {
    sed -nE -e '/^test result: /p' -e '/^[0-9]+ (passed|failed|error).* in [0-9.]+s/p' -e '/^ +Tests  .*\([0-9]+\)$/p' \
        -e 's/^(ℹ|#) pass ([0-9]+)$/\2 passed/p' -e 's/^(ℹ|#) fail ([0-9]+)$/\2 failed/p' "$1"
}

# Sums "N passed" or "N failed" over them.
count() { summaries "$1" | grep -oE "[0-9]+ ($2)" | awk '{ sum += $1 } END { print sum + 0 }'; }

# run NAME COMMAND...: a step that counts as one; a test runner counts as what its own summary says.
run() {
    local name=$1 good=1 bad=0 code
    local log="$LOGS/$STEP_PREFIX${name// /-}.log"
    step "$name" "" "${@:2}"
    code=$?
    RUN_CODE=$code
    if [ -n "$(summaries "$log")" ]; then
        good=$(count "$log" passed)
        bad=$(count "$log" 'failed|errors?')
    elif [ "$code" -ne 0 ]; then
        good=0
    fi
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    passed=$((passed + good))
    failed=$((failed + bad))
    [ "$code" -ne 0 ] || return 0
    failures+=("$name: $log")
    if in_ci; then
        say "--- the whole log of $name ---"
        cat "$log"
        say "--- end of the log of $name ---"
    fi
    return "$code"
}

# skip NAME REASON: a test that cannot run here; in CI that is a failure.
skip() {
    printf '  skip  %s (%s)\n' "$1" "$2"
    in_ci || return 0
    failed=$((failed + 1))
    failures+=("$1: skipped in CI: $2")
}

check_format() { cd "$ROOT" && cargo fmt --all --check; }
lint_rust() { cd "$ROOT" && cargo clippy --release --locked --workspace --all-targets -- -D warnings; }
build() { cd "$ROOT" && cargo build --release --locked --workspace --bins; }
test_rust() { cd "$ROOT" && cargo test --release --locked --workspace --no-fail-fast; }
test_pipeline() { cd "$ROOT/tests" && CINELAKE_BIN=$BIN venv_python -m pytest -q; }
test_monitoring() { cd "$ROOT/tests/monitoring" && CINELAKE_BIN=$BIN venv_python -m pytest -q; }
# Where the ports are that the engine publishes.
test_containers() {
    cd "$ROOT/tests/containers"
    export CINELAKE_BIN=$BIN
    in_engine "$VENV/bin/python" -m pytest -q
}
test_app() {
    cd "$APP_SOURCE"
    install_node_packages
    npm run lint
    npm test
    build_app
}
# One data set that needs no network; `npm test` there takes another one, too.
test_front_ends() {
    cd "$ROOT/frontend/e2e"
    install_node_packages
    CINELAKE_BIN=$BIN npm test
}
test_airflow() { cd "$ROOT/airflow" && venv_python -m pytest -q; }

lint_python() {
    cd "$ROOT"
    "$VENV/bin/ruff" check --config airflow/ruff.toml airflow bench connections grafana scripts tests ./*.py
    "$VENV/bin/ruff" format --config airflow/ruff.toml --check airflow bench connections grafana scripts tests ./*.py
}

lint_shell() {
    cd "$ROOT"
    "$VENV/bin/shellcheck" -x init.sh test.sh .ci/run scripts/*.sh tests/containers/stand-ins/*.sh frontend/e2e/harness/*.sh
}

# A server on a free port, for these tests alone. Nothing in it outlives them, so it need not wait for the disk.
start_test_postgres() {
    postgres_create "$DATABASE" "$1"
    postgres_start "$DATABASE" "$2" -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200
}

prepare_test_postgres() {
    local port password
    port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    password=$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
    mkdir -p "$DATABASE" && chmod 700 "$DATABASE"
    # Asked apart first: its refusal must not end the other tests.
    if (choose_server_user "$DATABASE"); then choose_server_user "$DATABASE"; else return 1; fi
    run "start PostgreSQL" start_test_postgres "$password" "$port" || return 1
    export TEST_DATABASE_URL=postgres://postgres:$password@127.0.0.1:$port/postgres
}

# Airflow's figures for Prometheus go through this; without it the tests of them are skipped by pytest, which does not know
# that CI wants all of them.
prepare_statsd_exporter() {
    if command -v go >/dev/null; then step "compile statsd_exporter" "" make_statsd_exporter; fi
    STATSD_EXPORTER=$(compgen -G "$STAND_IN_CACHE/statsd_exporter-*" | head -n 1)
    if [ -n "$STATSD_EXPORTER" ]; then export STATSD_EXPORTER; else skip "test Airflow's figures" "no statsd_exporter, and no Go that could compile it"; fi
}

# Docker with everything the stack needs in it, as far as it can be had here; then ENGINE_READY is set. Neither this nor
# its steps may be called in a condition: bash would then ignore failures inside of them.
prepare_engine() {
    local obstacle
    obstacle=$(engine_obstacle)
    if [ -n "$obstacle" ]; then
        skip "test containers" "$obstacle"
        return
    fi
    run "install Docker tools" install_engine_tools
    [ "$RUN_CODE" -eq 0 ] || return
    if ! engine_start; then
        skip "test containers" "the engine does not start: $ENGINE_SAID"
        return
    fi
    run "make Debian stand-ins" make_systems
    [ "$RUN_CODE" -eq 0 ] || return
    run "make Airflow stand-in" make_airflow_packages
    [ "$RUN_CODE" -eq 0 ] || return
    run "import stand-ins" import_systems
    [ "$RUN_CODE" -eq 0 ] || return
    run "build stand-ins" build_stand_ins
    [ "$RUN_CODE" -eq 0 ] || return
    sed -n 's/^no stand-in for /  without  /p' "$LOGS/${STEP_PREFIX}build-stand-ins.log"
    ENGINE_READY=1
}

# The app before the containers' tests: the API's image has it.
test_what_is_seen() {
    local obstacle
    obstacle=$(app_obstacle)
    if [ -n "$obstacle" ]; then
        skip "test app" "$obstacle; it wants Node.js 20.19 or newer"
        skip "test front ends" "$obstacle; they want Node.js 20.19 or newer"
        return
    fi
    run "test app" test_app
    if [ "$1" -ne 1 ]; then
        skip "test front ends" "the build failed"
        return
    fi
    run "test front ends" test_front_ends
    sed -nE -e 's/^ *﹣ (.*) # (.*)$/  skip  \1 (\2)/p' -e 's/^ *ok [0-9]+ - (.*) # SKIP (.+)$/  skip  \1 (\2)/p' "$LOGS/${STEP_PREFIX}test-front-ends.log" | sort -u
}

clean_up() {
    trap '' INT TERM HUP
    end_step
    engine_stop
    [ -d "$DATABASE" ] || return 0
    postgres_stop "$DATABASE" >/dev/null 2>&1
    rm -rf "$DATABASE"
}

test_everything() {
    local python_tools=1 binaries=1
    run "format" check_format
    run "install Python tools" install_dev_tools || python_tools=0
    if [ $python_tools -eq 1 ]; then
        run "lint Python" lint_python
        run "lint shell scripts" lint_shell
    else
        skip "lint Python" "the Python tools could not be installed"
        skip "lint shell scripts" "the Python tools could not be installed"
    fi
    run "lint Rust" lint_rust
    run "build" build || binaries=0
    if [ $binaries -eq 1 ] && prepare_test_postgres; then
        run "test Rust" test_rust
        if [ $python_tools -eq 1 ]; then run "test pipeline" test_pipeline; else skip "test pipeline" "no Python tools"; fi
        command -v redis-server >/dev/null || skip "test Redis" "no redis-server here: sudo apt-get install redis-server"
    else
        skip "test Rust" "the build or PostgreSQL failed"
        skip "test pipeline" "the build or PostgreSQL failed"
    fi
    if [ $binaries -eq 1 ] && [ $python_tools -eq 1 ]; then
        prepare_statsd_exporter
        run "test monitoring" test_monitoring
        sed -n 's/^SKIPPED \[[0-9]*\] /  skip  /p' "$LOGS/${STEP_PREFIX}test-monitoring.log"
    else
        skip "test monitoring" "the build failed or there are no Python tools"
    fi
    test_what_is_seen "$binaries"
    if [ $python_tools -eq 1 ]; then run "test Airflow" test_airflow; else skip "test Airflow" "no Python tools"; fi
    if [ $binaries -eq 1 ] && [ $python_tools -eq 1 ]; then
        prepare_engine
        if [ -n "$ENGINE_READY" ]; then
            run "test containers" test_containers
            sed -n 's/^SKIPPED \[[0-9]*\] /  skip  /p' "$LOGS/${STEP_PREFIX}test-containers.log"
        fi
    else
        skip "test containers" "the build failed or there are no Python tools"
    fi
}

make_folders
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
check_tools
install_test_tools
test_everything
if [ ${#failures[@]} -gt 0 ]; then
    say ""
    say "Failed:"
    printf '  %s\n' "${failures[@]}"
fi
say ""
say "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
