# shellcheck shell=bash
# The file .env, which compose reads: written once with secrets of its own, completed after an update, never overwritten.

ENV_FILE=$ROOT/.env
ENV_EXAMPLE=$ROOT/.env.example

# env_line FILE NAME: the last assignment of the variable in the file, as compose takes it.
env_line() { grep -E "^$2=" "$1" 2>/dev/null | tail -n 1; }

# env_value NAME: from the environment, else from .env: the order that compose has.
env_value() {
    local value
    if [ -n "${!1+set}" ]; then
        printf '%s\n' "${!1}"
        return
    fi
    value=$(env_line "$ENV_FILE" "$1" || true)
    value=${value#*=}
    case $value in
    \'*\') value=${value#\'} && value=${value%\'} ;;
    \"*\") value=${value#\"} && value=${value%\"} ;;
    # A comment behind a value begins with a space.
    *) value=$(printf '%s' "$value" | sed -e 's/[[:space:]]#.*$//' -e 's/[[:space:]]*$//') ;;
    esac
    printf '%s\n' "$value"
}

hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# A new secret for the variable, or nothing when it is no secret. Hex needs no quoting in an address.
new_secret() {
    case $1 in
    *FERNET_KEY) head -c 32 /dev/urandom | base64 | tr -- '+/' '-_' ;;
    # Airflow wants at least 64 bytes here.
    AIRFLOW_JWT_SECRET) hex 64 ;;
    *_SECRET | *_SECRET_KEY) hex 32 ;;
    *_PASSWORD) hex 24 ;;
    esac
}

# quoted NAME VALUE: the value as it may stand in .env.
quoted() {
    case $2 in
    *[!A-Za-z0-9_./:@%+,=-]*) ;;
    *) printf '%s' "$2" && return ;;
    esac
    case $2 in
    *\'* | *$'\n'*) die "$1 from the environment has a quote or a line break: write it into $ENV_FILE by hand" ;;
    esac
    printf "'%s'" "$2"
}

# assignment LINE: the line of .env.example with the caller's value, a new secret or the default.
assignment() {
    local name=${1%%=*} secret="" value
    if [ -n "${!name+set}" ]; then
        value=$(quoted "$name" "${!name}") || return 1
        printf '%s=%s\n' "$name" "$value"
        return
    fi
    [ -n "${1#*=}" ] || secret=$(new_secret "$name")
    if [ -n "$secret" ]; then printf '%s=%s\n' "$name" "$secret"; else printf '%s\n' "$1"; fi
}

is_assignment() { [[ $1 =~ ^[A-Z][A-Z0-9_]*= ]]; }

# The whole of .env.example, comments included, with its values filled in.
filled_example() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        if ! is_assignment "$line"; then printf '%s\n' "$line"; else assignment "$line" || return 1; fi
    done <"$ENV_EXAMPLE"
}

create_env_file() {
    local filled new=$ENV_FILE.new.$$
    filled=$(filled_example) || exit 1
    (umask 077 && printf '%s\n' "$filled" >"$new") || {
        rm -f "$new"
        die "cannot write $new: make room, or make the folder writable"
    }
    # Beside its place first: a half written file is never found under the name.
    mv -n "$new" "$ENV_FILE"
    rm -f "$new"
    say "notice: $ENV_FILE has the settings and new random passwords; keep it, the databases are made with them"
}

# Adds what a newer .env.example has and an older .env lacks; what is there stays as it is.
complete_env_file() {
    local line name added="" names=""
    while IFS= read -r line || [ -n "$line" ]; do
        is_assignment "$line" || continue
        name=${line%%=*}
        [ -z "$(env_line "$ENV_FILE" "$name" || true)" ] || continue
        line=$(assignment "$line") || exit 1
        added+=$line$'\n'
        names+=" $name"
    done <"$ENV_EXAMPLE"
    [ -n "$added" ] || return 0
    # A file without a last line break would swallow the first of them.
    [ -z "$(tail -c 1 "$ENV_FILE")" ] || added=$'\n'$added
    printf '%s' "$added" >>"$ENV_FILE"
    say "notice: added to $ENV_FILE what it lacked:$names"
}

write_env_file() {
    [ -f "$ENV_EXAMPLE" ] || die "$ENV_EXAMPLE is missing, which lists the settings: restore it (git checkout .env.example)"
    if [ -e "$ENV_FILE" ]; then
        if ! [ -r "$ENV_FILE" ] || ! [ -w "$ENV_FILE" ]; then die "$ENV_FILE cannot be read and written: it belongs to another user; run this as that one, or chown it"; fi
        complete_env_file
    else
        create_env_file
    fi
    chmod 600 "$ENV_FILE"
}
