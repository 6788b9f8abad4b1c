"""Every table opens in the readers people use: Delta's own for Python, Polars, DuckDB."""

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable

from harness import tables

SOURCE_COLUMNS = {"raw": pl.String, "source_line": pl.Int64, "source_file": pl.String}
USER_FACTORS = {"user_id": pl.Int64, "factor": pl.List(pl.Float32), "bias": pl.Float32}
MOVIE_FACTORS = {"movie_id": pl.Int64, "factor": pl.List(pl.Float32), "bias": pl.Float32}
MOMENT = pl.Datetime("us", "UTC")


def texts(*names):
    return dict.fromkeys(names, pl.String)


# The contract of each table: its columns, in order, with their types.
CONTRACTS = {
    "bronze/ratings": texts("user_id", "movie_id", "rating", "timestamp") | SOURCE_COLUMNS,
    "bronze/source": texts("description"),
    "bronze/movies": texts("movie_id", "title", "genres") | SOURCE_COLUMNS | texts("year"),
    "bronze/tags": texts("user_id", "movie_id", "tag", "timestamp") | SOURCE_COLUMNS,
    "bronze/links": texts("movie_id", "imdb_id", "tmdb_id") | SOURCE_COLUMNS,
    "bronze/feedback": {
        "feedback_id": pl.Int64,
        "user_id": pl.Int64,
        "movie_id": pl.Int64,
        "rating": pl.Float32,
        "rated_at": MOMENT,
    },
    "silver/ratings": {"user_id": pl.Int64, "movie_id": pl.Int64, "rating": pl.Float32, "rated_at": MOMENT},
    "silver/movies": {
        "movie_id": pl.Int64,
        "title": pl.String,
        "year": pl.Int32,
        "genres": pl.List(pl.String),
        "imdb_id": pl.String,
        "tmdb_id": pl.Int64,
        "key": pl.String,
    },
    "silver/users": {"user_id": pl.Int64, "key": pl.String},
    "silver/keys": texts("kind", "key") | {"id": pl.Int64},
    "silver/rejected": texts("table", "source_file") | {"source_line": pl.Int64} | texts("raw", "reason"),
    "silver/stats": {"name": pl.String, "value": pl.Float64, "run_id": pl.String},
    "gold/user_factors": USER_FACTORS,
    "gold/movie_factors": MOVIE_FACTORS,
    "gold/served_user_factors": USER_FACTORS,
    "gold/served_movie_factors": MOVIE_FACTORS,
    "gold/models": {
        "model_id": pl.String,
        "objective": pl.String,
        "rank": pl.Int32,
        "iterations": pl.Int32,
        "regularization": pl.Float64,
        "regularization_exponent": pl.Float64,
        "unobserved_weight": pl.Float64,
        "confidence_alpha": pl.Float64,
        "biases": pl.Boolean,
        "min_rating": pl.Float64,
        "holdout": pl.Float64,
        "seed": pl.Int64,
        "global_mean": pl.Float64,
        "ratings_version": pl.Int64,
        "training_ratings": pl.Int64,
        "training_seconds": pl.Float64,
        "final_loss": pl.Float64,
        "solver": pl.String,
        "cg_steps": pl.Int32,
        "half_life_days": pl.Float64,
        "tuned_trials": pl.Int32,
        "validation_metric": pl.String,
        "validation_value": pl.Float64,
        "card": pl.String,
    },
    "gold/evaluations": {
        "model_id": pl.String,
        "baseline": pl.Boolean,
        "metric": pl.String,
        "k": pl.Int32,
        "value": pl.Float64,
    },
    "gold/recommendations": {"user_id": pl.Int64, "rank": pl.Int32, "movie_id": pl.Int64, "score": pl.Float32},
    "gold/similar_movies": {
        "movie_id": pl.Int64,
        "rank": pl.Int32,
        "similar_movie_id": pl.Int64,
        "score": pl.Float32,
    },
    "gold/popular_movies": {"genre": pl.String, "rank": pl.Int32, "movie_id": pl.Int64, "score": pl.Float32},
    "gold/published": {"model_id": pl.String, "version": pl.Int64, "published_at": MOMENT},
}


@pytest.fixture(scope="module")
def written(finished):
    """The rows of each table as the tasks reported them."""
    return {table["name"]: table["rows"] for ended in finished.ended.values() for table in ended.report["tables"]}


def test_every_table_has_a_contract_here(finished):
    logs = finished.lake.glob("*/*/_delta_log")
    assert {str(log.parent.relative_to(finished.lake)) for log in logs} == set(CONTRACTS) == set(tables.TABLES)


@pytest.mark.parametrize("name", CONTRACTS)
def test_deltalake_reads_it(finished, written, name):
    table = DeltaTable(str(finished.lake / name))
    fields = pa.schema(table.schema().to_arrow())
    assert [field.name for field in fields] == list(CONTRACTS[name])
    assert table.to_pyarrow_table().num_rows == written[name]
    # Plain tables, which the oldest reader can read.
    assert table.protocol().min_reader_version == 1 and not table.protocol().reader_features
    assert table.metadata().partition_columns == []


@pytest.mark.parametrize("name", CONTRACTS)
def test_polars_reads_it(finished, written, name):
    path = str(finished.lake / name)
    frame = pl.read_delta(path)
    assert dict(frame.schema) == CONTRACTS[name]
    assert list(frame.columns) == list(CONTRACTS[name])
    assert frame.height == written[name] == pl.scan_delta(path).select(pl.len()).collect().item()


@pytest.mark.parametrize("name", CONTRACTS)
def test_duckdb_reads_it(finished, written, name):
    # DuckDB's own `delta_scan` is an extension that it downloads; tests need no network, so it scans the data set
    # that Delta's reader for Python gives it.
    dataset = DeltaTable(str(finished.lake / name)).to_pyarrow_dataset()
    with duckdb.connect() as connection:
        connection.register("lake", dataset)
        described = connection.execute("SELECT * FROM lake LIMIT 0").description
        assert [column[0] for column in described] == list(CONTRACTS[name])
        assert connection.execute("SELECT count(*) FROM lake").fetchone() == (written[name],)


def test_every_commit_says_who_made_it(finished):
    for step, names in tables.WRITTEN_BY.items():
        for name in names:
            newest = DeltaTable(str(finished.lake / name)).history(1)[0]
            assert (newest["run_id"], newest["task"]) == (finished.ended[step].report["run_id"], step)
            assert newest["revision"]


def test_a_query_over_two_tables_gives_what_was_recommended(finished):
    recommendations, movies = (
        DeltaTable(str(finished.lake / name)).to_pyarrow_dataset() for name in ("gold/recommendations", "silver/movies")
    )
    with duckdb.connect() as connection:
        connection.register("recommendations", recommendations)
        connection.register("movies", movies)
        joined = connection.execute("SELECT count(title) FROM recommendations JOIN movies USING (movie_id)").fetchone()
    assert joined == (recommendations.count_rows(),)
