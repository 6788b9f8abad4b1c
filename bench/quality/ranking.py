"""Ranking movies: compares the implicit models, and our model with and without decay, and puts both into words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from . import implicit, report, time
from .data import Ratings, latest_held_out
from .implicit import Ours, Scores, Trial, own_regularization
from .metrics import Holdout
from .ours import Solver
from .search import Budget, search

METRICS = ("ndcg@10", "recall@10", "recall@50", "coverage@10")
OURS = "Cinelake"
# The defaults of `train`.
DEFAULTS = Trial(rank=64, iterations=6, regularization=0.01, unobserved_weight=0.1, min_rating=4.0, exponent=1.0)

RANKING = """### Ranking: implicit models

The latest 20% of each user's ratings are held out. Each user gets a full ranking of all movies that somebody rated in
training, without the user's own; every held-out movie is relevant, whatever its stars. Means over the users with
something held out, over {seeds} seeds, ± one standard deviation over the seeds. This spread says nothing about other
users or other data: with {users} users the standard error of a mean NDCG@10
is {error:.3f}.

{table}

{verdict}

Tuning never saw the holdout: trials were compared by NDCG@10 on the latest 20% of each user's *training* part. Each
model got the same budget, {random} random trials and {steps} steps from the best so far with one seed, then {finalists}
finalists with {finalist_seeds} seeds, from the same ranges: rank 16, 32 or 64; 5, 8 or 12 iterations; ratings of at
least 0, 3.5 or 4 stars; and the weights of regularisation and of unobserved pairs. A regularisation that is the same
for all rows is set to the mean of what our loss would add to a row. Our loss has one parameter more, the exponent (0,
0.25, 0.5 or 1), drawn within the same budget. What was found, in the terms of each library:

{settings}"""

DECAY = """### Does it help to weigh old ratings less?

Our tuned model with a rating weighing `2^(-age / half-life)`; NDCG@10 over {seeds} seeds, on the validation part, by
which one may choose, and on the holdout.

{table}

{verdict}"""


@dataclass(frozen=True)
class Ranked:
    """The metrics of one model with one setting, one entry per seed."""

    model: str
    settings: str
    trial: Trial
    runs: list[dict[str, float]]

    def ndcg(self) -> list[float]:
        return report.measured(self.runs, "ndcg@10")

    def row(self) -> list[str]:
        return [self.model, self.settings, *(report.spread(report.measured(self.runs, name)) for name in METRICS)]


@dataclass(frozen=True)
class Comparison:
    """What all measurements share."""

    training: Ratings
    holdout: Holdout
    budget: Budget
    seeds: range

    def measure(self, model: str, settings: str, scores: Scores, trial: Trial, seeds: range) -> Ranked:
        liked = self.training.of_at_least(trial.min_rating)
        ranked = Ranked(model, settings, trial, [self.holdout.measure(scores(liked, trial, seed)) for seed in seeds])
        print(" | ".join(ranked.row()), trial)
        return ranked

    def run(self, solver: Solver) -> list[Ranked]:
        popular = replace(DEFAULTS, min_rating=0.0)
        ranked = [
            self.measure("popularity", "", implicit.popularity, popular, range(1)),
            self.measure(OURS, "defaults", Ours(solver), DEFAULTS, self.seeds),
        ]
        peers = {"implicit": implicit.implicit, "LensKit ImplicitMF": implicit.lenskit}
        for model, scores in ({OURS: Ours(solver)} | peers).items():
            trial = search(scores, self.training, self.budget)
            ranked.append(self.measure(model, "tuned", scores, trial, self.seeds))
        return ranked


def parts(ratings: Ratings, solver: Solver, quick: bool) -> list[str]:
    """The two parts of the page."""
    training, held_out = latest_held_out(ratings)
    budget = Budget(random=3, steps=2, finalists=1, seeds=1) if quick else Budget(20, 20, 5, 3)
    seeds = range(42, 43) if quick else range(42, 47)
    comparison = Comparison(training, Holdout(training, held_out), budget, seeds)
    ranked = comparison.run(solver)
    best = next(entry.trial for entry in ranked if (entry.model, entry.settings) == (OURS, "tuned"))
    return [in_words(comparison, ranked), decay_in_words(comparison, solver, best, quick)]


def in_words(comparison: Comparison, ranked: list[Ranked]) -> str:
    tuned = {entry.model: entry for entry in ranked if entry.settings == "tuned"}
    peers = {model: entry.ndcg() for model, entry in tuned.items() if model != OURS}
    head = ["model", "rank", "iterations", "regularisation", "exponent", "weight", "stars"]
    budget = comparison.budget
    return RANKING.format(
        seeds=len(comparison.seeds),
        users=comparison.training.users,
        error=tuned[OURS].runs[0]["standard error"],
        random=budget.random,
        steps=budget.steps,
        finalists=budget.finalists,
        finalist_seeds=budget.seeds,
        table=report.table(["model", "", *METRICS], [entry.row() for entry in ranked]),
        verdict=report.verdict(OURS, tuned[OURS].ndcg(), peers, report.BY_SEEDS),
        settings=report.table(head, [own_terms(comparison.training, entry) for entry in tuned.values()]),
    )


def own_terms(training: Ratings, entry: Ranked) -> list[str]:
    """A trial as one would give it to the library: ours weighs unobserved pairs, the others observed ones."""
    trial = entry.trial
    liked = training.of_at_least(trial.min_rating)
    if entry.model == OURS:
        strength = own_regularization(liked, trial)
        weights = [f"{strength:.3g}", f"{trial.exponent:g}", f"unobserved {trial.unobserved_weight:.3g}"]
    else:
        strength = trial.ridge(liked) / trial.unobserved_weight
        weights = [f"{strength:.3g}", "", f"observed {1 / trial.unobserved_weight:.3g}"]
    return [entry.model, str(trial.rank), str(trial.iterations), *weights, f"{trial.min_rating:g}"]


def decay_in_words(comparison: Comparison, solver: Solver, trial: Trial, quick: bool) -> str:
    inner, validation = latest_held_out(comparison.training)
    places = [(inner, Holdout(inner, validation)), (comparison.training, comparison.holdout)]
    figures = {}
    for decay in time.decays()[: 2 if quick else None]:
        figures[decay] = [time.ndcg(solver, *place, trial, decay, comparison.seeds) for place in places]
        print(decay, *(report.spread(runs) for runs in figures[decay]))
    without, *decays = figures
    chosen = max(decays, key=lambda decay: np.mean(figures[decay][0]))
    effect = effect_of(np.array(figures[chosen][1]), np.array(figures[without][1]))
    return DECAY.format(
        seeds=len(comparison.seeds),
        table=report.table(
            ["half-life, years", "age counted from", "validation", "holdout"],
            [[*decay.row(), *(report.spread(runs) for runs in both)] for decay, both in figures.items()],
        ),
        verdict=f"{effect}, with the half-life that is best on validation: {' years from '.join(chosen.row())}.",
    )


def effect_of(with_decay: np.ndarray, without: np.ndarray) -> str:
    if report.BY_SEEDS.holds(with_decay, without):
        return "**It helps** by more than the spread over the seeds (worst seed against best)"
    if report.BY_SEEDS.holds(without, with_decay):
        return "**It harms** by more than the spread over the seeds (worst seed against best)"
    return "**It makes no difference** beyond the spread over the seeds (worst seed against best)"
