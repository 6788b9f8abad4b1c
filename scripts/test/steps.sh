# shellcheck shell=bash
# The steps that ./test.sh knows by name: what each needs, and when it is skipped.

STEPS="format lint-rust lint-python lint-shell rust lake contract pipeline airflow setup monitoring app browser containers spark-reads"

is_step() { [[ " $STEPS " = *" $1 "* ]]; }

# step_NAME: a suite, if what it needs went well.
step_rust() {
    prepare_test_postgres
    if ran_well "start PostgreSQL"; then run "test Rust" test_rust; else not_prepared "test Rust"; fi
}

step_lake() {
    if ran_well "build" "install Python tools"; then run "test lake" test_lake; else not_prepared "test lake"; fi
    if [ -n "$(hdfs_obstacle)" ]; then
        skip "test lake in HDFS" "$(hdfs_obstacle)"
    elif ran_well "build" "install HDFS"; then
        run "test lake in HDFS" test_lake_in_hdfs
    else
        not_prepared "test lake in HDFS"
    fi
}

step_pipeline() {
    prepare_test_postgres
    if ran_well "build" "install Python tools" "start PostgreSQL"; then run "test pipeline" test_pipeline; else not_prepared "test pipeline"; fi
}

step_browser() {
    if ran_well "build" "test app"; then run "test front ends" test_front_ends; else not_prepared "test front ends"; fi
}

step_airflow() {
    if ran_well "build" "install Python tools"; then run "test Airflow" test_airflow; else not_prepared "test Airflow"; fi
}

step_setup() {
    if ran_well "install Python tools"; then run "test setup" test_setup; else not_prepared "test setup"; fi
}

step_monitoring() {
    find_statsd_exporter
    if ran_well "build" "install Python tools"; then run "test monitoring" test_monitoring; else not_prepared "test monitoring"; fi
}

# Only for who asks: Spark is large, and slow to start.
step_spark() {
    if ran_well "build" "install Python tools" "install HDFS" "install Spark"; then
        run "test reading by Spark" test_spark_reads
    else
        not_prepared "test reading by Spark"
    fi
}

# The app before it: the API's image has it.
step_containers() {
    if ! can_have_engine; then
        skip "test containers" "$(engine_obstacle)"
    elif ran_well "build" "install Python tools" "test app" "make Debian stand-ins" "make Airflow stand-in"; then
        start_engine
        if ran_well "build stand-ins"; then run "test containers" test_containers; fi
    else
        not_prepared "test containers"
    fi
}

not_prepared() { skip "$1" "a step before it failed or was skipped"; }
can_have_engine() { [ -z "$(engine_obstacle)" ]; }

needs() {
    if ! ran_well "$1"; then run "$@"; fi
}

# What a step needs, as far as it is a step, too. Airflow for the stand-in goes before the tools that come on top of it.
prepare_for() {
    case $1 in
    lake | pipeline | airflow | monitoring | browser | containers | spark-reads) needs "build" build ;;
    esac
    case $1 in
    browser | containers) needs "test app" test_app ;;
    esac
    case $1 in
    containers)
        needs "make Airflow stand-in" make_airflow_packages
        prepare_systems
        ;;
    monitoring) if has_go; then run "compile statsd_exporter" make_statsd_exporter; fi ;;
    esac
    case $1 in
    lint-python | lint-shell | contract | lake | pipeline | airflow | setup | monitoring | containers | spark-reads)
        needs "install Python tools" install_dev_tools
        ;;
    esac
    case $1 in
    spark-reads) needs "install Spark" install_spark ;;
    esac
    case $1 in
    lake | pipeline | spark-reads) if [ -z "$(hdfs_obstacle)" ]; then needs "install HDFS" install_hdfs; fi ;;
    esac
}

perform() {
    case $1 in
    format) run "format" check_format ;;
    lint-rust) run "lint Rust" lint_rust ;;
    lint-python) run "lint Python" lint_python ;;
    lint-shell) run "lint shell scripts" lint_shell ;;
    contract) run "test contract" test_contract ;;
    app) needs "test app" test_app ;;
    spark-reads) step_spark ;;
    *) "step_$1" ;;
    esac
}

# perform_steps NAME...
perform_steps() {
    local name
    for name in "$@"; do
        prepare_for "$name"
        perform "$name"
    done
}
