"""Who is measured, and in what order: each piece of work is a process of its own, and all take turns."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from shared.places import REGULARIZATION, ROOT, TARGET, UNOBSERVED_WEIGHT, BenchError

OUR_BINARY = TARGET / "release/examples/bench"
# Longer than any process needs, Spark's five iterations included.
TIMEOUT = 3600


class Failure(BenchError):
    """A process ended badly; the message has its work and the last thing that it said."""


@dataclass(frozen=True)
class Contestant:
    """A program with its flags, and the figure that its lines come to."""

    title: str
    command: list
    figure: Callable
    environment: dict = field(default_factory=dict)
    most_runs: int = 1000
    unit: str = "s"

    def run(self):
        return run(self.command, self.environment)


@dataclass
class Measured:
    """What a contestant's processes have said: a figure and all lines of each; or why there is none."""

    figures: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    failure: str = ""

    @property
    def median(self):
        return statistics.median(self.figures) if self.figures else None


@dataclass(frozen=True)
class Setting:
    """What all contestants share."""

    data: object
    factors: Path
    threads: int

    def ours(self, work, *flags):
        """Our program on the ratings."""
        shape = ["--movies", self.data.movies, "--threads", self.threads]
        problem = ["--regularization", REGULARIZATION, "--unobserved-weight", UNOBSERVED_WEIGHT]
        return [OUR_BINARY, work, self.data.folder, *shape, *problem, *flags]

    def peer(self, work, *flags):
        """A peer on the same ratings."""
        peers = [sys.executable, "-m", "speed.peers", work]
        return [*peers, "--data", self.data.folder, "--threads", self.threads, *flags]


def contestants(setting):
    """Everybody by name. Those that a row compares stand next to each other, so that they take turns."""
    ours, peer = setting.ours, setting.peer
    # implicit has threads of its own around every call of BLAS, and warns of more.
    implicit = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": str(setting.threads)}
    all_threads = {"OPENBLAS_NUM_THREADS": str(setting.threads)}
    explicit = ["--objective", "explicit", "--regularization", "0.05", "--regularization-exponent", "1"]
    cg, cholesky = ["--solver", "cg", "--iterations", 4], ["--solver", "cholesky", "--iterations", 2]
    dumped = ["--factors", setting.factors]
    iterations, seconds = {"figure": median_iteration}, {"figure": total_seconds}
    rate = {"figure": best_rate, "unit": "GF/s"}
    by_implicit = {"environment": implicit}
    return {
        "ours-64": Contestant("Cinelake", ours("train", "--iterations", 4), **iterations),
        "cg-64": Contestant("implicit CG(3)", peer("implicit-train", *cg), **iterations, **by_implicit),
        "explicit-64": Contestant("Cinelake, explicit", [*ours("train", "--iterations", 4), *explicit], **iterations),
        "cholesky-64": Contestant("implicit Cholesky", peer("implicit-train", *cholesky), **iterations, **by_implicit),
        "ours-128": Contestant("Cinelake", ours("train", "--iterations", 4, "--rank", 128), **iterations),
        "cg-128": Contestant("implicit CG(3)", peer("implicit-train", *cg, "--rank", 128), **iterations, **by_implicit),
        "ours-top-n": Contestant("Cinelake", ours("top-n", "--n", 100, *dumped), **seconds),
        "implicit-top-n": Contestant("implicit", peer("implicit-top-n", "--n", 100, *dumped), **seconds, **by_implicit),
        "ours-similar": Contestant("Cinelake", ours("similar", "--n", 50, *dumped), **seconds),
        "implicit-similar": Contestant(
            "implicit", peer("implicit-similar", "--n", 50, *dumped), **seconds, **by_implicit
        ),
        "sgemm-faer": Contestant("faer", [OUR_BINARY, "sgemm", "--threads", setting.threads], **rate),
        "sgemm-openblas": Contestant("OpenBLAS", peer("openblas"), **rate, environment=all_threads),
        "spark-64": Contestant(
            "Spark MLlib", peer("spark", "--iterations", 2), **seconds, environment=all_threads, most_runs=1
        ),
    }


def median_iteration(lines):
    return statistics.median(line["seconds"] for line in lines if "iteration" in line)


def total_seconds(lines):
    return next(line["seconds"] for line in lines if "seconds" in line)


def best_rate(lines):
    return next(line["gflops"] for line in lines if "gflops" in line)


def measure(everybody, repeats):
    """Lets all take turns; who fails once is left out from then on."""
    measured = {name: Measured() for name in everybody}
    for turn in range(repeats):
        for name, contestant in everybody.items():
            found = measured[name]
            if found.failure or turn >= contestant.most_runs:
                continue
            try:
                lines = contestant.run()
                found.figures.append(contestant.figure(lines))
                found.lines.append(lines)
            except (Failure, StopIteration, statistics.StatisticsError) as failure:
                found.failure = str(failure) or "it ended without a result"
            shown = found.failure or f"{found.figures[-1]:.4g}"
            print(f"  {turn + 1}/{repeats} {name:18} {shown}", flush=True)
    return measured


def run(command, environment=None):
    """Runs a process; returns the JSON objects of its output."""
    settings = os.environ | {"PYTHONWARNINGS": "ignore"} | (environment or {})
    command = [str(word) for word in command]
    work = command[3] if command[1] == "-m" else f"{Path(command[0]).name} {command[1]}"
    try:
        options = {"capture_output": True, "text": True, "timeout": TIMEOUT, "env": settings, "cwd": ROOT / "bench"}
        ended = subprocess.run(command, **options)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"{work}: {error}") from error
    if ended.returncode:
        said = [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]
        raise Failure(f"{work} ended with {ended.returncode}: {said[-1] if said else 'without a word'}")
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def prepare(setting):
    """Builds our program, and fits the factors that all rank with."""
    print("  building the solver", flush=True)
    build = ["cargo", "build", "--release", "--locked", "--workspace", "--example", "bench"]
    if subprocess.run(build, cwd=ROOT).returncode:
        raise BenchError("the solver cannot be built: see above")
    run(setting.ours("train", "--iterations", 3, "--dump", setting.factors))
