# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# Images that cannot be pulled where there is no registry, made from Debian's packages and the Python index, inside the
# tests' own engine only and under the names and tags that the compose file and the Dockerfiles use.

STAND_INS=$CONTAINER_TESTS/stand-ins
STAND_IN_CACHE=$LOCAL/cache/stand-ins
# Debian 12's, whose packages the Airflow stand-in holds; the official image has a newer one.
STAND_IN_PYTHON=3.11

# The key of what these files and this machine's archive make.
stand_in_key() { { machine_archive && dpkg --print-architecture && cat "$@"; } | sha256 | cut -c 1-16; }
system_key() { stand_in_key "$STAND_INS/packages.txt" <(declare -f make_systems slim add_postgres_user change_haproxy_user); }
airflow_key() { stand_in_key "$ROOT/airflow/requirements.txt" "$ROOT/airflow/constraints.txt"; }

# pack FOLDER ARCHIVE MEMBER...: without padding after the two zero blocks at its end, so that archives can be joined.
pack() {
    tar -C "$1" --numeric-owner --blocking-factor=1 -cf "$2.new" "${@:3}"
    mv "$2.new" "$2"
}

# What Debian's slim images leave out, too.
slim() {
    rm -rf "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1"/usr/share/{doc,man,info,locale,lintian}/* "$1"/var/log/*
}

# The uid of the official image, before the package chooses its own.
add_postgres_user() {
    chroot "$1" groupadd --gid 999 postgres
    chroot "$1" useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres
}

# The package refuses a user that is outside of Debian's range, so that its own is changed afterwards.
change_haproxy_user() {
    chroot "$1" groupmod --gid 99 haproxy
    chroot "$1" usermod --uid 99 haproxy
    chroot "$1" chown -R haproxy:haproxy /var/lib/haproxy
}

# Debian as debootstrap makes it, and the same with the services' packages; both kept as archives.
make_systems() {
    local key folder site release
    key=$(system_key)
    [ ! -s "$STAND_IN_CACHE/system-$key.tar" ] || return 0
    read -r site release < <(machine_archive)
    rm -rf "$STAND_IN_CACHE"/{base,system}-*
    mkdir -p "$STAND_IN_CACHE"
    # debootstrap cannot work in a folder with a space in its path.
    folder=$(mktemp -d /var/tmp/cinelake-stand-in.XXXXXX)
    # shellcheck disable=SC2064 # the name of now; a step runs in a shell of its own, which ends with it
    trap "rm -rf --one-file-system '$folder'" EXIT
    chmod 755 "$folder"
    debootstrap --variant=minbase "$release" "$folder" "$site"
    slim "$folder"
    pack "$folder" "$STAND_IN_CACHE/base-$key.tar" .
    add_postgres_user "$folder"
    # Neither services nor a cluster in there; the archive may be one that only this machine's keys vouch for.
    printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
    chmod 755 "$folder/usr/sbin/policy-rc.d"
    mkdir -p "$folder/etc/postgresql-common" "$folder/etc/ssl/certs"
    echo 'create_main_cluster = false' >"$folder/etc/postgresql-common/createcluster.conf"
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
    # What this machine has fetched already.
    cp "$PACKAGE_CACHE"/*.deb "$folder/var/cache/apt/archives/" 2>/dev/null || true
    export DEBIAN_FRONTEND=noninteractive
    chroot "$folder" apt-get update -qq
    # shellcheck disable=SC2046 # one word a package
    chroot "$folder" apt-get install -y -qq --no-install-recommends $(cat "$STAND_INS/packages.txt")
    change_haproxy_user "$folder"
    # An image has no owner of its packages who would mind.
    rm -f "$folder"/usr/lib/python3*/EXTERNALLY-MANAGED
    slim "$folder"
    pack "$folder" "$STAND_IN_CACHE/system-$key.tar" .
}

is_stand_in_python() { venv_python -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$STAND_IN_PYTHON')"; }

# Whether the virtual environment has just what the stand-in wants: of its Python, and without the tools of the tests.
has_airflow_alone() { [ ! -e "$VENV/signature-dev" ] && is_stand_in_python; }

# Airflow and its providers where Debian's Python finds them, compiled if a Python of that release is here: the
# containers cannot write beside the modules. Taken from the virtual environment before anything else gets into it, so that
# they are installed once.
make_airflow_packages() {
    local key folder site
    install_venv
    key=$(airflow_key)
    [ ! -s "$STAND_IN_CACHE/airflow-$key.tar" ] || return 0
    mkdir -p "$STAND_IN_CACHE"
    folder=$STAND_IN_CACHE/making-airflow
    site=$folder/usr/local/lib/python$STAND_IN_PYTHON/dist-packages
    rm -rf "$folder" "$STAND_IN_CACHE"/airflow-*
    mkdir -p "$site"
    if has_airflow_alone; then
        cp -a "$VENV/lib/python$STAND_IN_PYTHON/site-packages/." "$site/"
    else
        venv_python -m pip install --quiet --disable-pip-version-check --no-input --no-compile --only-binary=:all: \
            --python-version "$STAND_IN_PYTHON" --implementation cp --target "$site" \
            pip -r "$ROOT/airflow/requirements.txt" -c "$ROOT/airflow/constraints.txt"
    fi
    ! is_stand_in_python || venv_python -m compileall -q -j 0 -s "$site" -p "${site#"$folder"}" "$site" || true
    # Nothing that the system has, too: an image's archive may name a path once.
    (cd "$folder" && pack . "$STAND_IN_CACHE/airflow-$key.tar" "${site#"$folder/"}"/*)
    rm -rf "$folder"
}

# The images of the compose file and the bases of the Dockerfiles that are not ours to build.
pulled_images() {
    {
        sed -n 's/^ *image: *\([^ $]*\)$/\1/p' "$ROOT/docker-compose.yml"
        sed -n 's/^ARG BASE=//p' "$ROOT/Dockerfile" "$ROOT/airflow/Dockerfile"
    } | sort -u
}

# Debian has no statsd_exporter: compiled, of the release that the compose file names, when Go is here.
make_statsd_exporter() {
    local version program
    version=$(pulled_images | sed -n 's|^prom/statsd-exporter:||p')
    program=$STAND_IN_CACHE/statsd_exporter-$version
    [ -n "$version" ] && [ ! -x "$program" ] || return 0
    mkdir -p "$STAND_IN_CACHE/go"
    rm -f "$STAND_IN_CACHE"/statsd_exporter-*
    CGO_ENABLED=0 GOBIN=$STAND_IN_CACHE/go go install -trimpath -ldflags=-s "github.com/prometheus/statsd_exporter@$version"
    mv "$STAND_IN_CACHE/go/statsd_exporter" "$program"
}

# stand_in_for IMAGE: the target of the stand-ins' Dockerfile; nothing for an image that has none.
stand_in_for() {
    local name=${1%%[@:]*}
    case ${name##*/} in
    debian) echo base ;;
    postgres | haproxy | prometheus | alertmanager | pushgateway | node-exporter | postgres-exporter | statsd-exporter | seaweedfs | airflow) echo "${name##*/}" ;;
    esac
}

# Brings the root of all of them into the engine.
import_systems() {
    local key
    key=$(system_key)
    docker import "$STAND_IN_CACHE/base-$key.tar" stand-in/base:local
    {
        head -c -1024 "$STAND_IN_CACHE/system-$key.tar"
        cat "$STAND_IN_CACHE/airflow-$(airflow_key).tar"
    } | docker import - stand-in/system:local
}

# Says which images stay without a stand-in, and why.
left_out() { echo "no stand-in for $1: $2"; }

build_stand_ins() {
    local context=$ENGINE/stand-ins image target
    mkdir -p "$context"
    cp "$STAND_INS"/* "$context/"
    # Of the tools of the tests.
    cp "$VENV/bin/weed" "$context/"
    cp "$STAND_IN_CACHE"/statsd_exporter-* "$context/statsd_exporter" 2>/dev/null || true
    for image in $(pulled_images); do
        target=$(stand_in_for "$image")
        case $target in
        "") left_out "$image" "neither Debian nor the Python index has it" ;;
        base) docker tag stand-in/base:local "$image" ;;
        statsd-exporter)
            if [ -e "$context/statsd_exporter" ]; then
                docker buildx build --quiet --target "$target" --tag "$image" "$context"
            else
                left_out "$image" "it is compiled by Go, which is missing or could not fetch it"
            fi
            ;;
        *) docker buildx build --quiet --target "$target" --tag "$image" "$context" ;;
        esac
    done
    rm -rf "$context"
}
