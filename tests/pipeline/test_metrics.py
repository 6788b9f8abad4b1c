"""What the tasks push to a Pushgateway at their end, and what the API tells Prometheus."""

import os
import signal
import socket
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from harness import tables
from harness.finished import RUN, SOURCE
from harness.gateway import complaints, gateway
from harness.places import STEPS
from harness.programs import POOR, SMALL, Pipeline, end, logged
from harness.service import serving
from harness.waiting import free_port
from harness.web import get, text

OUTCOMES = ("done", "already_done", "skipped", "gate_closed", "failed")
REASONS = (
    *["malformed_line", "bad_user_id", "bad_movie_id", "bad_rating", "above_scale", "unrated", "bad_timestamp"],
    *["unknown_movie", "unknown_user", "superseded", "retracted", "missing_title"],
)
# What is of the attempt, not of the run.
OF_ATTEMPT = ("cinelake_task_duration", "cinelake_task_peak", "cinelake_task_last", "cinelake_task_outcome")
LAST_RUN, LAST_SUCCESS, LAST_SKIP = (
    f"cinelake_task_last_{what}_timestamp_seconds" for what in ("run", "success", "skip")
)


@pytest.fixture
def pushed():
    """A Pushgateway for one test."""
    with gateway() as server:
        yield server


@pytest.fixture(scope="module")
def good(tmp_path_factory, databases, migrated):
    """A pipeline that pushed, with how its steps ended and what then stood in the Pushgateway by task."""
    with gateway() as server:
        folder = tmp_path_factory.mktemp("pushing")
        pipeline = Pipeline(folder / "lake", databases(migrated), settings={"PUSHGATEWAY_URL": server.url})
        ended = pipeline.go(SOURCE, RUN, SMALL)
        yield pipeline, ended, {step: server.figures(step) for step in STEPS}, server.text()


def pushing(pipeline, server):
    return Pipeline(pipeline.lake, pipeline.database, settings={"PUSHGATEWAY_URL": server.url})


def outcome(figures):
    """The one outcome that is set; all five must be there."""
    values = {name: figures[f'cinelake_task_outcome{{outcome="{name}"}}'] for name in OUTCOMES}
    assert sum(values.values()) == 1, values
    return max(values, key=values.get)


def of_run(figures):
    """What a repeated attempt must push again; the room on the disk is nobody's."""
    return {name: value for name, value in figures.items() if not name.startswith((*OF_ATTEMPT, "cinelake_lake_"))}


def labelled(figures, name):
    """The values of a metric by its labels, as text."""
    return {key.removeprefix(name): value for key, value in figures.items() if key.startswith(f"{name}{{")}


def live_files(lake, name):
    """The size of each live data file of a table."""
    return pa.table(DeltaTable(str(lake / name)).get_add_actions(flatten=True))["size_bytes"].to_pylist()


@pytest.mark.parametrize("step", STEPS)
def test_every_step_pushes_how_it_went_and_the_size_of_its_tables(good, step):
    pipeline, ended, pushed, _ = good
    figures = pushed[step]
    assert outcome(figures) == "done"
    assert 0 < figures["cinelake_task_duration_seconds"] < ended[step].seconds
    assert 1e6 < figures["cinelake_task_peak_memory_bytes"] < 1e10
    assert abs(figures[LAST_RUN] - time.time()) < 600
    assert figures[LAST_SUCCESS] == figures[LAST_RUN]
    assert LAST_SKIP not in figures
    report = ended[step].report["tables"]
    assert labelled(figures, "cinelake_task_rows") == {f'{{table="{t["name"]}"}}': t["rows"] for t in report}
    sizes = {f'{{table="{t["name"]}"}}': live_files(pipeline.lake, t["name"]) for t in report}
    assert labelled(figures, "cinelake_table_files") == {name: len(files) for name, files in sizes.items()}
    assert labelled(figures, "cinelake_table_size_bytes") == {name: sum(files) for name, files in sizes.items()}
    disk = os.statvfs(pipeline.lake)
    assert figures["cinelake_lake_filesystem_size_bytes"] == disk.f_blocks * disk.f_frsize
    assert 0 < figures["cinelake_lake_filesystem_avail_bytes"] <= disk.f_blocks * disk.f_frsize


def test_clean_pushes_the_rejected_rows_by_every_reason_and_the_shape_of_the_data(good):
    pipeline, _, pushed, _ = good
    rejected = Counter(row["reason"] for row in tables.rows(pipeline.lake, "silver/rejected"))
    assert rejected, "the sample has nothing to reject"
    expected = {f'{{reason="{reason}"}}': rejected[reason] for reason in REASONS}
    assert labelled(pushed["clean"], "cinelake_rejected_rows") == expected
    ratings = tables.rows(pipeline.lake, "silver/ratings")
    assert pushed["clean"]["cinelake_dataset_ratings"] == len(ratings)
    assert pushed["clean"]["cinelake_dataset_users"] == len({row["user_id"] for row in ratings})
    assert pushed["clean"]["cinelake_dataset_movies"] == len(tables.rows(pipeline.lake, "silver/movies"))


def test_train_pushes_what_became_of_the_training(good):
    pipeline, _, pushed, _ = good
    [model] = tables.rows(pipeline.lake, "gold/models")
    assert pushed["train"]["cinelake_train_loss"] == pytest.approx(model["final_loss"])
    assert pushed["train"]["cinelake_train_iterations"] == model["iterations"]


def model_metrics(lake, run_id):
    """What stands in `gold/evaluations`, as it is pushed."""
    expected = {}
    for row in tables.rows(lake, "gold/evaluations"):
        if row["model_id"] != run_id or row["metric"] in ("gate_open", "users"):
            continue
        model = "baseline" if row["baseline"] else "live" if row["metric"].startswith("compared_") else "candidate"
        k = "" if row["k"] is None else f'k="{row["k"]}",'
        expected[f'{{{k}metric="{row["metric"].removeprefix("compared_")}",model="{model}"}}'] = row["value"]
    return pytest.approx(expected)


def test_evaluate_pushes_the_figures_of_model_and_baseline(good):
    pipeline, ended, pushed, _ = good
    figures = labelled(pushed["evaluate"], "cinelake_model_metric")
    assert figures == model_metrics(pipeline.lake, RUN)
    assert '{k="10",metric="ndcg",model="candidate"}' in figures
    assert '{k="10",metric="ndcg",model="baseline"}' in figures
    assert pushed["evaluate"]["cinelake_gate_open"] == 1
    assert pushed["evaluate"]["cinelake_evaluated_users"] == ended["evaluate"].report["metrics"]["users"]


def test_publish_pushes_the_version_that_is_live(good):
    pipeline, _, pushed, _ = good
    live = pipeline.database.query("SELECT version FROM serving")
    assert live == [(pushed["publish"]["cinelake_published_version"],)]


def test_a_repeated_step_pushes_the_same_figures(good, pushed):
    pipeline, _, before, _ = good
    again = pushing(pipeline, pushed)
    for step in STEPS:
        again.succeed(step, run_id=RUN)
        figures = pushed.figures(step)
        assert outcome(figures) == "already_done"
        assert of_run(figures) == of_run(before[step]), step


def test_promtool_finds_nothing_in_what_the_tasks_push(good):
    *_, text = good
    ours = [line for line in text.splitlines() if "cinelake_" in line]
    described = {line.split()[2] for line in ours if line.startswith("# HELP")}
    assert {line.split("{")[0].split()[0] for line in ours if not line.startswith("#")} == described
    assert complaints(text) == ""


def test_unchanged_input_is_a_success_and_a_skip_and_the_figures_stay(continued, pushed):
    pipeline = pushing(continued, pushed)
    pipeline.succeed("ingest", run_id=RUN)
    before = pushed.figures("ingest")
    assert pipeline.run("ingest", "--source", SOURCE, "--skip-unchanged", run_id="next").code == 99
    after = pushed.figures("ingest")
    assert outcome(after) == "skipped"
    assert after[LAST_SUCCESS] == after[LAST_SKIP] == after[LAST_RUN] > before[LAST_RUN]
    assert of_run(after) == of_run(before)


def test_a_closed_gate_pushes_what_was_measured_and_is_no_success(continued, pushed):
    continued.go(SOURCE, "poor", {"train": POOR}, STEPS[:3])
    pipeline = pushing(continued, pushed)
    pipeline.succeed("evaluate", run_id=RUN)
    before = pushed.figures("evaluate")
    for _ in range(2):
        assert pipeline.run("evaluate", run_id="poor").code == 3
        figures = pushed.figures("evaluate")
        assert outcome(figures) == "gate_closed"
        assert figures["cinelake_gate_open"] == 0
        assert figures[LAST_SUCCESS] == before[LAST_SUCCESS] < figures[LAST_RUN]
        metrics = labelled(figures, "cinelake_model_metric")
        assert metrics == model_metrics(continued.lake, "poor")
        live = before['cinelake_model_metric{k="10",metric="ndcg",model="candidate"}']
        assert metrics['{k="10",metric="ndcg",model="live"}'] == live
        assert {key for key in metrics if "live" in key} == {'{k="10",metric="ndcg",model="live"}'}
    assert pipeline.run("recommend", run_id="poor").code == 3
    assert outcome(pushed.figures("recommend")) == "gate_closed"


def test_a_failed_step_is_pushed_and_the_figures_of_the_last_success_stay(continued, pushed):
    pipeline = pushing(continued, pushed)
    pipeline.succeed("clean", run_id=RUN)
    before = pushed.figures("clean")
    assert pipeline.run("clean", run_id="never ingested").code == 1
    after = pushed.figures("clean")
    assert outcome(after) == "failed"
    assert after[LAST_RUN] > before[LAST_RUN] and after[LAST_SUCCESS] == before[LAST_SUCCESS]
    assert of_run(after) == of_run(before)


def test_a_step_that_is_told_to_end_has_failed(continued, pushed):
    continued.go(SOURCE, "stopped", steps=STEPS[:2])
    process = pushing(continued, pushed).start("train", "--rank", "1024", "--min-rating", "0", run_id="stopped")
    logged(process, " training ")
    process.send_signal(signal.SIGTERM)
    assert end(process, time.monotonic()).code == 1
    figures = pushed.figures("train")
    assert outcome(figures) == "failed" and LAST_SUCCESS not in figures


def test_a_step_that_is_told_to_end_does_not_wait_for_a_gateway_that_hangs(continued):
    continued.go(SOURCE, "stopped", steps=STEPS[:2])
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        pipeline = Pipeline(continued.lake, settings={"PUSHGATEWAY_URL": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        process = pipeline.start("train", "--rank", "1024", "--min-rating", "0", run_id="stopped")
        logged(process, " training ")
        process.send_signal(signal.SIGTERM)
        stopped = end(process, time.monotonic())
    # It does not wait for the Pushgateway, which would take five seconds.
    assert stopped.code == 1 and stopped.seconds < 5


def test_what_is_asked_for_by_hand_pushes_nothing(continued, pushed):
    pipeline = pushing(continued, pushed)
    pipeline.succeed("admin", "versions")
    pipeline.succeed("admin", "migrate")
    pipeline.succeed("admin", "activate", "--version", "1")
    pipeline.succeed("evaluate", "--protocol", "leave-one-out", run_id=RUN)
    assert pushed.figures("publish") == pushed.figures("evaluate") == {}


def test_a_vacuum_pushes_how_it_went(continued, pushed):
    pushing(continued, pushed).succeed("maintain", "vacuum")
    assert outcome(pushed.figures("maintain")) == "done"


def warnings(ended):
    return [line for line in ended.output.splitlines() if " WARN " in line]


def test_a_gateway_that_is_down_costs_a_warning(continued):
    url = f"http://127.0.0.1:{free_port()}"
    pipeline = Pipeline(continued.lake, settings={"PUSHGATEWAY_URL": url})
    [warning] = warnings(pipeline.succeed("clean", run_id=RUN))
    assert url in warning and "the run goes on" in warning


def test_a_gateway_that_hangs_costs_a_warning_and_five_seconds(continued):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        pipeline = Pipeline(continued.lake, settings={"PUSHGATEWAY_URL": url})
        ended = pipeline.succeed("clean", run_id=RUN)
    [warning] = warnings(ended)
    assert url in warning and "the run goes on" in warning
    assert 5 <= ended.seconds < 30


def test_promtool_finds_nothing_in_what_the_api_tells_and_the_process_is_in_it(finished):
    with serving(finished.database) as (url, process):
        for path in ("/reco/1", "/reco/random", "/nowhere"):
            assert get(f"{url}{path}")[0] in (200, 404)
        told = text(f"{url}/metrics")
        limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
        [most] = [line.split()[3] for line in limits if line.startswith("Max open files")]
    assert complaints(told) == ""
    figures = dict(line.rsplit(" ", 1) for line in told.splitlines() if line.startswith("process_"))
    assert sorted(figures) == [
        *["process_cpu_seconds_total", "process_max_fds", "process_open_fds", "process_resident_memory_bytes"],
        "process_start_time_seconds",
    ]
    assert float(figures["process_max_fds"]) == float(most)
    assert abs(float(figures["process_start_time_seconds"]) - time.time()) < 60
    assert 0 < float(figures["process_cpu_seconds_total"]) < 60
    assert 1e6 < float(figures["process_resident_memory_bytes"]) < 1e10
