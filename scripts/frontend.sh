# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The React app: built where Node.js is, and otherwise a page in its place that says so.

APP_SOURCE=$ROOT/frontend/react
APP_BUILT=$APP_SOURCE/dist
# Hidden, so that it is not served.
APP_SIGNATURE=$APP_BUILT/.signature

# Why the app cannot be built here; nothing when it can. Vite needs this release.
app_obstacle() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        echo "no Node.js here"
    elif ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
        echo "Node.js $(node --version) is too old"
    fi
}

# Changes with everything that goes into the build.
app_signature() {
    (
        cd "$APP_SOURCE"
        node --version
        find . \( -name node_modules -o -name dist -o -name tests \) -prune -o -type f -print | LC_ALL=C sort |
            while IFS= read -r file; do sha256 "$file"; done
    ) | sha256 | cut -c 1-64
}

app_is_built() { [ "$(cat "$APP_SIGNATURE" 2>/dev/null)" = "$(app_signature)" ]; }

# Packages as the lock file names them; a folder of them that fits it is kept.
install_node_packages() {
    [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund
}

build_app() {
    cd "$APP_SOURCE"
    install_node_packages
    npm run build
    app_signature >"$APP_SIGNATURE"
}

# Sees to the app before the API starts. It goes on without: recommendations do not depend on it.
# Must not be called in a condition, as it has a step.
prepare_app() {
    local obstacle
    [ "${BINARIES:-}" != prebuilt ] || return 0
    obstacle=$(app_obstacle)
    if [ -n "$obstacle" ]; then
        say "notice: $obstacle, so /app/ shows how to get the app: it wants Node.js 20.19 or newer"
        return 0
    fi
    ! app_is_built || return 0
    set +e
    step "build app" "check that npm can fetch packages, then run this again; until then /app/ shows how to get the app" build_app
    set -e
}

# The folders of the front ends, for the API. What others name stays.
frontend_environment() {
    export API_UI_DIR=${API_UI_DIR:-$ROOT/frontend/html}
    if [ -z "${API_APP_DIR:-}" ]; then
        API_APP_DIR=$ROOT/frontend/notice
        if [ -f "$APP_SIGNATURE" ]; then API_APP_DIR=$APP_BUILT; fi
    fi
    export API_APP_DIR
}
