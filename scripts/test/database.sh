# shellcheck shell=bash
# A PostgreSQL for the tests alone, which ends with the lane that started it.

DATABASE=$LOCAL/test-postgres.$$

# A server on a free port. Nothing in it outlives the tests, so it need not wait for the disk.
start_test_postgres() {
    postgres_create "$DATABASE" "$1"
    postgres_start "$DATABASE" "$2" -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200
}

remove_test_postgres() {
    [ -d "$DATABASE" ] || return 0
    postgres_stop "$DATABASE" >/dev/null 2>&1
    rm -rf "$DATABASE"
}

# Sets TEST_DATABASE_URL; whether it runs is ran_well "start PostgreSQL". One that runs already is kept.
prepare_test_postgres() {
    local port password
    [ ! -d "$DATABASE" ] || return 0
    find_postgres "$DATABASE" || return 0
    port=$("$PYTHON" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    password=$(head -c 16 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
    mkdir -p "$DATABASE" && chmod 700 "$DATABASE"
    at_end remove_test_postgres
    # Asked apart first: its refusal must not end the other tests.
    (choose_server_user "$DATABASE") || return 0
    choose_server_user "$DATABASE"
    run "start PostgreSQL" start_test_postgres "$password" "$port"
    export TEST_DATABASE_URL=postgres://postgres:$password@127.0.0.1:$port/postgres
}
