#!/bin/bash
# As the official image's: makes the cluster at the first start and runs /docker-entrypoint-initdb.d over it.
set -euo pipefail

case ${1:-postgres} in
postgres) [ $# -gt 0 ] || set -- postgres ;;
-*) set -- postgres "$@" ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres "$PGDATA" /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

secret() {
    local file=$1_FILE
    if [ -n "${!file:-}" ]; then cat "${!file}"; else printf %s "${!1:-}"; fi
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
    user=${POSTGRES_USER:-postgres}
    database=${POSTGRES_DB:-$user}
    password=$(secret POSTGRES_PASSWORD)
    [ -n "$password" ] || { echo "error: POSTGRES_PASSWORD is not set" >&2 && exit 1; }
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA" 2>/dev/null || true
    # shellcheck disable=SC2086 # arguments, as the official image takes them
    initdb --pgdata="$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "$password") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
    printf "listen_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
    pg_ctl -D "$PGDATA" -w start -o "-c listen_addresses=''"
    query=(psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$user" --no-password)
    [ "$database" = postgres ] || "${query[@]}" --dbname postgres -c "CREATE DATABASE \"$database\""
    # shellcheck disable=SC1090 # whatever is put there
    for file in /docker-entrypoint-initdb.d/*; do
        case $file in
        *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
        *.sql) "${query[@]}" --dbname "$database" -f "$file" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
