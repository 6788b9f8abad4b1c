# shellcheck shell=bash
# What a machine needs for all of the tests, in one list before anything begins.

# Lines of that without which some tests are skipped; in CI none may be.
WANTED=()

# wants WHAT PACKAGE [HINT]
wants() {
    [ -z "$2" ] || PACKAGES+=("$2")
    [ -n "$2" ] && [ -n "$INSTALLING" ] || WANTED+=("$1: ${3:-sudo apt-get install $2}")
}

wants_program() { command -v "$1" >/dev/null || wants "$1" "$2"; }

# The release that can fetch the one which a module asks for.
has_go() { command -v go >/dev/null && at_least 1.21 "$(go env GOVERSION | sed 's/^go//')"; }

find_missing_repository() {
    if ! command -v git >/dev/null; then
        lacks "git" git
    elif ! git -C "$ROOT" rev-parse --git-dir >/dev/null 2>&1; then
        lacks "the repository, of which these are only the files" "" "git clone it, and run this there"
    fi
    ! find_cargo || (cd "$ROOT" && cargo fmt --version && cargo clippy --version) >/dev/null 2>&1 ||
        lacks "rustfmt and clippy" "" "rustup component add rustfmt clippy"
}

find_missing_engine() {
    local package obstacle
    if is_debian_root && ! has_engine_programs; then
        for package in $ENGINE_PACKAGES; do PACKAGES+=("$package"); done
    fi
    obstacle=$(engine_obstacle)
    [ -z "$obstacle" ] || wants "a Docker engine of the tests' own" "" "$obstacle"
}

find_missing_for_tests() {
    local package obstacle
    find_missing
    WANTED=()
    find_missing_repository
    obstacle=$(app_obstacle)
    [ -z "$obstacle" ] || wants "Node.js 20.19 or newer ($obstacle)" "" "https://nodejs.org (Debian 12 has an older one)"
    has_go || wants "Go 1.21 or newer, to compile statsd_exporter" "" "https://go.dev/dl (Debian 12 has an older one)"
    wants_program redis-server redis-server
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || wants "Chromium" chromium "sudo apt-get install chromium, or set CHROMIUM"
    wants_program haproxy haproxy
    wants_program java openjdk-17-jre-headless
    wants_program mvn maven
    wants_program promtool prometheus
    wants_program amtool prometheus-alertmanager
    for package in $(lacking_packages); do wants "$package" "$package"; done
    find_missing_engine
}

# Set by check_everything if the compiler and Python wait for packages.
INSTALL_FIRST=

# Tells what is missing and cannot be installed here; ends when nothing works without it. What can be installed is in
# PACKAGES then.
# shellcheck disable=SC2034 # test.sh reads INSTALL_FIRST
check_everything() {
    if is_debian_root; then INSTALLING=1; fi
    find_missing_for_tests
    INSTALLING=
    if ! command -v cc >/dev/null || [ -z "$PYTHON" ]; then INSTALL_FIRST=1; fi
    if in_ci; then MISSING+=(${WANTED[@]+"${WANTED[@]}"}); fi
    [ ${#MISSING[@]} -eq 0 ] || die_of_missing
    [ ${#WANTED[@]} -gt 0 ] || return 0
    say "Some tests are skipped for want of:"
    printf '  - %s\n' "${WANTED[@]}"
}
