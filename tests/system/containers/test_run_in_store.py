"""The pipeline in containers with its lake in an object store: profile s3."""

import json
import re

import pytest

from harness import tables
from harness.places import STEPS
from system.containers.stack import SOURCE

LAKE = {"LAKE_URI": "s3://lake", "LAKE_ENDPOINT_URL": "http://object-store:8333"}
UP = ["--profile", "s3", "up", "--detach", "--pull", "never", "--wait", "--wait-timeout", "300"]


@pytest.fixture
def remote(stack, without_stand_in):
    """The stack, whose steps find their lake in the store; afterwards as it was."""
    missing = [image for image in without_stand_in if re.search("seaweedfs", image)]
    if missing:
        pytest.skip(f"neither registry nor stand-in has {missing[0]}")
    stack.compose(*UP, **LAKE)
    yield stack
    stack.compose("up", "--detach", "--pull", "never", "--wait", "--wait-timeout", "300")
    stack.compose("--profile", "s3", "rm", "--stop", "--force", "--volumes", "object-store")


def test_a_run_writes_into_the_store_and_nothing_into_the_volume(remote):
    run = remote.airflow.trigger("cinelake", {"dataset": SOURCE})
    remote.airflow.await_run("cinelake", run, seconds=420)
    reports = {step: remote.airflow.xcom("cinelake", run, step) for step in STEPS}
    assert {report["outcome"] for report in reports.values()} == {"done"}
    assert set(tables.commits(remote.lake, run).values()) == {0}
    outcome, report = remote.history(run)
    assert outcome == "published" and remote.api("/models/live")[1]["version"] == report["version"]
    vacuumed = remote.task("maintain", "vacuum", "--dry-run", environment=access(remote))
    assert json.loads(vacuumed.stdout.splitlines()[-1])["outcome"] == "done"
    log = "".join(remote.airflow.log("cinelake", run, step) for step in STEPS)
    assert remote.env()["LAKE_SECRET_KEY"] not in log


def access(stack):
    """What the scheduler gives to a step."""
    return {
        "LAKE_URI": LAKE["LAKE_URI"],
        "AWS_ENDPOINT_URL": LAKE["LAKE_ENDPOINT_URL"],
        "AWS_ACCESS_KEY_ID": stack.env()["LAKE_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": stack.env()["LAKE_SECRET_KEY"],
    }
