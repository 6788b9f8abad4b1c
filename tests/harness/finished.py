"""One pipeline that went from its source to the database undisturbed, for tests to look at or to go on with."""

from dataclasses import dataclass

from .database import Database
from .programs import SMALL, Ended, Pipeline

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
    """A pipeline that every test may read and none may change.

    `original` is the database as it was at the end; nobody connects to it, so that it can be copied at any time.
    """

    pipeline: Pipeline
    ended: dict[str, Ended]
    original: Database

    @classmethod
    def make(cls, folder, database):
        """Goes through all the steps, with feedback in the database."""
        pipeline = Pipeline(folder / "lake", database)
        database.record(*FEEDBACK)
        return cls(pipeline, pipeline.go(SOURCE, RUN, SMALL), database)

    @property
    def lake(self):
        return self.pipeline.lake

    @property
    def database(self):
        return self.pipeline.database

    def copy(self, folder, databases):
        """Lake and database, to go on with."""
        return self.pipeline.copy(folder, databases(self.original))
