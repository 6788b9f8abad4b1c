"""A shared Redis may be killed or freeze under load: the API only becomes slower, never wrong."""

import pytest

from harness import answers
from harness.load import Load, Request
from harness.servers import redis
from harness.service import serving

CONNECTIONS = 16
# So little memory that the answers of most users can only come from Redis or from the database.
SETTINGS = {"API_RATE_LIMIT": 0, "API_CACHE_MB": 0}


@pytest.fixture
def lists_in_redis(tmp_path):
    with redis(tmp_path) as server:
        yield server


def reading(expected):
    users = sorted(user for _, user in expected)

    def choose(chance):
        user = chance.choice(users)
        return Request(f"/reco/{user}?n={answers.N}", user)

    return choose


@pytest.mark.parametrize("misfortune", ["kill", "freeze"])
def test_a_redis_that_is_lost_under_load_costs_no_answer(finished, lists_in_redis, misfortune):
    expected = answers.lists(finished.database)
    with (
        serving(finished.database, REDIS_URL=lists_in_redis.url, **SETTINGS) as (address, _),
        Load(address, CONNECTIONS, reading(expected)) as load,
    ):
        load.grows(CONNECTIONS * 20)
        assert lists_in_redis.keys() > 0, "the API keeps nothing in Redis"
        getattr(lists_in_redis, misfortune)()
        load.grows(CONNECTIONS * 20)
    assert answers.failed(load.outcomes) == []
    assert answers.wrong(load.outcomes, expected) == []
    slowest = max(load.outcomes, key=lambda outcome: outcome.seconds)
    assert slowest.seconds < 5, f"it waited for Redis: {slowest}"


def test_an_api_that_never_finds_its_redis_answers_all_the_same(finished, lists_in_redis):
    lists_in_redis.kill()
    expected = answers.lists(finished.database)
    with (
        serving(finished.database, REDIS_URL=lists_in_redis.url, **SETTINGS) as (address, _),
        Load(address, CONNECTIONS, reading(expected)) as load,
    ):
        load.grows(CONNECTIONS * 10)
    assert answers.failed(load.outcomes) == []
    assert answers.wrong(load.outcomes, expected) == []
