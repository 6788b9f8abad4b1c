# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The app by itself, and both front ends in a browser.

test_app() {
    cd "$APP_SOURCE"
    install_node_packages
    npm run lint
    npm test
    build_app
}

# One data set that needs no network; `npm test` there takes another one, too.
test_front_ends() {
    cd "$ROOT/frontend/e2e"
    install_node_packages
    CINELAKE_BIN=$PROGRAMS npm test -- ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
}
