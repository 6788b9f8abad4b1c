"""The pipeline as it is declared: edges, policies, knobs."""

import importlib
import re
import subprocess
from datetime import timedelta

import pytest
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowException

from harness.operators import Run, rendered
from harness.places import STEPS, binary, missing_binaries

# They run however the steps ended.
TELLERS = ["record", "summary"]


def arguments(dag, step, run_type="manual", **params):
    return [argument for argument in rendered(dag, step, run_type, **params)[0].arguments if argument]


def test_the_steps_are_a_chain_in_this_order(dag):
    assert [task.task_id for task in dag.topological_sort()] == [*STEPS, *TELLERS]
    for before, after in zip(STEPS, [*STEPS[1:], None]):
        assert dag.get_task(before).downstream_task_ids == ({after} if after else set(TELLERS))


@pytest.mark.parametrize("teller", TELLERS)
def test_who_tells_of_a_run_does_not_decide_whether_it_succeeded(dag, teller):
    assert dag.get_task(teller).is_teardown
    assert not dag.get_task(teller).on_failure_fail_dagrun


def test_others_can_wait_for_clean_ratings_and_for_a_publish(dag):
    outlets = {task.task_id: [asset.uri for asset in task.outlets] for task in dag.tasks if task.outlets}
    # Airflow ends an address that has no path with a slash.
    assert outlets == {"clean": ["cinelake://silver/ratings"], "publish": ["cinelake://published/"]}


def steps(dag):
    return [dag.get_task(step) for step in STEPS]


def test_it_runs_nightly_one_at_a_time_and_never_catches_up(dag):
    assert dag.timetable.expression == "30 3 * * *"
    assert str(dag.timetable.timezone) == "UTC"
    assert dag.catchup is False
    assert dag.max_active_runs == 1


def test_people_find_it_and_its_explanation(dag):
    assert {"cinelake", "nightly"} <= set(dag.tags)
    assert dag.owner == "cinelake"
    assert "quality gate" in dag.doc_md
    assert all(task.doc_md for task in dag.tasks)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_retried_with_growing_pauses_and_does_not_run_forever(dag, step):
    task = dag.get_task(step)
    assert task.retries == 2
    assert task.retry_delay == timedelta(seconds=60)
    assert task.retry_exponential_backoff == 2.0
    assert timedelta(minutes=30) <= task.execution_timeout <= timedelta(hours=2)


def test_a_step_runs_its_binary(dag):
    for task in steps(dag):
        assert task.program.endswith(f"/target/release/{task.task_id}")


def test_the_params_reach_the_command_lines(dag):
    assert arguments(dag, "ingest", dataset="a b.zip") == ["--source", "a b.zip"]
    assert arguments(dag, "clean") == []
    assert arguments(dag, "train", objective="implicit", rank=8, iterations=3, regularization=0.5, holdout=0.1) == [
        *["--objective=implicit", "--rank=8", "--iterations=3", "--regularization=0.5"],
        *["--solver=cholesky", "--tune=0", "--patience=0", "--holdout=0.1"],
    ]
    chosen = {"half_life_days": 30, "solver": "cg", "chunks": 4, "tune": 8, "patience": 2, "max_seconds": 60}
    asked = ["--half-life-days=30", "--solver=cg", "--chunks=4", "--tune=8", "--patience=2", "--max-seconds=60"]
    assert set(asked) <= set(arguments(dag, "train", **chosen))
    assert arguments(dag, "recommend", refresh=0, top_n=7) == ["--refresh=0", "--top-n=7"]
    assert arguments(dag, "publish") == []


@pytest.mark.parametrize("name", ["regularization", "half_life_days", "chunks", "max_seconds"])
def test_an_empty_param_is_left_to_the_task(dag, name):
    flag = "--" + name.replace("_", "-")
    assert not any(argument.startswith(flag) for argument in arguments(dag, "train", **{name: None}))


@pytest.mark.parametrize(
    ("run_type", "asked", "skips"),
    [("scheduled", False, True), ("manual", False, False), ("manual", True, True), ("backfill", False, False)],
)
def test_unchanged_data_is_skipped_at_night_and_by_hand_when_asked(dag, run_type, asked, skips):
    assert ("--skip-unchanged" in arguments(dag, "ingest", run_type, skip_unchanged=asked)) is skips


def test_the_run_type_of_a_real_run_compares_with_the_template(dag):
    from airflow.utils.types import DagRunType

    assert "--skip-unchanged" in arguments(dag, "ingest", DagRunType.SCHEDULED)
    assert "--skip-unchanged" not in arguments(dag, "ingest", DagRunType.MANUAL)


def test_every_step_gets_the_run_id_whole_and_only_the_first_and_the_last_the_database(dag):
    for task in steps(dag):
        assert rendered(dag, task.task_id)[0].env["RUN_ID"] == Run.run_id
        assert "DATABASE_URL" not in task.env
        assert task.secrets == (["DATABASE_URL"] if task.task_id in ("ingest", "publish") else [])


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("dataset", ""),
        ("dataset", None),
        ("objective", "best"),
        ("rank", 0),
        ("rank", 2049),
        ("rank", "many"),
        ("iterations", 0),
        ("regularization", -0.1),
        ("half_life_days", 0),
        ("solver", "lu"),
        ("chunks", 0),
        ("tune", -1),
        ("tune", None),
        ("patience", 1001),
        ("max_seconds", 0),
        ("max_seconds", 7201),
        ("holdout", 0),
        ("holdout", 1),
        ("refresh", -1),
        ("top_n", 0),
        ("top_n", 1001),
        ("skip_unchanged", "perhaps"),
    ],
)
def test_a_param_out_of_bounds_is_refused(dag, name, bad):
    param = dag.params.get_param(name)
    param.resolve()  # its default is within them
    with pytest.raises((ValueError, AirflowException)):
        param.resolve(bad)


def test_every_param_explains_itself(dag):
    for name in dag.params:
        param = dag.params.get_param(name)
        assert isinstance(param, Param)
        assert param.schema["title"]
        assert param.description.endswith(".")


def test_an_unknown_runner_is_named_with_the_known_ones(monkeypatch):
    steps = importlib.import_module("cinelake_steps")
    monkeypatch.setattr(steps.config, "RUNNER", "magic")
    with pytest.raises(
        ValueError, match=r"CINELAKE_RUNNER=magic is no known runner: use one of docker, kubernetes, proc"
    ):
        steps.step("clean", help="x")


def test_the_machine_decides_schedule_threads_and_memory(monkeypatch):
    config = importlib.import_module("cinelake_steps.config")
    params = importlib.import_module("cinelake_steps.params")
    for name, value in {
        "CINELAKE_SCHEDULE": "0 5 * * *",
        "CINELAKE_TIMEZONE": "Europe/Paris",
        "CINELAKE_DATASET": "sample:1k",
        "THREADS": "2",
        "CINELAKE_THREADS_TRAIN": "7",
        "CINELAKE_MEMORY": "3g",
        "CINELAKE_MEMORY_TRAIN": "9g",
        "RUST_LOG": "",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        importlib.reload(config)
        assert (config.SCHEDULE, config.TIMEZONE) == ("0 5 * * *", "Europe/Paris")
        assert params.nightly()["dataset"].resolve() == "sample:1k"
        environment = config.task_environment("clean", "/lake")
        assert (environment["LAKE_URI"], environment["THREADS"]) == ("/lake", "2")
        assert config.task_environment("train", "/lake")["THREADS"] == "7"
        assert not {"PUSHGATEWAY_URL", "RUST_LOG"} & set(environment)
        assert (config.memory("clean"), config.memory("train")) == ("3g", "9g")
    finally:
        monkeypatch.undo()
        importlib.reload(config)


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("train", ["objective", "rank", "iterations", "solver", "tune", "patience", "holdout"]),
        ("recommend", ["refresh", "top_n"]),
    ],
)
def test_the_defaults_are_those_of_the_task_itself(dag, step, names):
    if missing := missing_binaries():
        pytest.skip(missing)
    text = subprocess.run([binary(step), "--help"], capture_output=True, text=True, check=True).stdout
    for name in names:
        flag = "--" + name.replace("_", "-")
        # Its own paragraph of the help only: up to the next flag.
        default = re.search(rf"{flag} <(?:(?!\n +(?:-\w, )?--).)*?\[default:\s+([^\]]+)\]", text, re.DOTALL)
        assert default, f"{step} --help shows no default of {flag}"
        value = dag.params[name]
        assert type(value)(default[1]) == value, f"{flag} has another default in {step} than in params.py"
