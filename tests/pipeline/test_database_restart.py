"""The database is restarted, in order and by a crash, while the API is under load."""

from dataclasses import dataclass

import pytest

from harness import answers
from harness.finished import RUN, SOURCE
from harness.load import Load, Request
from harness.programs import SMALL, Pipeline
from harness.servers import PrivatePostgres
from harness.service import SECRET, serving, token

READERS, WRITERS = 12, 4
SECONDS = 2
# Of a machine that does much else.
SLACK = 5
SETTINGS = {
    "API_RATE_LIMIT": 0,
    "API_REQUEST_TIMEOUT": SECONDS,
    "API_SERVE_STALE": "true",
    "API_JWT_SECRET": SECRET,
}


@dataclass(frozen=True)
class Published:
    """A server with a published run, and what the API must say of it."""

    server: PrivatePostgres
    expected: dict
    movies: list

    @property
    def database(self):
        return self.server.database

    def users(self):
        return sorted(user for _, user in self.expected)


@pytest.fixture
def published(tmp_path):
    server = PrivatePostgres.create(tmp_path / "postgres")
    server.start()
    try:
        pipeline = Pipeline(tmp_path / "lake", server.database)
        pipeline.succeed("admin", "migrate")
        pipeline.go(SOURCE, RUN, SMALL)
        movies = [movie for (movie,) in server.database.query("SELECT movie_id FROM movies ORDER BY movie_id")]
        yield Published(server, answers.lists(server.database), movies)
    finally:
        server.stop("immediate")


def reading(users):
    def choose(chance):
        user = chance.choice(users)
        return Request(f"/reco/{user}?n={answers.N}", user)

    return choose


def rating(users, movies, permit):
    """Rates any movie by any of these users."""

    def choose(chance):
        user, movie, stars = chance.choice(users), chance.choice(movies), chance.randint(1, 10) / 2
        body = {"ratings": [{"movie_id": movie, "rating": stars}]}
        return Request(f"/users/{user}/ratings", (user, movie, stars), "POST", body, permit)

    return choose


def fresh(outcome):
    return outcome.status == 200 and not outcome.body.get("stale")


def stale(outcome):
    return outcome.status == 200 and outcome.body.get("stale")


def refused(outcome):
    return outcome.status == 503


def acknowledged(outcome):
    return outcome.status is not None and 200 <= outcome.status < 300


def restart(server, mode, reads, writes):
    """Stops the server under load, lets everybody notice, starts it, and waits until all is as before."""
    known = len(reads.outcomes), len(writes.outcomes)
    server.stop(mode)
    reads.reaches(stale, known[0])
    writes.reaches(refused, known[1])
    reads.grows(READERS * 2)
    server.start()
    known = len(reads.outcomes), len(writes.outcomes)
    reads.reaches(fresh, known[0])
    writes.reaches(acknowledged, known[1])


def test_a_restarted_database_costs_no_more_than_a_wait_and_loses_no_acknowledged_rating(published):
    users = published.users()
    # Who rates gets other lists; so these users are not read.
    raters, readers = users[:5], users[5:]
    with serving(published.database, **SETTINGS) as (address, _):
        reads = Load(address, READERS, reading(readers))
        writes = Load(address, WRITERS, rating(raters, published.movies, token("write")))
        with reads, writes:
            reads.reaches(fresh)
            writes.reaches(acknowledged)
            reads.grows(len(readers) * 5)
            for mode in ["fast", "immediate"]:
                restart(published.server, mode, reads, writes)
    check_answers(reads.outcomes, published.expected)
    check_ratings(published.database, writes.outcomes)


def check_answers(outcomes, expected):
    assert answers.failed(outcomes, (200, 503)) == []
    assert answers.wrong(outcomes, expected) == []
    check_refusals(outcomes)


def check_refusals(outcomes):
    """Whoever is refused is told so in time, when to come back, and nothing of the inside."""
    late = [str(outcome) for outcome in outcomes if outcome.seconds > SECONDS + SLACK]
    assert late == []
    bad = [
        str(outcome)
        for outcome in filter(refused, outcomes)
        if set(outcome.body) != {"detail"} or int(outcome.headers["retry-after"]) < 1
    ]
    assert bad == []


def check_ratings(database, outcomes):
    """What was acknowledged is there. What was refused may be there, too: nobody knows how far it had come."""
    assert [str(outcome) for outcome in outcomes if not (acknowledged(outcome) or refused(outcome))] == []
    check_refusals(outcomes)
    stored = set(database.query("SELECT user_id, movie_id, rating FROM feedback"))
    lost = [
        outcome.request.about for outcome in outcomes if acknowledged(outcome) and outcome.request.about not in stored
    ]
    assert lost == []
