# shellcheck shell=bash
# The pipeline in containers: its data set put where the steps can read it, a run started and followed.

# What the next run is to read, as its steps see it; and the file or folder of this machine behind it, if any.
RUN_DATASET=
DATASET_PATH=
# Keeps that path until it is copied: what fails before is made good by the next call.
TO_COPY=$LOCAL/dataset-to-copy

# The steps see the lake and nothing else of this machine.
choose_container_dataset() {
    local chosen
    chosen=$(env_value DATASET)
    # The default is only a wish: without the network it is made up.
    if [ -z "${DATASET:-}" ] && [ "$chosen" = ml-latest-small ]; then chosen=; fi
    case $chosen in
    /lake/*) RUN_DATASET=$chosen ;;
    *)
        # shellcheck disable=SC2030,SC2031 # the one of this shell is to stay
        RUN_DATASET=$(DATASET=$chosen && resolve_dataset >&2 && printf '%s\n' "$DATASET") || exit 1
        ;;
    esac
    case $RUN_DATASET in
    /lake/* | *://* | [!/]*) ;;
    *)
        DATASET_PATH=$RUN_DATASET
        RUN_DATASET=/lake/incoming/$(basename "$DATASET_PATH")
        ;;
    esac
    if [ -n "$DATASET_PATH" ]; then
        printf '%s\n' "$DATASET_PATH" >"$TO_COPY"
    elif [ -s "$TO_COPY" ] && [ "$RUN_DATASET" = "/lake/incoming/$(basename "$(cat "$TO_COPY")")" ]; then
        DATASET_PATH=$(cat "$TO_COPY")
    fi
    # What compose reads must be what the steps can read.
    # shellcheck disable=SC2031
    [ -z "${DATASET:-}" ] || export DATASET=$RUN_DATASET
}

# Copies the file or folder into the lake, owned by the steps' user.
copy_dataset() {
    local container code=0
    container=$(docker create --volume cinelake_lake:/lake "$(image ingest)")
    python3 "$ROOT/scripts/pack_dataset.py" "$DATASET_PATH" | docker cp - "$container:/lake" || code=$?
    docker rm -f "$container"
    [ "$code" -ne 0 ] || rm -f "$TO_COPY"
    return "$code"
}

follow() {
    AIRFLOW_URL=http://127.0.0.1:$(env_value AIRFLOW_PORT) AIRFLOW_ADMIN_PASSWORD=$(env_value AIRFLOW_ADMIN_PASSWORD) \
        python3 "$ROOT/scripts/follow_run.py" "$@"
}

# Nothing is built or started anew under a run that goes on: that would break it off.
followed_active_run() {
    local code=0
    stack_is_well || return 1
    follow --only-active || code=$?
    [ "$code" -ne 3 ] || return 1
    [ "$code" -eq 0 ] || exit "$code"
}

show_container_addresses() {
    local api
    api=http://127.0.0.1:$(env_value API_PORT)
    cat <<TEXT

Cinelake is running.
  app         $api/app/       (films, recommendations, your own taste, the models)
  page        $api/ui/        (the same list on one plain page: an example to copy)
  API         $api            (docs: $api/docs)
  Airflow     http://127.0.0.1:$(env_value AIRFLOW_PORT)            (user admin, AIRFLOW_ADMIN_PASSWORD in $ENV_FILE)
  PostgreSQL  127.0.0.1:$(env_value POSTGRES_PORT)                   (user cinelake, CINELAKE_DB_PASSWORD there)
TEXT
    ! monitoring_wanted || cat <<TEXT
  Grafana     http://127.0.0.1:$(env_value GRAFANA_PORT)            (user admin, GRAFANA_ADMIN_PASSWORD there)
  Prometheus  http://127.0.0.1:$(env_value PROMETHEUS_PORT)
TEXT
    cat <<TEXT
  tables      the volume cinelake_lake

Try:  curl '$api/reco/1?n=10'
Then: python3 test-connections.py, ./init.sh status, ./init.sh down
TEXT
}
