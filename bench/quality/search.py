"""The same search for every implicit model: random trials, steps from the best one, and a play-off over seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .data import Ratings, latest_held_out
from .implicit import Scores, Trial
from .metrics import Holdout

RANKS = (16, 32, 64)
ITERATIONS = (5, 8, 12)
MIN_RATINGS = (0.0, 3.5, 4.0)
EXPONENTS = (0.0, 0.25, 0.5, 1.0)
REGULARIZATION = (3e-4, 0.1)
UNOBSERVED_WEIGHT = (0.03, 2.0)


@dataclass(frozen=True)
class Budget:
    """How many fits a search may make."""

    random: int
    steps: int
    finalists: int
    seeds: int


def random_trial(chance: np.random.Generator) -> Trial:
    def log_uniform(low: float, high: float) -> float:
        return float(np.exp(chance.uniform(np.log(low), np.log(high))))

    return Trial(
        rank=int(chance.choice(RANKS)),
        iterations=int(chance.choice(ITERATIONS)),
        regularization=log_uniform(*REGULARIZATION),
        unobserved_weight=log_uniform(*UNOBSERVED_WEIGHT),
        min_rating=float(chance.choice(MIN_RATINGS)),
        exponent=float(chance.choice(EXPONENTS)),
    )


def step(trial: Trial, chance: np.random.Generator) -> Trial:
    """A neighbour: both weights move a little, and one of the other parameters is drawn anew."""
    other = random_trial(chance)
    drawn = str(chance.choice(["rank", "iterations", "min_rating", "exponent"]))
    return replace(
        trial,
        regularization=float(trial.regularization * np.exp(chance.normal(0, 0.35))),
        unobserved_weight=float(trial.unobserved_weight * np.exp(chance.normal(0, 0.35))),
        **{drawn: getattr(other, drawn)},
    )


def search(scores: Scores, training: Ratings, budget: Budget) -> Trial:
    """The trial with the best mean NDCG@10 on the latest fifth of each user's training part.

    Every model draws from the same random stream; one without an exponent ignores it.
    """
    inner, validation = latest_held_out(training)
    holdout = Holdout(inner, validation)

    def ndcg(trial: Trial, seed: int) -> float:
        return holdout.measure(scores(inner.of_at_least(trial.min_rating), trial, seed))["ndcg@10"]

    chance = np.random.default_rng(7)
    results = []
    for number in range(budget.random + budget.steps):
        best = max(results, key=lambda result: result[0])[1] if results else None
        trial = random_trial(chance) if best is None or number < budget.random else step(best, chance)
        results.append((ndcg(trial, 0), trial))
    finalists = sorted(results, key=lambda result: -result[0])[: budget.finalists]
    means = [np.mean([score, *(ndcg(trial, seed) for seed in range(1, budget.seeds))]) for score, trial in finalists]
    return finalists[int(np.argmax(means))][1]
