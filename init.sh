#!/usr/bin/env bash
# Sets Cinelake up, runs the pipeline once and leaves the services running. See --help.
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)/scripts
# shellcheck source=scripts/common.sh
. "$scripts/common.sh"

usage() {
    cat <<'TEXT'
Sets Cinelake up, runs the pipeline once and leaves the services running.

  ./init.sh            with Docker when a Docker daemon answers, else on this machine
  ./init.sh --local    on this machine: everything it makes is in .local/, target/ and lakehouse/
  ./init.sh status     shows every service; fails when one is down
  ./init.sh down       stops what was started; the data stays
  ./init.sh --help     this text

Run again, it reuses all it can. From the environment:
  DATASET         what to learn from: ml-latest-small (default), ml-latest, ml-25m, ml-32m, a URL or path of a
                  MovieLens zip, a folder, or sample[:SIZE] (made up here, needs no network)
  API_PORT        8000     the recommendations
  AIRFLOW_PORT    8080     the pipeline
  POSTGRES_PORT   54320    the database
  LAKE_URI        where the tables live (default: lakehouse/)
  THREADS         threads of a pipeline task (default: all)
TEXT
}

# Variables and ports before the files that use them.
API_PORT=${API_PORT:-8000}
AIRFLOW_PORT=${AIRFLOW_PORT:-8080}
POSTGRES_PORT=${POSTGRES_PORT:-54320}
SCHEDULER_PAUSED=
# shellcheck source=scripts/postgres.sh
. "$scripts/postgres.sh"
# shellcheck source=scripts/checks.sh
. "$scripts/checks.sh"
# shellcheck source=scripts/airflow.sh
. "$scripts/airflow.sh"
# shellcheck source=scripts/services.sh
. "$scripts/services.sh"

interrupted() {
    trap '' INT TERM HUP
    say "" >&2
    say "interrupted: ending the step under way; run the same command again to go on" >&2
    end_step
    exit 130
}

build_binaries() {
    cd "$ROOT"
    cargo build --release --locked --workspace --bins
}

migrate() { "$BIN/publish" migrate; }

# The scheduler must not run the same run or a nightly one beside ours: one writer per table.
pause_scheduler() {
    local run
    run=$(active_run)
    [ -z "$run" ] || die "the pipeline is running already ($run): wait for it (http://127.0.0.1:$AIRFLOW_PORT), or stop everything with ./init.sh down"
    if alive airflow-scheduler; then SCHEDULER_PAUSED=1; fi
    stop airflow-scheduler
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
  API       $api            (docs: $api/docs)
  Airflow   http://127.0.0.1:$AIRFLOW_PORT            (user admin, password in $SECRETS/airflow-passwords.json)
  tables    $LAKE_URI

Try:  curl '$api/reco/1?n=10'
Then: ./init.sh status, ./init.sh down
TEXT
}

run_locally() {
    make_folders
    only_one_at_a_time
    check_tools
    check_port "$API_PORT" api API_PORT
    check_port "$AIRFLOW_PORT" airflow-api-server AIRFLOW_PORT
    check_port "$POSTGRES_PORT" postgres POSTGRES_PORT
    check_disk
    resolve_dataset
    airflow_environment

    say "Setting up Cinelake with the data set $DATASET"
    step "build binaries" "read the compiler's message; offline, cargo needs its packages fetched once (cargo fetch)" build_binaries
    step "start PostgreSQL" "read $LOCAL/postgres/server.log; a damaged cluster is made anew after: rm -rf $LOCAL/postgres" start_postgres
    step "migrate" "the database must be of this version or an older one" migrate
    step "install Airflow" "check that the Python package index can be reached (pip download six)" install_airflow
    pause_scheduler
    step "run pipeline" "the live recommendations are as they were; cure the cause and run this again" run_pipeline
    step "start services" "" start_services
    show_addresses
}

docker_answers() { command -v docker >/dev/null && docker info >/dev/null 2>&1; }

# The container stack will be `docker compose up` from here.
run_in_containers() {
    say "notice: a Docker daemon answers, but the container stack is not part of this version: going on locally"
    run_locally
}

status() {
    make_folders
    find_python || true
    airflow_environment
    show_status
}

down() {
    make_folders
    ! alive init || die "./init.sh is at work (process $(pid_of init)): end it first"
    find_postgres "$LOCAL/postgres" || die "the PostgreSQL programs that made $LOCAL/postgres are gone: install them again to stop it cleanly"
    step "stop services" "" stop_services
}

main() {
    [ $# -le 1 ] || { usage >&2 && exit 2; }
    case ${1:-} in
    "") if docker_answers; then run_in_containers; else run_locally; fi ;;
    --local) run_locally ;;
    status) status ;;
    down) down ;;
    -h | --help) usage ;;
    *)
        say "error: unknown argument: $1" >&2
        usage >&2
        exit 2
        ;;
    esac
}

main "$@"
