"""What is taken in, how it is made clean, and how much may be lost: real data sets are written in many ways."""

import csv
import zipfile

import pytest

from harness import tables, web
from harness.programs import SMALL, measured
from harness.service import serving

HEADER = "userId,movieId,rating,timestamp\n"
MOVIES = "movieId,title,genres\n" + "".join(f"{n},Film {n} (19{n + 10}),Drama\n" for n in range(1, 41))
MOMENT = 1_600_000_000_000_000


def written(folder, ratings, movies=MOVIES):
    folder.mkdir()
    (folder / "ratings.csv").write_bytes((HEADER + ratings).encode())
    (folder / "movies.csv").write_bytes(movies if isinstance(movies, bytes) else movies.encode())
    return folder


def taken_in(pipeline, folder, *flags):
    pipeline.succeed("ingest", "--source", folder, run_id="one")
    return pipeline.run("clean", *flags, run_id="one")


def cleaned(pipeline, folder):
    ended = taken_in(pipeline, folder)
    assert ended.code == 0, ended.output + ended.errors
    return ended


def silver(pipeline, name):
    return tables.rows(pipeline.lake, f"silver/{name}")


TIMES = ["1600000000", "1600000000.0", "1600000000000", "2020-09-13 12:26:40", "2020-09-13T12:26:40Z"]


@pytest.mark.parametrize("time", TIMES)
def test_a_moment_may_be_spelled_in_many_ways(pipeline, tmp_path, time):
    cleaned(pipeline, written(tmp_path / "ml", f"1,1,4.0,{time}\n"))
    [rating] = silver(pipeline, "ratings")
    assert rating["rated_at"].timestamp() * 1_000_000 == MOMENT


@pytest.mark.parametrize(("text", "number"), [("7.0", 7), ("0", 0), ("9007199254740991", 2**53 - 1)])
def test_an_id_is_any_whole_number_that_every_reader_reads_exactly(pipeline, tmp_path, text, number):
    movies = f"movieId,title,genres\n{text},Film (1990),Drama\n"
    cleaned(pipeline, written(tmp_path / "ml", f"{text},{text},4.0,1600000000\n", movies))
    [rating] = silver(pipeline, "ratings")
    assert (rating["user_id"], rating["movie_id"]) == (number, number)


def test_ids_that_a_browser_would_change_are_rejected(pipeline, tmp_path):
    ended = taken_in(pipeline, written(tmp_path / "ml", "9007199254740992,1,4.0,1600000000\n"))
    assert ended.code == 3
    assert "the user id is not a whole number from 0 to 2^53 - 1" in ended.complaint


def test_windows_1252_is_read_without_losing_a_film(pipeline, tmp_path):
    movies = "movieId,title,genres\n1,Amélie – le film (2001),Drama\n".encode("cp1252")
    cleaned(pipeline, written(tmp_path / "ml", "1,1,4.0,1600000000\n", movies))
    assert silver(pipeline, "movies")[0]["title"] == "Amélie – le film"


ODD = {
    # What is in the file, what is stored.
    "x" * 2700: "x" * 1000,
    "映" * 1000: "映" * 333,
    "The\0 Matrix": "The  Matrix",
    # Folding makes eleven times as many bytes of it.
    "\ufdfa" * 333: "\ufdfa" * 333,
}


def test_any_title_and_genre_is_served_and_whoever_has_seen_everything_is_known(finished, pipeline, tmp_path):
    """All the way: what `clean` promises suffices for the database and the API."""
    movies = tables.rows(finished.lake, "bronze/movies")
    ratings = [row for row in tables.rows(finished.lake, "bronze/ratings") if row["raw"] is None]
    everything = [ratings[0] | {"user_id": "999999", "movie_id": movie["movie_id"]} for movie in movies]
    for movie, title in zip(movies, ODD, strict=False):
        movie |= {"title": f"{title} (1999)", "genres": f"{'g' * 150}|Drama"}
    folder = tmp_path / "ml"
    folder.mkdir()
    for name, rows in {"movies": movies, "ratings": ratings + everything}.items():
        columns = [column for column in rows[0] if column not in ("raw", "source_line", "source_file")]
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([row[column] for column in columns] for row in rows if row["raw"] is None)
    pipeline.go(folder, "one", SMALL)
    stats = {row["name"]: row["value"] for row in silver(pipeline, "stats")}
    counted = {name: stats[f"adjusted.movies.{name}"] for name in ("titles_cut", "genres_cut", "control_characters")}
    assert counted == {"titles_cut": 2, "genres_cut": 4, "control_characters": 1}
    with serving(pipeline.database) as (address, _):
        found = [web.get(f"{address}/movies/{movie['movie_id']}")[1]["title"] for movie in movies[: len(ODD)]]
        assert found == list(ODD.values())
        genre = "g" * 100
        assert genre in [one["name"] for one in web.get(f"{address}/genres")[1]["results"]]
        status, answer = web.get(f"{address}/movies?genre={genre}")
        assert (status, len(answer["results"])) == (200, len(ODD))
        status, answer = web.get(f"{address}/reco/999999")
        assert (status, answer["results"]) == (200, [])
        status, answer = web.get(f"{address}/users/999999/ratings")
        assert (status, answer["total"]) == (200, len(silver(pipeline, "movies")))


SCALE = "".join(f"{n},{n % 40 + 1},{n % 11},1600000000\n" for n in range(200))
LOSSES = {
    "another scale": (
        SCALE,
        "because the rating is above the scale (5 stars, unless it is described): the file has another one; the first",
    ),
    "films that are missing": (
        "".join(f"{n},{n % 80 + 1},4.0,1600000000\n" for n in range(200)),
        "because the movie is not in the movies file; the first is line 42 of ratings.csv: `40,41,4.0,1600000000`",
    ),
    "words": (
        "1,1,4.0 stars,1600000000\n" * 3,
        "3 of them (100%) because the rating is not on the scale (0.5, 1, 1.5 to 5, unless it is described); the first",
    ),
}


@pytest.mark.parametrize(("ratings", "told"), LOSSES.values(), ids=LOSSES)
def test_a_great_loss_ends_the_run_and_commits_nothing(pipeline, tmp_path, ratings, told):
    ended = taken_in(pipeline, written(tmp_path / "ml", ratings), "--max-rejected", "1")
    assert ended.code == 3
    assert told in ended.complaint and told in ended.report["reason"]
    assert ended.report["outcome"] == "gate_closed" and ended.report["metrics"]
    assert tables.table(pipeline.lake, "silver/ratings").num_rows == 0


def test_a_loss_above_the_limit_passes_when_it_is_allowed(pipeline, tmp_path):
    ratings = "".join(f"{n},{n % 40 + 1},{'x' if n % 10 == 0 else 4.0},1600000000\n" for n in range(100))
    ended = taken_in(pipeline, written(tmp_path / "ml", ratings))
    assert ended.code == 3 and "10% of 100 ratings are rejected (--max-rejected allows 5%)" in ended.complaint
    pipeline.succeed("clean", "--max-rejected", "0.1", run_id="one")
    assert tables.table(pipeline.lake, "silver/ratings").num_rows == 90


def test_films_that_were_lost_are_the_cause_of_ratings_that_are(pipeline, tmp_path):
    movies = "movieId,title,genres\n1,Film (1990),Drama\n" + "".join(
        f'{n}, "A, B {n} (1990)", Drama\n' for n in range(2, 41)
    )
    ended = taken_in(
        pipeline, written(tmp_path / "ml", "".join(f"1,{n},4.0,160000{n:04}\n" for n in range(1, 41)), movies)
    )
    assert ended.code == 3
    assert "the movies file has lost rows, too (39), because the line has other fields" in ended.complaint


def test_a_row_that_repeats_a_million_times_takes_no_memory(pipeline, tmp_path):
    path = tmp_path / "ml.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ratings.csv", HEADER + "1,1,4.0,1600000000\n" * 1_000_000 + "1,1,5.0,1600000001\n")
        archive.writestr("movies.csv", MOVIES)
    assert path.stat().st_size < 100_000
    for task, more in (("ingest", {"SOURCE": path}), ("clean", {})):
        code, _, memory = measured(task, tmp_path / "log", LAKE_URI=pipeline.lake, RUN_ID="one", **more)
        assert (code, memory < 300 << 20) == (0, True), (task, memory)
    assert [row["rating"] for row in silver(pipeline, "ratings")] == [5.0]
    assert tables.table(pipeline.lake, "silver/rejected").num_rows == 1_000_000
