# shellcheck shell=bash
# Finds out before anything is built whether the container stack can work here; each lack is one line with its remedy.

# The way to call Compose: `docker compose`, or the program of its own.
COMPOSE=()
COMPOSE_VERSION=
COMPOSE_OLDEST=2.23
PROJECT=${COMPOSE_PROJECT_NAME:-cinelake}

# What the daemon said last, in one line.
DOCKER_SAID=

docker_answers() {
    command -v docker >/dev/null || return 1
    DOCKER_SAID=$(docker version --format '{{.Server.Version}}' 2>&1) || {
        DOCKER_SAID=$(printf '%s' "$DOCKER_SAID" | tail -n 1)
        return 1
    }
}

docker_denied() { [[ $DOCKER_SAID == *[Pp]ermission\ denied* ]]; }

# Why the daemon does not answer, and what to do.
docker_lack() {
    if ! command -v docker >/dev/null; then
        say "docker is not installed: see https://docs.docker.com/engine/install/"
    elif docker_denied; then
        say "the Docker daemon refuses this user: sudo usermod -aG docker $(id -un), then log in again"
    else
        say "the Docker daemon does not answer ($DOCKER_SAID): start it (sudo systemctl start docker, or Docker Desktop)"
    fi
}

# Sets COMPOSE, and COMPOSE_VERSION with it.
find_compose() {
    COMPOSE=(docker compose)
    COMPOSE_VERSION=$(docker compose version --short 2>/dev/null) && [ -n "$COMPOSE_VERSION" ] && return
    COMPOSE=(docker-compose)
    COMPOSE_VERSION=$(docker-compose version --short 2>/dev/null) && [ -n "$COMPOSE_VERSION" ] && return
    COMPOSE=()
    return 1
}

check_compose() {
    local install="sudo apt-get install docker-compose-plugin, or see https://docs.docker.com/compose/install/"
    find_compose || die "Docker Compose is not installed: $install"
    at_least "$COMPOSE_OLDEST" "$COMPOSE_VERSION" ||
        die "${COMPOSE[*]} is version $COMPOSE_VERSION, and the stack needs $COMPOSE_OLDEST or later: $install"
}

compose() { (cd "$ROOT" && "${COMPOSE[@]}" "$@"); }

check_programs() {
    local name
    docker_answers || die "$(docker_lack); or go without containers: ./init.sh --local"
    check_compose
    docker buildx version >/dev/null 2>&1 ||
        die "Docker's buildx (BuildKit) is missing: sudo apt-get install docker-buildx-plugin, or see https://docs.docker.com/build/install-buildx/"
    for name in curl python3; do
        command -v "$name" >/dev/null || die "$name is missing: sudo apt-get install $name"
    done
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || die "python3 is older than 3.9: install a newer one"
}

# Whether a container of this stack publishes the port already.
stack_holds_port() {
    [ -n "$(docker ps -q --filter "label=com.docker.compose.project=$PROJECT" --filter "publish=$1")" ]
}

# check_published_port SERVICE VARIABLE
check_published_port() {
    local port
    port=$(env_value "$2")
    if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || [ "$port" -gt 65535 ]; then die "$2=$port is no port number"; fi
    if port_taken "$port" && ! stack_holds_port "$port"; then
        die "port $port, wanted for $1, is taken by another program: stop that (see: lsof -i :$port; a local Cinelake: ./init.sh --local down), or set $2 in $ENV_FILE to another port"
    fi
}

profile_wanted() { [[ ,$(env_value COMPOSE_PROFILES), == *,$1,* ]]; }
monitoring_wanted() { profile_wanted monitoring; }

check_published_ports() {
    check_published_port api API_PORT
    check_published_port airflow AIRFLOW_PORT
    check_published_port postgres POSTGRES_PORT
    ! profile_wanted alerting || check_published_port alertmanager ALERTMANAGER_PORT
    monitoring_wanted || return 0
    check_published_port prometheus PROMETHEUS_PORT
    check_published_port pushgateway PUSHGATEWAY_PORT
    check_published_port grafana GRAFANA_PORT
}

image() {
    local prefix tag
    prefix=$(env_value CINELAKE_IMAGES)
    tag=$(env_value CINELAKE_TAG)
    printf '%s\n' "${prefix:-cinelake}/$1:${tag:-local}"
}

# The images take 5 GiB, compiling inside 8 more; only asked where the daemon's folder can be seen from here.
check_docker_disk() {
    local folder free needed=13
    folder=$(docker info --format '{{.DockerRootDir}}' 2>/dev/null)
    [ -d "$folder" ] || return 0
    [ "$(env_value BINARIES)" != prebuilt ] || needed=5
    ! docker image inspect "$(image airflow)" "$(image api)" >/dev/null 2>&1 || needed=2
    free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1048576) }')
    [ "$free" -ge "$needed" ] || die "$folder has $free GiB free and the images need $needed: make room (docker system df shows what takes it)"
}

check_prebuilt() {
    [ "$(env_value BINARIES)" != prebuilt ] || require_binaries "$ROOT/target/release"
}

# New passwords would not open the databases that an older .env made.
check_env_file_belongs() {
    [ ! -e "$ENV_FILE" ] || return 0
    ! docker volume inspect cinelake_postgres >/dev/null 2>&1 ||
        die "the volume cinelake_postgres was made with a .env that is gone: put that back as $ENV_FILE, or remove all data with ./init.sh down --volumes"
}

# Whatever compose would take from the environment rather than from the file goes for this call only: tell it.
tell_differences() {
    local line name kept
    while IFS= read -r line || [ -n "$line" ]; do
        is_assignment "$line" || continue
        name=${line%%=*}
        [ -n "${!name+set}" ] || continue
        kept=$(unset "$name" && env_value "$name")
        [ "${!name}" = "$kept" ] || say "notice: $name from the environment goes before the one in $ENV_FILE, this time only"
    done <"$ENV_EXAMPLE"
}

# The socket that the stack's proxy reads and the number of its group, where they can be seen: with Docker Desktop they
# are inside its virtual machine, and the defaults hold.
find_socket() {
    local address
    SOCKET=
    [ "$(uname)" = Linux ] || return 0
    [[ $(docker info --format '{{.OperatingSystem}}' 2>/dev/null) != *Desktop* ]] || return 0
    address=${DOCKER_HOST:-$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)}
    case ${address:-unix:///var/run/docker.sock} in
    unix://*) SOCKET=${address:-unix:///var/run/docker.sock} && SOCKET=${SOCKET#unix://} ;;
    *) die "the Docker daemon is on another machine ($address), and the stack needs its socket: run this there" ;;
    esac
}

# Into the environment, from where a new .env takes them; an old one must agree.
settle_socket() {
    local group wanted
    find_socket
    [ -S "$SOCKET" ] || return 0
    group=$(stat -c %g "$SOCKET")
    if [ -z "$(env_line "$ENV_FILE" DOCKER_SOCKET)" ]; then export DOCKER_SOCKET=${DOCKER_SOCKET:-$SOCKET}; fi
    if [ -z "$(env_line "$ENV_FILE" DOCKER_GID)" ]; then export DOCKER_GID=${DOCKER_GID:-$group}; fi
    wanted=$(env_value DOCKER_SOCKET)
    [ "$wanted" = "$SOCKET" ] || say "notice: DOCKER_SOCKET=$wanted in $ENV_FILE, while docker itself uses $SOCKET"
    # Rootless: the user's own socket is root's inside.
    [ "$(stat -c %u "$SOCKET")" = 0 ] || return 0
    [ "$wanted" != "$SOCKET" ] || [ "$(env_value DOCKER_GID)" = "$group" ] ||
        die "DOCKER_GID=$(env_value DOCKER_GID) in $ENV_FILE, but $SOCKET belongs to group $group: set DOCKER_GID=$group there"
}

# Into the environment, from where a new .env takes them; an old one must agree.
settle_object_store() {
    local profiles=${COMPOSE_PROFILES-monitoring}
    [ -n "$OBJECT_STORE" ] || return 0
    if [ ! -e "$ENV_FILE" ]; then
        [[ ,$profiles, == *,s3,* ]] || profiles=${profiles:+$profiles,}s3
        export COMPOSE_PROFILES=$profiles LAKE_URI=s3://lake LAKE_ENDPOINT_URL=http://object-store:8333
    elif [[ ,$(env_value COMPOSE_PROFILES), != *,s3,* ]] || [ "$(env_value LAKE_URI)" != s3://lake ]; then
        die "$ENV_FILE keeps the tables elsewhere: set there LAKE_URI=s3://lake, LAKE_ENDPOINT_URL=http://object-store:8333 and add s3 to COMPOSE_PROFILES; tables are not moved (docs/lake.md)"
    fi
}

# Steps must not try to push where nobody listens.
settle_monitoring() {
    if ! monitoring_wanted && [ -n "${COMPOSE_PROFILES+set}" ]; then
        export PUSHGATEWAY_URL=${PUSHGATEWAY_URL:-} AIRFLOW_STATSD=${AIRFLOW_STATSD:-False}
    fi
}
