# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031 # a lane has lists of its own
# Lanes: each has steps that run one after the other, beside those of the other lanes.

# Process ids; each leads a process group.
LANES=()
# What the lane that we are in does when it ends, however it ends.
AT_END=()

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

end_lane() {
    local code=$? command
    trap '' INT TERM HUP
    end_step
    for command in ${AT_END[@]+"${AT_END[@]}"}; do "$command"; done
    exit "$code"
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
