# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The Rust workspace: format, lints, the programs that the suites use, the tests.
#
# Everything that ./test.sh compiles is in the development profile, with the crates that do the work optimised (Cargo.toml),
# and compiled once: programs, tests, benches and examples in one go, our own crates by Clippy's driver, which is the
# compiler and tells the lints as it goes. `cargo clippy` would check every dependency a second time.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver
# What only pays for one change after another.
! in_ci || export CARGO_INCREMENTAL=0

# The programs without their symbols, which images and copies would carry.
PROGRAMS=$LOCAL/test-programs

check_format() { cd "$ROOT" && cargo fmt --all --check; }

build_all() { cargo build --locked --workspace --all-targets; }

build() {
    local program
    cd "$ROOT"
    build_all
    rm -rf "$PROGRAMS"
    mkdir -p "$PROGRAMS"
    find "$TARGET/debug" -maxdepth 1 -type f -perm -u+x | while IFS= read -r program; do
        strip -o "$PROGRAMS/$(basename "$program")" "$program"
    done
}

# Cargo tells the warnings again of what is compiled already.
lint_rust() {
    local log=$LOCAL/lint-rust.$BASHPID code=0
    cd "$ROOT"
    build_all 2>&1 | tee "$log"
    ! grep -q '^warning' "$log" || code=1
    rm -f "$log"
    return $code
}

test_rust() {
    cd "$ROOT"
    cargo test --locked --workspace --no-fail-fast --lib --bins --tests ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
    [ ${#ARGUMENTS[@]} -gt 0 ] || cargo test --locked --workspace --no-fail-fast --doc
}

# What was started is ended, in whichever way the shell of the step ends.
# ends_with_step PID FOLDER
ends_with_step() {
    # shellcheck disable=SC2064 # the values of now; a step runs in a shell of its own, which ends with it
    trap "kill -KILL $1; wait $1 2>/dev/null || true; rm -rf '$2'" EXIT
}

# test_facts [OPTION...]: those that hold wherever the lake lies.
test_facts() {
    cargo test --locked --workspace --no-fail-fast --test tables --test growth ${ARGUMENTS[@]+"${ARGUMENTS[@]}"} ${1:+--} "$@"
}

# The facts about tables once more, in an object store ...
test_lake() {
    local folder=$LOCAL/test-object-store.$BASHPID port weed line command=()
    port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(min(s.getsockname()[1], 65500))')
    mkdir -p "$folder"
    export AWS_ACCESS_KEY_ID=tests AWS_SECRET_ACCESS_KEY=of-the-tests AWS_REGION=us-east-1
    export AWS_ENDPOINT_URL=http://127.0.0.1:$port TEST_LAKE=s3://lake
    while IFS= read -r line; do command+=("$line"); done < <(object_store_command "$VENV/bin/weed" "$folder" "$port" lake)
    "${command[@]}" >"$folder/log" 2>&1 &
    weed=$!
    ends_with_step "$weed" "$folder"
    until object_store_answers "$port" lake; do
        kill -0 "$weed" || { tail "$folder/log" && return 1; }
        sleep 0.2
    done
    cd "$ROOT"
    test_facts
}

# ... and in HDFS.
test_lake_in_hdfs() {
    local folder=$LOCAL/test-hdfs.$BASHPID node line command=()
    mkdir -p "$folder"
    while IFS= read -r line; do command+=("$line"); done < <(hdfs_command "$folder")
    "${command[@]}" >"$folder/log" 2>&1 &
    node=$!
    ends_with_step "$node" "$folder"
    until TEST_LAKE=$(hdfs_address "$folder"); do
        kill -0 "$node" || { tail "$folder/log" && return 1; }
        sleep 0.2
    done
    export TEST_LAKE
    cd "$ROOT"
    # A hundred commits take more than a minute there, and tell nothing that they do not tell elsewhere.
    test_facts --skip a_run_is_found_after_its_log_entry_is_behind_a_checkpoint
}

# All of the workspace is compiled, what did not change being there already: of some packages alone cargo would build the
# dependencies anew, with other features. The tests of those in TEST_PACKAGES run.
quick_test_rust() {
    cd "$ROOT"
    cargo test --locked --workspace --no-fail-fast --lib --bins --tests \
        --config "target.'cfg(all())'.runner = ['$ROOT/scripts/test/of-package.sh']"
}
