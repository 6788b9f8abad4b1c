"""The run history: what `admin record` and `publish` by hand leave in the table `runs`."""

import json

import pytest

from harness.finished import RUN, SOURCE
from harness.places import STEPS
from harness.programs import POOR, Pipeline

KEYS = {"version", "started_at", "seconds", "failed_step", "reason", "steps", "metrics"}
STARTED = "2026-01-01T03:30:00Z"


def told(reports, outcomes=None, reasons=None):
    """What a scheduler tells: the report of each step that has one, and how a step ended if it knows that."""
    steps = [
        {
            "step": step,
            "outcome": (outcomes or {}).get(step),
            "report": reports.get(step),
            "reason": (reasons or {}).get(step),
        }
        for step in STEPS
    ]
    return json.dumps({"started_at": STARTED, "steps": steps})


def runs(database):
    """Outcome and report of each run."""
    rows = database.query("SELECT run_id, outcome, report FROM runs")
    assert all(set(report) == KEYS for _, _, report in rows), rows
    return {run_id: (outcome, report) for run_id, outcome, report in rows}


def test_a_publish_by_hand_records_itself(finished):
    [(run_id, (outcome, report))] = runs(finished.database).items()
    own = finished.ended["publish"].report
    assert (run_id, outcome, report["version"]) == (RUN, "published", own["metrics"]["version"])
    assert (report["failed_step"], report["reason"]) == (None, None)
    assert report["steps"] == [{"step": "publish", "outcome": "done", "seconds": report["seconds"], "rows": 1}]
    assert 0 < report["seconds"] <= own["seconds"]
    assert report["metrics"] == {"version": own["metrics"]["version"]}


def test_a_published_run_is_recorded_with_all_its_steps_and_figures(continued, finished):
    reports = {step: ended.report for step, ended in finished.ended.items()}
    recorded = continued.succeed("admin", "record", "--report", told(reports), run_id=RUN)
    assert (recorded.report["run_id"], recorded.report["outcome"]) == (RUN, "done")
    outcome, report = runs(continued.database)[RUN]
    assert (outcome, report["version"], report["started_at"]) == ("published", 1, STARTED)
    assert [step["step"] for step in report["steps"]] == list(STEPS)
    for step in report["steps"]:
        of_step = reports[step["step"]]
        assert (step["outcome"], step["seconds"]) == ("done", of_step["seconds"])
        assert step["rows"] == sum(table["rows"] for table in of_step["tables"])
    assert report["seconds"] == pytest.approx(sum(of_step["seconds"] for of_step in reports.values()))
    for name in ("ndcg@10", "baseline.ndcg@10", "gate_open"):
        assert report["metrics"][name] == reports["evaluate"]["metrics"][name]
    rejected = {name: rows for name, rows in report["metrics"].items() if name.startswith("rejected.")}
    assert rejected == {k: v for k, v in reports["clean"]["metrics"].items() if k.startswith("rejected.")} != {}
    assert report["metrics"]["train.peak_memory_bytes"] == reports["train"]["metrics"]["peak_memory_bytes"]


def test_a_late_record_does_not_undo_a_published_run(continued, finished):
    reports = {step: ended.report for step, ended in finished.ended.items()}
    continued.succeed("admin", "record", "--report", told(reports), run_id=RUN)
    before = runs(continued.database)
    failed = told({"ingest": reports["ingest"]}, {"clean": "failed"})
    late = continued.succeed("admin", "record", "--report", failed, run_id=RUN)
    assert "its record stays" in late.output
    continued.succeed("publish", run_id=RUN)
    assert runs(continued.database) == before


def test_a_run_that_failed_or_found_nothing_new_is_recorded_without_a_lake(database, tmp_path):
    pipeline = Pipeline(tmp_path / "no lake", database)
    outcomes = {"ingest": "done", "clean": "failed"}
    failed = told({}, outcomes, {"clean": "the disk\nis full"})
    pipeline.succeed("admin", "record", "--report", failed, run_id="failed")
    skipped = told({}, {"ingest": "skipped"})
    pipeline.succeed("admin", "record", "--report", skipped, run_id="unchanged")
    found = runs(database)
    outcome, report = found["failed"]
    assert (outcome, report["failed_step"], report["reason"]) == ("failed", "clean", "the disk is full")
    assert [step["outcome"] for step in report["steps"]] == ["done", "failed", *["not_begun"] * 4]
    outcome, report = found["unchanged"]
    assert (outcome, report["version"], report["failed_step"]) == ("unchanged", None, None)
    assert [step["outcome"] for step in report["steps"]] == ["skipped", *["not_begun"] * 5]
    assert not pipeline.lake.exists()


def test_a_closed_gate_is_recorded_with_its_reason_and_a_retry_that_is_published_replaces_it(continued):
    ended = continued.go(SOURCE, "poor", {"train": POOR}, STEPS[:3])
    reports = {step: how.report for step, how in ended.items()}
    reports["evaluate"] = continued.run("evaluate", run_id="poor").report
    refused = told(reports)
    continued.succeed("admin", "record", "--report", refused, run_id="poor")
    outcome, report = runs(continued.database)["poor"]
    assert (outcome, report["failed_step"]) == ("gate_closed", None)
    assert "baseline" in report["reason"]
    assert report["metrics"]["gate_open"] == 0
    continued.succeed("admin", "record", "--report", told({}, dict.fromkeys(STEPS, "done")), run_id="poor")
    assert runs(continued.database)["poor"][0] == "published"


WRONG = ["", "{", "null", '{"steps": []}', '{"steps": [{"step": "ingest", "outcome": "happy"}]}', '{"steps": [{}]}']


@pytest.mark.parametrize("report", WRONG)
def test_a_report_that_is_none_is_refused_in_one_line(database, report):
    refused = Pipeline(None, database).run("admin", "record", "--report", report, run_id="one")
    assert refused.code == 2
    assert "--report is not valid JSON" in refused.complaint and "give {" in refused.complaint
    assert runs(database) == {}


@pytest.mark.parametrize(("run_id", "remedy"), [(None, "--run-id is missing"), ("latest", "give its id")])
def test_a_record_of_no_run_in_particular_is_refused(database, run_id, remedy):
    refused = Pipeline(None, database).run("admin", "record", "--report", told({}), run_id=run_id)
    assert refused.code == 2 and remedy in refused.complaint
    assert runs(database) == {}


def test_the_runs_of_a_span_of_time_are_found_by_an_index(finished):
    [(definition,)] = finished.database.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'runs_at'")
    assert "(at)" in definition
    [(comment,)] = finished.database.query("SELECT obj_description('runs'::regclass)")
    assert comment == "one row per run, written at its end"
