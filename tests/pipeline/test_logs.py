"""Logs as JSON: one shape for every task and the API, with the run or the request in every line."""

import json
import re
import signal
import time

import pytest

from harness.finished import RUN, SOURCE
from harness.places import STEPS
from harness.programs import SMALL, TIMEOUT, end
from harness.service import serving
from harness.waiting import until
from harness.web import get

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"}
JSON = {"LOG_FORMAT": "json"}
# What every line has, whoever wrote it.
COMMON = {"timestamp", "level", "message"}


def parsed(text):
    """The lines of a log; no name may stand twice in one."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    lines = [json.loads(line, object_pairs_hook=once) for line in text.splitlines()]
    for line in lines:
        assert set(line) >= COMMON, line
        assert MOMENT.fullmatch(line["timestamp"]) and line["level"] in LEVELS, line
        assert isinstance(line["message"], str), line
        # Flat: what a line tells stands beside the message.
        assert not {"fields", "span", "spans", "target"} & set(line), line
    return lines


def log(ended):
    """What a task logged; the last line of one that has something to report is its report."""
    lines = ended.output.splitlines()
    if lines and '"timestamp"' not in lines[-1]:
        assert json.loads(lines.pop())["task"]
    assert ended.errors == ""
    return parsed("\n".join(lines))


def assert_of(lines, task, run_id):
    assert lines
    assert {(line["task"], line["run_id"]) for line in lines} == {(task, run_id)}


@pytest.mark.parametrize("level", ["info", "trace"])
def test_every_line_of_every_step_names_task_and_run(pipeline, level):
    flags = {"ingest": ["--source", SOURCE]} | SMALL
    for step in STEPS:
        ended = pipeline.run(step, *flags.get(step, []), run_id=RUN, env=JSON | {"RUST_LOG": level})
        assert ended.code == 0, ended.output
        lines = log(ended)
        assert_of(lines, step, RUN)
        assert [line["message"] for line in lines if line["message"].startswith("task ")][:1] == ["task started"]


def test_the_lines_of_latest_name_the_run_that_it_stands_for(continued):
    for step in STEPS[1:]:
        ended = continued.run(step, run_id="latest", env=JSON)
        assert ended.code == 0, ended.output
        [first, *others] = log(ended)
        assert (first["message"], first["run_id"]) == ("task started", "latest")
        assert_of(others, step, RUN)


def test_failures_name_task_and_run_too(continued, pipeline):
    lines = log(pipeline.run("clean", run_id="never ingested", env=JSON))
    assert_of(lines, "clean", "never ingested")
    assert lines[-1]["level"] == "ERROR" and "clean failed" in lines[-1]["message"]
    known = set(continued.lake.rglob("*"))
    process = continued.start("ingest", "--source", "sample:20m", run_id='a "long" run', env=JSON)
    until(lambda: set(continued.lake.rglob("*")) != known, TIMEOUT, "the first file", pause=0.01)
    process.send_signal(signal.SIGTERM)
    lines = log(end(process, time.monotonic()))
    assert_of(lines, "ingest", 'a "long" run')
    assert "SIGTERM" in lines[-1]["message"]


def test_what_belongs_to_no_run_names_none(continued):
    assert_of(log(continued.run("maintain", "vacuum", env=JSON)), "maintain", None)
    lines = log(continued.run("admin", "versions", env=JSON))
    assert_of(lines, "admin", None)
    assert [line["run"] for line in lines if line["message"] == "version"] == [RUN]


def test_the_lines_of_the_api_have_the_same_shape_and_within_a_request_its_id(finished, tmp_path):
    with (tmp_path / "log").open("w+") as written:
        with serving(finished.database, written, LOG_FORMAT="json", RUST_LOG="debug,sqlx=warn") as (address, _):
            assert get(f"{address}/reco/1")[0] == 200
        written.seek(0)
        lines = parsed(written.read())
    answered = [line for line in lines if line["message"] == "answered" and line["path"] == "/reco/1"]
    assert answered
    for line in answered:
        assert line["request_id"] and line["method"] == "GET", line
