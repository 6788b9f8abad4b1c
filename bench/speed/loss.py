"""Our loss, computed apart from our code, and how implicit's problem is the same one.

Ours, with every confidence 1 and every row regularised alike (nu = 0):

    L(X, Y) = sum over rated (1 - <x, y>)^2 + a sum over all <x, y>^2 + l (|X|^2 + |Y|^2)

implicit's (Hu et al. 2008), with the confidence c wherever rated:

    H(X, Y) = sum over rated c (1 - <x, y>)^2 + sum over the others <x, y>^2 + h (|X|^2 + |Y|^2)

With g = 1 + a, c = g / a and h = l g / a they have the same minima up to scale, for all X and Y:

    L(X, Y) = a / g^2 H(sqrt(g) X, sqrt(g) Y) + ratings (1 - 1 / g)
"""

from concurrent.futures import ThreadPoolExecutor
from math import sqrt

import numpy as np

from shared.places import REGULARIZATION, UNOBSERVED_WEIGHT, BenchError

GAMMA = 1 + UNOBSERVED_WEIGHT
CONFIDENCE = GAMMA / UNOBSERVED_WEIGHT
IMPLICIT_REGULARIZATION = REGULARIZATION * GAMMA / UNOBSERVED_WEIGHT
# By this implicit's factors are longer than ours.
STRETCH = sqrt(GAMMA)

# How many ratings are scored at once.
CHUNK = 1 << 16


def loss(rows, columns, users, movies, threads):
    """Our loss of these factors, exactly, without the dense matrix of scores."""

    def observed(start):
        chunk = slice(start, start + CHUNK)
        scores = np.einsum("ij,ij->i", users[rows[chunk]], movies[columns[chunk]])
        return np.square(1 - scores.astype(np.float64)).sum()

    with ThreadPoolExecutor(threads) as pool:
        total = sum(pool.map(observed, range(0, len(rows), CHUNK)))
    gramians = [gramian(side) for side in (users, movies)]
    unobserved = UNOBSERVED_WEIGHT * (gramians[0] * gramians[1]).sum()
    return float(total + unobserved + REGULARIZATION * sum(np.trace(gramian) for gramian in gramians))


def gramian(side):
    wide = side.astype(np.float64)
    return wide.T @ wide


def check_formulas():
    """Compares `loss` and the mapping with dense arithmetic on small random factors."""
    random = np.random.default_rng(1)
    rated = random.random((40, 30)) < 0.2
    rows, columns = (axis.astype(np.int32) for axis in np.nonzero(rated))
    for _ in range(3):
        users, movies = (random.normal(size=(count, 5)).astype(np.float32) * 0.4 for count in rated.shape)
        ours = dense_ours(rated, users, movies)
        theirs = dense_implicit(rated, STRETCH * users, STRETCH * movies)
        mapped = UNOBSERVED_WEIGHT / GAMMA**2 * theirs + rated.sum() * (1 - 1 / GAMMA)
        sparse = loss(rows, columns, users, movies, threads=1)
        if not (np.isclose(ours, mapped, rtol=1e-6) and np.isclose(ours, sparse, rtol=1e-6)):
            raise BenchError(f"the formulas of the loss disagree: {ours} dense, {sparse} sparse, {mapped} mapped")


def dense_ours(rated, users, movies):
    scores = users.astype(np.float64) @ movies.T
    everywhere = UNOBSERVED_WEIGHT * np.square(scores).sum()
    return np.square(1 - scores)[rated].sum() + everywhere + REGULARIZATION * norms(users, movies)


def dense_implicit(rated, users, movies):
    scores = users.astype(np.float64) @ movies.T
    confidence = np.where(rated, CONFIDENCE, 1.0)
    return (confidence * np.square(rated - scores)).sum() + IMPLICIT_REGULARIZATION * norms(users, movies)


def norms(users, movies):
    return sum(np.square(side.astype(np.float64)).sum() for side in (users, movies))
