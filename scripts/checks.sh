# shellcheck shell=bash
# Finds out before anything is built whether everything can work, and installs what it may.

# Lines of what is missing and how to get it; and the Debian packages that would do.
MISSING=()
PACKAGES=()
PYTHON=

is_debian_root() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

# lacks WHAT PACKAGE HINT
lacks() {
    MISSING+=("$1: ${3:-sudo apt-get install $2}")
    [ -z "$2" ] || PACKAGES+=("$2")
}

# The first suitable Python, in PYTHON.
# shellcheck disable=SC2034 # used by the other files
find_python() {
    local name
    for name in "${CINELAKE_PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            PYTHON=$(command -v "$name")
            return 0
        fi
    done
    return 1
}

find_cargo() {
    [ -x "$HOME/.cargo/bin/cargo" ] && PATH=$PATH:$HOME/.cargo/bin
    command -v cargo >/dev/null
}

find_missing() {
    MISSING=()
    PACKAGES=()
    find_cargo || lacks "Rust" "" "curl -sSf https://sh.rustup.rs | sh   (see https://rustup.rs)"
    command -v cc >/dev/null || lacks "a C compiler" build-essential
    command -v curl >/dev/null || lacks "curl" curl
    find_python || lacks "Python 3.11 to 3.13 with venv" "python3-venv" \
        "sudo apt-get install python3 python3-venv   (another one: CINELAKE_PYTHON=/path/to/python3.12)"
    find_postgres "$LOCAL/postgres" || lacks "the PostgreSQL server" postgresql "sudo apt-get install postgresql   (macOS: brew install postgresql@17)"
}

install_packages() {
    # A private cluster is all that is wanted: no server of the system's own.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
}

check_tools() {
    find_missing
    if [ ${#PACKAGES[@]} -gt 0 ] && is_debian_root; then
        step "install ${PACKAGES[*]}" "check the machine's package sources" install_packages "${PACKAGES[@]}"
        find_missing
    fi
    [ ${#MISSING[@]} -eq 0 ] && return
    {
        say "error: missing on this machine:"
        printf '  - %s\n' "${MISSING[@]}"
    } >&2
    exit 1
}

# What only some tests use; without it they say so and are skipped.
install_test_tools() {
    local packages
    is_debian_root || return 0
    if ! command -v redis-server >/dev/null; then
        step "install redis-server" "check the machine's package sources" install_packages redis-server
    fi
    if ! command -v chromium >/dev/null; then
        step "install chromium" "check the machine's package sources" install_packages chromium
    fi
    packages=$(lacking_packages)
    command -v amtool >/dev/null || packages+=" prometheus-alertmanager"
    if [ -n "$packages" ]; then
        # shellcheck disable=SC2086 # one word a package
        step "install monitoring" "check the machine's package sources" install_monitoring $packages
    fi
}

# check_port PORT SERVICE VARIABLE: the port is free, or held by our own service.
check_port() {
    local holder=$2
    if ! [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] || [ "$1" -gt 65535 ]; then die "$3=$1 is no port number"; fi
    if [ "$holder" = postgres ]; then
        ! postgres_holds_port "$LOCAL/postgres" "$1" || return 0
    fi
    if port_taken "$1" && ! holds_port "$holder" "$1"; then
        die "port $1, wanted for $2, is taken by another program: stop that (see: lsof -i :$1), or choose another port: $3=$(($1 + 1)) ./init.sh"
    fi
}

# A cold build needs 5 GiB, Airflow 0.5.
check_disk() {
    local free needed=6
    if [ -d "$BIN/deps" ] || [ "${BINARIES:-}" = prebuilt ]; then needed=1; fi
    free=$(df -Pk "$ROOT" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free" -ge "$needed" ] || die "$ROOT has $free GiB free and needs $needed: make room"
}

# require_binaries FOLDER: of the programs that are not to be built there must be all.
require_binaries() {
    local name
    for name in ingest clean train evaluate recommend publish maintain api; do
        [ -x "$1/$name" ] ||
            die "BINARIES=prebuilt, but $1/$name is missing: cargo build --release --locked --workspace --bins"
    done
}

# Sets DATASET to what the pipeline is to read; a path becomes absolute.
resolve_dataset() {
    local address=https://files.grouplens.org/datasets/movielens/ml-latest-small.zip
    case ${DATASET:-} in
    "")
        DATASET=ml-latest-small
        if ! curl -fsSIL --max-time 10 -o /dev/null "$address" 2>/dev/null; then
            DATASET=sample
            say "notice: $address cannot be reached, so made-up sample data is used (choose with DATASET=)"
        fi
        ;;
    sample | sample:* | *://* | ml-latest-small | ml-latest | ml-25m | ml-32m) ;;
    *)
        [ -e "$DATASET" ] || die "DATASET=$DATASET does not exist: give a zip, a folder, a URL, sample[:SIZE] or one of ml-latest-small, ml-latest, ml-25m, ml-32m"
        DATASET=$(cd "$(dirname "$DATASET")" && pwd -P)/$(basename "$DATASET")
        ;;
    esac
}
