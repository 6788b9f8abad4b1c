#!/usr/bin/env bash
# Keeps something for the tests until standard input ends, which it does however they end, even by SIGKILL:
#   keep.sh program PROGRAM [ARGUMENT...]      runs it, then ends it
#   keep.sh postgres FOLDER PASSWORD PORT      makes and starts a server, says "ready", then stops it and removes FOLDER
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)

keep_program() {
    local code=0
    "$@" </dev/null &
    local program=$!
    # shellcheck disable=SC2064 # this program, whatever the variable holds later
    (cat >/dev/null && kill "$program" 2>/dev/null) <&3 &
    local watcher=$!
    wait "$program" || code=$?
    # A program that ended by itself: its id may soon be another's.
    kill "$watcher" 2>/dev/null || true
    return "$code"
}

# Nothing in it outlives the tests, so it need not wait for the disk.
keep_postgres() {
    # shellcheck disable=SC2064 # the folder is known now
    trap "'$root/scripts/private-postgres.sh' stop '$1' immediate >&2; rm -rf '$1'" EXIT
    "$root/scripts/private-postgres.sh" create "$1" "$2" >&2
    "$root/scripts/private-postgres.sh" start "$1" "$3" \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off >&2
    echo ready
    cat >/dev/null
}

kept=$1
shift
exec 3<&0
"keep_$kept" "$@"
