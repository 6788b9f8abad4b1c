"""What the pipeline runs with unless a run says otherwise: the one place of its defaults.

Everything that differs between machines comes from the environment; everything that a person may want to
change for one run is a ``Param`` and shows in the trigger form with its bounds.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from airflow.sdk import Param

REPOSITORY = Path(__file__).resolve().parents[2]

# A nightly run starts when a day's ratings are complete and nobody is waiting for the machine.
SCHEDULE = os.environ.get("CINELAKE_SCHEDULE", "30 3 * * *")
TIMEZONE = os.environ.get("CINELAKE_TIMEZONE", "UTC")

RETRIES = 2
RETRY_DELAY = timedelta(seconds=float(os.environ.get("CINELAKE_RETRY_SECONDS", "60")))
# The second pause is this many times the first.
RETRY_BACKOFF = 2.0

# Generous: ten times what 20 million ratings take on two cores.
TIMEOUTS = {
    "ingest": timedelta(hours=2),
    "clean": timedelta(minutes=30),
    "train": timedelta(hours=2),
    "evaluate": timedelta(hours=1),
    "recommend": timedelta(hours=1),
    "publish": timedelta(hours=1),
}


def binaries() -> Path:
    """The folder of the task binaries (`CINELAKE_BIN`)."""
    return Path(os.environ.get("CINELAKE_BIN") or REPOSITORY / "target" / "release")


def task_environment() -> dict[str, str]:
    """The environment every task gets; values are templates and are shown in the web interface."""
    environment = {
        "LAKE_URI": os.environ.get("LAKE_URI") or str(REPOSITORY / "lakehouse"),
        "LOG_FORMAT": os.environ.get("LOG_FORMAT", "text"),
        "RUN_ID": "{{ run_id }}",
    }
    for name in ("PUSHGATEWAY_URL", "RUST_LOG", "THREADS"):
        if value := os.environ.get(name):
            environment[name] = value
    return environment


def params() -> dict[str, Param]:
    """The knobs of one run. The bounds are enforced by the trigger form, the REST API and the command line."""
    return {
        "dataset": Param(
            os.environ.get("CINELAKE_DATASET") or "ml-latest-small",
            type="string",
            minLength=1,
            title="Data set",
            description="A known name (ml-latest-small, ml-latest, ml-25m, ml-32m), a URL or a path of a MovieLens "
            "zip, a folder, or sample[:SIZE] for built-in data that needs no network.",
        ),
        "objective": Param(
            "implicit",
            type="string",
            enum=["implicit", "explicit"],
            title="Objective",
            description="implicit ranks by what people watch and gives the better lists; explicit predicts ratings.",
        ),
        "rank": Param(
            64,
            type="integer",
            minimum=1,
            maximum=1024,
            title="Rank",
            description="Length of a factor vector. Longer is finer and costs time: the solver is cubic in it.",
        ),
        "iterations": Param(
            6,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Iterations",
            description="Passes over users and movies. Ranking hardly improves after six; explicit likes fifteen.",
        ),
        "regularization": Param(
            None,
            type=["null", "number"],
            minimum=0,
            maximum=1000,
            title="Regularization",
            description="Pull of the factors towards zero. Empty for the objective's own default: 0.01 implicit, "
            "1.2 explicit. More of it helps small data sets.",
        ),
        "half_life_days": Param(
            None,
            type=["null", "number"],
            minimum=0.001,
            maximum=1_000_000,
            title="Half-life",
            description="Days in which the weight of a rating halves, implicit only. Empty for ratings that do not "
            "fade.",
        ),
        "solver": Param(
            "cholesky",
            type="string",
            enum=["cholesky", "cg"],
            title="Solver",
            description="cholesky solves every row exactly; cg takes a few conjugate gradient steps, for very large "
            "ranks.",
        ),
        "tune": Param(
            0,
            type="integer",
            minimum=0,
            maximum=1000,
            title="Tune",
            description="Candidates to try for other hyper-parameters, by successive halving on a validation part of "
            "the training ratings. 0 trains what is given.",
        ),
        "patience": Param(
            0,
            type="integer",
            minimum=0,
            maximum=1000,
            title="Patience",
            description="Iterations without an improvement on the validation part after which no more are tried; "
            "Iterations is then the most. 0 does all of them.",
        ),
        "max_seconds": Param(
            None,
            type=["null", "number"],
            minimum=1,
            maximum=TIMEOUTS["train"].total_seconds(),
            title="Time limit",
            description="Seconds that training may take, tuning included. Empty for none but the step's own, which "
            "fails it.",
        ),
        "holdout": Param(
            0.2,
            type="number",
            minimum=0.01,
            maximum=0.9,
            title="Holdout",
            description="Share of each user's latest ratings that is kept from training to measure the model.",
        ),
        "refresh": Param(
            2,
            type="integer",
            minimum=0,
            maximum=100,
            title="Refresh",
            description="Iterations on the full history after the evaluation, so that recent tastes count.",
        ),
        "top_n": Param(
            100,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Top N",
            description="Recommendations kept for each user.",
        ),
        "skip_unchanged": Param(
            False,
            type="boolean",
            title="Skip unchanged data",
            description="End at once when the data set is the one behind the live model and there is no new feedback. "
            "Nightly runs always do.",
        ),
    }
