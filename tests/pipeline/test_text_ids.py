"""Ids that are texts: each is a key, and a key keeps its number for ever."""

import shutil

import pyarrow
import pyarrow.compute
import pytest
from pyarrow import parquet

from harness import tables

DESCRIPTION = """
[files.ratings]
path = "ratings.csv"
columns = { user = "who", movie = "what", rating = "stars", time = "at" }
[files.movies]
path = "movies.csv"
columns = { movie = "what", title = "name" }
[files.links]
path = "links.csv"
columns = { movie = "what", imdb = "imdb" }
[ids]
user = "text"
movie = "text"
"""

MOVIES = {"b-07": "Seven", "b-7": "The Seventh Seal", "B-7": "Seven Samurai", "z/ü": "Über"}


@pytest.fixture
def source(tmp_path):
    """Makes a data set of ratings (who, what, stars), of these films."""

    def make(ratings, movies=MOVIES):
        folder = tmp_path / "data"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        lines = [f"{who},{what},{stars},{1_600_000_000 + at}" for at, (who, what, stars) in enumerate(ratings)]
        (folder / "ratings.csv").write_text("\n".join(["who,what,stars,at", *lines, ""]))
        (folder / "movies.csv").write_text("\n".join(["what,name", *(",".join(row) for row in movies.items()), ""]))
        (folder / "links.csv").write_text("what,imdb\nb-7,0050976\n")
        (folder / "dataset.toml").write_text(DESCRIPTION)
        return folder

    return make


RATINGS = [("kim", "b-7", 4), ("Ann", "b-07", 5), ("kim", "B-7", 3), ("ann", "z/ü", 1)]


def taken_in(pipeline, folder, run_id):
    pipeline.succeed("ingest", "--source", folder, run_id=run_id)
    return pipeline.succeed("clean", run_id=run_id)


def keys(pipeline, kind):
    return {row["key"]: row["id"] for row in tables.rows(pipeline.lake, "silver/keys") if row["kind"] == kind}


def ratings_by_key(pipeline):
    users = {row["user_id"]: row["key"] for row in tables.rows(pipeline.lake, "silver/users")}
    movies = {row["movie_id"]: row["key"] for row in tables.rows(pipeline.lake, "silver/movies")}
    found = tables.rows(pipeline.lake, "silver/ratings")
    return {(users[row["user_id"]], movies[row["movie_id"]], row["rating"]) for row in found}


def test_every_row_comes_in_and_its_keys_lead_back_to_it(pipeline, source):
    taken_in(pipeline, source(RATINGS), "one")
    assert ratings_by_key(pipeline) == set(RATINGS)
    assert keys(pipeline, "user") == {"kim": 1, "Ann": 2, "ann": 3}
    assert keys(pipeline, "movie") == {"b-07": 1, "b-7": 2, "B-7": 3, "z/ü": 4}
    titles = {row["key"]: (row["title"], row["imdb_id"]) for row in tables.rows(pipeline.lake, "silver/movies")}
    assert titles["b-7"] == ("The Seventh Seal", "0050976") and titles["z/ü"] == ("Über", None)


def test_a_key_keeps_its_number_when_others_come_and_go(pipeline, source):
    taken_in(pipeline, source(RATINGS), "one")
    before = keys(pipeline, "user") | keys(pipeline, "movie")
    taken_in(pipeline, source([("zoe", "a", 5), ("ann", "b-7", 2)], {"a": "A", "b-7": "The Seventh Seal"}), "two")
    assert ratings_by_key(pipeline) == {("zoe", "a", 5), ("ann", "b-7", 2)}
    after = keys(pipeline, "user") | keys(pipeline, "movie")
    assert after == before | {"zoe": 4, "a": 5}
    # Those of the first data set are known again.
    taken_in(pipeline, source(RATINGS), "three")
    assert ratings_by_key(pipeline) == set(RATINGS)
    assert keys(pipeline, "user") | keys(pipeline, "movie") == after


def test_a_run_that_is_repeated_after_its_keys_were_committed_finds_the_same_numbers(pipeline, source):
    folder = source(RATINGS)
    taken_in(pipeline, folder, "one")
    first = tables.contents(pipeline.lake, tables.SILVER)
    # As if the first attempt had ended behind its first commit, and another run had added keys since.
    for name in tables.SILVER[1:]:
        shutil.rmtree(pipeline.lake / name)
    taken_in(pipeline, source([("zoe", "a", 5)], {"a": "A"}), "two")
    for name in tables.SILVER[1:]:
        shutil.rmtree(pipeline.lake / name)
    taken_in(pipeline, source(RATINGS), "one")
    again = tables.contents(pipeline.lake, tables.SILVER[1:])
    assert not tables.differences(again, {name: first[name] for name in again})
    assert keys(pipeline, "user") == {"kim": 1, "Ann": 2, "ann": 3, "zoe": 4}


def test_a_key_that_cannot_be_stored_is_set_aside_and_gets_no_number(pipeline, source):
    ratings = [*RATINGS * 10, ("x" * 257, "b-7", 3), ("", "b-7", 3), ("eve", "b-8", 3)]
    pipeline.succeed("ingest", "--source", source(ratings), run_id="one")
    pipeline.succeed("clean", "--max-rejected", "0.3", run_id="one")
    reasons = [row["reason"] for row in tables.rows(pipeline.lake, "silver/rejected")]
    assert sorted(reason for reason in reasons if reason != "superseded") == [
        "bad_user_id",
        "bad_user_id",
        "unknown_movie",
    ]
    assert set(keys(pipeline, "user")) == {"kim", "Ann", "ann"}


def test_feedback_counts_for_the_key_of_its_number_and_not_without_one(pipeline, source):
    taken_in(pipeline, source(RATINGS), "one")
    kim, ann, nobody = keys(pipeline, "user")["kim"], keys(pipeline, "user")["Ann"], 77
    seven = keys(pipeline, "movie")["b-07"]
    pipeline.database.record((kim, seven, 2.0), (ann, seven, None), (nobody, seven, 5.0))
    taken_in(pipeline, source(RATINGS), "two")
    assert ratings_by_key(pipeline) == (set(RATINGS) | {("kim", "b-07", 2.0)}) - {("Ann", "b-07", 5)}
    rejected = tables.rows(pipeline.lake, "silver/rejected")
    assert {(row["raw"].split(",")[0], row["reason"]) for row in rejected} == {
        (str(nobody), "unknown_user"),
        (str(ann), "retracted"),
        ("Ann", "superseded"),
    }


def test_a_damaged_table_of_keys_is_refused(pipeline, source):
    taken_in(pipeline, source(RATINGS), "one")
    (part,) = (pipeline.lake / "silver/keys").glob("*.parquet")
    for name in tables.SILVER[1:]:
        shutil.rmtree(pipeline.lake / name)
    rows = parquet.read_table(part)
    parquet.write_table(rows.filter(pyarrow.compute.not_equal(rows["key"], "b-07")), part)
    ended = pipeline.run("clean", run_id="one")
    assert ended.code == 1
    assert "silver/keys is damaged at the movie with the number 2" in ended.complaint


def test_whole_numbers_stay_as_they_are(finished):
    assert tables.rows(finished.lake, "silver/keys") == []
    users = tables.rows(finished.lake, "silver/users")
    assert {row["key"] for row in users} == {None}
    assert sorted(row["user_id"] for row in users) == sorted(
        {row["user_id"] for row in tables.rows(finished.lake, "silver/ratings")}
    )
