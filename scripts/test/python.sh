# shellcheck shell=bash
# shellcheck disable=SC2164 # steps run with set -e
# The Python suites, the lints of Python and of the shell scripts.

PYTHON_FOLDERS="airflow bench connections grafana scripts tests"

lint_python() {
    cd "$ROOT"
    # shellcheck disable=SC2086 # one word a folder
    "$VENV/bin/ruff" check --config airflow/ruff.toml $PYTHON_FOLDERS ./*.py
    # shellcheck disable=SC2086 # one word a folder
    "$VENV/bin/ruff" format --config airflow/ruff.toml --check $PYTHON_FOLDERS ./*.py
}

lint_shell() {
    local file files=()
    cd "$ROOT"
    while IFS= read -r -d '' file; do
        if [ -f "$file" ]; then files+=("$file"); fi
    done < <(git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run)
    "$VENV/bin/shellcheck" -x "${files[@]}"
}

# suite FOLDER [OPTION...]: its tests, with the programs that were built.
suite() {
    cd "$1"
    export CINELAKE_BIN=$PROGRAMS
    venv_python -m pytest -q -rs "${@:2}" ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
}

test_contract() { suite "$CONTRACT_TESTS"; }
# Two at a time, as it is half waiting; a file's tests stay together, as they share what its fixtures made.
test_pipeline() { suite "$PIPELINE_TESTS" -n 2 --dist loadfile; }
test_spark_reads() {
    export SPARK
    suite "$SPARK_TESTS"
}
test_setup() { suite "$SETUP_TESTS"; }
test_monitoring() { suite "$MONITORING_TESTS"; }
test_airflow() { suite "$AIRFLOW_TESTS"; }
# Without those that run the whole DAG.
quick_test_airflow() { suite "$AIRFLOW_TESTS" --ignore test_pipeline.py; }

# Airflow's figures for Prometheus go through this; without it the tests of them are skipped.
find_statsd_exporter() {
    STATSD_EXPORTER=$(compgen -G "$STAND_IN_CACHE/statsd_exporter-*" | head -n 1)
    if [ -n "$STATSD_EXPORTER" ]; then export STATSD_EXPORTER; else unset STATSD_EXPORTER; fi
}
