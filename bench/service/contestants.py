"""Who is measured, and in what order: all take turns at the same database, and the others are idle meanwhile."""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field

from . import load, programs

CONNECTIONS = 64
GOOD = 200


@dataclass(frozen=True)
class Setting:
    """What all share: the data, the server, and where each service listens."""

    size: object
    server: object
    script: object
    uncached: str
    cached: str
    classic: str
    seconds: int


@dataclass(frozen=True)
class Contestant:
    """A piece of work; `run` does it with a seed. `trial` tells why it cannot be done, if so."""

    title: str
    run: Callable
    trial: Callable = lambda: None


@dataclass
class Measured:
    """What has come of each turn, or why nothing has."""

    figures: list = field(default_factory=list)
    failure: str = ""

    def values(self, name):
        return [getattr(figures, name) for figures in self.figures]

    def median(self, name):
        return statistics.median(self.values(name)) if self.figures else None


def contestants(setting):
    """Everybody by name. Those that a row compares stand next to each other."""

    def database(seed):
        return load.pgbench(setting.server, setting.script, setting.size, CONNECTIONS, setting.seconds, seed)

    def asked(title, kind, example, body=None, address=setting.uncached, connections=CONNECTIONS):
        def run(seed):
            return load.wrk(address, kind, setting.size, connections, setting.seconds, seed)

        return Contestant(title, run, lambda: refusal(address + example, body))

    ratings = [{"movie_id": film, "rating": 4} for film in range(1, 21)]
    fold_in = {"kind": "fold_in", "example": "/reco/fold-in", "body": {"n": 10, "ratings": ratings}}
    return {
        "pgbench": Contestant("pgbench", database),
        "uncached": asked("Cinelake", "reco", "/reco/1?n=10"),
        "classic": asked("FastAPI", "reco", "/reco/1?n=10", address=setting.classic),
        "cached": asked("Cinelake", "reco", "/reco/1?n=10", address=setting.cached),
        "fold-in-1": asked("Cinelake, 1 connection", **fold_in, connections=1),
        "fold-in-8": asked("Cinelake, 8 connections", **fold_in, connections=8),
        "genre": asked("Cinelake", "genre", "/reco/1?n=10&genre=Drama"),
        "explain": asked("Cinelake", "explain", "/reco/1?n=10&explain=true"),
        "score": asked("Cinelake", "score", "/score/1/1"),
        "search": asked("Cinelake", "search", "/movies?q=godfather", connections=8),
    }


def refusal(url, body=None):
    """Why the call cannot be measured, if so."""
    try:
        status, _ = programs.get(url, body)
    except (OSError, ValueError) as error:
        return f"{url}: {error}"
    return None if status == GOOD else f"{url} answers {status}"


def measure(everybody, repeats):
    """Lets all take turns; who fails once is left out from then on."""
    measured = {name: Measured(failure=contestant.trial() or "") for name, contestant in everybody.items()}
    for turn in range(repeats):
        for name, contestant in everybody.items():
            found = measured[name]
            if found.failure:
                continue
            try:
                found.figures.append(contestant.run(turn + 1))
            except load.Failure as failure:
                found.failure = str(failure)
            print(f"  {turn + 1}/{repeats} {name:10} {found.failure or shown(found.figures[-1])}", flush=True)
    return measured


def shown(figures):
    text = f"{figures.rate:10,.0f} a second"
    return text if figures.p99 is None else f"{text}, p50 {figures.p50:.2f} ms, p99 {figures.p99:.2f} ms"


def warm(setting):
    """Asks for every user once, and a bit more, so that the cache holds what it can."""

    def ask(kind, seconds):
        return load.wrk(setting.cached, kind, setting.size, CONNECTIONS, seconds, 0)

    slowest = ask("reco", 1).rate
    ask("everybody", math.ceil(1.2 * setting.size.users / slowest))
