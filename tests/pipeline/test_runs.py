"""Runs: repeated, replayed, one after the other, refused by the gate, ended half way."""

import signal
import time

import pytest

from harness import tables
from harness.finished import RUN, SOURCE
from harness.places import STEPS
from harness.programs import POOR, SMALL, TIMEOUT, Pipeline, end, logged
from harness.waiting import until

# Much less than the work that is left, on a machine that does much else.
AT_ONCE = 10
# What is made of the data alone, so the same wherever it is made.
MADE = [name for name in tables.TABLES if name != "gold/published"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_finished_run_does_nothing_twice(continued, finished, step):
    versions, answers = tables.versions(continued.lake), continued.database.answers()
    again = continued.succeed(step, run_id=RUN)
    assert again.report["outcome"] == "already_done"
    assert again.versions == finished.ended[step].versions
    assert tables.versions(continued.lake) == versions
    assert continued.database.answers() == answers


def test_a_second_run_adds_versions_and_the_first_stays_to_be_seen(continued, finished):
    continued.go("sample:15k", "second", SMALL)
    versions = tables.versions(continued.lake)
    for ended in finished.ended.values():
        for name, version in ended.versions.items():
            assert versions[name] == version + 1
            if name.startswith(("bronze", "gold/rec")):
                assert tables.content(continued.lake, name, version).equals(tables.content(finished.lake, name))
    first = continued.succeed("clean", run_id=RUN)
    assert first.report["outcome"] == "already_done"
    assert first.versions == finished.ended["clean"].versions
    latest = continued.succeed("clean", run_id="latest")
    assert (latest.report["outcome"], latest.versions["silver/ratings"]) == ("already_done", versions["silver/ratings"])
    assert continued.database.query("SELECT count(*) FROM versions WHERE state = 'ready'") == [(2,)]


def test_latest_is_the_newest_run_that_wrote_the_input(continued):
    continued.succeed("ingest", "--source", "sample:2k", run_id="newer")
    cleaned = continued.succeed("clean", run_id="latest")
    assert cleaned.report["outcome"] == "done"
    bronze = continued.succeed("ingest", run_id="newer")
    assert cleaned.versions["silver/ratings"] == bronze.versions["bronze/ratings"]
    assert continued.run("ingest", "--source", "sample:2k", run_id="latest").code == 2


def test_unchanged_input_is_skipped_when_asked_and_other_input_is_not(continued):
    versions = tables.versions(continued.lake)
    skipped = continued.run("ingest", "--source", SOURCE, "--skip-unchanged", run_id="next")
    assert (skipped.code, skipped.report["outcome"], skipped.report["tables"]) == (99, "skipped", [])
    assert tables.versions(continued.lake) == versions
    other = continued.succeed("ingest", "--source", "sample:2k", "--skip-unchanged", run_id="other")
    assert other.report["outcome"] == "done"


@pytest.mark.parametrize("threads", [1, 2])
def test_a_replay_elsewhere_gives_the_same_tables_bit_for_bit_on_any_number_of_threads(finished, tmp_path, threads):
    replay = Pipeline(tmp_path / "lake", finished.database, threads)
    replay.go(SOURCE, RUN, SMALL, STEPS[:-1])
    assert tables.differences(tables.contents(replay.lake, MADE), tables.contents(finished.lake, MADE)) == []


def test_a_closed_gate_ends_the_run_and_what_is_live_stays(continued):
    live, versions = continued.database.live(), tables.versions(continued.lake)
    continued.go(SOURCE, "poor", {"train": POOR}, STEPS[:3])
    for _ in range(2):
        refused = continued.run("evaluate", run_id="poor")
        assert refused.code == 3
        assert "quality gate is closed" in refused.complaint and "baseline" in refused.complaint
        assert refused.report["outcome"] == "gate_closed" and "baseline" in refused.report["reason"]
        metrics = refused.report["metrics"]
        assert metrics["gate_open"] == 0 and metrics["ndcg@10"] <= metrics["baseline.ndcg@10"]
    figures = [row for row in tables.rows(continued.lake, "gold/evaluations") if row["model_id"] == "poor"]
    assert {row["metric"]: row["value"] for row in figures if row["k"] is None}["gate_open"] == 0
    assert tables.versions(continued.lake)["gold/evaluations"] == versions["gold/evaluations"] + 1
    recommended = continued.run("recommend", run_id="poor")
    assert recommended.code == 3 and "quality gate is closed" in recommended.complaint
    assert continued.run("publish", run_id="poor").code == 1
    assert continued.database.live() == live
    assert tables.versions(continued.lake)["gold/recommendations"] == versions["gold/recommendations"]


OTHERWISE = [
    ("ingest", "bronze/source", ["--source", "sample:2k"], ["--source", "sample:3k"]),
    ("train", "gold/user_factors", ["--seed", "1"], ["--seed", "2"]),
]


@pytest.mark.parametrize(("step", "first", "flags", "others"), OTHERWISE, ids=[case[0] for case in OTHERWISE])
def test_a_retry_with_other_input_or_flags_does_not_mix_two_results(continued, step, first, flags, others):
    continued.go(SOURCE, "mixed", steps=STEPS[: STEPS.index(step)])
    known = tables.files(continued.lake, first, log=True)
    continued.kill(lambda: tables.files(continued.lake, first, log=True) != known, step, *flags, run_id="mixed")
    assert tables.commits(continued.lake, "mixed")[first] == 1
    assert tables.commits(continued.lake, "mixed")[tables.WRITTEN_BY[step][-1]] == 0
    again = continued.run(step, *others, run_id="mixed")
    assert again.code != 0 and "mixed" in again.complaint


# More work than a signal can take to arrive.
LONG = {
    "ingest": ["--source", "sample:20m"],
    "train": ["--rank", "64", "--iterations", "5000"],
}


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("step", LONG)
def test_a_long_step_ends_at_once_when_told_and_commits_nothing(continued, step, name):
    continued.go(SOURCE, "stopped", steps=STEPS[: STEPS.index(step)])
    versions = tables.versions(continued.lake)
    known = set(continued.lake.rglob("*"))
    process = continued.start(step, *LONG[step], run_id="stopped")
    if step == "ingest":
        until(lambda: set(continued.lake.rglob("*")) != known, TIMEOUT, "the first file", pause=0.01)
    begun = logged(process, " training " if step == "train" else "started")
    process.send_signal(signal.Signals[name])
    stopped = end(process, time.monotonic(), begun)
    assert stopped.code == 1 and stopped.seconds < AT_ONCE
    assert name in stopped.complaint and "again with the same run id" in stopped.complaint
    assert tables.versions(continued.lake) == versions


def test_a_training_told_to_end_inside_an_iteration_ends_at_once_and_commits_nothing(continued):
    continued.go(SOURCE, "stopped", steps=STEPS[: STEPS.index("train")])
    versions = tables.versions(continued.lake)
    process = continued.start("train", "--rank", "1024", "--min-rating", "0", run_id="stopped")
    begun = logged(process, " training ")
    process.send_signal(signal.SIGTERM)
    stopped = end(process, time.monotonic(), begun)
    assert "iterated" not in stopped.output, "it was not inside the first iteration"
    assert stopped.code == 1 and stopped.seconds < AT_ONCE
    assert tables.versions(continued.lake) == versions
    assert continued.succeed("train", *SMALL["train"], run_id="stopped").report["outcome"] == "done"
