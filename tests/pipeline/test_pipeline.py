"""What a finished pipeline has made, from the lake's first table to an answer over HTTP."""

import signal
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from harness import tables
from harness.finished import RUN
from harness.places import STEPS
from harness.service import serving
from harness.web import get

REASONS = {
    "bronze/ratings": {
        "malformed_line",
        "bad_user_id",
        "bad_movie_id",
        "bad_rating",
        "above_scale",
        "bad_timestamp",
        "unknown_movie",
        "superseded",
    },
    "bronze/movies": {"malformed_line", "bad_movie_id", "missing_title"},
    "bronze/feedback": {"unknown_movie", "superseded", "retracted"},
}
REPORT = {"task": str, "run_id": str, "outcome": str, "seconds": float, "tables": list, "metrics": dict}


@pytest.fixture(scope="module")
def rated(finished):
    """The movies each user has rated."""
    found = defaultdict(set)
    for row in tables.rows(finished.lake, "silver/ratings"):
        found[row["user_id"]].add(row["movie_id"])
    return found


@pytest.fixture(scope="module")
def recommended(finished):
    """The list of each user, in the order of its ranks."""
    found = defaultdict(list)
    for row in sorted(
        tables.rows(finished.lake, "gold/recommendations"), key=lambda row: (row["user_id"], row["rank"])
    ):
        found[row["user_id"]].append(row)
    return found


@pytest.mark.parametrize("step", STEPS)
def test_the_last_line_is_the_documented_report(finished, step):
    report = finished.ended[step].report
    assert {name: type(value) for name, value in report.items()} == REPORT
    assert (report["task"], report["run_id"], report["outcome"]) == (step, RUN, "done")
    assert [table["name"] for table in report["tables"]] == list(tables.WRITTEN_BY[step])
    for table in report["tables"]:
        assert set(table) == {"name", "version", "rows"}
        rows = tables.table(finished.lake, table["name"], table["version"]).num_rows
        # The ids of the sample are numbers, so it has no keys.
        assert table["rows"] == rows and (rows > 0) == (table["name"] != "silver/keys")
    assert all(isinstance(value, float) for value in report["metrics"].values())
    assert report["metrics"]["peak_memory_bytes"] > 1e6


@pytest.mark.parametrize(
    ("silver", "bronze"),
    [
        ("silver/ratings", {"bronze/ratings": "source_line", "bronze/feedback": "feedback_id"}),
        ("silver/movies", {"bronze/movies": "source_line"}),
    ],
)
def test_every_bronze_row_is_in_silver_or_rejected_with_a_reason(finished, silver, bronze):
    total = tables.table(finished.lake, silver).num_rows
    for name, line in bronze.items():
        rejected = [row["source_line"] for row in tables.rows(finished.lake, "silver/rejected") if row["table"] == name]
        lines = [row[line] for row in tables.rows(finished.lake, name)]
        assert len(set(lines)) == len(lines) and set(rejected) <= set(lines)
        assert len(set(rejected)) == len(rejected)
        total += len(rejected) - len(lines)
    assert total == 0


@pytest.mark.parametrize("name", REASONS)
def test_the_sample_shows_every_reason(finished, name):
    rejected = [row for row in tables.rows(finished.lake, "silver/rejected") if row["table"] == name]
    counts = Counter(row["reason"] for row in rejected)
    assert set(counts) == REASONS[name]
    metrics = finished.ended["clean"].report["metrics"]
    prefix = f"rejected.{name.removeprefix('bronze/')}."
    assert {key.removeprefix(prefix): value for key, value in metrics.items() if key.startswith(prefix)} == counts


def test_silver_has_one_valid_row_per_user_and_movie(finished):
    rows = tables.rows(finished.lake, "silver/ratings")
    known = {row["movie_id"] for row in tables.rows(finished.lake, "silver/movies")}
    assert len({(row["user_id"], row["movie_id"]) for row in rows}) == len(rows)
    assert {row["movie_id"] for row in rows} <= known
    assert {row["rating"] * 2 for row in rows} <= set(range(1, 11))


def test_nobody_is_recommended_what_they_rated(rated, recommended):
    assert set(recommended) == set(rated)
    for user, rows in recommended.items():
        assert not {row["movie_id"] for row in rows} & rated[user], f"user {user}"


def test_ranks_have_no_gaps_and_scores_descend(recommended):
    for rows in recommended.values():
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert len({row["movie_id"] for row in rows}) == len(rows) == 30
        assert all(better["score"] >= worse["score"] for better, worse in pairwise(rows))


def test_what_is_published_is_what_the_lake_says(finished, recommended):
    titles = {row["movie_id"]: row["title"] for row in tables.rows(finished.lake, "silver/movies")}
    expected = {
        (user, row["movie_id"], titles[row["movie_id"]], row["score"])
        for user, rows in recommended.items()
        for row in rows
    }
    published = finished.database.query("SELECT user_id, movie_id, title, score::float8 FROM als_recos")
    assert len(published) == len(expected)
    assert set(published) == expected


def test_als_recos_has_exactly_its_four_columns(finished):
    columns = finished.database.query(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = 'als_recos' ORDER BY ordinal_position"
    )
    assert columns == [("user_id",), ("movie_id",), ("title",), ("score",)]


def test_the_model_beats_the_popularity_baseline(finished):
    metrics = finished.ended["evaluate"].report["metrics"]
    assert metrics["ndcg@10"] > metrics["baseline.ndcg@10"] > 0
    assert metrics["gate_open"] == 1


def test_the_api_serves_ten_unseen_titles_best_first_and_stops_when_told(finished, rated, recommended):
    user = min(recommended)
    titles = {row["movie_id"]: row["title"] for row in tables.rows(finished.lake, "silver/movies")}
    with serving(finished.database) as (address, process):
        assert get(f"{address}/health")[0] == 200
        status, answer = get(f"{address}/reco/{user}?n=10")
        assert status == 200
        results = answer["results"]
        assert [result["movie_id"] for result in results] == [row["movie_id"] for row in recommended[user][:10]]
        assert [result["title"] for result in results] == [titles[result["movie_id"]] for result in results]
        assert not {result["movie_id"] for result in results} & rated[user]
        assert get(f"{address}/reco/999999999")[0] == 404
        for n in (0, 101):
            status, problem = get(f"{address}/reco/{user}?n={n}")
            assert status == 400 and "n" in problem["detail"] and len(problem) == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
