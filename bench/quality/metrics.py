"""The metrics of `tasks/evaluate`, over all users at once."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from .data import Ratings

LONGEST = 50


class Holdout:
    """Full ranking of the movies that somebody rated in training, without those that the user rated in training.

    Every held-out movie is relevant, whatever its stars, and counts as missed if it cannot be recommended.
    """

    def __init__(self, training: Ratings, held_out: Ratings) -> None:
        self._known = np.bincount(training.movie, minlength=training.movies) > 0
        self._seen = (training.user, training.movie)
        ones = np.ones(len(held_out), dtype=bool)
        shape = (training.users, training.movies)
        self._relevant = sp.csr_array((ones, (held_out.user, held_out.movie)), shape=shape).toarray()

    def measure(self, scores: np.ndarray) -> dict[str, float]:
        """The mean over users with something held out; `scores` has a row per user and a column per movie."""
        scores = scores.astype(np.float32)
        scores[:, ~self._known] = -np.inf
        scores[self._seen] = -np.inf
        # Of equal scores the lower movie comes first, as everywhere in Cinelake.
        lists = np.argsort(-scores, axis=1, kind="stable")[:, :LONGEST]
        listed = np.take_along_axis(scores, lists, axis=1) > -np.inf
        hits = np.take_along_axis(self._relevant, lists, axis=1) & listed
        relevant = self._relevant.sum(axis=1)
        measured = relevant > 0
        gains = 1.0 / np.log2(np.arange(2, 12))
        ideal = np.cumsum(gains)[np.minimum(relevant, 10)[measured] - 1]
        recommended = lists[measured, :10][listed[measured, :10]]
        ndcg = hits[measured, :10] @ gains / ideal
        return {
            "ndcg@10": float(np.mean(ndcg)),
            "standard error": float(np.std(ndcg) / np.sqrt(len(ndcg))),
            "recall@10": float(np.mean(hits[measured, :10].sum(axis=1) / relevant[measured])),
            "recall@50": float(np.mean(hits[measured].sum(axis=1) / relevant[measured])),
            "coverage@10": len(np.unique(recommended)) / int(self._known.sum()),
        }


def rating_errors(predicted: np.ndarray, held_out: Ratings) -> dict[str, float]:
    """In stars; predictions are first brought to the scale."""
    errors = np.clip(predicted, 0.5, 5.0) - held_out.rating
    return {"rmse": float(np.sqrt(np.mean(errors**2))), "mae": float(np.mean(np.abs(errors)))}
