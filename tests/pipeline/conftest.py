"""What the tests share: databases of their own, lakes of their own, and one finished pipeline to look at.

The real binaries run (CINELAKE_BIN, else target/release) against a real PostgreSQL (TEST_DATABASE_URL). The tests may
run in several processes at once (`-n 2 --dist loadfile`), which share what takes long to make.
"""

from dataclasses import replace

import pytest

from harness.database import Database, drop_all
from harness.finished import Finished
from harness.once import once, shared_folder
from harness.programs import Pipeline, end_all


def pytest_sessionfinish(session):
    """Drops what the tests have left, once the last of their processes has ended."""
    if not hasattr(session.config, "workerinput"):
        drop_all()


@pytest.fixture(autouse=True)
def no_task_outlives_its_test():
    yield
    end_all()


@pytest.fixture(scope="session")
def databases():
    """Makes databases, empty or as a copy of another; what is left is dropped at the end."""
    return Database.create


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """Has something made once for all processes: the function gets a folder."""
    folder = shared_folder(tmp_path_factory)

    def make(name, function):
        return once(folder, name, lambda: function(folder / name))

    return make


@pytest.fixture(scope="session")
def migrated(databases, shared):
    """A database with the schema and nothing else, to be copied."""

    def make(_):
        database = databases()
        Pipeline(None, database).succeed("admin", "migrate")
        return database

    return shared("migrated", make)


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
def finished(databases, shared, migrated):
    """A finished pipeline, with feedback, that every test may read and none may change."""
    made = shared("finished", lambda folder: Finished.make(folder, databases(migrated)))
    return replace(made, pipeline=Pipeline(made.lake, databases(made.original)))


@pytest.fixture
def continued(finished, tmp_path, databases):
    """A copy of the finished pipeline, lake and database, that a test may go on with."""
    made = finished.copy(tmp_path / "lake", databases)
    yield made
    made.database.drop()
