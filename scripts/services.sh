# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The services that stay: started when absent or changed, watched until healthy, shown, stopped.

SERVICES="api airflow-api-server airflow-scheduler airflow-dag-processor airflow-triggerer"

service_port() {
    case $1 in
    api) echo "$API_PORT" ;;
    airflow-api-server) echo "$AIRFLOW_PORT" ;;
    object-store) echo "$OBJECT_STORE_PORT" ;;
    airflow-*) ;;
    *) monitoring_port "$1" ;;
    esac
}

# A service's program and arguments, one a line.
service_command() {
    local airflow=("$VENV/bin/python" -m airflow)
    case $1 in
    api) printf '%s\n' "$BIN/api" ;;
    airflow-api-server) printf '%s\n' "${airflow[@]}" api-server --host 127.0.0.1 --port "$AIRFLOW_PORT" --workers 1 ;;
    # The web server reads the logs from the disk: no log server of their own, which would listen on every address.
    airflow-scheduler | airflow-triggerer) printf '%s\n' "${airflow[@]}" "${1#airflow-}" --skip-serve-logs ;;
    airflow-dag-processor) printf '%s\n' "${airflow[@]}" dag-processor ;;
    *) monitoring_command "$1" ;;
    esac
}

# Changes when the service must be started anew: another command, another build, other settings.
service_signature() {
    {
        service_command "$1"
        case $1 in
        api) cat "$BIN/api" "$API_UI_DIR/index.html" "$API_APP_DIR/index.html" && env | grep -E '^(API_|DATABASE_URL|LOG_FORMAT|RUST_LOG)' | sort ;;
        airflow-*) cat "$VENV/signature" && env | grep -E '^(AIRFLOW|AWS_|AZURE_|CINELAKE_|DATABASE_URL|GOOGLE_|HADOOP_|LAKE_URI|LOG_FORMAT|PUSHGATEWAY_URL|RUST_LOG|THREADS)' | sort ;;
        *) monitoring_configuration "$1" ;;
        esac
    } | sha256 | cut -c 1-64
}

start_service() {
    local name=$1 signature line command=()
    signature=$(service_signature "$name")
    if alive "$name" && [ "$(cat "$RUN/$name.config" 2>/dev/null)" = "$signature" ]; then return 0; fi
    stop "$name"
    while IFS= read -r line; do command+=("$line"); done < <(service_command "$name")
    spawn "$name" "$(service_port "$name")" "${command[@]}"
    echo "$signature" >"$RUN/$name.config"
}

airflow_reports_healthy() {
    curl -fsS --max-time 5 "http://127.0.0.1:$AIRFLOW_PORT/api/v2/monitor/health" 2>/dev/null |
        grep -qE "\"$1\": ?\{[^}]*\"status\": ?\"healthy\""
}

healthy() {
    alive "$1" || return 1
    case $1 in
    api) curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$API_PORT/health" 2>/dev/null ;;
    airflow-api-server) airflow_reports_healthy metadatabase ;;
    object-store) object_store_answers "$OBJECT_STORE_PORT" "$OBJECT_STORE_BUCKET" ;;
    airflow-*) airflow_reports_healthy "$(echo "${1#airflow-}" | tr - _)" ;;
    *) monitoring_answers "$1" ;;
    esac
}

# Waits for a service until the deadline (in $SECONDS); says what its log says when it ends instead.
await_healthy() {
    local name=$1 deadline=$2
    while ! healthy "$name"; do
        if ! alive "$name" || [ "$SECONDS" -ge "$deadline" ]; then
            if alive "$name"; then echo "$name is running but does not become healthy:"; else echo "$name ended:"; fi
            tail -n 10 "$LOGS/$name.log"
            echo "its log: $LOGS/$name.log"
            return 1
        fi
        sleep 0.5
    done
}

start_services() {
    local name
    export API_LISTEN=127.0.0.1:$API_PORT
    frontend_environment
    # Made here, so that `api token` can mint tokens for calls that write. Your own keys go first.
    if [ -z "${API_JWT_SECRET:-}${API_JWT_SECRET_FILE:-}${API_JWT_PUBLIC_KEY_FILE:-}" ]; then
        secret api-jwt >/dev/null
        export API_JWT_SECRET_FILE=$SECRETS/api-jwt
    fi
    cd "$AIRFLOW_HOME"
    for name in $SERVICES; do start_service "$name"; done
    for name in $SERVICES; do await_healthy "$name" $((SECONDS + 120)); done
}

# The model behind the answers, as the API names it.
live_model() {
    curl -fsS --max-time 5 "http://127.0.0.1:$API_PORT/health" 2>/dev/null |
        "${PYTHON:-python3}" -c '
import json, sys
health = json.load(sys.stdin)
shown = {k: v for k, v in health.items() if k not in ("status", "database")}
print(", ".join(f"{k} {v}" for k, v in shown.items()) or "live")' 2>/dev/null || echo "none"
}

show_service() { printf '  %-24s %-9s %-28s %s\n' "$@"; }

# Tells how everything is; fails when something is down.
show_status() {
    local name state down=0 port address
    show_service service pid address state
    state=down
    if postgres_holds_port "$LOCAL/postgres" "$POSTGRES_PORT" && port_taken "$POSTGRES_PORT"; then state=healthy; else down=1; fi
    show_service postgres "$(postgres_pid "$LOCAL/postgres")" "127.0.0.1:$POSTGRES_PORT" "$state"
    # shellcheck disable=SC2046 # one word a service
    for name in $(! object_store_remembered || echo object-store) $SERVICES $(monitoring_remembered); do
        state=down
        ! alive "$name" || state=unhealthy
        ! healthy "$name" || state=healthy
        [ "$state" = healthy ] || down=1
        port=$(service_port "$name")
        address=${port:+http://127.0.0.1:$port}
        show_service "$name" "$(pid_of "$name")" "${address:--}" "$state"
    done
    say "  live model: $(live_model)"
    return "$down"
}

stop_services() {
    # shellcheck disable=SC2086 # one word a service
    stop $SERVICES $MONITORING_SERVICES
    # Nobody may be writing any more.
    stop object-store
    stop_postgres
}
