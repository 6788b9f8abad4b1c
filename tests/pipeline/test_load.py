"""The API under load, while versions are switched and while it is told to end."""

import signal
import threading
import time
from contextlib import closing

import httpx
import psycopg2
import pytest

from harness import answers
from harness.finished import SOURCE
from harness.load import Load, Request
from harness.programs import SMALL
from harness.service import serving
from harness.waiting import until
from harness.web import get

CONNECTIONS = 32
# Nobody is refused here for asking too often.
SETTINGS = {"API_RATE_LIMIT": 0}


@pytest.fixture
def two_versions(continued):
    """Two published versions, which have no title in common."""
    continued.go(SOURCE, "second", SMALL | {"train": [*SMALL["train"], "--seed", "7"]})
    continued.database.query("UPDATE movies SET title = title || ' (second)' WHERE version = 2")
    return continued


def reading(expected):
    """Asks for the recommendations of a user of both versions."""
    users = sorted({user for _, user in expected})

    def choose(chance):
        user = chance.choice(users)
        return Request(f"/reco/{user}?n={answers.N}", user)

    return choose


def of_version(version):
    return lambda outcome: outcome.status == 200 and outcome.body["model_version"] == version


def test_versions_switched_under_load_are_never_mixed_and_nobody_is_refused(two_versions):
    expected = answers.lists(two_versions.database)

    def activate(version):
        two_versions.succeed("admin", "activate", "--version", version)

    with (
        serving(two_versions.database, **SETTINGS) as (address, _),
        Load(address, CONNECTIONS, reading(expected)) as load,
    ):
        seen = load.reaches(of_version(2))
        for version in [1, 2] * 5:
            activate(version)
            seen = load.reaches(of_version(version), seen)
            load.grows(CONNECTIONS)
        # Quicker than anybody may notice.
        for version in [1, 2] * 5:
            activate(version)
        load.grows(CONNECTIONS * 2)
        activate(1)
        load.reaches(of_version(1), len(load.outcomes))
    assert answers.failed(load.outcomes) == []
    assert answers.wrong(load.outcomes, expected) == []


def test_an_api_told_to_end_under_load_breaks_no_answer(finished):
    expected = answers.lists(finished.database)
    with (
        serving(finished.database, **SETTINGS) as (address, process),
        Load(address, CONNECTIONS, reading(expected)) as load,
    ):
        load.grows(CONNECTIONS * 10)
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        load.stop()
    unanswered = [outcome for outcome in load.outcomes if outcome.failure]
    assert [str(outcome) for outcome in unanswered if not closed_before_the_answer(outcome.failure)] == []
    assert [str(outcome) for outcome in unanswered if outcome.ended < told] == []
    answered = [outcome for outcome in load.outcomes if not outcome.failure]
    assert answers.failed(answered) == []
    assert answers.wrong(answered, expected) == []


def closed_before_the_answer(failure):
    """Whoever asks while it ends may find the connection closed, or nobody there; never half an answer."""
    if isinstance(failure, httpx.RemoteProtocolError):
        return "without sending a response" in str(failure)
    return isinstance(failure, (httpx.ConnectError, httpx.ReadError, httpx.WriteError))


def in_flight(address):
    """The requests that the API is working on, as it counts them itself."""
    lines = httpx.get(f"{address}/metrics", timeout=10).text.splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith("cinelake_api_requests_in_flight"))


def test_requests_that_wait_for_the_database_are_answered_although_the_api_was_told_to_end(finished):
    expected = answers.lists(finished.database)
    (version,) = {version for version, _ in expected}
    users = sorted(user for _, user in expected)[:CONNECTIONS]
    found = {}

    def ask(address, user):
        found[user] = get(f"{address}/reco/{user}?n={answers.N}")

    with (
        serving(finished.database, API_CACHE_MB=0, **SETTINGS) as (address, process),
        closing(psycopg2.connect(finished.database.url)) as locking,
    ):
        asking = [threading.Thread(target=ask, args=(address, user)) for user in users]
        # Whether or not the call for the metrics counts itself.
        before = in_flight(address)
        with locking.cursor() as cursor:
            cursor.execute(
                f"LOCK TABLE recommendations, version_data.recommendations_{version} IN ACCESS EXCLUSIVE MODE"
            )
            for thread in asking:
                thread.start()
            until(lambda: in_flight(address) >= before + len(users), 60, "all requests under way", pause=0.02)
            process.send_signal(signal.SIGTERM)
            until(lambda: refuses(address), 60, "a refusal of new requests", pause=0.02)
            assert not found
        locking.rollback()
        for thread in asking:
            thread.join()
        assert process.wait(30) == 0
    assert [user for user in users if found[user][0] != 200] == []
    for user in users:
        assert [result["movie_id"] for result in found[user][1]["results"]] == [
            row[1] for row in expected[version, user]
        ]


def refuses(address):
    """Whether nobody answers any more who comes new."""
    try:
        httpx.get(f"{address}/", timeout=1)
    except httpx.TransportError:
        return True
    return False
