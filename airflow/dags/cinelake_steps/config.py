"""What the pipeline runs with unless a run says otherwise: the one place of its defaults.

Everything that differs between machines comes from the environment; everything that a person may want to
change for one run is a ``Param`` and shows in the trigger form with its bounds.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from airflow.sdk import Asset
from airflow.sdk.exceptions import AirflowFailException
from airflow.sdk.log import mask_secret

REPOSITORY = Path(__file__).resolve().parents[3]


def setting(name: str, default: str) -> str:
    """An environment variable; one that is empty counts as not set, because compose files pass it on like that."""
    return os.environ.get(name) or default


RUNNER = setting("CINELAKE_RUNNER", "process")

# A nightly run starts when a day's ratings are complete and nobody is waiting for the machine.
SCHEDULE = setting("CINELAKE_SCHEDULE", "30 3 * * *")
# On Sundays, well after the nightly run.
MAINTENANCE_SCHEDULE = setting("CINELAKE_MAINTENANCE_SCHEDULE", "30 12 * * 0")
TIMEZONE = setting("CINELAKE_TIMEZONE", "UTC")

# Where people's browsers find the others; shown in the web interface.
API_URL = setting("CINELAKE_API_URL", "http://127.0.0.1:8000")
GRAFANA_URL = setting("CINELAKE_GRAFANA_URL", "http://127.0.0.1:3000")

RETRIES = 2
RETRY_DELAY = timedelta(seconds=float(setting("CINELAKE_RETRY_SECONDS", "60")))
# The second pause is this many times the first.
RETRY_BACKOFF = 2.0

# Generous: ten times what 20 million ratings take on two cores.
TIMEOUTS = {
    "ingest": timedelta(hours=2),
    "clean": timedelta(minutes=30),
    "train": timedelta(hours=2),
    "evaluate": timedelta(hours=1),
    "recommend": timedelta(hours=1),
    "publish": timedelta(hours=1),
    "record": timedelta(minutes=15),
    "vacuum": timedelta(hours=1),
    "prune": timedelta(minutes=15),
    "activate": timedelta(minutes=15),
}

# What other DAGs can wait for.
SILVER_RATINGS = Asset("silver/ratings", uri="cinelake://silver/ratings")
PUBLISHED = Asset("published", uri="cinelake://published")


def binaries() -> Path:
    """The folder of the task binaries (`CINELAKE_BIN`), for the runner `process`."""
    return Path(setting("CINELAKE_BIN", str(REPOSITORY / "target" / "release")))


def image(task: str) -> str:
    """The image of a task, for the runners `docker` and `kubernetes`."""
    return f"{setting('CINELAKE_IMAGES', 'cinelake')}/{task}:{setting('CINELAKE_TAG', 'local')}"


def memory(step: str) -> str:
    """The most memory that a step's container may take, such as `6g`; `CINELAKE_MEMORY_TRAIN` is for one step alone."""
    return setting(f"CINELAKE_MEMORY_{step.upper()}", setting("CINELAKE_MEMORY", "6g"))


# How an object store or HDFS is reached, as far as everybody may know it.
STORE_SETTINGS = (
    *("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SKIP_SIGNATURE", "AWS_VIRTUAL_HOSTED_STYLE_REQUEST"),
    *("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ENDPOINT", "AZURE_TENANT_ID", "AZURE_CLIENT_ID"),
    *("HADOOP_USER_NAME", "HADOOP_CONF_DIR"),
)
# Without them a step asks its container, pod or machine for credentials.
STORE_SECRETS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_CLIENT_SECRET"),
    "GOOGLE_SERVICE_ACCOUNT_KEY",
)


def store() -> str | None:
    """The address of the lake (`LAKE_URI`) if it lies in an object store or in HDFS."""
    lake = os.environ.get("LAKE_URI", "")
    return lake if "://" in lake and not lake.startswith("file://") else None


def store_secrets() -> list[str]:
    """The names of the variables that may have credentials for the lake's object store."""
    return list(STORE_SECRETS) if store() else []


def mounted_environment(step: str, mount: str) -> dict[str, str]:
    """As `task_environment`, for a step that finds the lake at a mount, or there its temporary files and downloads."""
    if not (address := store()):
        return task_environment(step, mount)
    settings = {name: value for name in STORE_SETTINGS if (value := os.environ.get(name))}
    return task_environment(step, address) | settings | {"SCRATCH_DIR": mount}


def task_environment(step: str, lake: str) -> dict[str, str]:
    """The environment of a step; values are templates and are shown in the web interface.

    :param lake: where the step finds the tables
    """
    environment = {"LAKE_URI": lake, "LOG_FORMAT": setting("LOG_FORMAT", "text"), "RUN_ID": "{{ run_id }}"}
    for name in ("PUSHGATEWAY_URL", "RUST_LOG"):
        if value := os.environ.get(name):
            environment[name] = value
    if threads := setting(f"CINELAKE_THREADS_{step.upper()}", setting("THREADS", "")):
        environment["THREADS"] = threads
    return environment


def secrets(names: Sequence[str]) -> dict[str, str]:
    """The values of these environment variables, which nobody is to see; read when a step runs, never when a DAG is
    parsed, as only who runs steps knows them.
    """
    values = {}
    for name in names:
        if not (value := os.environ.get(name)):
            if name in STORE_SECRETS:
                continue
            raise AirflowFailException(f"this step needs the environment variable {name}, which is not set")
        mask_secret(value)
        values[name] = value
    return values
