#!/usr/bin/env bash
# A PostgreSQL server of one's own, for a test that stops it or a benchmark that fills it:
#   private-postgres.sh create FOLDER PASSWORD          makes the cluster; its superuser is postgres
#   private-postgres.sh start FOLDER PORT [OPTION...]   on 127.0.0.1, with these options of the server
#   private-postgres.sh stop FOLDER fast|immediate      immediate is as good as a crash
#   private-postgres.sh programs                        prints the folder of pgbench and psql
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/common.sh
. "$scripts/common.sh"
# shellcheck source=scripts/postgres.sh
. "$scripts/postgres.sh"

create() {
    mkdir -p "$1"
    chmod 700 "$1"
    choose_server_user "$1"
    postgres_create "$1" "$2"
}

start() {
    choose_server_user "$1"
    postgres_start "$@"
}

stop() {
    postgres_alive "$1" || return 0
    choose_server_user "$1"
    (cd "$1" && as_server "$PG_BIN/pg_ctl" stop -s -w -t 60 -m "$2" -D "$1/data")
}

command=${1:?create, start, stop or programs}
shift
find_postgres "${1:-$LOCAL/postgres}" || die "the PostgreSQL server is missing: sudo apt-get install postgresql"
case $command in
create | start | stop) "$command" "$@" ;;
programs) say "$PG_BIN" ;;
*) die "$command is none of create, start, stop, programs" ;;
esac
