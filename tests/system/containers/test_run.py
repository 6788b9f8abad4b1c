"""The pipeline as Airflow runs it in containers: what it leaves, what it answers, and what it does not do twice."""

import os
from datetime import timedelta

import pytest
from cinelake_steps.docker import remove_old_containers
from docker import APIClient

from harness import tables
from harness.database import Database
from harness.places import STEPS
from harness.programs import Pipeline
from harness.service import serving
from harness.waiting import until
from harness.web import get
from system.containers.stack import SOURCE

USERS = range(1, 21)


@pytest.fixture(scope="module")
def first(stack):
    """The run that init.sh began and followed."""
    return min(stack.airflow.runs("cinelake"), key=lambda run: run["run_after"])["dag_run_id"]


def test_init_took_the_containers_because_docker_answers(stack):
    assert "start containers" in stack.said
    for step in STEPS:
        assert step in stack.said
    assert f"127.0.0.1:{stack.env()['API_PORT']}" in stack.said


def test_every_step_leaves_its_report(stack, first):
    reports = {step: stack.airflow.xcom("cinelake", first, step) for step in STEPS}
    for step, report in reports.items():
        assert (report["task"], report["outcome"], report["run_id"]) == (step, "done", first)
        assert report["seconds"] > 0 and report["tables"]
    written = {table["name"]: table for report in reports.values() for table in report["tables"]}
    assert written["bronze/ratings"]["rows"] > 20_000 * 0.9
    assert tables.commits(stack.lake, first) == dict.fromkeys(written, 1)


def test_the_summary_is_a_table_of_all_steps(stack, first):
    log = stack.airflow.log("cinelake", first, "summary")
    lines = [line.split() for line in log.splitlines()]
    assert [line[0] for line in lines if line[1:2] == ["done"]] == list(STEPS)
    assert "Version 1 was published." in log


def test_the_history_tells_how_the_run_went(stack, first):
    outcome, report = stack.history(first)
    assert (outcome, report["version"], report["failed_step"], report["reason"]) == ("published", 1, None, None)
    assert [(step["step"], step["outcome"]) for step in report["steps"]] == [(step, "done") for step in STEPS]
    assert report["seconds"] == pytest.approx(sum(step["seconds"] for step in report["steps"]))
    assert report["metrics"]["ndcg@10"] > report["metrics"]["baseline.ndcg@10"]


def test_the_steps_name_what_others_can_wait_for(stack, first):
    events = stack.airflow.get("/assets/events?limit=100")["asset_events"]
    told = {(event["uri"], event["source_task_id"]) for event in events if event["source_run_id"] == first}
    assert told == {("cinelake://silver/ratings", "clean"), ("cinelake://published/", "publish")}


def test_no_password_is_in_a_log_or_in_the_web_interface(stack, first):
    password = stack.env()["CINELAKE_DB_PASSWORD"]
    shown = [stack.airflow.log("cinelake", first, step) for step in STEPS]
    shown.append(str(stack.airflow.tasks("cinelake", first)))
    assert not any(password in text for text in shown)
    assert password not in stack.logs("airflow-scheduler")


@pytest.fixture(scope="module")
def second(stack, first):
    """Another run, which is live at its end."""
    run = stack.airflow.trigger("cinelake", {"dataset": SOURCE})
    stack.airflow.await_run("cinelake", run)
    until(lambda: stack.api("/models/live")[1]["run_id"] == run, 60, f"{run} live")
    return run


@pytest.fixture(scope="module")
def local_api(stack, tmp_path_factory):
    """The same pipeline without containers, on a lake and in a database of its own: asks the API over it a path."""
    stack.psql("CREATE DATABASE local OWNER cinelake")
    env = stack.env()
    server = f"postgres://cinelake:{env['CINELAKE_DB_PASSWORD']}@127.0.0.1:{env['POSTGRES_PORT']}/postgres"
    pipeline = Pipeline(tmp_path_factory.mktemp("local") / "lake", Database("local", server))
    pipeline.succeed("admin", "migrate")
    pipeline.go(SOURCE, "local")
    with serving(pipeline.database) as (address, _):
        yield lambda path: get(f"{address}{path}")


def without_version(answer):
    return {name: value for name, value in answer.items() if name != "model_version"}


def test_the_answers_are_those_of_a_run_without_containers(stack, second, local_api):
    paths = [f"/reco/{user}?n=20" for user in USERS]
    paths += ["/popular?n=20", "/movies/1/similar?n=10", "/movies?limit=50", "/genres", "/users/1/ratings"]
    for path in paths:
        status, answer = stack.api(path)
        other_status, other = local_api(path)
        assert status == other_status, path
        assert without_version(answer) == without_version(other), path
    assert sum(stack.api(path)[0] == 200 for path in paths) > len(USERS) / 2


def test_unchanged_data_end_a_run_at_once_and_publish_nothing(stack, first):
    live = stack.api("/models/live")[1]
    run = stack.airflow.trigger("cinelake", {"dataset": SOURCE, "skip_unchanged": True})
    stack.airflow.await_run("cinelake", run)
    states = stack.airflow.states("cinelake", run)
    assert {states[step] for step in STEPS} == {"skipped"}
    assert stack.api("/models/live")[1]["version"] == live["version"]
    assert set(tables.commits(stack.lake, run).values()) == {0}
    assert stack.history(run)[0] == "unchanged"


def test_a_run_done_again_commits_nothing_twice(stack, first):
    versions = tables.versions(stack.lake)
    stack.airflow.clear("cinelake", first, "ingest")
    stack.airflow.await_task("cinelake", first, "ingest", "running", "queued", "scheduled")
    stack.airflow.await_run("cinelake", first)
    outcomes = {step: stack.airflow.xcom("cinelake", first, step)["outcome"] for step in STEPS}
    assert set(outcomes.values()) == {"already_done"}
    assert tables.versions(stack.lake) == versions


def test_a_version_can_be_rolled_back_and_forward_by_hand(stack, first, second):
    for version in (stack.history(run)[1]["version"] for run in (first, second)):
        activation = stack.airflow.trigger("cinelake_activate", {"version": version})
        stack.airflow.await_run("cinelake_activate", activation)
        until(lambda wanted=version: stack.api("/models/live")[1]["version"] == wanted, 60, f"version {version} live")


def test_a_version_that_is_not_there_is_refused_at_once(stack, first):
    live = stack.api("/models/live")[1]["version"]
    run = stack.airflow.trigger("cinelake_activate", {"version": 4711})
    stack.airflow.await_run("cinelake_activate", run, state="failed")
    assert "4711" in stack.airflow.log("cinelake_activate", run, "activate")
    assert stack.airflow.tasks("cinelake_activate", run)["activate"]["try_number"] == 1
    assert stack.api("/models/live")[1]["version"] == live


def test_the_maintenance_keeps_what_is_live_and_readable(stack, first):
    before = tables.rows(stack.lake, "gold/published")
    answer = stack.api("/reco/1?n=5")
    run = stack.airflow.trigger("cinelake_maintenance", {"keep": 1})
    stack.airflow.await_run("cinelake_maintenance", run)
    assert set(stack.airflow.states("cinelake_maintenance", run).values()) == {"success"}
    assert tables.rows(stack.lake, "gold/published") == before
    assert stack.api("/reco/1?n=5") == answer


def test_old_containers_of_steps_go_and_no_others(stack):
    """As the maintenance removes them, but for their age, which nobody can make up."""
    client = APIClient(base_url=os.environ["DOCKER_HOST"])
    left = stack.leave_a_container("train")
    assert remove_old_containers(client, timedelta(days=1)) == []
    assert left in stack.steps()
    assert len(remove_old_containers(client, timedelta(seconds=0))) == 1
    assert left not in stack.steps()
    assert stack.state("api") == "running healthy"
