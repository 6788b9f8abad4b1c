#!/bin/bash
# As the official image's: `airflow` is put before the arguments unless they name a program.
set -euo pipefail
[ "${_AIRFLOW_DB_MIGRATE:-}" != true ] || airflow db migrate
case ${1:-} in
airflow | bash | python | python3) exec "$@" ;;
*) exec airflow "$@" ;;
esac
