"""A lake that an earlier Cinelake wrote, whose tables lack the newest columns."""

import shutil

import polars as pl
import tables
from conftest import SOURCE
from deltalake import write_deltalake
from programs import SMALL

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
