"""The lake in HDFS: the same tables, the same promises, and one clear line when the cluster is not well."""

import random
import re
import time

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from harness import tables
from harness.finished import SOURCE
from harness.hdfs import hdfs
from harness.places import STEPS
from harness.programs import SMALL, Pipeline, end, logged


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with hdfs(tmp_path_factory.mktemp("hdfs")) as running:
        yield running


@pytest.fixture
def remote(cluster, database, request):
    """An empty lake in HDFS and a migrated database for one test."""
    name = re.sub(r"\W+", "-", request.node.name)
    return Pipeline(f"{cluster.address}/{name}", database)


@pytest.fixture(scope="module")
def local(tmp_path_factory, databases, migrated):
    """A run in a folder: the pipeline, and how each step ended."""
    undisturbed = Pipeline(tmp_path_factory.mktemp("local") / "lake", databases(migrated))
    ended = undisturbed.go(SOURCE, "one", SMALL)
    yield undisturbed, ended
    undisturbed.database.drop()


def test_a_run_writes_what_it_writes_into_a_folder(remote, local):
    remote.go(SOURCE, "one", SMALL)
    assert tables.differences(tables.contents(remote.lake), tables.contents(local[0].lake)) == []


def test_other_readers_open_it(remote):
    remote.succeed("ingest", "--source", SOURCE, run_id="one")
    address = f"{remote.lake}/bronze/movies"
    movies = DeltaTable(address).to_pyarrow_dataset()
    rows = movies.count_rows()
    assert rows > 0 and pl.read_delta(address, use_pyarrow=True).height == rows
    assert duckdb.sql("select count(*) from movies").fetchall() == [(rows,)]


def test_killed_at_any_moment_and_repeated_it_comes_to_the_same(remote, local):
    chance = random.Random(1)
    undisturbed, ended = local
    flags = {"ingest": ["--source", SOURCE], **SMALL}
    kills = 0
    for step in STEPS[:5]:
        for _ in range(4):
            due = time.monotonic() + chance.uniform(0.1, 1.3) * ended[step].seconds
            kills += remote.kill(lambda due=due: time.monotonic() > due, step, *flags.get(step, []), run_id="one")
        remote.run(step, *flags.get(step, []), run_id="one")
    assert kills >= 10
    names = [name for step in STEPS[:5] for name in tables.WRITTEN_BY[step]]
    found, expected = tables.contents(remote.lake, names), tables.contents(undisturbed.lake, names)
    assert tables.differences(found, expected) == []
    assert set(tables.commits(remote.lake, "one").values()) == {1}


def test_of_four_attempts_at_the_same_time_one_commits(remote):
    remote.succeed("ingest", "--source", SOURCE, run_id="one")
    remote.succeed_at_once(4, "clean", run_id="one")
    commits = tables.commits(remote.lake, "one")
    assert {name: commits[name] for name in ("silver/movies", "silver/ratings")} == {
        "silver/movies": 1,
        "silver/ratings": 1,
    }


def refusal(remote, **settings):
    """The one line in which a step tells why it cannot use the lake."""
    ended = remote.run("ingest", "--source", SOURCE, run_id="one", env=settings)
    assert ended.code == 1, ended.output + ended.errors
    return ended.complaint


def test_who_may_not_write_is_told_by_the_name_of_who_asks(remote):
    assert "the name node does not allow it" in refusal(remote, HADOOP_USER_NAME="nobody")


def test_a_name_service_that_is_not_configured_is_told(remote, tmp_path):
    told = refusal(remote, LAKE_URI="hdfs://films/lake", HADOOP_CONF_DIR=tmp_path)
    assert "HADOOP_CONF_DIR has no name service of that name" in told


def test_a_name_service_of_the_configuration_is_reached(remote, cluster, tmp_path):
    settings = {
        "dfs.ha.namenodes.films": "dead,alive",
        "dfs.namenode.rpc-address.films.dead": "127.0.0.1:9",
        "dfs.namenode.rpc-address.films.alive": cluster.address.removeprefix("hdfs://"),
    }
    properties = "".join(
        f"<property><name>{name}</name><value>{value}</value></property>" for name, value in settings.items()
    )
    (tmp_path / "hdfs-site.xml").write_text(f"<configuration>{properties}</configuration>")
    lake = {"LAKE_URI": remote.lake.replace(cluster.address, "hdfs://films"), "HADOOP_CONF_DIR": tmp_path}
    ended = remote.run("ingest", "--source", SOURCE, run_id="one", env=lake)
    assert ended.code == 0, ended.output + ended.errors
    assert DeltaTable(f"{remote.lake}/bronze/ratings").version() == 1


def test_nobody_at_the_address_is_told(remote):
    assert "no name node answers" in refusal(remote, LAKE_URI="hdfs://127.0.0.1:9/lake")


def test_credentials_in_the_address_are_refused(remote):
    told = refusal(remote, LAKE_URI="hdfs://somebody:secret@127.0.0.1:9/lake")
    assert "is no place for tables" in told and "secret" not in told


def test_safe_mode_is_told_and_a_run_goes_on_after_it(remote, cluster):
    cluster.tool("dfsadmin", "-safemode", "enter")
    told = refusal(remote)
    cluster.tool("dfsadmin", "-safemode", "leave")
    assert "the name node is in safe mode" in told
    remote.succeed("ingest", "--source", SOURCE, run_id="one")


def test_a_quota_that_is_used_up_is_told(remote, cluster):
    cluster.tool("dfs", "-mkdir", remote.lake)
    cluster.tool("dfsadmin", "-setSpaceQuota", "1", remote.lake)
    assert "no data node takes it" in refusal(remote)


def test_maintain_removes_what_killed_writers_left_once_it_is_old(remote, cluster):
    remote.succeed("ingest", "--source", SOURCE, run_id="one")
    table = "bronze/ratings"
    old = [".part-00000-killed.zstd.parquet.tmp.1", "_delta_log/.00000000000000000009.json.tmp.7-0-9"]
    young = "_delta_log/.00000000000000000009.json.tmp.8"
    folder = f"{remote.lake}/{table}"
    cluster.tool("dfs", "-touch", "-t", "20200101:000000", *(f"{folder}/{name}" for name in old))
    cluster.tool("dfs", "-touch", f"{folder}/{young}")
    remote.succeed("maintain", "vacuum", run_id="maintenance")
    left = {line.rsplit(f"/{table}/", 1)[-1] for line in cluster.tool("dfs", "-ls", "-R", folder)}
    assert young in left and not left & set(old)
    assert DeltaTable(folder).to_pyarrow_dataset().count_rows() > 0


# The last of the module: nothing is left of the cluster.
def test_a_name_node_that_stops_in_the_middle_of_a_step_is_told(remote, cluster):
    remote.succeed("ingest", "--source", SOURCE, run_id="one")
    clean = remote.start("clean", run_id="one")
    before = logged(clean, "table committed")
    cluster.stop()
    ended = end(clean, time.monotonic(), before)
    assert ended.code == 1 and re.search("no name node answers|the name node ended the connection", ended.complaint)
