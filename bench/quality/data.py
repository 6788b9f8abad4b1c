"""The ratings of a MovieLens zip, and the splits that `bench/quality.py` measures on."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Ratings:
    """Parallel arrays, one entry per rating; `user` and `movie` are dense indices that follow the order of the ids."""

    users: int
    movies: int
    user: np.ndarray
    movie: np.ndarray
    rating: np.ndarray
    at: np.ndarray

    def take(self, chosen: np.ndarray) -> Ratings:
        """The chosen ratings; the indices stay."""
        return Ratings(
            self.users, self.movies, self.user[chosen], self.movie[chosen], self.rating[chosen], self.at[chosen]
        )

    def of_at_least(self, stars: float) -> Ratings:
        return self.take(self.rating >= stars)

    def __len__(self) -> int:
        return len(self.user)

    def offsets(self) -> np.ndarray:
        """Where each user begins, once the ratings are sorted by user."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.user, minlength=self.users))])


def read(archive: Path) -> Ratings:
    """Sorted by user, then time, then movie, as `histories::Histories` sorts them."""
    with zipfile.ZipFile(archive) as files:
        name = next((name for name in files.namelist() if name.endswith("ratings.csv")), None)
        if name is None:
            raise SystemExit(f"{archive} holds no ratings.csv: give the zip of a MovieLens data set with --data")
        table = pd.read_csv(files.open(name))
    user_ids, user = np.unique(table["userId"].to_numpy(), return_inverse=True)
    movie_ids, movie = np.unique(table["movieId"].to_numpy(), return_inverse=True)
    at = table["timestamp"].to_numpy()
    order = np.lexsort((movie, at, user))
    ratings = Ratings(len(user_ids), len(movie_ids), user, movie, table["rating"].to_numpy().astype(np.float32), at)
    return ratings.take(order)


def latest_held_out(ratings: Ratings, share: float = 0.2) -> tuple[Ratings, Ratings]:
    """Each user's history without and of its latest `share`, rounded down: `histories::Histories::split`."""
    lengths = np.bincount(ratings.user, minlength=ratings.users)
    held_out = np.floor(lengths * share + 1e-9).astype(int)
    place = np.arange(len(ratings)) - np.repeat(ratings.offsets()[:-1], lengths)
    is_late = place >= np.repeat(lengths - held_out, lengths)
    return ratings.take(~is_late), ratings.take(is_late)


def randomly_held_out(ratings: Ratings, seed: int, share: float = 0.2) -> tuple[Ratings, Ratings]:
    """All ratings without and of a random `share` of them."""
    shuffled = np.random.default_rng(seed).permutation(len(ratings))
    is_held_out = np.zeros(len(ratings), dtype=bool)
    is_held_out[shuffled[: int(len(ratings) * share)]] = True
    return ratings.take(~is_held_out), ratings.take(is_held_out)
