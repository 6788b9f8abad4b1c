"""A lake that an earlier Cinelake wrote, whose tables lack the newest columns."""

import shutil

import polars as pl
from deltalake import write_deltalake

from harness import tables
from harness.finished import FEEDBACK, NEWCOMER, SOURCE
from harness.places import STEPS
from harness.programs import SMALL, Pipeline

MODELS = "gold/models"
# The last column that `gold/models` had in its first form.
LAST = "final_loss"


def test_models_of_an_earlier_version_stay_and_newer_ones_join_them(continued):
    models = tables.table(continued.lake, MODELS)
    newest = models.column_names[models.column_names.index(LAST) + 1 :]
    assert newest
    folder = continued.lake / MODELS
    shutil.rmtree(folder)
    write_deltalake(str(folder), models.drop_columns(newest))

    continued.go(SOURCE, "newer", SMALL)
    # of an earlier form, too: the run before was found and compared with, and outside readers see nulls
    frame = pl.read_delta(str(folder))
    assert frame.columns == models.column_names
    by_run = {row["model_id"]: row for row in frame.to_dicts()}
    assert by_run.pop("newer")["solver"] == "cholesky"
    (old,) = by_run.values()
    assert all(old[name] is None for name in newest)
    assert old["rank"] == 8


def test_a_run_that_an_earlier_version_began_is_cleaned_without_feedback(continued):
    """Its bronze tables are as they were before there was a `bronze/feedback` or a `bronze/source`."""
    plain = Pipeline(continued.lake)
    plain.succeed("ingest", "--source", SOURCE, run_id="older")
    for name in ("bronze/feedback", "bronze/source"):
        shutil.rmtree(continued.lake / name)
    cleaned = plain.succeed("clean", run_id="older")
    assert not [name for name in cleaned.report["metrics"] if "feedback" in name]
    assert NEWCOMER not in {row["user_id"] for row in tables.rows(continued.lake, "silver/ratings")}
    # The next run takes in all that there ever was.
    continued.go(SOURCE, "newer", steps=STEPS[:2])
    assert len(tables.rows(continued.lake, "bronze/feedback")) == len(FEEDBACK)
    assert NEWCOMER in {row["user_id"] for row in tables.rows(continued.lake, "silver/ratings")}
