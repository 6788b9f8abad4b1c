"""The tables of the lake, read with the Delta reader for Python: names, grain, contents."""

import json
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable

BRONZE = ("bronze/source", "bronze/movies", "bronze/tags", "bronze/links", "bronze/feedback", "bronze/ratings")
SILVER = ("silver/keys", "silver/movies", "silver/users", "silver/rejected", "silver/ratings", "silver/stats")
# In the order in which the tasks commit them.
WRITTEN_BY = {
    "ingest": BRONZE,
    "clean": SILVER,
    "train": ("gold/user_factors", "gold/movie_factors", "gold/models"),
    "evaluate": ("gold/evaluations",),
    "recommend": (
        "gold/served_user_factors",
        "gold/served_movie_factors",
        "gold/popular_movies",
        "gold/similar_movies",
        "gold/recommendations",
    ),
    "publish": ("gold/published",),
}
TABLES = [table for tables in WRITTEN_BY.values() for table in tables]

# A model's card as JSON, which says what the columns beside it say.
CARD = "card"
# What no two runs have in common.
MOMENTS = {"gold/models": ["training_seconds"], "gold/published": ["published_at"]}


def address(lake, name):
    """Where a table lies, for a lake in a folder or in an object store."""
    return f"{lake}/{name}" if "://" in str(lake) else str(Path(lake) / name)


def table(lake, name, version=None):
    """A table as Arrow."""
    return DeltaTable(address(lake, name), version=version).to_pyarrow_table()


def rows(lake, name, version=None):
    """A table as a list of dictionaries."""
    return table(lake, name, version).to_pylist()


def keys(lake):
    """By kind and number, the id that is a text; nothing where no ids are."""
    found = rows(lake, "silver/keys") if exists(lake, "silver/keys") else []
    return {(row["kind"], row["id"]): row["key"] for row in found}


def exists(lake, name):
    return DeltaTable.is_deltatable(address(lake, name))


def versions(lake):
    """The newest version of every table there is."""
    return {name: DeltaTable(address(lake, name)).version() for name in TABLES if exists(lake, name)}


def commits(lake, run_id):
    """How many commits a run made to each table there is."""
    histories = {name: DeltaTable(address(lake, name)).history() for name in TABLES if exists(lake, name)}
    return {name: sum(commit.get("run_id") == run_id for commit in history) for name, history in histories.items()}


def content(lake, name, version=None):
    """The rows in one order, without what tells one run from another; floats stay exact.

    The plain columns of every table name its rows, so its lists need not take part in the order.
    """
    data = table(lake, name, version)
    if CARD in data.column_names:
        cards = pa.array([_without_moments(card, MOMENTS[name]) for card in data[CARD].to_pylist()], pa.string())
        data = data.set_column(data.column_names.index(CARD), CARD, cards)
    data = data.drop_columns([column for column in MOMENTS.get(name, []) if column in data.column_names])
    keys = [field.name for field in data.schema if not pa.types.is_nested(field.type)]
    return data.sort_by([(key, "ascending") for key in keys]).combine_chunks()


def _without_moments(card, moments):
    fields = json.loads(card) if card else {}
    return json.dumps({name: value for name, value in fields.items() if name not in moments})


def contents(lake, names=TABLES):
    """The content of every table there is."""
    return {name: content(lake, name) for name in names if exists(lake, name)}


def differences(found, expected):
    """The names of the tables that differ."""
    names = set(found) | set(expected)
    return sorted(name for name in names if name not in found or not found[name].equals(expected.get(name)))


def files(lake, name, log):
    """The data files of a table, or the entries of its log."""
    folder = Path(lake) / name / ("_delta_log" if log else "")
    suffix = ".json" if log else ".parquet"
    try:
        return {path.name for path in folder.iterdir() if path.name.endswith(suffix) and path.name[0] not in "_."}
    except FileNotFoundError:
        return set()
