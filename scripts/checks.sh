# shellcheck shell=bash
# Finds out before anything is built whether everything can work, and installs what it may.

# Lines of what is missing and how to get it; and the Debian packages that would do.
MISSING=()
PACKAGES=()
# Set while what a package would bring counts as there, because it is going to be installed.
INSTALLING=
PYTHON=
# Debian's packages as they were fetched; the tests' systems are made from the same.
PACKAGE_CACHE=$LOCAL/cache/packages

is_debian_root() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

# lacks WHAT PACKAGE [HINT]
lacks() {
    [ -z "$2" ] || PACKAGES+=("$2")
    [ -n "$2" ] && [ -n "$INSTALLING" ] || MISSING+=("$1: ${3:-sudo apt-get install $2}")
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

# The oldest that can compile this, when the one here is older; rustup would take the one of rust-toolchain.toml.
newer_rust_needed() {
    local wanted version
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml")
    version=$(cd "$ROOT" && cargo --version | cut -d ' ' -f 2)
    at_least "$wanted" "$version" || echo "$wanted"
}

# What nothing works without.
find_missing() {
    local newer
    MISSING=()
    PACKAGES=()
    if ! find_cargo; then
        lacks "Rust" "" "curl -sSf https://sh.rustup.rs | sh   (see https://rustup.rs)"
    else
        newer=$(newer_rust_needed)
        [ -z "$newer" ] || lacks "Rust $newer or newer" "" "rustup update, or get it from https://rustup.rs instead of your system's packages"
    fi
    command -v cc >/dev/null || lacks "a C compiler" build-essential
    command -v curl >/dev/null || lacks "curl" curl
    command -v ps >/dev/null || lacks "ps" procps
    find_python || lacks "Python 3.11 to 3.13 with venv" python3-venv \
        "sudo apt-get install python3 python3-venv   (another one: CINELAKE_PYTHON=/path/to/python3.12)"
    find_postgres "$LOCAL/postgres" || lacks "the PostgreSQL server" postgresql "sudo apt-get install postgresql   (macOS: brew install postgresql@17)"
}

# Installs those of these packages that this release has. No service of theirs starts, now or at boot: it would be on a port
# that ours want. A step runs in a shell of its own, which ends with it.
install_packages() {
    local policy=/usr/sbin/policy-rc.d name known=()
    if [ ! -e "$policy" ]; then
        # shellcheck disable=SC2064 # the path of now
        trap "rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for name in "$@"; do
        ! apt-cache show "$name" >/dev/null 2>&1 || known+=("$name")
    done
    mkdir -p "$PACKAGE_CACHE/partial"
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold \
        -o "Dir::Cache::archives=$PACKAGE_CACHE" -o APT::Keep-Downloaded-Packages=true "${known[@]}"
    ! command -v systemctl >/dev/null || systemctl disable "${known[@]}" || true
}

die_of_missing() {
    {
        say "error: missing on this machine:"
        printf '  - %s\n' "${MISSING[@]}"
    } >&2
    exit 1
}

check_tools() {
    find_missing
    if [ ${#PACKAGES[@]} -gt 0 ] && is_debian_root; then
        step "install packages" "check the machine's package sources" install_packages "${PACKAGES[@]}"
        find_missing
    fi
    [ ${#MISSING[@]} -eq 0 ] || die_of_missing
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
    for name in ingest clean train evaluate recommend publish admin maintain api; do
        [ -x "$1/$name" ] ||
            die "BINARIES=prebuilt, but $1/$name is missing: cargo build --release --locked --workspace --bins"
    done
}

# Sets DATASET to what the pipeline is to read; a path becomes absolute, and so does that of a description.
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
    if [ -f "${DATASET_DESCRIPTION:-}" ]; then
        DATASET_DESCRIPTION=$(cd "$(dirname "$DATASET_DESCRIPTION")" && pwd -P)/$(basename "$DATASET_DESCRIPTION")
    fi
}
