# shellcheck shell=bash
# ./test.sh quick: format, lints, unit and contract tests of what changed.

# quick_base [REF]: the commit to compare with; on main itself the last one, so that what is not committed counts.
quick_base() {
    local main
    if [ -n "${1:-}" ]; then
        git -C "$ROOT" rev-parse --verify --quiet "$1^{commit}" || wrong_usage "$1 names no commit"
        return
    fi
    for main in origin/HEAD origin/main origin/master main master; do
        git -C "$ROOT" merge-base HEAD "$main" 2>/dev/null && return
    done
    git -C "$ROOT" rev-parse HEAD
}

changed_files() {
    git -C "$ROOT" diff --name-only --no-renames "$1"
    git -C "$ROOT" ls-files --others --exclude-standard
}

touches() { grep -qx "$1" <<<"$TOUCHED"; }

quick_rust() {
    TEST_PACKAGES=$(sed -n 's/^rust://p' <<<"$TOUCHED" | tr '\n' ' ')
    [ -n "$TEST_PACKAGES" ] || return 0
    export TEST_PACKAGES
    run "format" check_format
    run "lint Rust" lint_rust
    prepare_test_postgres
    run "test Rust" quick_test_rust
}

quick_rest() {
    if touches app; then run "test app" test_app; fi
    run "install Python tools" install_dev_tools
    ran_well "install Python tools" || return 0
    if touches python; then run "lint Python" lint_python; fi
    if touches shell; then run "lint shell scripts" lint_shell; fi
    run "test contract" test_contract
    if touches airflow; then run "test Airflow" quick_test_airflow; fi
}

quick() {
    local base files
    base=$(quick_base "${1:-}") || exit
    files=$(changed_files "$base")
    if [ -z "$files" ]; then
        say "nothing has changed since $(git -C "$ROOT" log -1 --format='%h %s' "$base")"
        return
    fi
    TOUCHED=$("$PYTHON" "$ROOT/scripts/test/changed.py" "$ROOT" <<<"$files")
    say "$(wc -l <<<"$files" | tr -d ' ') files changed since $(git -C "$ROOT" log -1 --format='%h %s' "$base")"
    say "  packages: $(sed -n 's/^rust://p' <<<"$TOUCHED" | paste -sd ' ' -)"
    lane quick_rust
    lane quick_rest
    await_recorded
}
