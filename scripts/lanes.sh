# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031 # a lane has lists of its own
# Lanes: each has steps that run one after the other, beside those of the other lanes.

# Process ids; each leads a process group.
LANES=()
# What the lane that we are in does when it ends, however it ends.
AT_END=()
# A folder for each command that a lane has taken.
TURNS=$LOCAL/turns.$$

# lane COMMAND...: begins one. It runs in a shell of its own, so that variables set there stay there.
lane() {
    set -m
    (
        set +m
        # shellcheck disable=SC2034 # `step` reads it
        IN_LANE=1
        LANES=()
        AT_END=()
        trap end_lane EXIT
        trap 'exit 143' INT TERM HUP
        "$@"
    ) </dev/null &
    LANES+=("$!")
    set +m
}

at_end() { AT_END+=("$1"); }

do_at_end() {
    local command
    for command in ${AT_END[@]+"${AT_END[@]}"}; do "$command"; done
    AT_END=()
}

end_lane() {
    local code=$?
    trap '' INT TERM HUP
    end_step
    do_at_end
    exit "$code"
}

# take_turns PREFIX NAME...: does, one after the other, those commands that no other lane with the same list has taken.
take_turns() {
    local prefix=$1 name
    shift
    mkdir -p "$TURNS"
    for name in "$@"; do
        if mkdir "$TURNS/$name" 2>/dev/null; then "$prefix$name"; fi
    done
}

# Waits for all of them. When one fails the others are ended, and its exit code is returned.
await_lanes() {
    local lane left code=0
    while [ ${#LANES[@]} -gt 0 ]; do
        left=()
        for lane in "${LANES[@]}"; do
            if kill -0 "$lane" 2>/dev/null; then left+=("$lane"); else wait "$lane" || code=$?; fi
        done
        LANES=(${left[@]+"${left[@]}"})
        if [ "$code" -ne 0 ]; then
            end_lanes
            return "$code"
        fi
        [ ${#LANES[@]} -eq 0 ] || sleep 0.2
    done
}

# Ends all of them with everything that they started.
end_lanes() {
    local lane
    for lane in ${LANES[@]+"${LANES[@]}"}; do kill -TERM "$lane" 2>/dev/null || true; done
    for lane in ${LANES[@]+"${LANES[@]}"}; do wait "$lane" 2>/dev/null || true; done
    LANES=()
}
