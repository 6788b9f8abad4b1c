"""Ranking movies: the models, all described by one kind of trial, so that all are tuned on the same candidates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from .data import Ratings
from .ours import Solver


@dataclass(frozen=True)
class Trial:
    """Hyper-parameters in the terms of Cinelake's loss, where an observed pair weighs 1."""

    rank: int
    iterations: int
    regularization: float
    unobserved_weight: float
    min_rating: float
    exponent: float

    def ridge(self, training: Ratings) -> float:
        """The mean over all rows of `lambda (n + alpha0 opposite)`, which our loss regularises a row with if nu is 1.

        Every model gets as much regularisation in all, however it spreads it over the rows.
        """
        observed = len(training) + self.unobserved_weight * training.users * training.movies
        return self.regularization * 2 * observed / (training.users + training.movies)


Scores = Callable[[Ratings, Trial, int], np.ndarray]


def popularity(training: Ratings, trial: Trial, seed: int) -> np.ndarray:
    counts = np.bincount(training.movie, minlength=training.movies)
    return np.tile(counts.astype(np.float32), (training.users, 1))


@dataclass(frozen=True)
class Ours:
    """Implicit ALS, regularised by `lambda' (n + alpha0 opposite)^nu`, with `lambda'` such that the mean is `ridge`."""

    solver: Solver

    def __call__(self, training: Ratings, trial: Trial, seed: int) -> np.ndarray:
        model = self.solver.fit(
            "implicit",
            training,
            rank=trial.rank,
            iterations=trial.iterations,
            seed=seed,
            regularization=own_regularization(training, trial),
            exponent=trial.exponent,
            unobserved_weight=trial.unobserved_weight,
        )
        return model.users @ model.movies.T


def own_regularization(training: Ratings, trial: Trial) -> float:
    """What `train --regularization` takes."""
    alpha0 = trial.unobserved_weight
    of_users = np.bincount(training.user, minlength=training.users) + alpha0 * training.movies
    of_movies = np.bincount(training.movie, minlength=training.movies) + alpha0 * training.users
    frequencies = np.concatenate([of_users, of_movies])
    return float(trial.ridge(training) / np.mean(frequencies**trial.exponent))


def implicit(training: Ratings, trial: Trial, seed: int) -> np.ndarray:
    from implicit.cpu.als import AlternatingLeastSquares

    # Here an unobserved pair weighs 1, so everything is larger by 1 / alpha0. One thread, because on a busy machine
    # several would mostly wait for each other.
    model = AlternatingLeastSquares(
        factors=trial.rank,
        iterations=trial.iterations,
        alpha=1 / trial.unobserved_weight,
        regularization=trial.ridge(training) / trial.unobserved_weight,
        random_state=seed,
        num_threads=1,
    )
    ones = np.ones(len(training), dtype=np.float32)
    shape = (training.users, training.movies)
    model.fit(sp.csr_matrix((ones, (training.user, training.movie)), shape=shape), show_progress=False)
    return model.user_factors @ model.item_factors.T


def lenskit(training: Ratings, trial: Trial, seed: int) -> np.ndarray:
    from lenskit.als import ImplicitMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    data = from_interactions_df(pd.DataFrame({"user_id": training.user, "item_id": training.movie}))
    model = ImplicitMFScorer(
        embedding_size=trial.rank,
        epochs=trial.iterations,
        weight=1 / trial.unobserved_weight,
        regularization=trial.ridge(training) / trial.unobserved_weight,
    )
    model.train(data, TrainingOptions(rng=seed))
    # It knows only the rows that have ratings: the others score 0, as they do elsewhere.
    everywhere = np.zeros((training.users, training.movies), dtype=np.float32)
    everywhere[np.ix_(data.users.ids(), data.items.ids())] = model.user_embeddings @ model.item_embeddings.T
    return everywhere
