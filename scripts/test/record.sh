# shellcheck shell=bash
# What the steps came to: each adds its lines, in whichever lane, and the end sums them up.

# A line for each step: exit code, passed, failed, name, log.
RESULTS=$LOCAL/test-results.$$
# A line for each test that was skipped: suite, what and why.
SKIPS=$LOCAL/test-skips.$$
ALLOWED_SKIPS=$ROOT/scripts/test/allowed-skips.txt

in_ci() { [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; }

# The lines in which cargo test, pytest, Vitest and node --test sum up, with "N passed" and "N failed" in each.
summaries() {
    sed -nE -e '/^test result: /p' -e '/^[0-9]+ (passed|failed|error).* in [0-9.]+s/p' -e '/^ +Tests  .*\([0-9]+\)$/p' \
        -e 's/^(ℹ|#) pass ([0-9]+)$/\2 passed/p' -e 's/^(ℹ|#) fail ([0-9]+)$/\2 failed/p' "$1"
}

# Sums "N passed" or "N failed" over them.
count() { summaries "$1" | grep -oE "[0-9]+ ($2)" | awk '{ sum += $1 } END { print sum + 0 }'; }

# What the same four skipped, a line each; of Vitest only the number.
skipped_in() {
    sed -nE -e 's/^SKIPPED \[[0-9]+\] //p' -e 's/^test (.*) \.\.\. ignored(, )?(.*)$/\1: \3/p' \
        -e 's/^ +Tests  .*[ (]([0-9]+) skipped.*$/\1 of Vitest/p' \
        -e 's/^ *﹣ (.*) # (.*)$/\1: \2/p' -e 's/^ *ok [0-9]+ - (.*) # SKIP ?(.*)$/\1: \2/p' "$1" |
        sed -E 's/ \([0-9.]+ms\)//' | sort -u
}

# run NAME COMMAND...: a step that counts as one; a test runner counts as what its own summary says. Not to be called in a
# condition (see `step`): ask ran_well afterwards.
run() {
    local name=$1 good=1 bad=0 code line
    local log="$LOGS/$STEP_PREFIX${name// /-}.log"
    step "$name" "" "${@:2}"
    code=$?
    if [ -n "$(summaries "$log")" ]; then
        good=$(count "$log" passed)
        bad=$(count "$log" 'failed|errors?')
    elif [ "$code" -ne 0 ]; then
        good=0
    fi
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    printf '%s\t%s\t%s\t%s\t%s\n' "$code" "$good" "$bad" "$name" "$log" >>"$RESULTS"
    while IFS= read -r line; do note_skip "$name" "$line"; done < <(skipped_in "$log")
}

# await_recorded: as await_lanes, and a lane that ends by itself, which none should, is a failure.
await_recorded() { await_lanes || printf '1\t0\t1\t%s\t%s\n' "a lane of steps" "see above" >>"$RESULTS"; }

# ran_well NAME...: whether all of these steps ran, without a failure.
ran_well() {
    local name
    for name in "$@"; do
        awk -F '\t' -v name="$name" '$4 == name && $1 == 0 { found = 1 } END { exit !found }' "$RESULTS" || return 1
    done
}

note_skip() {
    printf '  skip  %s: %s\n' "$1" "$2"
    printf '%s: %s\n' "$1" "$2" >>"$SKIPS"
}

# skip NAME REASON: a step that cannot run here.
skip() { note_skip "$1" "the whole step: $2"; }

allowed_skip() {
    local pattern
    while IFS= read -r pattern; do
        [[ ! $1 =~ ${pattern%% -- *} ]] || return 0
    done < <(grep -v -e '^#' -e '^$' "$ALLOWED_SKIPS")
    return 1
}

# Those that nobody agreed to.
surprising_skips() {
    local line
    sort -u "$SKIPS" | while IFS= read -r line; do allowed_skip "$line" || printf '%s\n' "$line"; done
}

# In CI the logs of failed steps whole, then the failures, then the counts; whether there was no failure.
sum_up() {
    local passed failed skips=""
    passed=$(awk -F '\t' '{ sum += $2 } END { print sum + 0 }' "$RESULTS")
    failed=$(awk -F '\t' '{ sum += $3 } END { print sum + 0 }' "$RESULTS")
    if in_ci; then
        skips=$(surprising_skips)
        failed=$((failed + $(printf '%s' "$skips" | grep -c '')))
        awk -F '\t' '$1 != 0 { print $4 "\t" $5 }' "$RESULTS" | while IFS=$'\t' read -r name log; do
            say "--- the whole log of $name ---"
            [ ! -f "$log" ] || cat "$log"
            say "--- end of the log of $name ---"
        done
    fi
    say ""
    if [ "$failed" -gt 0 ]; then
        say "Failed:"
        awk -F '\t' '$1 != 0 { print "  " $4 ": " $5 }' "$RESULTS"
        [ -z "$skips" ] || printf '%s\n' "$skips" | sed "s/^/  skipped, which ${ALLOWED_SKIPS##*/} does not allow: /"
        say ""
    fi
    say "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
