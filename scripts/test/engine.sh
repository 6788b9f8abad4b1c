# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files read what is set here
# A Docker engine of the tests' own, which nothing outside sees and which leaves nothing behind. It lives in kernel
# namespaces of its own: a network without a way out, so that neither its bridges nor the ports published there collide
# with the machine's; mounts and processes that all end with its first process.

ENGINE=$LOCAL/test-docker.$$
# The first process of the engine's namespaces; and unshare, which made them.
ENGINE_PID=
ENGINE_PARENT=
# The last that an engine said which did not start.
ENGINE_SAID=
# Docker's programs as the tests use them: Debian's client, Compose v2 and buildx.
TOOLS=$LOCAL/tools
# The release of Debian that has Compose v2 and buildx.
COMPOSE_SUITE=trixie
# Later releases keep the client in a package of its own.
ENGINE_PACKAGES="docker.io docker-cli debootstrap iptables iproute2"

# Debian's own, whichever other client comes first in PATH.
find_docker() { [ -x /usr/bin/docker ] && [ -x "$(PATH=$PATH:/usr/sbin command -v dockerd)" ]; }

# The archive that the machine itself installs from: address and release.
machine_archive() {
    local release
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    # shellcheck disable=SC2016 # apt fills these in
    apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        awk -v release="$release" '$2 == release && $3 == "main" { print $1, $2; exit }'
}

compose_version() { DOCKER_CONFIG=$TOOLS/docker /usr/bin/docker compose version --short 2>/dev/null | sed 's/^v//'; }

has_compose() {
    [[ $(compose_version) =~ ^([2-9]|[1-9][0-9])\. ]] && DOCKER_CONFIG=$TOOLS/docker /usr/bin/docker buildx version >/dev/null 2>&1
}

# Unpacked beside the machine's own programs, from the same archive and checked by the same keys.
fetch_compose() {
    local folder=$TOOLS/fetch keys=/usr/share/keyrings/debian-archive-keyring.gpg site package signed=
    read -r site _ < <(machine_archive)
    [ -n "$site" ] || { echo "apt knows no archive of this machine's release" && return 1; }
    rm -rf "$folder"
    mkdir -p "$folder/lists/partial" "$folder/archives/partial" "$folder/root" "$TOOLS/docker/cli-plugins"
    [ ! -e "$keys" ] || signed="[signed-by=$keys] "
    echo "deb $signed$site $COMPOSE_SUITE main" >"$folder/sources.list"
    local options=(-o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$folder/lists"
        -o "Dir::Cache=$folder" -o APT::Sandbox::User=root -o Acquire::Languages=none)
    apt-get "${options[@]}" -q update
    (cd "$folder" && apt-get "${options[@]}" -q download docker-compose docker-buildx)
    for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
    mv "$folder"/root/usr/libexec/docker/cli-plugins/docker-* "$TOOLS/docker/cli-plugins/"
    rm -rf "$folder"
    has_compose
}

has_engine_programs() {
    find_docker && command -v debootstrap >/dev/null && command -v iptables >/dev/null && command -v ip >/dev/null
}

# Fails where it cannot get everything.
install_engine_tools() {
    # shellcheck disable=SC2086 # one word a package
    has_engine_programs || { is_debian_root && install_packages $ENGINE_PACKAGES; }
    has_compose || fetch_compose
}

# Why no engine can run here, in one line; nothing when one can be tried.
engine_obstacle() {
    if [ "$(uname -s)" != Linux ]; then
        echo "the tests' Docker engine needs Linux"
    elif [ "$(id -u)" -ne 0 ]; then
        echo "the tests' Docker engine must be started by root"
    elif ! find_docker && ! is_debian_root; then
        echo "dockerd is missing, and can only be installed on Debian"
    elif ! unshare --net --mount --pid --fork --mount-proc true 2>/dev/null; then
        echo "the kernel gives no namespaces here"
    elif [ ! -w /sys/fs/cgroup ]; then
        echo "the control groups are read-only here"
    elif [ "$((${#ENGINE} + 12))" -gt 107 ]; then
        echo "the path of the checkout is too long for a socket: $ENGINE"
    fi
}

# The first process of the namespaces. /run is a fresh one: the compose file's /var/run/docker.sock is this engine's, and
# nothing there outlives it. No name server can be reached, so that nobody shall wait long for one.
engine_inside() {
    local folder=$1 group=$2 child
    mount -t tmpfs -o mode=755 tmpfs /run
    ip link set lo up
    dockerd --data-root "$folder/data" --host unix:///run/docker.sock --host "unix://$folder/docker.sock" \
        --pidfile /run/docker.pid --cgroup-parent "/$group" --exec-opt native.cgroupdriver=cgroupfs --shutdown-timeout 5 \
        --dns-opt timeout:2 --dns-opt attempts:1 &
    child=$!
    trap 'kill -TERM "$child"' TERM INT
    while kill -0 "$child" 2>/dev/null; do wait "$child"; done
}

engine_group() { echo "cinelake-${ENGINE##*/}"; }

# Starts it and waits until it answers. To be called outside of a step, which would keep the variables to itself.
engine_start() {
    local waited
    mkdir -p "$ENGINE"
    chmod 711 "$ENGINE"
    PATH=$PATH:/usr/sbin:/sbin unshare --net --mount --pid --fork --kill-child --mount-proc -- \
        bash -c "$(declare -f engine_inside); engine_inside \"\$@\"" engine "$ENGINE" "$(engine_group)" \
        >"$LOGS/${STEP_PREFIX:-}docker-engine.log" 2>&1 </dev/null &
    ENGINE_PARENT=$!
    use_engine
    for ((waited = 0; waited < 120; waited++)); do
        ENGINE_PID=$(ps -o pid= --ppid "$ENGINE_PARENT" | tr -d ' ')
        if docker version >/dev/null 2>&1; then return 0; fi
        kill -0 "$ENGINE_PARENT" 2>/dev/null || break
        sleep 0.5
    done
    ENGINE_SAID=$(tail -n 1 "$LOGS/${STEP_PREFIX:-}docker-engine.log")
    return 1
}

# Everything after this speaks to this engine alone.
use_engine() {
    mkdir -p "$ENGINE/bin" "$ENGINE/config"
    ln -sf /usr/bin/docker "$ENGINE/bin/docker"
    [ ! -d "$TOOLS/docker/cli-plugins" ] || ln -sfn "$TOOLS/docker/cli-plugins" "$ENGINE/config/cli-plugins"
    export DOCKER_HOST=unix://$ENGINE/docker.sock DOCKER_CONFIG=$ENGINE/config
    export PATH=$ENGINE/bin:$PATH
    unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH
}

# in_engine COMMAND...: where the engine is, with the ports that it publishes on 127.0.0.1 and the disks that it sees.
in_engine() { nsenter --target "$ENGINE_PID" --net --mount --pid -- env -C "$PWD" "$@"; }

# Asks it to end, insists after 20 seconds, and removes what it wrote. Its containers are killed first: it would grant
# each the time that the compose file gives it.
engine_stop() {
    local waited
    if [ -n "$ENGINE_PARENT" ]; then
        docker ps -q 2>/dev/null | timeout 20 xargs -r docker kill >/dev/null 2>&1
        kill -TERM "$ENGINE_PID" 2>/dev/null
        for ((waited = 0; waited < 200; waited++)); do
            kill -0 "$ENGINE_PARENT" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL "$ENGINE_PID" "$ENGINE_PARENT" 2>/dev/null
        wait "$ENGINE_PARENT" 2>/dev/null
        # The mounts went with the namespace; what is left of the groups is empty.
        find /sys/fs/cgroup -depth -type d -path "*/$(engine_group)*" -exec rmdir {} + 2>/dev/null
    fi
    ENGINE_PARENT=
    ENGINE_PID=
    rm -rf --one-file-system "$ENGINE"
}
