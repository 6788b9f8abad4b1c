"""Databases of the PostgreSQL server at TEST_DATABASE_URL: one for each test."""

import os
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import psycopg2

# What is served, as text in one order. Without the moments, which no two runs have in common.
ANSWERS = {
    "als_recos": "SELECT * FROM als_recos ORDER BY user_id, score DESC, movie_id",
    "serving": "SELECT version FROM serving",
    "versions": "SELECT version, run_id, state, counts, model - 'training_seconds', published_at IS NULL FROM versions"
    " ORDER BY version",
    "version_metrics": "SELECT * FROM version_metrics ORDER BY version, baseline, metric, k",
    "movies": "SELECT * FROM movies ORDER BY version, movie_id",
    "recommendations": "SELECT * FROM recommendations ORDER BY version, user_id",
    "similar_movies": "SELECT * FROM similar_movies ORDER BY version, movie_id",
    "popular_movies": "SELECT * FROM popular_movies ORDER BY version, genre",
    "movie_factors": "SELECT * FROM movie_factors ORDER BY version, movie_id",
    "user_histories": "SELECT * FROM user_histories ORDER BY version, user_id",
    "user_keys": "SELECT * FROM user_keys ORDER BY version, user_id",
    "runs": "SELECT run_id, outcome, report -> 'version' FROM runs ORDER BY run_id",
}


# Of this test run, whose processes inherit it.
PREFIX = f"pipeline_{os.environ.setdefault('CINELAKE_TEST_RUN', uuid.uuid4().hex[:8])}_"


def server_url():
    url = os.environ.get("TEST_DATABASE_URL")
    assert url, "TEST_DATABASE_URL is not set: give a superuser's address of a PostgreSQL server, as test.sh does"
    return url


def execute(url, statement):
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


def drop_all():
    """Drops every database of this test run."""
    if "TEST_DATABASE_URL" not in os.environ:
        return
    names = f"SELECT datname FROM pg_database WHERE starts_with(datname, '{PREFIX}')"
    for (name,) in execute(server_url(), names):
        Database(name).drop()


@dataclass(frozen=True)
class Database:
    """A database of its own, on the server at TEST_DATABASE_URL if no other is named."""

    name: str
    server: str | None = None

    @property
    def url(self):
        return urlunsplit(urlsplit(self.server or server_url())._replace(path=f"/{self.name}"))

    @classmethod
    def create(cls, template=None):
        database = cls(f"{PREFIX}{uuid.uuid4().hex[:16]}")
        source = template.name if template else "template0"
        execute(server_url(), f"CREATE DATABASE {database.name} TEMPLATE {source}")
        return database

    def drop(self):
        execute(server_url(), f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def query(self, statement):
        return execute(self.url, statement)

    def record(self, *events):
        """Records feedback, each event as (user, movie, stars or None for taken back); their ids follow each other."""
        for event in events:
            with closing(psycopg2.connect(self.url)) as connection, connection, connection.cursor() as cursor:
                cursor.execute("INSERT INTO feedback (user_id, movie_id, rating) VALUES (%s, %s, %s)", event)

    @contextmanager
    def reading(self):
        """A transaction that has read what is live and stays open, as a slow dashboard's."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            connection.set_session(isolation_level="REPEATABLE READ")
            cursor.execute("SELECT count(*) FROM als_recos")
            yield

    @contextmanager
    def session(self):
        """A connection that answers many questions quickly."""
        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:

                def ask(statement):
                    cursor.execute(statement)
                    return cursor.fetchall()

                yield ask

    def live(self):
        """What people see now."""
        return self.query(ANSWERS["als_recos"]), self.query(ANSWERS["serving"])

    def answers(self):
        """Everything that is published."""
        with closing(psycopg2.connect(self.url)) as connection, connection.cursor() as cursor:
            found = {}
            for name, statement in ANSWERS.items():
                cursor.execute(statement)
                found[name] = cursor.fetchall()
            return found
