"""The lake in an object store: the same tables, the same promises, and one clear line when the store is not well."""

import random
import re
import time

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable
from pyarrow.fs import S3FileSystem

from harness import tables
from harness.finished import SOURCE
from harness.places import STEPS
from harness.programs import SMALL, Pipeline
from harness.small_servers import careless_store
from harness.stores import BUCKET, KEY, SECRET, Store, object_store, proxy

WRONG = "another secret"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with object_store(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture
def variables(store, monkeypatch):
    """The store for the programs and for the readers in this process."""
    for name, value in store.variables().items():
        monkeypatch.setenv(name, value)
    return store.variables()


@pytest.fixture
def remote(variables, database, request):
    """An empty lake in the store and a migrated database for one test."""
    name = re.sub(r"\W+", "-", request.node.name)
    return Pipeline(f"s3://{BUCKET}/{name}", database)


def test_a_run_writes_what_it_writes_into_a_folder(remote, finished, databases, migrated, tmp_path):
    local = Pipeline(tmp_path / "lake", databases(migrated))
    local.go(SOURCE, "one", SMALL)
    remote.go(SOURCE, "one", SMALL)
    local.database.drop()
    assert tables.differences(tables.contents(remote.lake), tables.contents(local.lake)) == []


def test_other_readers_open_it(remote):
    remote.go(SOURCE, "one", steps=STEPS[:2])
    address = f"{remote.lake}/silver/movies"
    movies = DeltaTable(address).to_pyarrow_dataset()
    rows = movies.count_rows()
    assert rows > 0 and pl.read_delta(address).height == rows
    assert duckdb.sql("select count(*) from movies").fetchall() == [(rows,)]


def test_killed_at_any_moment_and_repeated_it_comes_to_the_same(remote, tmp_path):
    chance = random.Random(1)
    undisturbed = Pipeline(tmp_path / "lake")
    flags = {"ingest": ["--source", SOURCE], **SMALL}
    kills = 0
    for step, ended in undisturbed.go(SOURCE, "one", SMALL, steps=STEPS[:5]).items():
        for _ in range(5):
            due = time.monotonic() + chance.uniform(0.1, 1.3) * ended.seconds
            kills += remote.kill(lambda due=due: time.monotonic() > due, step, *flags.get(step, []), run_id="one")
        remote.run(step, *flags.get(step, []), run_id="one")
    assert kills >= 10
    assert tables.differences(tables.contents(remote.lake), tables.contents(undisturbed.lake)) == []
    assert set(tables.commits(remote.lake, "one").values()) == {1}


def test_of_four_attempts_at_the_same_time_one_commits(remote):
    remote.succeed("ingest", "--source", SOURCE, run_id="one")
    remote.succeed_at_once(4, "clean", run_id="one")
    commits = tables.commits(remote.lake, "one")
    assert {name: commits[name] for name in ("silver/movies", "silver/ratings")} == {
        "silver/movies": 1,
        "silver/ratings": 1,
    }


@pytest.fixture
def bucket(store):
    """The bucket of the store, to put files into it."""
    return S3FileSystem(
        access_key=KEY,
        secret_key=SECRET,
        endpoint_override=f"127.0.0.1:{store.port}",
        scheme="http",
        region="us-east-1",
    )


RATINGS = "userId,movieId,rating,timestamp\n1,1,4.0,1600000000\n2,1,3.5,1600000001\n"
MOVIES = "movieId,title,genres\n1,Films (1999),Drama\n"


def put(bucket, name, text):
    with bucket.open_output_stream(f"{BUCKET}/{name}") as output:
        output.write(text.encode())


def test_a_data_set_in_the_store_is_copied_once_and_again_when_it_has_changed(variables, bucket, tmp_path):
    for name, text in {"ratings.csv": RATINGS, "movies.csv": MOVIES, "inner/README.txt": "films"}.items():
        put(bucket, f"films/{name}", text)
    pipeline, source = Pipeline(tmp_path / "lake", settings=variables), f"s3://{BUCKET}/films/"

    pipeline.succeed("ingest", "--source", source, run_id="one")
    (copied,) = (tmp_path / "lake" / "_downloads").glob("*/ratings.csv")
    first = copied.stat().st_ino
    assert tables.table(pipeline.lake, "bronze/ratings").num_rows == 2

    pipeline.succeed("ingest", "--source", source, run_id="two")
    assert copied.stat().st_ino == first, "it is there already"

    put(bucket, "films/ratings.csv", RATINGS + "3,1,1.0,1600000002\n")
    pipeline.succeed("ingest", "--source", source, run_id="three")
    assert tables.table(pipeline.lake, "bronze/ratings").num_rows == 3


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        (f"s3://{BUCKET}/nothing", 2, f"there is no file at s3://{BUCKET}/nothing"),
        (f"s3://{KEY}:{WRONG}@{BUCKET}/films", 2, "there is no file at s3://...@"),
        ("s3://no-such-bucket/films", 1, "there is no such bucket"),
    ],
)
def test_a_data_set_that_is_not_in_the_store_is_told_in_one_line(variables, tmp_path, source, code, words):
    ended = Pipeline(tmp_path / "lake", settings=variables).run("ingest", "--source", source, run_id="one")
    said = ended.output + ended.errors
    assert ended.code == code and words in said and WRONG not in said, said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"AWS_SECRET_ACCESS_KEY": WRONG}, "the store refuses the credentials"),
        ({"AWS_ACCESS_KEY_ID": "nobody"}, "the store refuses the credentials"),
        ({"AWS_SKIP_SIGNATURE": "true"}, "the store does not allow it"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "nobody answers at the address of the store"),
        ({"LAKE_URI": "s3://no-such-bucket/lake"}, "there is no such bucket"),
    ],
)
def test_what_is_wrong_with_the_store_is_told_in_one_line_without_secrets(remote, changed, words):
    ended = remote.run("ingest", "--source", SOURCE, run_id="one", env=changed)
    assert ended.code == 1 and words in ended.complaint, ended.output + ended.errors
    assert not [secret for secret in (SECRET, WRONG) if secret in ended.output + ended.errors]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "RequestTimeTooSkewed", "the clock of this machine and that of the store differ"),
        (403, "ExpiredToken", "the store refuses the credentials"),
        (507, "XMinioStorageFull", "the store is full"),
        (503, "SlowDown", "the store is overloaded and asks to slow down"),
    ],
)
def test_what_a_store_complains_of_is_told_with_the_remedy(remote, status, code, words):
    with careless_store(status, code) as port:
        ended = remote.run("ingest", "--source", SOURCE, run_id="one", env=Store(port).variables())
    assert ended.code == 1 and words in ended.complaint, ended.output + ended.errors


def test_a_store_that_lets_two_writers_win_is_refused_before_anything_is_written(remote):
    with careless_store() as port:
        ended = remote.run("ingest", "--source", SOURCE, run_id="one", env=Store(port).variables())
    assert ended.code == 1, ended.output
    assert "lets two writers win at once" in ended.complaint and "nothing was written" in ended.complaint


def test_a_store_that_cuts_and_delays_answers_is_asked_again(remote, store):
    chance = random.Random(3)

    def bad(data):
        if chance.random() < 0.05:
            time.sleep(0.2)
        return None if chance.random() < 0.03 else data

    with proxy(store.port, bad) as port:
        through = Pipeline(remote.lake, remote.database, settings=store.variables(port))
        through.go(SOURCE, "one", steps=STEPS[:2])
    assert DeltaTable(f"{remote.lake}/silver/ratings").version() == 1
