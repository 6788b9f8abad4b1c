"""What the tests share: databases of their own, lakes of their own, and one finished pipeline to look at.

The real binaries run (CINELAKE_BIN, else target/release) against a real PostgreSQL (TEST_DATABASE_URL).
"""

from dataclasses import dataclass

import pytest
from database import Database, execute, server_url
from programs import SMALL, Ended, Pipeline

# Small enough for seconds, large enough to beat the popularity baseline.
SOURCE = "sample:20k"
RUN = "scheduled__2026-01-01T03:30:00+00:00"
# In that sample user 1 has rated the movies 9 and 11, and neither 1 nor 2; the last user and movie are not in it.
NEWCOMER, NO_MOVIE = 900_001, 99_999_999
FEEDBACK = [
    *[(1, 9, 0.5), (1, 11, None), (1, 1, 5.0), (1, 2, 3.0), (1, 2, None), (1, NO_MOVIE, 4.0)],
    *[(NEWCOMER, 1, 4.5), (NEWCOMER, 2, 5.0), (NEWCOMER, 9, 2.0), (NEWCOMER, 9, 4.0)],
]


@dataclass(frozen=True)
class Finished:
    """A pipeline that went from its source to the database, undisturbed."""

    pipeline: Pipeline
    ended: dict[str, Ended]

    @property
    def lake(self):
        return self.pipeline.lake

    @property
    def database(self):
        return self.pipeline.database


@pytest.fixture(scope="session")
def databases():
    """Makes databases, empty or as a copy of another; all are dropped at the end."""
    made = []

    def make(template=None):
        made.append(Database.create(template))
        return made[-1]

    yield make
    left = {name for (name,) in execute(server_url(), "SELECT datname FROM pg_database")}
    for database in made:
        if database.name in left:
            database.drop()


@pytest.fixture(scope="session")
def migrated(databases):
    """A database with the schema and nothing else, to be copied."""
    database = databases()
    Pipeline(None, database).succeed("publish", "migrate")
    return database


@pytest.fixture
def database(databases, migrated):
    """A migrated database for one test."""
    made = databases(migrated)
    yield made
    made.drop()


@pytest.fixture
def pipeline(tmp_path, database):
    """An empty lake and a migrated database for one test."""
    return Pipeline(tmp_path / "lake", database)


@pytest.fixture(scope="session")
def finished(tmp_path_factory, databases, migrated):
    """A finished pipeline, with feedback, that every test may read and none may change."""
    pipeline = Pipeline(tmp_path_factory.mktemp("finished") / "lake", databases(migrated))
    pipeline.database.record(*FEEDBACK)
    return Finished(pipeline, pipeline.go(SOURCE, RUN, SMALL))


@pytest.fixture
def continued(finished, tmp_path, databases):
    """A copy of the finished pipeline, lake and database, that a test may go on with."""
    made = databases(finished.database)
    yield finished.pipeline.copy(tmp_path / "lake", made)
    made.drop()
