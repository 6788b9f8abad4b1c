"""Maintenance: old files of the lake and old versions of the database go, what is needed stays."""

import json
import os
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable

from harness import tables
from harness.finished import SOURCE
from harness.programs import SMALL, Pipeline
from harness.waiting import free_port

DAY = 86_400


def age(lake, days):
    """Lets days go by: every file and every removal of one is that much older."""
    for path in lake.rglob("*"):
        if path.is_file():
            written = path.stat().st_mtime - days * DAY
            if path.parent.name == "_delta_log" and path.suffix == ".json":
                path.write_text("".join(aged(line, days) for line in path.read_text().splitlines()))
            os.utime(path, (written, written))


def aged(line, days):
    action = json.loads(line)
    if "remove" in action:
        action["remove"]["deletionTimestamp"] -= days * DAY * 1000
    return json.dumps(action) + "\n"


def on_disk(lake, name):
    """Whatever a table's folder holds besides its log."""
    return {path.name for path in (lake / name).iterdir() if path.name != "_delta_log"}


def needed(lake, name):
    """The files of the newest version."""
    return {Path(uri).name for uri in DeltaTable(str(lake / name)).file_uris()}


@pytest.fixture(scope="module")
def three_runs(finished, tmp_path_factory, databases):
    """Three runs, one after the other, to be copied."""
    pipeline = finished.copy(tmp_path_factory.mktemp("three") / "lake", databases)
    for run_id in ("second", "third"):
        pipeline.go("sample:15k", run_id, SMALL)
    return pipeline


@pytest.fixture
def thrice(three_runs, tmp_path, databases):
    """A copy of the three runs that a test may go on with."""
    made = three_runs.copy(tmp_path / "lake", databases(three_runs.database))
    yield made
    made.database.drop()


def vacuum(pipeline, *flags):
    """The figures of a vacuum that ends well."""
    report = pipeline.succeed("maintain", "vacuum", *flags).report
    assert (report["task"], report["run_id"], report["outcome"]) == ("maintain", None, "done")
    return report["metrics"]


def test_old_files_go_and_every_table_still_reads(thrice):
    lake = thrice.lake
    age(lake, 8)
    contents, versions = tables.contents(lake), tables.versions(lake)
    superfluous = {name: len(on_disk(lake, name) - needed(lake, name)) for name in tables.TABLES}
    assert vacuum(thrice, "--retention-days", "30")["files_removed"] == 0
    told = vacuum(thrice, "--dry-run")
    assert {name: told[f"files_to_remove.{name}"] for name in tables.TABLES} == superfluous
    assert tables.versions(lake) == versions
    done = vacuum(thrice)
    assert {name: done[f"files_removed.{name}"] for name in tables.TABLES} == superfluous
    assert done["files_removed"] == sum(superfluous.values()) == told["files_to_remove"] > 20
    assert done["bytes_removed"] == told["bytes_to_remove"] > 100_000
    for name in tables.TABLES:
        assert on_disk(lake, name) == needed(lake, name)
        assert pl.read_delta(str(lake / name)).height == contents[name].num_rows
    assert tables.differences(tables.contents(lake), contents) == []
    with pytest.raises(FileNotFoundError):
        tables.content(lake, "silver/ratings", versions["silver/ratings"] - 1)

    versions = tables.versions(lake)
    assert vacuum(thrice)["files_removed"] == 0
    assert tables.versions(lake) == versions, "a vacuum without work commits nothing"


def test_the_pipeline_goes_on_after_a_vacuum(thrice):
    age(thrice.lake, 8)
    assert vacuum(thrice)["files_removed"] > 0
    latest = thrice.succeed("clean", run_id="latest")
    assert (latest.report["outcome"], latest.report["run_id"]) == ("already_done", "third")
    assert thrice.succeed("publish", run_id="third").report["outcome"] == "already_done"
    skipped = thrice.run("ingest", "--source", "sample:15k", "--skip-unchanged", run_id="same")
    assert skipped.code == 99
    ended = thrice.go(SOURCE, "fourth", SMALL)
    assert all(step.report["outcome"] == "done" for step in ended.values())
    assert thrice.database.query("SELECT run_id FROM versions JOIN serving USING (version)") == [("fourth",)]


def test_what_a_killed_step_left_goes_once_it_is_old(continued):
    lake = continued.lake

    def has_begun():
        return on_disk(lake, "bronze/ratings") != needed(lake, "bronze/ratings")

    assert continued.kill(has_begun, "ingest", "--source", "sample:2m", run_id="killed")
    part = lake / "_downloads" / "ml-25m.zip.part"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"half of it")
    assert vacuum(continued)["files_removed"] == 0, "it may still be running"
    age(lake, 8)
    removed = vacuum(continued)
    assert removed["files_removed.bronze/ratings"] >= 1 and removed["files_removed._downloads"] == 1
    assert not part.exists()
    for name in tables.TABLES:
        assert on_disk(lake, name) == needed(lake, name)


def test_a_broken_table_does_not_keep_the_others_from_their_vacuum(thrice):
    lake = thrice.lake
    age(lake, 8)
    newest = tables.versions(lake)["silver/movies"]
    (lake / f"silver/movies/_delta_log/{newest:020}.json").write_text("{")
    ended = thrice.run("maintain", "vacuum")
    assert ended.code == 1
    # Not `complaint`: the library logs what it could not read, too.
    assert "maintain failed: not vacuumed: silver/movies;" in ended.output
    for name in set(tables.TABLES) - {"silver/movies"}:
        assert on_disk(lake, name) == needed(lake, name)


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "week", "40000"])
def test_a_retention_that_endangers_running_tasks_is_refused(pipeline, days):
    refused = pipeline.run("maintain", "vacuum", f"--retention-days={days}")
    assert refused.code == 2
    assert ("a running task has not committed yet look like orphans" in refused.errors) == (days == "0")


def test_a_lake_without_tables_is_clean(pipeline):
    assert vacuum(pipeline)["files_removed"] == 0
    assert not pipeline.lake.exists()
    pipeline.lake.mkdir()
    assert vacuum(pipeline)["files_removed"] == 0
    shutil.rmtree(pipeline.lake)
    pipeline.lake.write_text("a file")
    assert "check --lake" in pipeline.run("maintain", "vacuum").complaint


def prune(pipeline, *flags):
    report = pipeline.succeed("maintain", "prune", *flags).report
    assert (report["task"], report["run_id"], report["outcome"]) == ("maintain", None, "done")
    return report["metrics"]["versions_dropped"], report["metrics"]["partitions_postponed"]


def test_pruning_drops_all_versions_but_the_live_one_and_as_many_as_wanted(thrice):
    live = thrice.database.live()
    assert prune(thrice) == (0, 0)
    assert prune(thrice, "--keep", "1") == (1, 0)
    assert prune(thrice, "--keep", "0") == (1, 0)
    assert thrice.database.live() == live


def test_a_partition_that_somebody_reads_is_postponed_and_named(thrice):
    with thrice.database.reading():
        ended = thrice.succeed("maintain", "prune", "--keep", "0")
        [warning] = [line for line in ended.output.splitlines() if "a reader still uses an old version" in line]
        # Of the two tables that the reader reads, the one that was made first: they are made at the same time.
        assert " WARN " in warning and re.search(r'partition="(movies|recommendations)_1"', warning)
        assert ended.report["metrics"]["versions_dropped"] == 2
        assert ended.report["metrics"]["partitions_postponed"] > 0
    assert prune(thrice, "--keep", "0") == (0, 0)
    partitions = thrice.database.query("SELECT count(*) FROM pg_tables WHERE schemaname = 'version_data'")
    assert partitions == [(7,)]


def test_a_wrong_database_is_one_clear_line(pipeline, databases):
    nobody = f"postgres://cinelake:s3cret@127.0.0.1:{free_port()}/cinelake"
    ended = pipeline.run("maintain", "prune", "--database-url", nobody)
    assert ended.code == 1 and "s3cret" not in ended.output + ended.errors
    assert "nothing was pruned: cannot connect to database 127.0.0.1:" in ended.complaint
    empty = Pipeline(pipeline.lake, databases()).run("maintain", "prune")
    assert empty.code == 1 and "run `admin migrate`" in empty.complaint


def test_wrong_usage_says_what_is_missing(pipeline):
    assert pipeline.run("maintain").code == 2
    without = Pipeline(pipeline.lake).run("maintain", "prune")
    assert without.code == 2 and "set DATABASE_URL" in without.complaint
    assert pipeline.run("maintain", "prune", "--keep", "-1").code == 2
