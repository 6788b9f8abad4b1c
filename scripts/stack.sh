# shellcheck shell=bash
# The container stack: built, started, watched until healthy, shown, removed. Compose is asked to build, start and
# remove; what runs is read from the containers' labels, so that it can be told without .env, too.

# Services that do their work once and end.
ONE_SHOT=" migrate airflow-init "
STACK_VOLUMES="cinelake_lake cinelake_object_store cinelake_hdfs_names cinelake_hdfs_blocks cinelake_postgres cinelake_airflow_logs cinelake_prometheus cinelake_alertmanager cinelake_grafana cinelake_pushgateway"
# How long the stack may take to become healthy; images are pulled meanwhile.
STACK_SECONDS=${STACK_SECONDS:-900}

stack_containers() { docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" 2>/dev/null; }

stack_exists() { docker_answers && [ -n "$(stack_containers)" ]; }

# Every volume of the stack that is there, by name or by compose's label.
stack_volumes() {
    {
        # shellcheck disable=SC2086 # one word a volume
        printf '%s\n' $STACK_VOLUMES | grep -xF -f <(docker volume ls -q) || true
        docker volume ls -q --filter "label=com.docker.compose.project=$PROJECT"
    } | sort -u
}

# Every service that compose would start, with its profiles.
wanted_services() { compose config --services | sort; }

# service|container|state|status|ports, a line each.
stack_state() {
    docker ps -a --filter "label=com.docker.compose.project=$PROJECT" \
        --format '{{.Label "com.docker.compose.service"}}|{{.Names}}|{{.State}}|{{.Status}}|{{.Ports}}'
}

# verdict SERVICE STATE STATUS: healthy, done, waiting or failed.
verdict() {
    case "$2 $3" in
    *unhealthy*) echo failed ;;
    "running "*starting*) echo waiting ;;
    "running "*) if [[ $ONE_SHOT == *" $1 "* ]]; then echo waiting; else echo healthy; fi ;;
    "exited Exited (0)"*) if [[ $ONE_SHOT == *" $1 "* ]]; then echo "done"; else echo failed; fi ;;
    exited* | dead* | restarting*) echo failed ;;
    *) echo waiting ;;
    esac
}

# The services of $1 (a list of lines) whose verdict is $2; those without a container are waiting.
services_that_are() {
    local wanted=$1 state service line now
    state=$(stack_state)
    while IFS= read -r service; do
        [ -n "$service" ] || continue
        now=waiting
        line=$(grep "^$service|" <<<"$state" | head -n 1 || true)
        [ -z "$line" ] || now=$(IFS='|' read -r _ _ a b _ <<<"$line" && verdict "$service" "$a" "$b")
        [ "$now" != "$2" ] || printf '%s\n' "$service"
    done <<<"$wanted"
}

joined() { tr '\n' ' ' | sed -e 's/ *$//' -e 's/ /, /g'; }

# The failing service's last words, and what to do.
tell_failure() {
    local service=$1 container
    container=$(stack_state | awk -F'|' -v service="$service" '$1 == service { print $2; exit }')
    say ""
    say "$service is not well: $(stack_state | awk -F'|' -v service="$service" '$1 == service { print $4; exit }')"
    { docker logs --tail 10 "$container" 2>&1 || true; } | sed 's/^/    /'
    say "  log:    docker logs $container"
    case $service in
    postgres) say "  remedy: a volume of another PostgreSQL or of another .env does not open: put that .env back, or remove all data with ./init.sh down --volumes" ;;
    migrate) say "  remedy: the database must be of this version or an older one; passwords must be those of the .env that made it" ;;
    docker-proxy) say "  remedy: it reads the Docker socket: that must be /var/run/docker.sock, open to its group" ;;
    *) say "  remedy: cure what the log says, then run ./init.sh again" ;;
    esac
}

# Draws one line again and again on a terminal; elsewhere a line for each change.
progress() {
    if [ -t 1 ]; then
        printf '\r\033[K  ....  %s (%d s)' "$1" "$2"
    elif [ "$1" != "${PROGRESS_SAID:-}" ]; then
        printf '  ....  %s (%d s)\n' "$1" "$2"
    fi
    PROGRESS_SAID=$1
}

end_progress() { [ ! -t 1 ] || printf '\r\033[K'; }

build_images() {
    local arguments=(--profile tasks) profile
    # A profile by flag takes the place of those in .env.
    for profile in $(env_value COMPOSE_PROFILES | tr , ' '); do arguments+=(--profile "$profile"); done
    CINELAKE_REVISION=${CINELAKE_REVISION:-$(git -C "$ROOT" rev-parse HEAD 2>/dev/null || echo unknown)}
    CINELAKE_VERSION=$(sed -n 's/^version = "\(.*\)"/\1/p' "$ROOT/Cargo.toml" | head -n 1)
    export CINELAKE_REVISION CINELAKE_VERSION
    DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1 compose "${arguments[@]}" build
}

# Starts everything and waits until it is well. Compose itself waits for what others depend on, so it runs beside.
start_stack() {
    local log="$LOGS/start-containers.log" started=$SECONDS code="" wanted waiting failed seen=0
    wanted=$(wanted_services 2>"$log") || {
        tail -n 5 "$log" >&2
        die "docker-compose.yml cannot be read: see above"
    }
    set -m
    (compose up --detach --remove-orphans) >"$log" 2>&1 </dev/null &
    STEP_PID=$!
    set +m
    while :; do
        if [ -z "$code" ] && ! kill -0 "$STEP_PID" 2>/dev/null; then
            code=0
            wait "$STEP_PID" || code=$?
            STEP_PID=
        fi
        failed=$(services_that_are "$wanted" failed)
        waiting=$(services_that_are "$wanted" waiting)
        # One that restarts once may be well in a moment; compose's own end is final.
        if [ -n "$failed" ]; then seen=$((seen + 1)); else seen=0; fi
        if [ "${code:-0}" -ne 0 ] || [ "$seen" -ge 15 ] || [ $((SECONDS - started)) -ge "$STACK_SECONDS" ]; then break; fi
        [ "$code" != 0 ] || [ -n "$failed$waiting" ] || break
        progress "waiting for: $(printf '%s\n%s' "$failed" "$waiting" | sed '/^$/d' | joined)" $((SECONDS - started))
        sleep 2
    done
    end_step
    STEP_PID=
    end_progress
    if [ "$code" = 0 ] && [ -z "$failed$waiting" ]; then
        printf '  ok    %-24s %5d s\n' "start containers" $((SECONDS - started))
        return 0
    fi
    printf '  FAIL  %-24s %5d s\n' "start containers" $((SECONDS - started))
    tell_start_failure "${failed:-}" "${waiting:-}" "${code:-}" "$log" >&2
    return 1
}

# tell_start_failure FAILED WAITING CODE LOG
tell_start_failure() {
    local service
    if [ -n "$3" ] && [ "$3" != 0 ]; then
        say ""
        say "docker compose up ended with $3:"
        { grep -v -E '(Pulling|Waiting|Download|Extract|Pull|Verifying|fs layer)' "$4" || true; } | tail -n 8 | sed 's/^/    /'
        say "  log:    $4"
        ! grep -qiE 'pull|manifest|registry|TLS handshake|no such host' "$4" ||
            say "  remedy: an image could not be had: check the network and the registry (docker pull NAME), then run ./init.sh again"
    fi
    for service in $1; do tell_failure "$service"; done
    if [ -z "$1" ] && [ -n "$2" ]; then
        say "not healthy in time: $(printf '%s' "$2" | joined)"
        for service in $2; do ! stack_state | grep -q "^$service|" || tell_failure "$service"; done
    fi
}

show_stack() {
    local wanted service line state status ports down=0 now
    wanted=$(wanted_services 2>/dev/null || stack_state | cut -d '|' -f 1 | sort -u)
    printf '  %-24s %-10s %-30s %s\n' service state status address
    while IFS= read -r service; do
        [ -n "$service" ] || continue
        now=down status=- ports=
        line=$(stack_state | grep "^$service|" | head -n 1 || true)
        if [ -n "$line" ]; then
            IFS='|' read -r _ _ state status ports <<<"$line"
            now=$(verdict "$service" "$state" "$status")
        fi
        case $now in healthy | "done") ;; *) down=1 ;; esac
        printf '  %-24s %-10s %-30s %s\n' "$service" "$now" "$status" "$(grep -oE '127\.0\.0\.1:[0-9]+' <<<"$ports" | head -n 1 || true)"
    done <<<"$wanted"
    # shellcheck disable=SC2034 # live_model reads it
    say "  live model: $(API_PORT=$(env_value API_PORT) && live_model)"
    return "$down"
}

# Containers of steps belong to no compose project: they end in order and go, or they would hold the network.
remove_steps() {
    local steps
    steps=$(docker ps -aq --filter label=cinelake.step)
    # shellcheck disable=SC2086 # one word a container
    [ -z "$steps" ] || { docker stop -t 10 $steps && docker rm -f $steps; } || true
}

# remove_stack [--volumes]: by compose where it can read its file, and whatever is left by label.
remove_stack() {
    local left
    left=$(docker ps -q --filter "label=com.docker.compose.project=$PROJECT" --filter label=com.docker.compose.service=airflow-scheduler)
    # First who starts steps, then the steps.
    # shellcheck disable=SC2086 # one word a container
    [ -z "$left" ] || docker stop -t 30 $left
    remove_steps
    if [ -f "$ENV_FILE" ] && [ ${#COMPOSE[@]} -gt 0 ]; then
        compose --profile monitoring --profile alerting --profile tasks down --remove-orphans --timeout 30 || true
    fi
    left=$(stack_containers)
    # shellcheck disable=SC2086
    [ -z "$left" ] || { docker stop -t 30 $left && docker rm -f $left; }
    left=$(docker network ls -q --filter "label=com.docker.compose.project=$PROJECT")
    # shellcheck disable=SC2086
    [ -z "$left" ] || docker network rm $left
    [ "${1:-}" = --volumes ] || return 0
    left=$(stack_volumes)
    # shellcheck disable=SC2086
    [ -z "$left" ] || docker volume rm $left
}

stack_is_well() {
    local wanted
    wanted=$(wanted_services 2>/dev/null) && [ -n "$wanted" ] || return 1
    [ -z "$(services_that_are "$wanted" failed)$(services_that_are "$wanted" waiting)" ]
}
