# shellcheck shell=bash
# Paths, messages, steps and processes: what init.sh and test.sh share. Works with bash 3.2 (macOS), too.
# shellcheck disable=SC2034 # other files read what is set here

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
LOCAL=$ROOT/.local
LOGS=$LOCAL/logs
RUN=$LOCAL/run
SECRETS=$LOCAL/secrets
AIRFLOW_DIR=$LOCAL/airflow
TARGET=${CARGO_TARGET_DIR:-target}
[[ $TARGET = /* ]] || TARGET=$ROOT/$TARGET
BIN=$TARGET/release

# Process id of the step under way: its own process group, so that Ctrl-C can end all of it.
STEP_PID=

make_folders() {
    mkdir -p "$LOGS" "$RUN" "$SECRETS" "$AIRFLOW_DIR"
    chmod 700 "$SECRETS"
}

say() { printf '%s\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The lines of a log that tell people what went wrong: of an Airflow log only what the programs said and why they ended.
last_words() {
    if grep -q 'SubprocessHook\]' "$1"; then
        sed -n -e 's/^[^ ]* \[[a-z]* *\] \(.*[^ ]\) *\[airflow\.task\.hooks.*SubprocessHook\].*/\1/p' \
            -e 's/^airflow\.sdk\.exceptions\.//p' "$1" |
            grep -v -e '^Tmp dir root' -e '^Output:$' -e '^Command exited'
    else
        cat "$1"
    fi | tail -n 15 | sed 's/^/    /'
}

# step NAME REMEDY COMMAND...: runs it with its output in a log and tells in one line how long it took.
# A failure shows the end of the log and the remedy, and returns the command's exit code. Never to be called after
# `if`, `!` or before `||`: bash would then ignore failures inside the command, whatever `set -e` says.
step() {
    local name=$1 remedy=$2 started=$SECONDS code=0
    local log="$LOGS/${STEP_PREFIX:-}${name// /-}.log"
    shift 2
    [ -n "${IN_LANE:-}" ] || [ ! -t 1 ] || printf '  ....  %s\r' "$name"
    set -m
    # A signal may come before its number is known.
    STEP_PID=starting
    (set -euo pipefail && "$@") >"$log" 2>&1 </dev/null &
    STEP_PID=$!
    set +m
    wait "$STEP_PID" || code=$?
    STEP_PID=
    if [ "$code" -eq 0 ]; then
        printf '  ok    %-24s %5d s\n' "$name" $((SECONDS - started))
        return 0
    fi
    printf '  FAIL  %-24s %5d s\n' "$name" $((SECONDS - started))
    # In one piece: other lanes write, too.
    say "
The step \"$name\" failed. The end of its log:
$(last_words "$log")

  log:    $log${remedy:+
  remedy: $remedy}" >&2
    return "$code"
}

# Ends the step under way with everything it started; a pipeline task is done within two seconds.
end_step() {
    local waited
    [ "$STEP_PID" != starting ] || STEP_PID=${!:-}
    [ -n "$STEP_PID" ] || return 0
    kill -INT -- "-$STEP_PID" 2>/dev/null || true
    for waited in 1 2 3 4 5 6; do
        sleep 0.5
        kill -0 -- "-$STEP_PID" 2>/dev/null || return 0
    done
    kill -KILL -- "-$STEP_PID" 2>/dev/null || true
}

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# secret NAME [fernet]: the value kept in .local/secrets/NAME, made at first use.
secret() {
    local file=$SECRETS/$1
    if [ ! -s "$file" ]; then
        (
            umask 077
            if [ "${2:-}" = fernet ]; then
                head -c 32 /dev/urandom | base64 | tr -- '+/' '-_'
            else
                head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'
            fi >"$file.new"
            mv "$file.new" "$file"
        )
    fi
    cat "$file"
}

# at_least WANTED VERSION: by its first two numbers.
at_least() {
    printf '%s\n' "${2#v}" | awk -F. -v wanted="$1" '{ split(wanted, w, "."); exit !($1 > w[1] || ($1 == w[1] && $2 + 0 >= w[2])) }'
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# When a process began: with its id this names it for good, although ids are used again. Nothing for one that ended,
# although nobody may have noticed yet (a zombie).
began() {
    if [ -d /proc/self ]; then
        sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '$1 != "Z" { print $20 }'
    else
        LC_ALL=C ps -o stat=,lstart= -p "$1" | awk '$1 !~ /^Z/ { print $2, $3, $4, $5, $6 }'
    fi
}

# remember NAME PID [PORT]
remember() { printf '%s\n%s\n%s\n' "$2" "$(began "$2")" "${3:-}" >"$RUN/$1.pid"; }

pid_of() { sed -n 1p "$RUN/$1.pid" 2>/dev/null || true; }

# Whether the process remembered by this name still runs (and is no other with the same id).
alive() {
    local pid since
    pid=$(pid_of "$1")
    [ -n "$pid" ] || return 1
    since=$(began "$pid")
    [ -n "$since" ] && [ "$since" = "$(sed -n 2p "$RUN/$1.pid")" ]
}

# Whether the port in question is held by the process of this name.
holds_port() { alive "$1" && [ "$(sed -n 3p "$RUN/$1.pid")" = "$2" ]; }

# spawn NAME PORT COMMAND...: starts a service that outlives this script and its terminal.
spawn() {
    local name=$1 port=$2
    shift 2
    set -m
    nohup "$@" >"$LOGS/$name.log" 2>&1 </dev/null &
    remember "$name" $! "$port"
    set +m
}

# The process and everything it started, also in sessions of their own; one a line, with when it began.
family_of() {
    local pid
    echo "$1 $(began "$1")"
    for pid in $(ps -A -o pid= -o ppid= | awk -v parent="$1" '$2 == parent { print $1 }'); do family_of "$pid"; done
}

# send SIGNAL FAMILY: to all of them that are still there.
send() {
    local pid since
    while read -r pid since; do
        [ -z "$pid" ] || [ "$(began "$pid")" != "$since" ] || kill "-$1" "$pid" 2>/dev/null || true
    done <<<"$2"
}

# stop NAME...: asks the processes to end, all at once, and insists after 10 seconds. A pipeline task under way gets its
# own SIGTERM then and ends in order, within two seconds.
stop() {
    local name waited family=""
    for name in "$@"; do
        alive "$name" || continue
        family+=$(family_of "$(pid_of "$name")")$'\n'
        kill -TERM "$(pid_of "$name")" 2>/dev/null || true
    done
    for ((waited = 0; waited < 100; waited++)); do
        any_alive "$@" || break
        sleep 0.1
    done
    for name in "$@"; do
        if alive "$name"; then echo "$name did not end on SIGTERM"; fi
    done
    send TERM "$family"
    if any_alive "$@"; then sleep 2; fi
    send KILL "$family"
    for name in "$@"; do rm -f "$RUN/$name.pid" "$RUN/$name.config"; done
}

any_alive() {
    local name
    for name in "$@"; do
        if alive "$name"; then return 0; fi
    done
    return 1
}
