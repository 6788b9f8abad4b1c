"""Whether it helps that a rating weighs less the older it is: `2^(-age / half-life)`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .data import Ratings
from .implicit import Trial, own_regularization
from .metrics import Holdout
from .ours import Solver

SECONDS_A_YEAR = 365.25 * 24 * 3600
OF_ALL = "the newest rating of all"
OF_USER = "the user's newest rating"


@dataclass(frozen=True)
class Decay:
    """Age in years is counted back from `since`; a half-life of None is no decay."""

    since: str
    half_life: float | None

    def row(self) -> list[str]:
        return ["none", ""] if self.half_life is None else [f"{self.half_life:g}", self.since]

    def weights(self, training: Ratings) -> np.ndarray:
        if self.half_life is None:
            return np.ones(len(training))
        newest = np.full(training.users, training.at.max())
        if self.since == OF_USER:
            newest = np.zeros(training.users)
            np.maximum.at(newest, training.user, training.at)
        age = (newest[training.user] - training.at) / SECONDS_A_YEAR
        # A weight of 0 is refused by the solver, and one this small counts for nothing.
        return np.maximum(2.0 ** (-age / self.half_life), 1e-6)


def ndcg(solver: Solver, training: Ratings, holdout: Holdout, trial: Trial, decay: Decay, seeds: range) -> list[float]:
    """NDCG@10 of our model with these weights, one figure per seed."""
    liked = training.of_at_least(trial.min_rating)
    # The solver weighs a rating by 1 + alpha r: with alpha 1 and a rating of w - 1 that is w.
    weighted = replace(liked, rating=(decay.weights(liked) - 1).astype(np.float32))
    figures = []
    for seed in seeds:
        model = solver.fit(
            "implicit",
            weighted,
            rank=trial.rank,
            iterations=trial.iterations,
            seed=seed,
            confidence_alpha=1.0,
            regularization=own_regularization(liked, trial),
            exponent=trial.exponent,
            unobserved_weight=trial.unobserved_weight,
        )
        figures.append(holdout.measure(model.users @ model.movies.T)["ndcg@10"])
    return figures


def decays() -> list[Decay]:
    of_user = [Decay(OF_USER, years) for years in (0.5, 1.0, 2.0, 5.0, 10.0)]
    return [Decay(OF_USER, None), *of_user, *(Decay(OF_ALL, years) for years in (1.0, 10.0))]
