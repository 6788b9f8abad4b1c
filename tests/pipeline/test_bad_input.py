"""Bad input, each kind: one line that names the thing and the remedy, the documented exit code, nothing changed."""

import io
import zipfile

import pytest

from harness import tables
from harness.database import Database
from harness.finished import RUN
from harness.places import STEPS
from harness.programs import Pipeline

RATINGS = "userId,movieId,rating,timestamp\n1,1,4.0,1100000000\n1,2,3.5,1100000100\n2,1,5.0,1100000200\n"
MOVIES = 'movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,"Amélie (2001)",Romance\n'
NOWHERE = "http://127.0.0.1:9/x.zip"


@pytest.fixture(scope="module")
def standing(finished, tmp_path_factory, databases):
    """A copy of the finished pipeline that none of the failures below may change."""
    return finished.copy(tmp_path_factory.mktemp("standing") / "lake", databases)


@pytest.fixture
def unchanged(standing):
    """The standing pipeline; afterwards its tables and what is live must be what they were."""
    versions, live = tables.versions(standing.lake), standing.database.live()
    yield standing
    assert tables.versions(standing.lake) == versions
    assert standing.database.live() == live


@pytest.fixture
def data_set(tmp_path):
    """Writes a data set as a folder."""

    def write(ratings=RATINGS, movies=MOVIES):
        folder = tmp_path / "ml"
        folder.mkdir()
        for name, text in {"ratings.csv": ratings, "movies.csv": movies}.items():
            if text is not None:
                (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write


def refuses(ended, code, *parts):
    """The program ended with the code and one error line with these parts."""
    assert ended.code == code, ended.output + ended.errors
    missing = [part for part in parts if part not in ended.complaint]
    assert missing == [], f"{missing} not in: {ended.complaint}"


def zipped(content):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in content.items():
            file.writestr(f"ml/{name}", text)
    return archive.getvalue()


def test_a_missing_file(unchanged):
    ended = unchanged.run("ingest", "--source", "/no/such.zip", run_id="bad")
    refuses(ended, 2, "--source", "/no/such.zip", "check the path")


@pytest.mark.parametrize("source", ["ml-20x", "http://exa mple/x.zip"])
def test_a_source_that_is_none(unchanged, source):
    refuses(unchanged.run("ingest", "--source", source, run_id="bad"), 2, "--source", source, "give")


def test_an_unreachable_address_is_given_up_soon(unchanged):
    ended = unchanged.run("ingest", "--source", NOWHERE, run_id="bad")
    refuses(ended, 1, NOWHERE, "check the network", "sample")
    assert ended.seconds < 20


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_zip(unchanged, tmp_path, share):
    whole = zipped({"ratings.csv": RATINGS + "3,2,4.0,1100000000\n" * 5000, "movies.csv": MOVIES})
    path = tmp_path / "ml.zip"
    path.write_bytes(whole[: int(len(whole) * share)])
    refuses(unchanged.run("ingest", "--source", path, run_id="bad"), 2, str(path), "truncated", "download it again")


def test_a_zip_with_damaged_content(unchanged, tmp_path):
    whole = bytearray(
        zipped({"ratings.csv": RATINGS + "".join(f"3,{n},4.0,1\n" for n in range(5000)), "movies.csv": MOVIES})
    )
    whole[len(whole) // 2] ^= 0xFF
    path = tmp_path / "ml.zip"
    path.write_bytes(whole)
    refuses(unchanged.run("ingest", "--source", path, run_id="bad"), 2, str(path), "damaged", "download it again")


def test_a_missing_table_of_the_data_set(unchanged, data_set):
    folder = data_set(movies=None)
    refuses(unchanged.run("ingest", "--source", folder, run_id="bad"), 2, str(folder), "movies", "ratings and movies")


def test_a_missing_column(unchanged, data_set):
    folder = data_set(ratings="userId,movieId,timestamp\n1,1,1100000000\n")
    ended = unchanged.run("ingest", "--source", folder, run_id="bad")
    refuses(ended, 2, "`rating`", "ratings.csv", "expected the header")


NOTHING = {"empty": "", "header": "userId,movieId,rating,timestamp\n", "binary": b"\xff\xfe\x00\n" * 3}


@pytest.mark.parametrize("ratings", NOTHING.values(), ids=NOTHING)
def test_a_file_with_no_valid_line(unchanged, data_set, ratings):
    refuses(unchanged.run("ingest", "--source", data_set(ratings), run_id="bad"), 2, "ratings.csv")


def test_a_file_whose_rows_are_all_wrong(pipeline, data_set):
    folder = data_set("userId,movieId,rating,timestamp\n1,1,9,1100000000\n")
    pipeline.succeed("ingest", "--source", folder, run_id="bad")
    refuses(pipeline.run("clean", run_id="bad"), 3, "100% of 1 ratings are rejected", "above the scale", "line 2")
    assert tables.table(pipeline.lake, "silver/ratings").num_rows == 0


def test_a_line_that_is_no_rating_is_quarantined_alone(pipeline, data_set):
    folder = data_set(RATINGS.encode() + b"1,\xff\xfe,4.0,1100000000\n2,2,4.0,1100000000\n")
    pipeline.succeed("ingest", "--source", folder, run_id="odd")
    pipeline.succeed("clean", "--max-rejected", "0.2", run_id="odd")
    rejected = tables.rows(pipeline.lake, "silver/rejected")
    assert [(row["source_line"], row["reason"]) for row in rejected] == [(5, "bad_movie_id")]
    assert tables.table(pipeline.lake, "silver/ratings").num_rows == 4


def test_quotes_and_newlines_in_a_field_survive(pipeline, data_set):
    title = 'Say "Hi",\nAmélie\'s, (un) film (1999)'
    quoted = title.replace('"', '""')
    pipeline.succeed("ingest", "--source", data_set(movies=f'{MOVIES}3,"{quoted}",Drama\n'), run_id="odd")
    pipeline.succeed("clean", run_id="odd")
    assert tables.rows(pipeline.lake, "bronze/movies")[-1]["title"] == title
    movies = {row["movie_id"]: row for row in tables.rows(pipeline.lake, "silver/movies")}
    # What is clean has no control characters: a line end is a space.
    assert (movies[3]["title"], movies[3]["year"]) == (title.removesuffix(" (1999)").replace("\n", " "), 1999)


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_lake_without_the_wanted_run(unchanged, step):
    refuses(
        unchanged.run(step, run_id="nobody"), 1, '"nobody"', "run the task that writes it", "with this run id first"
    )


@pytest.mark.parametrize("step", STEPS[1:])
def test_an_empty_lake(tmp_path, standing, step):
    empty = Pipeline(tmp_path / "empty", standing.database)
    for run_id in ("bad", "latest"):
        refuses(empty.run(step, run_id=run_id), 1, str(empty.lake), "run the task that writes it first", "--lake")
    assert not empty.lake.exists()


def test_a_lake_that_is_no_folder(tmp_path):
    (tmp_path / "lake").touch()
    for place in (tmp_path / "lake", "gopher://bucket/lake"):
        refuses(Pipeline(place).run("clean", run_id="bad"), 1, str(place), "--lake")


@pytest.mark.parametrize("name", ["a%20b", "a\\b"])
def test_a_lake_whose_path_would_be_read_as_another(tmp_path, name):
    place = tmp_path / name
    refuses(Pipeline(place).run("ingest", "--source", "sample:500", run_id="bad"), 1, str(place), "--lake")
    assert not place.exists()


USAGE = [
    ("train", ["--rank", "0"], "--rank"),
    ("train", ["--rank", "many"], "--rank"),
    ("train", ["--holdout", "1"], "--holdout"),
    ("train", ["--regularization=-1"], "--regularization"),
    ("train", ["--objective", "best"], "--objective"),
    ("evaluate", ["--max-regression", "2"], "--max-regression"),
    ("recommend", ["--top-n", "0"], "--top-n"),
    ("publish", ["--keep=-1"], "--keep"),
    ("clean", ["--threads", "0"], "--threads"),
    ("clean", ["--run-id", ""], "--run-id"),
    *[(step, ["--colour", "red"], "--colour") for step in STEPS],
]


@pytest.mark.parametrize(("step", "flags", "named"), USAGE)
def test_wrong_flags(unchanged, step, flags, named):
    ended = unchanged.run(step, *flags, run_id="bad")
    assert ended.code == 2
    assert ended.output == ""
    complaints = [line for line in ended.errors.splitlines() if line.startswith("error:")]
    assert len(complaints) == 1 and named in complaints[0], ended.errors


@pytest.mark.parametrize("step", STEPS)
def test_a_missing_run_id(unchanged, step):
    refuses(unchanged.run(step), 2, "--run-id is missing", "RUN_ID")


@pytest.mark.parametrize("source", ["nothing-known", "sample:many", "sample:1"])
def test_a_source_of_no_known_form(unchanged, source):
    refuses(unchanged.run("ingest", "--source", source, run_id="bad"), 2, "--source", source.removeprefix("sample:"))


def test_a_database_that_is_down(unchanged):
    url = "postgres://u:hunter2@127.0.0.1:9/cinelake"
    ended = unchanged.run("publish", "--database-url", url, run_id=RUN)
    refuses(ended, 1, "127.0.0.1:9/cinelake", "is it running?", "DATABASE_URL")
    assert "hunter2" not in ended.output + ended.errors


def test_a_database_that_does_not_exist_or_is_not_named(unchanged):
    ended = unchanged.run("publish", "--database-url", Database("nowhere").url, run_id=RUN)
    refuses(ended, 1, "nowhere", "does not exist", "DATABASE_URL")
    unnamed = Pipeline(unchanged.lake).run("publish", run_id=RUN)
    refuses(unnamed, 2, "--database-url is missing", "DATABASE_URL")


def test_a_database_without_the_schema(unchanged, databases):
    refuses(Pipeline(unchanged.lake, databases()).run("publish", run_id=RUN), 1, "no cinelake schema", "admin migrate")


@pytest.mark.parametrize(("shift", "remedy"), [(-1000, "admin migrate"), (1000, "use a newer release")])
def test_a_database_of_another_schema(unchanged, databases, migrated, shift, remedy):
    other = databases(migrated)
    other.query(f"UPDATE _sqlx_migrations SET version = version + {shift}")
    ((newest,),) = other.query("SELECT max(version) FROM _sqlx_migrations")
    ended = Pipeline(unchanged.lake, other).run("publish", run_id=RUN)
    refuses(ended, 1, f"at migration {newest}", remedy)
