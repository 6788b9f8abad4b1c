"""The quality part of `bench/RESULTS.md`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

LIBRARIES = ("implicit", "lenskit", "scikit-surprise", "numpy", "scipy")


def spread(figures: list[float]) -> str:
    """The mean and the sample standard deviation."""
    if len(figures) == 1:
        return f"{figures[0]:.4f}"
    return f"{np.mean(figures):.4f} ± {np.std(figures, ddof=1):.4f}"


def measured(runs: list[dict[str, float]], metric: str) -> list[float]:
    return [run[metric] for run in runs]


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@dataclass(frozen=True)
class Rule:
    """When one model is clearly better than another, by their runs."""

    wording: str
    holds: Callable[[np.ndarray, np.ndarray], bool]


BY_SEEDS = Rule(
    "on NDCG@10 by more than the spread over the seeds (worst seed against best)",
    lambda left, right: bool(left.min() > right.max()),
)
BY_SPLITS = Rule("on RMSE on every split", lambda left, right: bool(np.all(left < right)))


def verdict(name: str, runs: list[float], others: dict[str, list[float]], rule: Rule) -> str:
    """First, a tie or not first."""
    mine = np.array(runs)
    better = [other for other, theirs in others.items() if rule.holds(np.array(theirs), mine)]
    if better:
        return f"**{name} is not first**: better {rule.wording}: {', '.join(better)}."
    level = [other for other, theirs in others.items() if not rule.holds(mine, np.array(theirs))]
    if level:
        return f"**A tie** of {name} with {' and '.join(level)}: neither is better {rule.wording}."
    return f"**{name} is first**: better than {' and '.join(others)} {rule.wording}."


def machine() -> str:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    processor = cpu[1] if cpu else platform.machine()
    return f"{processor}, {os.cpu_count()} cores; Python {platform.python_version()}, {libraries}."


def heading(data: str, ratings: int, users: int, movies: int) -> str:
    return f"""## Quality

Made by `bench/quality.py` on {data} ({ratings:,} ratings, {users:,} users, {movies:,} movies). {machine()}"""
