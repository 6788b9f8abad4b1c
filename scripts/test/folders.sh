# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files read what is set here
# Where the Python suites are.

# Fast, and without programs of ours: layers, descriptions, rules, docs.
CONTRACT_TESTS=$ROOT/tests/contract
# The programs, and a PostgreSQL.
PIPELINE_TESTS=$ROOT/tests/pipeline
# ./init.sh and test-connections.py.
SETUP_TESTS=$ROOT/tests/system/setup
# Everything runs, and Prometheus looks at it.
MONITORING_TESTS=$ROOT/tests/system/monitoring
# Everything runs in containers.
CONTAINER_TESTS=$ROOT/tests/system/containers
# Spark, if asked for.
SPARK_TESTS=$ROOT/tests/spark
AIRFLOW_TESTS=$ROOT/airflow/tests
