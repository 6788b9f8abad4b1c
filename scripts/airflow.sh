# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# Airflow in a virtual environment of its own: installed, configured, running the pipeline.

VENV=$AIRFLOW_DIR/venv
# Airflow's log lines of one run are for people to read; the services write theirs to .local/logs.
export AIRFLOW_HOME=$AIRFLOW_DIR/home

venv_python() { "$VENV/bin/python" "$@"; }

# Installs in seconds what takes pip minutes.
UV=uv==0.13.9
UV_FOLDER=$LOCAL/tools/$UV

# Everything Airflow and the pipeline are told, in one place: the services and `dags test` see the same.
airflow_environment() {
    local base=http://127.0.0.1:$AIRFLOW_PORT
    export AIRFLOW__CORE__DAGS_FOLDER=$ROOT/airflow/dags
    export AIRFLOW__CORE__LOAD_EXAMPLES=False
    export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
    export AIRFLOW__CORE__EXECUTOR=LocalExecutor
    # One run at a time, one task at a time; an idle worker is a process.
    export AIRFLOW__CORE__PARALLELISM=2
    export AIRFLOW__CORE__EXECUTION_API_SERVER_URL=$base/execution/
    export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=admin:admin
    export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE=$SECRETS/airflow-passwords.json
    export AIRFLOW__API__BASE_URL=$base
    # The longest task, with its margin: its token must outlive it.
    export AIRFLOW__EXECUTION_API__JWT_EXPIRATION_TIME=10800
    export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://airflow:$(secret airflow)@127.0.0.1:$POSTGRES_PORT/airflow
    AIRFLOW__API__SECRET_KEY=$(secret airflow-api)
    AIRFLOW__API_AUTH__JWT_SECRET=$(secret airflow-jwt)
    AIRFLOW__CORE__FERNET_KEY=$(secret airflow-fernet fernet)
    export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN AIRFLOW__API__SECRET_KEY AIRFLOW__API_AUTH__JWT_SECRET AIRFLOW__CORE__FERNET_KEY

    export CINELAKE_RUNNER=process CINELAKE_BIN=$BIN CINELAKE_DATASET=${DATASET:-ml-latest-small}
    export CINELAKE_DESCRIPTION=${DATASET_DESCRIPTION:-}
    export CINELAKE_RETRY_SECONDS=${CINELAKE_RETRY_SECONDS:-10}
    # The pipeline runs in another folder than the one that a relative path was meant for.
    case ${LAKE_URI:=$ROOT/lakehouse} in
    /* | *://*) ;;
    *) LAKE_URI=$PWD/$LAKE_URI ;;
    esac
    export LAKE_URI
    DATABASE_URL=postgres://cinelake:$(secret cinelake)@127.0.0.1:$POSTGRES_PORT/cinelake
    export DATABASE_URL
}

write_passwords() {
    local file=$SECRETS/airflow-passwords.json
    [ -s "$file" ] || (umask 077 && printf '{"admin": "%s"}\n' "$(secret airflow-admin | cut -c 1-24)" >"$file")
}

# What the environment was made from; it cannot be moved, so its place counts. It may be a link to one elsewhere.
venv_signature() {
    local place=$VENV
    [ ! -L "$VENV" ] || place=$(cd "$VENV" && pwd -P)
    { cd "$ROOT/airflow" && cat "$@" constraints.txt && "$PYTHON" -VV && echo "$place"; } | sha256 | cut -c 1-64
}

# install_python OPTION...: the same options of uv and of pip, which does it where uv is not to be had or cannot work.
install_python() {
    local index
    [ -x "$UV_FOLDER/bin/uv" ] ||
        venv_python -m pip install --quiet --disable-pip-version-check --no-input --target "$UV_FOLDER" "$UV" || true
    index=$(venv_python -m pip config get global.index-url 2>/dev/null) || index=${PIP_INDEX_URL:-}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}
    "$UV_FOLDER/bin/uv" pip install --quiet --python "$VENV/bin/python" "$@" ||
        venv_python -m pip install --quiet --disable-pip-version-check --no-input "$@"
}

# install_venv: from requirements.txt and constraints.txt, anew when they or Python changed.
install_venv() {
    local signature
    signature=$(venv_signature requirements.txt)
    [ "$(cat "$VENV/signature" 2>/dev/null)" != "$signature" ] || return 0
    rm -rf "$VENV"
    # Of its own place, in case that a link was here.
    signature=$(venv_signature requirements.txt)
    "$PYTHON" -m venv "$VENV"
    install_python -r "$ROOT/airflow/requirements.txt" -c "$ROOT/airflow/constraints.txt"
    echo "$signature" >"$VENV/signature"
}

# The linters, pytest and the readers of other projects that the tests try, on top.
install_dev_tools() {
    local signature
    install_venv
    signature=$(venv_signature requirements.txt requirements-dev.txt ../tests/requirements.txt)
    [ "$(cat "$VENV/signature-dev" 2>/dev/null)" != "$signature" ] || return 0
    install_python -r "$ROOT/airflow/requirements-dev.txt" -r "$ROOT/tests/requirements.txt" -c "$ROOT/airflow/constraints.txt"
    echo "$signature" >"$VENV/signature-dev"
}

# Airflow's own tables, brought up to date when Airflow or its database is new.
migrate_airflow() {
    local done_for=$LOCAL/postgres/airflow-migrated
    if [ "$(sql airflow airflow -c "SELECT to_regclass('alembic_version') IS NOT NULL")" = t ] &&
        cmp -s "$done_for" "$VENV/signature"; then
        return 0
    fi
    cd "$AIRFLOW_HOME"
    venv_python -m airflow db migrate
    cp "$VENV/signature" "$done_for"
}

install_airflow() {
    mkdir -p "$AIRFLOW_HOME"
    install_venv
    write_passwords
    migrate_airflow
}

# A run that Airflow's scheduler is working on right now, if any.
active_run() {
    alive airflow-scheduler || return 0
    sql airflow airflow -c "SELECT run_id FROM dag_run WHERE dag_id = 'cinelake' AND state = 'running' LIMIT 1" 2>/dev/null || true
}

# A run of this script that was interrupted must not be taken up later by the scheduler, behind newer runs.
close_interrupted_runs() {
    sql airflow airflow <<'SQL'
WITH closed AS (
    UPDATE dag_run SET state = 'failed', end_date = now()
    WHERE dag_id = 'cinelake' AND triggered_by::text = 'TEST' AND state IN ('queued', 'running')
    RETURNING run_id
)
UPDATE task_instance SET state = 'failed', end_date = now()
FROM closed
WHERE task_instance.dag_id = 'cinelake' AND task_instance.run_id = closed.run_id
  AND (task_instance.state IS NULL OR task_instance.state NOT IN ('success', 'failed', 'skipped', 'upstream_failed'));
SQL
}

run_pipeline() {
    local conf
    close_interrupted_runs
    conf=$(venv_python -c 'import json, sys; print(json.dumps({"dataset": sys.argv[1]}))' "$DATASET")
    cd "$AIRFLOW_HOME"
    exec "$VENV/bin/python" -m airflow dags test cinelake --conf "$conf"
}
