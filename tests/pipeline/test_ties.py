"""Equal times and equal scores decide nothing: neither may go by the ids of the films."""

import random

import pyarrow
import pytest
from pyarrow import parquet

from harness.finished import SOURCE
from harness.programs import GATE_CLOSED, SMALL, Pipeline

NDCG = "ndcg@10"


def figures(lake, source, flags, before_evaluate=lambda: None):
    """How `evaluate` ends, and its figures."""
    pipeline = Pipeline(lake)
    pipeline.go(source, "one", {"train": flags}, ["ingest", "clean", "train"])
    before_evaluate()
    ended = pipeline.run("evaluate", run_id="one")
    return ended.code, ended.report["metrics"]


def test_a_scorer_that_finds_all_films_equal_earns_what_chance_earns_and_never_passes_the_gate(tmp_path):
    def forget():
        for part in (tmp_path / "gold/user_factors").glob("*.parquet"):
            rows = parquet.read_table(part)
            zeros = pyarrow.array([[0.0] * 8] * rows.num_rows, rows.schema.field("factor").type)
            parquet.write_table(rows.set_column(rows.column_names.index("factor"), "factor", zeros), part)

    code, metrics = figures(tmp_path, SOURCE, SMALL["train"], forget)
    assert code == GATE_CLOSED
    assert metrics[NDCG] < metrics[f"baseline.{NDCG}"] / 2


def test_films_with_mirrored_ids_earn_the_same(tmp_path):
    """Each user rates all films in one second. The lower its id, the more users have rated a film; or the higher."""
    chance = random.Random(1)
    pairs = [(user, movie) for user in range(1, 301) for movie in range(1, 41) if chance.random() < 3 / (movie + 4)]
    found = []
    for name, numbers in (("plain", range(1, 41)), ("mirrored", range(40, 0, -1))):
        source = tmp_path / f"{name}-source"
        source.mkdir()
        rows = [f"{user},{numbers[movie - 1]},5,{1_600_000_000 + user}" for user, movie in pairs]
        (source / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *rows, ""]))
        titles = [f"{movie},Film {movie},Drama" for movie in range(1, 41)]
        (source / "movies.csv").write_text("\n".join(["movieId,title,genres", *titles, ""]))
        found.append(figures(tmp_path / name, source, SMALL["train"]))
    (_, plain), (_, mirrored) = found
    for name in (NDCG, f"baseline.{NDCG}"):
        assert plain[name] == pytest.approx(mirrored[name], abs=0.05)
