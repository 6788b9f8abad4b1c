"""The rows of the table: what is compared, and what must be reached."""

from collections.abc import Callable
from dataclasses import dataclass

from .contestants import CONNECTIONS

MEMORY = 150


@dataclass(frozen=True)
class Memory:
    """Resident memory of an API in megabytes: once it answers, after all turns, at its most; and its cache's bound."""

    title: str
    loaded: float
    after: float
    most: float
    bound: int


@dataclass(frozen=True)
class Results:
    """All that was measured."""

    measured: dict
    memories: list


@dataclass(frozen=True)
class Row:
    """What `value` makes of the results must reach the target, if there is one. `figures` are (contestant, figure)."""

    work: str
    figures: tuple
    value: Callable | None = None
    target: float | None = None
    at_least: bool = False
    text: str = "{:.3g} ms"
    detail: Callable | None = None

    def reached(self, value):
        return value >= self.target if self.at_least else value <= self.target


def median(results, name, figure):
    return results.measured[name].median(figure)


def of(name, figure):
    """A contestant's own median."""
    return {"figures": ((name, figure),), "value": lambda results: median(results, name, figure)}


def ratio(figure, name, other):
    """That of the one over that of the other."""

    def value(results):
        one, two = median(results, name, figure), median(results, other, figure)
        return one / two if one and two else None

    return {"figures": ((name, figure), (other, figure)), "value": value}


def memory(results):
    """The most that any has held besides its cache."""
    return max((found.most - found.bound for found in results.memories), default=None)


def memory_detail(results):
    return "; ".join(
        f"{found.title} {found.loaded:.0f} MB once loaded, {found.after:.0f} MB after all, {found.most:.0f} MB at its"
        f" most, cache of {found.bound} MB"
        for found in results.memories
    )


RECO = "`GET /reco/{user_id}?n=10`"
MANY = f"{CONNECTIONS} connections"
TIMES = {"text": "{:.3g} x"}

ROWS = (
    Row(
        f"{RECO} uncached, {MANY}, against `pgbench -M prepared` running the API's query",
        **ratio("rate", "uncached", "pgbench"),
        target=0.4,
        at_least=True,
        text="{:.0%}",
    ),
    Row(f"{RECO} uncached, {MANY}: p99", **of("uncached", "p99"), target=10),
    Row(f"{RECO} uncached, {MANY}: p50", **of("uncached", "p50")),
    Row(
        f"{RECO} cached, {MANY}: answers a second",
        **of("cached", "rate"),
        target=40_000,
        at_least=True,
        text="{:,.0f}",
    ),
    Row(f"{RECO} cached, {MANY}: p99", **of("cached", "p99")),
    Row(
        f"{RECO} uncached, {MANY}, against FastAPI: answers a second",
        **ratio("rate", "uncached", "classic"),
        target=15,
        at_least=True,
        **TIMES,
    ),
    Row(f"{RECO} uncached, {MANY}, against FastAPI: p99", **ratio("p99", "uncached", "classic"), target=0.05, **TIMES),
    Row("fold-in of 20 ratings, 1 connection: p99", **of("fold-in-1", "p99"), target=20),
    Row("fold-in of 20 ratings, 1 connection: p50", **of("fold-in-1", "p50")),
    Row("fold-in of 20 ratings, 8 connections: p99", **of("fold-in-8", "p99"), target=20),
    Row("fold-in of 20 ratings, 8 connections: p50", **of("fold-in-8", "p50")),
    Row("memory of the API besides its cache", (), memory, target=MEMORY, text="{:.0f} MB", detail=memory_detail),
    Row(f"one genre only, uncached, {MANY}: p99", **of("genre", "p99")),
    Row(f"with explanations, uncached, {MANY}: p99", **of("explain", "p99")),
    Row(f"the score of one pair, {MANY}: p99", **of("score", "p99")),
    Row("movie search, 8 connections: p99", **of("search", "p99")),
)
