"""Cinelake's own solver, through the example program `bench` of the crate `als`."""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shared.places import ROOT

from .data import Ratings


@dataclass(frozen=True)
class Model:
    """The factors and biases as written by the example, in single precision."""

    mean: float
    users: np.ndarray
    movies: np.ndarray
    user_biases: np.ndarray
    movie_biases: np.ndarray

    def scores(self) -> np.ndarray:
        """A row per user, a column per movie."""
        return self.mean + self.user_biases[:, None] + self.movie_biases + self.users @ self.movies.T

    def of_pairs(self, user: np.ndarray, movie: np.ndarray) -> np.ndarray:
        """The predicted ratings of pairs."""
        biases = self.user_biases[user] + self.movie_biases[movie]
        return self.mean + biases + np.einsum("ij,ij->i", self.users[user], self.movies[movie])


def build() -> Path:
    """Builds the example as it is released, and gives its path."""
    command = ["cargo", "build", "--release", "--locked", "--workspace", "--example", "bench"]
    subprocess.run([*command, "--message-format=short", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target/release/examples/bench"


@dataclass(frozen=True)
class Solver:
    """Fits models with the program built at `program`."""

    program: Path

    def fit(
        self,
        objective: str,
        training: Ratings,
        *,
        rank: int,
        iterations: int,
        regularization: float,
        exponent: float = 1.0,
        unobserved_weight: float = 0.0,
        confidence_alpha: float = 0.0,
        seed: int = 42,
    ) -> Model:
        """The parameters are those of `als::Config`."""
        flags = {
            "movies": training.movies,
            "objective": objective,
            "rank": rank,
            "iterations": iterations,
            "regularization": regularization,
            "regularization-exponent": exponent,
            "unobserved-weight": unobserved_weight,
            "confidence-alpha": confidence_alpha,
            "seed": seed,
            "threads": 1,
        }
        words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
        with tempfile.TemporaryDirectory() as folder:
            files = Path(folder)
            training.offsets().astype("<u8").tofile(files / "offsets.u64")
            training.movie.astype("<u4").tofile(files / "columns.u32")
            training.rating.astype("<f4").tofile(files / "values.f32")
            command = [self.program, "train", files, *words, "--dump", files]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout

            def numbers_in(name: str) -> np.ndarray:
                return np.fromfile(files / name, dtype="<f4")

            return Model(
                next(json.loads(line)["global_mean"] for line in answer.splitlines() if "global_mean" in line),
                numbers_in("users.f32").reshape(training.users, rank),
                numbers_in("movies.f32").reshape(training.movies, rank),
                numbers_in("user_biases.f32"),
                numbers_in("movie_biases.f32"),
            )
