"""The parameters of the DAGs. REST API and command line refuse a value out of bounds; the trigger form clamps it."""

from __future__ import annotations

from airflow.sdk import Param

from cinelake_steps import config


def nightly() -> dict[str, Param]:
    """Parameters of a pipeline run."""
    return {
        "dataset": Param(
            config.setting("CINELAKE_DATASET", "ml-latest-small"),
            type="string",
            minLength=1,
            title="Data set",
            description="A known name (ml-latest-small, ml-latest, ml-25m, ml-32m), the URL or path of a zip, a "
            "folder, an address in a store as s3://BUCKET/PREFIX, or sample[:SIZE] for generated data that needs no "
            "network.",
        ),
        "description": Param(
            config.setting("CINELAKE_DESCRIPTION", "") or None,
            type=["null", "string"],
            minLength=1,
            title="Description of the data set",
            description="How it is written: a preset (ml-100k, movietweetings, goodbooks-10k, netflix-prize, "
            "lastfm-hetrec, anime, book-crossing, amazon-reviews, yelp, clicks) or the path of a dataset.toml where "
            "ingest runs. Empty: the dataset.toml in the data set, else as MovieLens writes it.",
        ),
        "objective": Param(
            "implicit",
            type="string",
            enum=["implicit", "explicit"],
            title="Objective",
            description="implicit ranks films by what users liked and gives the better lists; explicit predicts stars.",
        ),
        "rank": Param(
            64,
            type="integer",
            minimum=1,
            maximum=2048,
            title="Rank",
            description="Number of latent factors. More is finer but slower: the cost of a row grows with the cube.",
        ),
        "iterations": Param(
            6,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Iterations",
            description="Passes over all movies and users. implicit hardly improves after 6; 10 suit explicit.",
        ),
        "regularization": Param(
            None,
            type=["null", "number"],
            minimum=0,
            maximum=1000,
            title="Regularization",
            description="Strength of the pull of the factors towards zero. Empty uses the default of the objective: "
            "0.01 for implicit, 1.2 for explicit. Small data sets need more.",
        ),
        "half_life_days": Param(
            None,
            type=["null", "number"],
            minimum=0.001,
            maximum=1_000_000,
            title="Half-life",
            description="Days after which a rating has half its weight (implicit only). Empty: ratings keep their "
            "weight.",
        ),
        "solver": Param(
            "cholesky",
            type="string",
            enum=["cholesky", "cg"],
            title="Solver",
            description="cholesky solves every row exactly; cg takes a few conjugate-gradient steps, for very large "
            "ranks.",
        ),
        "chunks": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=10_000,
            title="Chunks",
            description="Chunks of users, in whose order the equations of the movies are summed. The number changes a "
            "model by rounding only. Empty: one for every 16,777,216 ratings.",
        ),
        "tune": Param(
            0,
            type="integer",
            minimum=0,
            maximum=1000,
            title="Tune",
            description="Number of hyper-parameter candidates to try, by successive halving on a validation set within "
            "the training ratings. 0 trains with the given ones.",
        ),
        "patience": Param(
            0,
            type="integer",
            minimum=0,
            maximum=1000,
            title="Patience",
            description="Stop after this many iterations without improvement on the validation set; Iterations is then "
            "the maximum. 0 runs all iterations.",
        ),
        "max_seconds": Param(
            None,
            type=["null", "number"],
            minimum=1,
            maximum=config.TIMEOUTS["train"].total_seconds(),
            title="Time limit",
            description="Seconds that training may take, tuning included. Empty: only the timeout of the step, which "
            "fails the run.",
        ),
        "holdout": Param(
            0.2,
            type="number",
            minimum=0.01,
            maximum=0.9,
            title="Holdout",
            description="Share of each user's ratings, the latest ones, held out from training to evaluate the model.",
        ),
        "refresh": Param(
            2,
            type="integer",
            minimum=0,
            maximum=100,
            title="Refresh",
            description="Iterations on the full history after the evaluation, so that the held-out ratings count too.",
        ),
        "top_n": Param(
            100,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Top N",
            description="Recommendations stored per user.",
        ),
        "skip_unchanged": Param(
            False,
            type="boolean",
            title="Skip unchanged data",
            description="Skip the run when the live model is of the same data set and there is no new feedback. "
            "Scheduled runs always do.",
        ),
    }


def maintenance() -> dict[str, Param]:
    """Parameters of a maintenance run."""
    return {
        "retention_days": Param(
            7,
            type="integer",
            minimum=1,
            maximum=3650,
            title="Retention",
            description="Days for which old table versions stay readable; files that only older ones need are deleted. "
            "At least one day, so that a pipeline run fits in.",
        ),
        "keep": Param(
            3,
            type="integer",
            minimum=0,
            maximum=100,
            title="Versions to keep",
            description="Published versions kept for rollback, besides the live one and those of an experiment.",
        ),
    }


def activation() -> dict[str, Param]:
    """Parameters of an activation."""
    return {
        "version": Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The published version to make live. `GET /models` lists the versions with their metrics.",
        )
    }
