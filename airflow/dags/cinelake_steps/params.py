"""The knobs of the DAGs. Their bounds are enforced by the trigger form, the REST API and the command line."""

from __future__ import annotations

from airflow.sdk import Param

from cinelake_steps import config


def nightly() -> dict[str, Param]:
    """Of one run of the pipeline."""
    return {
        "dataset": Param(
            config.setting("CINELAKE_DATASET", "ml-latest-small"),
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
            maximum=config.TIMEOUTS["train"].total_seconds(),
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


def maintenance() -> dict[str, Param]:
    """Of one run of the maintenance."""
    return {
        "retention_days": Param(
            7,
            type="integer",
            minimum=1,
            maximum=3650,
            title="Retention",
            description="Days for which old versions of the tables stay readable. Files that no younger version needs "
            "go. A run of the pipeline must fit in, so one day is the least.",
        ),
        "keep": Param(
            3,
            type="integer",
            minimum=0,
            maximum=100,
            title="Versions to keep",
            description="Published versions that stay for a rollback, besides the live one and those of an experiment.",
        ),
    }


def activation() -> dict[str, Param]:
    """Of one activation."""
    return {
        "version": Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The published version to make live: `GET /models` of the API lists them with their figures.",
        )
    }
