#!/usr/bin/env bash
# Stands in for docker where no daemon runs: FAKE_DOCKER says what state it is in, FAKE_COMPOSE which version of Compose
# it has, FAKE_STATE is the folder with its containers (a line each, as `docker ps` prints them) and its volumes.
printf '%s\n' "$*" >>"$FAKE_STATE/calls"

case $FAKE_DOCKER in
dead)
    echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2
    exit 1
    ;;
denied)
    echo "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock" >&2
    exit 1
    ;;
esac

containers() { cat "$FAKE_STATE/containers" 2>/dev/null; }

case "$*" in
"version --format"*) echo 28.0.0 ;;
"compose version"*) [ -n "$FAKE_COMPOSE" ] && echo "$FAKE_COMPOSE" ;;
"buildx version"*) echo v0.20.0 ;;
"info --format"*OperatingSystem*) echo "Docker Desktop" ;;
"info --format"*) echo /nowhere ;;
"compose config --services") printf 'api\nmigrate\n' ;;
"compose"*build*) echo building ;;
"compose up"*)
    printf '%s\n' 'api|cinelake-api-1|running|Up 2 seconds (healthy)|127.0.0.1:8000->8000/tcp' \
        "${FAKE_MIGRATE:-migrate|cinelake-migrate-1|exited|Exited (0) 2 seconds ago|}" >"$FAKE_STATE/containers"
    printf '%s\n' cinelake_lake cinelake_postgres >"$FAKE_STATE/volumes"
    exit "${FAKE_UP:-0}"
    ;;
"compose"*down*) rm -f "$FAKE_STATE/containers" ;;
"logs"*) echo "the last words of ${*: -1}" ;;
"ps -q"*publish=*) echo 0123456789ab ;;
"ps -q"* | "ps -aq"*label=cinelake.step*) ;;
"ps -aq"*) containers | cut -d '|' -f 2 ;;
"ps -a"*) containers ;;
"volume ls -q"*label=*) ;;
"volume ls -q") cat "$FAKE_STATE/volumes" 2>/dev/null ;;
"volume inspect"*) grep -qxF "$3" "$FAKE_STATE/volumes" 2>/dev/null ;;
"volume rm"*) rm -f "$FAKE_STATE/volumes" ;;
"network ls"*) ;;
*"image inspect"*) exit 1 ;;
create*) echo c0ffee ;;
"cp - c0ffee:/lake") tar -tvf - >"$FAKE_STATE/copied" ;;
esac
