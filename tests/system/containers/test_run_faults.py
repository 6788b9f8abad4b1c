"""What goes wrong at night: nothing is lost, nothing is done twice, and the old recommendations stay."""

from contextlib import contextmanager

from harness import tables
from harness.engine import docker, inspect
from harness.waiting import until
from system.containers.stack import SOURCE

# A list that every version has.
LIST = "/reco/1?n=5"
# Long enough to be met in the middle; the same factors come out of it whoever computes them, and how often.
SLOW = {"dataset": SOURCE, "iterations": 100}
# `docker pause` fails while a thread of the container is deep in the kernel; a signal always arrives.
STOP, GO_ON = "STOP", "CONT"


@contextmanager
def served_throughout(stack, only_old=False):
    """The list answers all the while, from a version that was live before or after."""
    stack.api(LIST)
    before = stack.api("/models/live")[1]["version"]
    with stack.watch_api(LIST) as watch:
        yield
    after = until(
        lambda: stack.api("/models/live")[0] == 200 and stack.api("/models/live")[1]["version"], 60, "a live model"
    )
    assert len(watch.answers) > 5
    refused = [(at, answer) for at, answer in watch.answers if answer[0] != 200]
    assert refused == []
    versions = {answer[1]["model_version"] for _, answer in watch.answers}
    assert versions <= ({before} if only_old else {before, after})
    assert all(answer[1]["results"] for _, answer in watch.answers)


def assert_once(stack, run):
    """Every table has exactly one commit of the run, and the database one version of it."""
    commits = tables.commits(stack.lake, run)
    assert set(commits.values()) == {1}, commits
    assert stack.psql(f"SELECT count(*) FROM versions WHERE run_id = '{run}' AND state = 'ready'") == [["1"]]
    assert stack.api("/models/live")[1]["run_id"] == run


def attempts(stack, run, step):
    return stack.airflow.tasks("cinelake", run)[step]["try_number"]


def test_a_step_killed_in_the_middle_is_retried(stack):
    with served_throughout(stack):
        run = stack.airflow.trigger("cinelake", SLOW)
        stack.kill_step("train", run)
        stack.airflow.await_run("cinelake", run)
    assert attempts(stack, run, "train") == 2
    assert "killed by signal 9" in stack.airflow.log("cinelake", run, "train", 1)
    assert stack.steps(run_id=run) == []
    assert_once(stack, run)


def test_a_retry_beside_an_attempt_that_outlived_its_scheduler_does_no_harm(stack):
    with served_throughout(stack):
        run = stack.airflow.trigger("cinelake", SLOW)
        orphan = stack.await_step("train", run)
        # It stays alive, in the middle of its work, for as long as it takes.
        docker("kill", "--signal", STOP, orphan)
        stack.kill("airflow-scheduler")
        stack.start("airflow-scheduler")
        beside = until(lambda: set(stack.steps("train", run, everything=False)) - {orphan}, 180, "a retry of train")
        docker("kill", "--signal", GO_ON, orphan)
        assert len(beside) == 1
        stack.airflow.await_run("cinelake", run)
        until(lambda: inspect(orphan)["State"]["Status"] == "exited", 120, "the end of the first attempt")
    assert inspect(orphan)["State"]["ExitCode"] == 0
    assert_once(stack, run)
    docker("rm", orphan)


def test_a_missing_image_is_named_and_not_retried(stack):
    docker("tag", "cinelake/evaluate:local", "kept/evaluate:local")
    docker("rmi", "cinelake/evaluate:local")
    try:
        with served_throughout(stack, only_old=True):
            run = stack.airflow.trigger("cinelake", {"dataset": SOURCE})
            stack.airflow.await_run("cinelake", run, state="failed")
    finally:
        docker("tag", "kept/evaluate:local", "cinelake/evaluate:local")
    assert attempts(stack, run, "evaluate") == 1
    log = stack.airflow.log("cinelake", run, "evaluate")
    assert "the image cinelake/evaluate:local is not on this machine: build it with ./init.sh" in log
    assert stack.airflow.states("cinelake", run)["publish"] == "upstream_failed"
    outcome, report = stack.history(run)
    assert (outcome, report["failed_step"]) == ("failed", "evaluate")
    assert "the image cinelake/evaluate:local is not on this machine" in report["reason"]
    stack.airflow.clear("cinelake", run, "evaluate")
    stack.airflow.await_task("cinelake", run, "evaluate", "success")
    stack.airflow.await_run("cinelake", run)
    assert_once(stack, run)


def test_a_closed_gate_is_told_and_not_retried(stack):
    with served_throughout(stack, only_old=True):
        run = stack.airflow.trigger("cinelake", {"dataset": SOURCE, "regularization": 1000, "iterations": 1})
        stack.airflow.await_run("cinelake", run, state="failed")
    assert attempts(stack, run, "evaluate") == 1
    assert "the quality gate is closed, the live model stays: " in stack.airflow.log("cinelake", run, "evaluate")
    states = stack.airflow.states("cinelake", run)
    assert (states["recommend"], states["publish"], states["summary"]) == (
        "upstream_failed",
        "upstream_failed",
        "success",
    )
    assert "Nothing was published" in stack.airflow.log("cinelake", run, "summary")
    commits = tables.commits(stack.lake, run)
    assert commits["gold/evaluations"] == 1 and commits["gold/recommendations"] == 0
    outcome, report = stack.history(run)
    assert (outcome, report["version"], report["failed_step"]) == ("gate_closed", None, None)
    assert report["steps"][3]["outcome"] == "gate_closed"
    assert "does not beat" in report["reason"] and report["metrics"]["gate_open"] == 0


def test_a_full_volume_is_told_and_the_run_goes_on_when_there_is_room(stack):
    with served_throughout(stack), stack.small_lake() as disk:
        run = stack.airflow.trigger("cinelake", {"dataset": SOURCE})
        stack.airflow.await_task("cinelake", run, "ingest", "success")
        disk.fill()
        stack.airflow.await_run("cinelake", run, state="failed")
        (failed,) = (step for step, state in stack.airflow.states("cinelake", run).items() if state == "failed")
        assert attempts(stack, run, failed) == 3
        assert "no space left on" in stack.airflow.log("cinelake", run, failed).lower()
        disk.free()
        stack.airflow.clear("cinelake", run, failed)
        stack.airflow.await_task("cinelake", run, failed, "success")
        stack.airflow.await_run("cinelake", run)
    assert_once(stack, run)


def test_a_database_that_stops_during_publish_is_published_to_when_it_is_back(stack):
    with served_throughout(stack):
        run = stack.airflow.trigger("cinelake", {"dataset": SOURCE})
        publishing = stack.await_step("publish", run)
        docker("kill", "--signal", STOP, publishing)
        stack.stop("postgres")
        docker("kill", "--signal", GO_ON, publishing)
        until(lambda: not stack.steps("publish", run, everything=False), 60, "the end of the first attempt")
        stack.start("postgres")
        stack.await_healthy("airflow-scheduler", "airflow-api-server", seconds=180)
        stack.airflow.await_run("cinelake", run, seconds=420)
    assert_once(stack, run)
