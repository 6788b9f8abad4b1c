"""The whole pipeline, run by Airflow itself over stand-in programs."""

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from harness.places import STEPS

# What each step is told to do; the history of a run is recorded by `admin`.
RECORD = "record --report "
# Appends what it was given to a journal, then ends as `$JOURNAL.<step>` says, with what `$JOURNAL.<step>.says` holds.
STAND_IN = """
step=$(basename "$0")
[ "$1" != record ] || step=record
echo "$step $RUN_ID ${DATABASE_URL:-none} $*" >> "$JOURNAL"
[ -e "$JOURNAL.$step" ] && { cat "$JOURNAL.$step.says"; exit "$(cat "$JOURNAL.$step")"; }
echo "{\\"task\\":\\"$step\\",\\"outcome\\":\\"done\\",\\"seconds\\":1.5}"
"""


@pytest.fixture(scope="session")
def airflow():
    """Runs an airflow command to its end."""

    def run(*arguments, **environment):
        command = [sys.executable, "-m", "airflow", *arguments]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=180)

    migrated = run("db", "migrate")
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    return run


@pytest.fixture
def pipeline(airflow, program, tmp_path):
    """Runs the pipeline; steps end with the exit codes given, maybe with a report, others with 0.

    Returns what Airflow said, the calls of the steps, and what was to be recorded.
    """

    def run(conf=None, **exit_codes):
        journal = tmp_path / "journal"
        for task in (*STEPS, "admin"):
            program(STAND_IN, name=task)
        for step, ending in exit_codes.items():
            code, report = ending if isinstance(ending, tuple) else (ending, None)
            Path(f"{journal}.{step}").write_text(str(code))
            Path(f"{journal}.{step}.says").write_text(json.dumps(report) if report else "the reason")
        result = airflow(
            *["dags", "test", "cinelake", "--conf", json.dumps(conf or {})],
            CINELAKE_BIN=str(tmp_path),
            CINELAKE_RETRY_SECONDS="0",
            DATABASE_URL="postgres://user:hunter2@db/x",
            JOURNAL=str(journal),
        )
        calls = [line.split(" ", 3) for line in journal.read_text().splitlines()]
        recorded = [json.loads(call[3].removeprefix(RECORD)) for call in calls if call[3].startswith(RECORD)]
        return result, [call for call in calls if not call[3].startswith(RECORD)], recorded

    return run


def test_a_run_goes_through_every_step_with_one_run_id(pipeline):
    result, journal, (history,) = pipeline({"dataset": "my films.zip", "rank": 5})
    assert result.returncode == 0, result.stdout
    assert [step for step, *_ in journal] == list(STEPS)
    assert len({run_id for _, run_id, *_ in journal}) == 1
    assert journal[0][1].startswith("manual__") and journal[0][1].endswith("+00:00")
    assert journal[0][3] == "--source my films.zip"
    assert "--rank=5 " in journal[2][3]
    asked = {step for step, _, url, _ in journal if url == "postgres://user:hunter2@db/x"}
    assert asked == {"ingest", "publish"}
    assert {url for step, _, url, _ in journal if step not in asked} == {"none"}
    assert "hunter2" not in result.stdout + result.stderr
    assert re.search(r"step +state +seconds +tables and their new rows", result.stdout)
    assert re.search(r"publish +done", result.stdout)
    assert [(step["step"], step["outcome"], step["report"]["seconds"]) for step in history["steps"]] == [
        (step, "done", 1.5) for step in STEPS
    ]
    assert datetime.fromisoformat(history["started_at"]).tzinfo


def test_nothing_to_do_skips_the_rest_and_is_no_failure(pipeline):
    result, journal, (history,) = pipeline(ingest=99)
    assert result.returncode == 0, result.stdout
    assert [step for step, *_ in journal] == ["ingest"]
    assert [step["outcome"] for step in history["steps"]] == ["skipped", *["not_begun"] * (len(STEPS) - 1)]


def test_a_closed_gate_stops_the_run_at_once(pipeline):
    result, journal, (history,) = pipeline(evaluate=3)
    assert result.returncode != 0
    assert [step for step, *_ in journal] == ["ingest", "clean", "train", "evaluate"]
    assert "quality gate is closed" in result.stdout
    assert re.search(r"evaluate +failed", result.stdout)
    assert re.search(r"publish +(upstream_failed|not begun)", result.stdout)
    assert "Nothing was published" in result.stdout
    evaluate = history["steps"][3]
    assert evaluate["outcome"] == "failed"
    assert evaluate["reason"] == "the quality gate is closed, the live model stays: the reason"


def test_a_closed_gate_is_recorded_with_its_figures(pipeline):
    report = {"task": "evaluate", "outcome": "gate_closed", "reason": "worse", "metrics": {"ndcg@10": 0.1}}
    _, _, (history,) = pipeline(evaluate=(3, report))
    kept = {"outcome": "gate_closed", "metrics": {"ndcg@10": 0.1}}
    assert (history["steps"][3]["report"], history["steps"][4]["report"]) == (kept, None)
    assert [step["outcome"] for step in history["steps"][3:]] == ["gate_closed", "not_begun", "not_begun"]


def test_a_failing_step_is_tried_three_times_and_then_stops_the_run(pipeline):
    result, journal, (history,) = pipeline(clean=1)
    assert result.returncode != 0
    assert [step for step, *_ in journal] == ["ingest", "clean", "clean", "clean"]
    assert history["steps"][1]["reason"] == "clean failed with exit code 1: the reason"


def test_a_database_that_is_away_costs_the_record_and_not_the_run(pipeline):
    result, journal, recorded = pipeline(record=1)
    assert result.returncode == 0, result.stdout
    assert [step for step, *_ in journal] == list(STEPS)
    assert len(recorded) == 3


def test_a_value_out_of_bounds_runs_nothing(pipeline, tmp_path):
    (tmp_path / "journal").touch()
    result, journal, recorded = pipeline({"rank": 0})
    assert result.returncode != 0
    assert journal == recorded == []
    assert "rank" in result.stdout + result.stderr
