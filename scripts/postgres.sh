# shellcheck shell=bash
# A private PostgreSQL cluster in a folder: made, healed, started, stopped. init.sh and test.sh use it alike.

PG_BIN=
# How to become the user that runs the server; empty when we may run it ourselves.
AS_SERVER=()

as_server() { ${AS_SERVER[@]+"${AS_SERVER[@]}"} "$@"; }

# find_postgres FOLDER: the newest server, or the one that made the cluster in the folder; in PG_BIN.
find_postgres() {
    local candidate program folder version wanted="" best=-1
    [ ! -r "$1/data/PG_VERSION" ] || wanted=$(cat "$1/data/PG_VERSION")
    PG_BIN=
    for candidate in $(type -ap postgres) /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
        /opt/homebrew/opt/postgresql*/bin/postgres /usr/local/opt/postgresql*/bin/postgres; do
        [ -x "$candidate" ] || continue
        version=$("$candidate" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ -z "$wanted" ] || [ "$version" = "$wanted" ] || continue
        # A name in PATH may be a link: the other programs are beside what it points to.
        program=$("${PYTHON:-python3}" -c 'import os, sys; print(os.path.realpath(sys.argv[1]))' "$candidate" 2>/dev/null) ||
            program=$candidate
        folder=$(cd "$(dirname "$program")" && pwd)
        if [ -x "$folder/initdb" ] && [ "$version" -gt "$best" ]; then
            best=$version
            PG_BIN=$folder
        fi
    done
    [ -n "$PG_BIN" ]
}

# can_write_in FOLDER PREFIX...: tried for real, because `test -w` does not count capabilities.
can_write_in() {
    local folder=$1
    shift
    # shellcheck disable=SC2016 # for the inner shell
    "$@" sh -c 'cd "$1" && : >.probe && rm .probe' sh "$folder" 2>/dev/null
}

# The server refuses to run as root: root hands it to another user, with the right to pass through folders such as
# /root that this user may not enter.
choose_server_user() {
    local user folder=$1
    AS_SERVER=()
    [ "$(id -u)" -eq 0 ] || return 0
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    command -v setpriv >/dev/null || die "PostgreSQL cannot run as root and setpriv (util-linux) is missing: install it, or run this as an ordinary user"
    chown -R "$user" "$folder"
    AS_SERVER=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
    local with_right=("${AS_SERVER[@]}" --inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
    if can_write_in "$folder" "${AS_SERVER[@]}"; then
        return 0
    elif can_write_in "$folder" "${with_right[@]}"; then
        AS_SERVER=("${with_right[@]}")
    else
        die "PostgreSQL cannot run as root, and its user $user cannot reach $folder: move the checkout to a folder that others may enter (such as /opt), or run this as an ordinary user"
    fi
}

postgres_pid() { head -n 1 "$1/data/postmaster.pid" 2>/dev/null || true; }

# Whether the process in the lock file is a PostgreSQL server at all: after a crash its id may be another's.
postgres_alive() {
    local pid
    pid=$(postgres_pid "$1")
    [ -n "$pid" ] && [[ $(ps -o comm= -p "$pid" 2>/dev/null) == *postgres* ]]
}

postgres_holds_port() { postgres_alive "$1" && [ "$(sed -n 4p "$1/data/postmaster.pid")" = "$2" ]; }

# postgres_create FOLDER PASSWORD: makes the cluster beside its place and moves it there when it is whole.
postgres_create() {
    local folder=$1 locale=C
    [ ! -e "$folder/data/PG_VERSION" ] || return 0
    rm -rf "$folder/data" "$folder/data.new" "$folder/password"
    (umask 077 && printf '%s\n' "$2" >"$folder/password")
    [ -z "${AS_SERVER[*]-}" ] || chown --reference="$folder" "$folder/password"
    ! locale -a 2>/dev/null | grep -qiE '^C\.UTF-?8$' || locale=C.UTF-8
    (cd "$folder" && as_server "$PG_BIN/initdb" --pgdata="$folder/data.new" --username=postgres --pwfile="$folder/password" \
        --auth=scram-sha-256 --encoding=UTF8 --locale="$locale" --data-checksums)
    rm "$folder/password"
    mv "$folder/data.new" "$folder/data"
}

# postgres_start FOLDER PORT [OPTION...]: the server, listening on 127.0.0.1 only; heals what a crash left behind.
postgres_start() {
    local folder=$1 port=$2 options
    shift 2
    options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories="
    [ $# -eq 0 ] || options="$options $*"
    if postgres_alive "$folder"; then
        ! postgres_holds_port "$folder" "$port" || return 0
        postgres_stop "$folder"
    fi
    # The server clears a dead process's lock file itself, and better: it knows whether shared memory is still in use.
    # Only a lock that names another program's process stops it for good.
    if kill -0 "$(postgres_pid "$folder")" 2>/dev/null; then rm -f "$folder/data/postmaster.pid"; fi
    # After a crash the last processes of the old server may take a moment to notice and end.
    local attempt
    for attempt in 1 2 3; do
        (cd "$folder" && as_server "$PG_BIN/pg_ctl" start -w -t 120 -s -D "$folder/data" -l "$folder/server.log" -o "$options") &&
            return 0
        sleep "$attempt"
    done
    tail -n 10 "$folder/server.log"
    return 1
}

postgres_stop() {
    postgres_alive "$1" || return 0
    (cd "$1" && as_server "$PG_BIN/pg_ctl" stop -s -w -t 60 -m fast -D "$1/data") ||
        (cd "$1" && as_server "$PG_BIN/pg_ctl" stop -s -w -m immediate -D "$1/data")
}

# sql USER DATABASE [ARGUMENT...]: psql on the local cluster; statements on standard input, passwords from files.
sql() {
    local user=$1 database=$2
    shift 2
    PGPASSFILE=$SECRETS/pgpass "$PG_BIN/psql" -X -q -A -t -w -v ON_ERROR_STOP=1 \
        -h 127.0.0.1 -p "$POSTGRES_PORT" -U "$user" -d "$database" "$@"
}

write_pgpass() {
    (
        umask 077
        printf "127.0.0.1:*:*:%s:%s\n" postgres "$(secret postgres)" cinelake "$(secret cinelake)" airflow "$(secret airflow)" \
            >"$SECRETS/pgpass.new"
        mv "$SECRETS/pgpass.new" "$SECRETS/pgpass"
    )
}

# A role and a database of its own for each of these names, with the password kept in .local/secrets.
create_databases() {
    local name
    for name in cinelake airflow; do
        # Statements with a password must not reach the server's log, not even when they fail.
        sql postgres postgres <<SQL
SET log_min_error_statement = panic;
SELECT 'CREATE ROLE $name LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '$name') \gexec
ALTER ROLE $name PASSWORD '$(secret "$name")';
SELECT 'CREATE DATABASE $name OWNER $name' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '$name') \gexec
SQL
    done
}

start_postgres() {
    local folder=$LOCAL/postgres
    mkdir -p "$folder"
    chmod 700 "$folder"
    choose_server_user "$folder"
    write_pgpass
    postgres_create "$folder" "$(secret postgres)"
    postgres_start "$folder" "$POSTGRES_PORT"
    create_databases
}

stop_postgres() {
    [ -d "$LOCAL/postgres" ] || return 0
    choose_server_user "$LOCAL/postgres"
    postgres_stop "$LOCAL/postgres"
}
