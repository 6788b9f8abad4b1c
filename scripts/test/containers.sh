# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The tests of the containers, in a Docker engine of their own with stand-ins of the images that cannot be pulled.

# Where the ports are that the engine publishes.
test_containers() {
    cd "$CONTAINER_TESTS"
    export CINELAKE_BIN=$PROGRAMS
    in_engine "$VENV/bin/python" -m pytest -q -rs ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
}

# What the engine needs and what can be made before it runs; Airflow's stand-in, which is the other part, goes before the
# Python tools.
prepare_systems() {
    run "install Docker tools" install_engine_tools
    if ran_well "install Docker tools"; then run "make Debian stand-ins" make_systems; fi
}

# The engine with everything the stack needs in it; whether it has that is ran_well "build stand-ins".
start_engine() {
    at_end engine_stop
    if ! engine_start; then
        skip "test containers" "the engine does not start: $ENGINE_SAID"
        return
    fi
    run "import stand-ins" import_systems
    ran_well "import stand-ins" || return 0
    run "build stand-ins" build_stand_ins
    sed -n 's/^no stand-in for /  without  /p' "$LOGS/${STEP_PREFIX}build-stand-ins.log"
}
