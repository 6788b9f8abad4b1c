"""The rows of the table: what is compared, and what must be reached."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One requirement on what `value` makes of these contestants; `limit` is what arithmetic allows.

    `detail` says what was measured where that is not the contestants' own figures.
    """

    work: str
    contestants: tuple
    target: float
    value: Callable
    limit: float | None = None
    at_least: bool = False
    text: str = "{:.3g} x"
    detail: Callable | None = None

    def reached(self, value):
        return value >= self.target if self.at_least else value <= self.target


def ratio(measured, _data, names):
    """The time of the first over that of the second."""
    ours, theirs = (measured[name].median for name in names)
    return ours / theirs if ours and theirs else None


def training_operations(data, rank):
    """Half of a symmetric matrix for each rating, from both sides, and one Cholesky factor a row."""
    return 2 * data.ratings * rank**2 + (data.users + data.movies) * rank**3 / 3


def ranking_operations(data, rank):
    """One inner product for each pair."""
    return 2 * data.users * data.movies * rank


def share(operations, rank):
    """The rate of the first, which does these operations, over the best rate of the others; and how to show both."""

    def rate(measured, data, name):
        median = measured[name].median
        return operations(data, rank) / median / 1e9 if median else None

    def peak(measured, names):
        return max((figure for name in names for figure in measured[name].figures), default=None)

    def value(measured, data, names):
        ours, best = rate(measured, data, names[0]), peak(measured, names[1:])
        return ours / best if ours and best else None

    def detail(measured, data, names):
        peaks = zip(("faer", "OpenBLAS"), (peak(measured, [name]) for name in names[1:]))
        rates = [("Cinelake", rate(measured, data, names[0])), *peaks]
        return "; ".join(f"{who} {rate:.3g} GF/s" if rate else f"{who} failed" for who, rate in rates)

    return {"value": value, "detail": detail}


def least_memory(data, rank):
    """Bytes of the factors, and of the ratings in both orientations: 4 of the column and 1 of the coded stars each."""
    return (data.users + data.movies) * rank * 4 + 2 * 5 * data.ratings


def peak_memory(measured, names):
    """The most bytes that a process of the first has held, where the system tells it."""
    peaks = [line.get("peak_memory_bytes", 0) for run in measured[names[0]].lines for line in run]
    return max(peaks, default=0)


def memory(measured, data, names):
    return peak_memory(measured, names) / least_memory(data, 64) or None


def memory_detail(measured, data, names):
    return f"Cinelake {peak_memory(measured, names) / 1e6:.4g} MB; needed {least_memory(data, 64) / 1e6:.4g} MB"


SGEMM = ("sgemm-faer", "sgemm-openblas")
PERCENT = {"at_least": True, "limit": 1.0, "text": "{:.0%}"}

ROWS = {
    "cg-64": Row(
        "one implicit iteration, k=64, against implicit's CG with 3 steps", ("ours-64", "cg-64"), 0.55, ratio, 0.3
    ),
    "cholesky-64": Row(
        "one implicit iteration, k=64, against implicit's Cholesky", ("ours-64", "cholesky-64"), 0.12, ratio
    ),
    "spark-64": Row("one implicit iteration, k=64, against Spark MLlib", ("ours-64", "spark-64"), 0.05, ratio),
    "cg-128": Row(
        "one implicit iteration, k=128, against implicit's CG with 3 steps", ("ours-128", "cg-128"), 1.0, ratio, 0.7
    ),
    "explicit": Row(
        "one explicit iteration with biases, k=64, against our implicit one", ("explicit-64", "ours-64"), 1.1, ratio
    ),
    "top-n": Row(
        "top 100 for every user, seen excluded, k=64, against implicit's `recommend`",
        ("ours-top-n", "implicit-top-n"),
        0.45,
        ratio,
        0.22,
    ),
    "similar": Row(
        "similar movies, top 50 for all, k=64, against implicit's `similar_items`",
        ("ours-similar", "implicit-similar"),
        0.5,
        ratio,
    ),
    "share-training": Row(
        "share of the sgemm peak, training k=128",
        ("ours-128", *SGEMM),
        0.6,
        **share(training_operations, 128),
        **PERCENT,
    ),
    "share-top-n": Row(
        "share of the sgemm peak, top 100 k=64",
        ("ours-top-n", *SGEMM),
        0.6,
        **share(ranking_operations, 64),
        **PERCENT,
    ),
    "memory": Row(
        "memory at the peak of training, k=64, against what it must hold",
        ("ours-64",),
        1.1,
        memory,
        1.0,
        detail=memory_detail,
    ),
}
