# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# Prometheus, the Pushgateway and the exporters beside the services, with --monitoring and without containers.

MONITORING_SERVICES="pushgateway statsd-exporter node-exporter postgres-exporter prometheus"
# Debian has no statsd_exporter.
MONITORING_PACKAGES="prometheus prometheus-pushgateway prometheus-node-exporter prometheus-postgres-exporter"
MONITORING_DATA=$LOCAL/prometheus

monitoring_ports() {
    PROMETHEUS_PORT=${PROMETHEUS_PORT:-9090}
    PUSHGATEWAY_PORT=${PUSHGATEWAY_PORT:-9091}
    NODE_EXPORTER_PORT=${NODE_EXPORTER_PORT:-9100}
    POSTGRES_EXPORTER_PORT=${POSTGRES_EXPORTER_PORT:-9187}
    STATSD_EXPORTER_PORT=${STATSD_EXPORTER_PORT:-9102}
    STATSD_PORT=${STATSD_PORT:-9125}
}

monitoring_port_variable() { echo "$1" | sed 's/$/-port/' | tr 'a-z-' 'A-Z_'; }

monitoring_port() {
    local variable
    variable=$(monitoring_port_variable "$1")
    echo "${!variable}"
}

# What a program is called: by Debian, and by its makers.
program_names() {
    case $1 in
    prometheus) echo prometheus ;;
    *) echo "prometheus-$1 $(echo "$1" | tr - _)" ;;
    esac
}

# The path of a service's program; fails when it is not here.
monitoring_program() {
    local name
    for name in $(program_names "$1"); do
        if [ -x "$LOCAL/tools/$name" ]; then
            echo "$LOCAL/tools/$name"
            return 0
        fi
        ! command -v "$name" || return 0
    done
    return 1
}

# Those that can run here, one a line.
monitoring_here() {
    local name
    for name in $MONITORING_SERVICES; do
        ! monitoring_program "$name" >/dev/null || echo "$name"
    done
}

# Those that were started and never stopped, although they may have died since; one a line.
monitoring_remembered() {
    local name
    for name in $MONITORING_SERVICES; do
        [ ! -e "$RUN/$name.pid" ] || echo "$name"
    done
}

monitoring_command() {
    local program address
    program=$(monitoring_program "$1") || return 1
    address=127.0.0.1:$(monitoring_port "$1")
    case $1 in
    prometheus)
        printf '%s\n' "$program" "--config.file=$MONITORING_DATA/prometheus.yml" "--storage.tsdb.path=$MONITORING_DATA/data" \
            --storage.tsdb.retention.time=30d --storage.tsdb.retention.size=4GB "--web.listen-address=$address"
        ;;
    pushgateway)
        printf '%s\n' "$program" "--persistence.file=$MONITORING_DATA/pushed" --persistence.interval=1m "--web.listen-address=$address"
        ;;
    statsd-exporter)
        printf '%s\n' "$program" "--statsd.mapping-config=$ROOT/prometheus/statsd-mapping.yml" \
            "--statsd.listen-udp=127.0.0.1:$STATSD_PORT" "--statsd.listen-tcp=127.0.0.1:$STATSD_PORT" "--web.listen-address=$address"
        ;;
    node-exporter)
        printf '%s\n' "$program" '--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|var/lib/docker/.+)($|/)' \
            "--web.listen-address=$address"
        ;;
    postgres-exporter)
        printf '%s\n' env "DATA_SOURCE_URI=127.0.0.1:$POSTGRES_PORT/cinelake?sslmode=disable" DATA_SOURCE_USER=cinelake_read \
            "DATA_SOURCE_PASS_FILE=$SECRETS/cinelake_read" "$program" "--web.listen-address=$address"
        ;;
    esac
}

# What they read once, at their start.
monitoring_configuration() {
    case $1 in
    prometheus) cat "$MONITORING_DATA/prometheus.yml" "$ROOT"/prometheus/rules/*.yml ;;
    statsd-exporter) cat "$ROOT/prometheus/statsd-mapping.yml" ;;
    esac
}

monitoring_answers() {
    local path=/
    case $1 in prometheus | pushgateway) path=/-/ready ;; esac
    curl -fsS --max-time 5 -o /dev/null "http://127.0.0.1:$(monitoring_port "$1")$path" 2>/dev/null
}

lacking_packages() {
    local package
    for package in $MONITORING_PACKAGES; do
        monitoring_program "${package#prometheus-}" >/dev/null || echo "$package"
    done
}

check_monitoring_tools() {
    local name packages
    packages=$(lacking_packages)
    if [ -n "$packages" ] && is_debian_root; then
        # shellcheck disable=SC2086 # one word a package
        step "install monitoring" "check the machine's package sources" install_packages $packages
    fi
    for name in prometheus pushgateway; do
        monitoring_program "$name" >/dev/null ||
            die "$name is missing on this machine: sudo apt-get install $(lacking_packages | tr '\n' ' ')(or put it into PATH or .local/tools, from https://prometheus.io/download)"
    done
    for name in $MONITORING_SERVICES; do
        monitoring_program "$name" >/dev/null ||
            say "notice: without ${name//-/_}, which is not here: its figures are missing (https://prometheus.io/download; into PATH or .local/tools)"
    done
}

check_monitoring_ports() {
    local name
    for name in $(monitoring_here); do
        check_port "$(monitoring_port "$name")" "$name" "$(monitoring_port_variable "$name")"
    done
}

# Where the pipeline's tasks and Airflow send their figures.
monitoring_environment() {
    export PUSHGATEWAY_URL=http://127.0.0.1:$PUSHGATEWAY_PORT
    monitoring_program statsd-exporter >/dev/null || return 0
    export AIRFLOW__METRICS__STATSD_ON=True AIRFLOW__METRICS__STATSD_HOST=127.0.0.1
    export AIRFLOW__METRICS__STATSD_PORT=$STATSD_PORT AIRFLOW__METRICS__STATSD_PREFIX=airflow
}

# As docker/postgres/10-roles.sql makes it: looks, and must never hold the service up.
create_read_role() {
    sql postgres postgres <<SQL
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE cinelake_read LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cinelake_read') \gexec
ALTER ROLE cinelake_read PASSWORD '$(secret cinelake_read)';
GRANT CONNECT ON DATABASE cinelake TO cinelake_read;
GRANT pg_monitor TO cinelake_read;
ALTER ROLE cinelake_read SET default_transaction_read_only = on;
ALTER ROLE cinelake_read SET statement_timeout = '30s';
ALTER ROLE cinelake_read CONNECTION LIMIT 20;
SQL
}

# Hosts as the compose file calls them, and where they are here.
monitoring_addresses() {
    local name
    echo "api=127.0.0.1:$API_PORT"
    for name in $(monitoring_here); do echo "$name=127.0.0.1:$(monitoring_port "$name")"; done
    echo "localhost=127.0.0.1:$PROMETHEUS_PORT"
    [ -z "${ALERTMANAGER:-}" ] || echo "alertmanager=$ALERTMANAGER"
}

write_prometheus_config() {
    local line addresses=()
    while IFS= read -r line; do addresses+=("$line"); done < <(monitoring_addresses)
    venv_python "$ROOT/scripts/prometheus_config.py" ${PROMETHEUS_INTERVAL:+--interval "$PROMETHEUS_INTERVAL"} \
        "$ROOT/prometheus" "$MONITORING_DATA" "${addresses[@]}"
}

start_monitoring() {
    local name
    mkdir -p "$MONITORING_DATA"
    write_prometheus_config
    for name in $(monitoring_here); do start_service "$name"; done
    for name in $(monitoring_here); do await_healthy "$name" $((SECONDS + 60)); done
}
