"""Predicting stars: the models, the candidates that each is tuned on, and the errors over five random splits."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pandas as pd

from . import report
from .data import Ratings, randomly_held_out
from .metrics import rating_errors
from .ours import Solver

OURS = "Cinelake"

RATING = """### Predicting stars: explicit models

Root mean squared and mean absolute error, in stars, on a random fifth of all ratings; means over {splits} such
splits, ± one standard deviation over the splits. All predictions are brought to the scale of 0.5 to 5.

{table}

{verdict}

Settings were chosen once, by RMSE on a random fifth of the training part of the first split, and kept for the others.
The grids are in `bench/explicit.py`; that of SVD++ is small because one of its fits takes many times as long as
one of the others."""

Settings = dict[str, float]


@dataclass(frozen=True)
class Model:
    """`predict(training, held_out, settings)` gives the stars of the held-out pairs."""

    name: str
    predict: Callable[[Ratings, Ratings, Settings], np.ndarray]
    defaults: Settings
    candidates: list[Settings]


@dataclass(frozen=True)
class Ours:
    """Explicit ALS with biases."""

    solver: Solver

    def __call__(self, training: Ratings, held_out: Ratings, settings: Settings) -> np.ndarray:
        model = self.solver.fit("explicit", training, **settings)
        return model.of_pairs(held_out.user, held_out.movie)


def lenskit(training: Ratings, held_out: Ratings, settings: Settings) -> np.ndarray:
    from lenskit.als import BiasedMFScorer
    from lenskit.data import from_interactions_df
    from lenskit.training import TrainingOptions

    columns = {"user_id": training.user, "item_id": training.movie, "rating": training.rating}
    data = from_interactions_df(pd.DataFrame(columns))
    model = BiasedMFScorer(**settings)
    model.train(data, TrainingOptions(rng=42))

    def everywhere(rows: int, numbers: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """A row without ratings has no bias and no factor."""
        values = np.zeros((rows, *numbers.shape[1:]))
        values[ids] = numbers
        return values

    users, movies = data.users.ids(), data.items.ids()
    of_user = everywhere(training.users, model.user_embeddings, users)[held_out.user]
    of_movie = everywhere(training.movies, model.item_embeddings, movies)[held_out.movie]
    user_bias = everywhere(training.users, model.bias.user_biases, users)[held_out.user]
    movie_bias = everywhere(training.movies, model.bias.item_biases, movies)[held_out.movie]
    return model.bias.global_bias + user_bias + movie_bias + np.einsum("ij,ij->i", of_user, of_movie)


def _surprise(algorithm: str, training: Ratings, held_out: Ratings, settings: Settings) -> np.ndarray:
    import surprise

    table = pd.DataFrame({"user": training.user, "movie": training.movie, "rating": training.rating.astype(float)})
    data = surprise.Dataset.load_from_df(table, surprise.Reader(rating_scale=(0.5, 5))).build_full_trainset()
    model = getattr(surprise, algorithm)(random_state=42, **settings)
    model.fit(data)
    pairs = zip(held_out.user.tolist(), held_out.movie.tolist(), strict=True)
    return np.array([model.predict(user, movie).est for user, movie in pairs])


def svd(training: Ratings, held_out: Ratings, settings: Settings) -> np.ndarray:
    return _surprise("SVD", training, held_out, settings)


def svdpp(training: Ratings, held_out: Ratings, settings: Settings) -> np.ndarray:
    return _surprise("SVDpp", training, held_out, settings)


def grid(**values: list[float]) -> list[Settings]:
    return [dict(zip(values, point, strict=True)) for point in itertools.product(*values.values())]


def models(solver: Solver) -> list[Model]:
    """The defaults of the peers are theirs: an empty `Settings`."""
    strengths = [(1.0, [0.05, 0.07]), (0.5, [0.9, 1.2]), (0.25, [3.0, 4.0])]
    of_ours = [
        point
        for exponent, regularization in strengths
        for point in grid(rank=[32, 64], iterations=[10], exponent=[exponent], regularization=regularization)
    ]
    defaults = {"rank": 64, "iterations": 6, "regularization": 0.05, "exponent": 1.0}
    of_lenskit = grid(embedding_size=[32, 64], regularization=[0.1, 0.14, 0.2], damping=[5.0, 10.0])
    of_svd = grid(n_factors=[50, 100], n_epochs=[20, 40, 80], lr_all=[0.01], reg_all=[0.05, 0.1])
    of_svdpp = [{"lr_all": 0.01, "reg_all": 0.05}, {"lr_all": 0.01, "reg_all": 0.1}, {"lr_all": 0.015, "reg_all": 0.1}]
    return [
        Model(OURS, Ours(solver), defaults, of_ours),
        Model("LensKit BiasedMF (ALS)", lenskit, {}, of_lenskit),
        Model("Surprise SVD", svd, {}, of_svd),
        Model("Surprise SVD++", svdpp, {}, of_svdpp),
    ]


def _errors(model: Model, training: Ratings, held_out: Ratings, settings: Settings) -> dict[str, float]:
    return rating_errors(model.predict(training, held_out, settings), held_out)


def tune(pool: ProcessPoolExecutor, model: Model, training: Ratings) -> Settings:
    """The candidate with the lowest error on a random fifth of the training part of the first split."""
    inner, validation = randomly_held_out(training, seed=1000)
    jobs = [pool.submit(_errors, model, inner, validation, settings) for settings in model.candidates]
    errors = [job.result()["rmse"] for job in jobs]
    return model.candidates[int(np.argmin(errors))]


@dataclass(frozen=True)
class Outcome:
    """The errors of one model with one setting, one entry per split."""

    model: str
    settings: Settings
    tried: int
    errors: list[dict[str, float]]

    def of(self, metric: str) -> list[float]:
        return report.measured(self.errors, metric)


def compare(ratings: Ratings, solver: Solver, quick: bool) -> list[Outcome]:
    """Each model with its defaults and tuned; with `quick` one split and no tuning of SVD++, which is slow."""
    splits = [randomly_held_out(ratings, seed) for seed in range(1 if quick else 5)]
    outcomes = []
    # Started afresh: a copy of a process that has threads of its own may hang.
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        for model in models(solver):
            if quick and model.predict is svdpp:
                continue
            chosen = tune(pool, model, splits[0][0])
            for settings, tried in ((model.defaults, 0), (chosen, len(model.candidates))):
                jobs = [pool.submit(_errors, model, *split, settings) for split in splits]
                outcomes.append(Outcome(model.name, settings, tried, [job.result() for job in jobs]))
                print(outcomes[-1], flush=True)
    return outcomes


def part(ratings: Ratings, solver: Solver, quick: bool) -> str:
    """The part of the page."""
    outcomes = compare(ratings, solver, quick)
    rows = []
    for outcome in outcomes:
        settings = ", ".join(f"{name} {value:g}" for name, value in outcome.settings.items())
        how = f"best of {outcome.tried}: {settings}" if outcome.tried else "defaults"
        rows.append([outcome.model, how, *(report.spread(outcome.of(metric)) for metric in ("rmse", "mae"))])
    # Tuning may find less than the defaults where few candidates could be tried: each model counts with its best.
    best = {}
    for outcome in sorted(outcomes, key=lambda outcome: -np.mean(outcome.of("rmse"))):
        best[outcome.model] = outcome.of("rmse")
    ours = best.pop(OURS)
    return RATING.format(
        splits=len(outcomes[0].errors),
        table=report.table(["model", "settings", "RMSE", "MAE"], rows),
        verdict=report.verdict(OURS, ours, best, report.BY_SPLITS),
    )
