"""One piece of work of one peer, as a process of its own: `python -m speed.peers WORK ...`, one JSON object a line."""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from shared.places import LOCAL, REGULARIZATION, UNOBSERVED_WEIGHT

from . import data, loss


def emit(**values):
    print(json.dumps(values), flush=True)


def als(options):
    """implicit's model; its BLAS has one thread, as it advises, and its own loops have all."""
    # Imported here: the other peers must not load its BLAS.
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=options.rank,
        regularization=loss.IMPLICIT_REGULARIZATION,
        dtype=np.float32,
        use_native=True,
        use_cg=options.solver == "cg",
        iterations=options.iterations,
        calculate_training_loss=False,
        num_threads=options.threads,
        random_state=42,
    )
    model.cg_steps = 3
    return model


def implicit_train(options):
    """The seconds of each iteration, as implicit counts them: without its preparation of the data."""
    model = als(options)
    model.fit_callback = lambda iteration, seconds, _: emit(iteration=iteration + 1, seconds=seconds)
    model.fit(data.load(options.data).matrix(loss.CONFIDENCE), show_progress=False)


def implicit_loss(options):
    """Our loss of implicit's factors after each iteration, from the random factors that ours begin with.

    Users stand for its items and movies for its users, so that it solves movies first, as we do.
    """
    ratings = data.load(options.data)
    rows, columns = ratings.rows(), ratings.columns()
    model = als(options)
    start = factors(options, ratings)
    model.item_factors, model.user_factors = (side * np.float32(loss.STRETCH) for side in start)

    def report(iteration, _seconds, _loss):
        users, movies = (side / np.float32(loss.STRETCH) for side in (model.item_factors, model.user_factors))
        emit(iteration=iteration + 1, loss=loss.loss(rows, columns, users, movies, options.threads))

    model.fit_callback = report
    model.fit(ratings.matrix(loss.CONFIDENCE).T.tocsr(), show_progress=False)


def our_loss(options):
    """Our loss of our dumped factors, by the formula of this folder."""
    ratings = data.load(options.data)
    users, movies = factors(options, ratings)
    emit(loss=loss.loss(ratings.rows(), ratings.columns(), users, movies, options.threads))


def factors(options, ratings):
    """Factors that `bench train --dump` wrote."""
    sides = (("users.f32", ratings.users), ("movies.f32", ratings.movies))
    return [np.fromfile(options.factors / name, "<f4").reshape(rows, options.rank) for name, rows in sides]


def implicit_top_n(options):
    ratings = data.load(options.data)
    model = als(options)
    model.user_factors, model.item_factors = factors(options, ratings)
    matrix = ratings.matrix(loss.CONFIDENCE)
    users = np.arange(ratings.users)
    started = time.perf_counter()
    ids, scores = model.recommend(users, matrix, N=options.n, filter_already_liked_items=True)
    seconds = time.perf_counter() - started
    # Where a user has rated so much that fewer are left, it fills up with the least number there is.
    real = scores > -1e30
    emit(rows=len(ids), entries=int(real.sum()), score_sum=float(scores[real].sum(dtype=np.float64)), seconds=seconds)


def implicit_similar(options):
    ratings = data.load(options.data)
    model = als(options)
    model.user_factors, model.item_factors = factors(options, ratings)
    movies = np.arange(ratings.movies)
    started = time.perf_counter()
    ids, scores = model.similar_items(movies, N=options.n + 1)
    seconds = time.perf_counter() - started
    # It lists every movie as similar to itself; we do not.
    others = ids != movies[:, None]
    emit(
        rows=len(ids), entries=int(others.sum()), score_sum=float(scores[others].sum(dtype=np.float64)), seconds=seconds
    )


def spark(options):
    """The seconds of an iteration: the difference between longer and shorter fits, once the code is warm."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.ml.recommendation import ALS
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": options.memory,
        "spark.driver.host": "127.0.0.1",
        "spark.local.dir": str(LOCAL / "bench/spark"),
        "spark.sql.warehouse.dir": str(LOCAL / "bench/spark/warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master(f"local[{options.threads}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    pairs = session.read.parquet(str(options.data / "pairs.parquet")).cache()
    pairs.count()

    def fit(iterations):
        model = ALS(
            rank=options.rank,
            maxIter=iterations,
            implicitPrefs=True,
            # Its confidence is 1 + alpha r, with r = 1 here. It scales the regularisation by the number of ratings of
            # a row, so its minimum is another one; the work is the same.
            alpha=1 / UNOBSERVED_WEIGHT,
            regParam=REGULARIZATION / 100,
            checkpointInterval=-1,
            seed=42,
        )
        started = time.perf_counter()
        model.fit(pairs)
        return time.perf_counter() - started

    fit(1)
    shorter, longer = fit(1), fit(1 + options.iterations)
    emit(seconds=(longer - shorter) / options.iterations, shorter=shorter, longer=longer)
    session.stop()


def openblas(options):
    """The best rate of a large product by the BLAS that comes with numpy."""
    random = np.random.default_rng(1)
    left, right = (random.random((options.size, options.size), np.float32) for _ in range(2))
    product = np.empty_like(left)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        np.matmul(left, right, out=product)
        times.append(time.perf_counter() - started)
    emit(gflops=2 * options.size**3 / min(times) / 1e9, seconds=min(times))


WORK = {
    work.__name__.replace("_", "-"): work
    for work in (implicit_train, implicit_loss, our_loss, implicit_top_n, implicit_similar, spark, openblas)
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", choices=WORK)
    parser.add_argument("--data", type=Path, help="folder of the ratings")
    parser.add_argument("--factors", type=Path, help="folder of dumped factors")
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--iterations", type=int, default=1)
    parser.add_argument("--solver", choices=("cg", "cholesky"), default="cg")
    parser.add_argument("--n", type=int, default=100, help="length of a list")
    parser.add_argument("--size", type=int, default=4096, help="of the square matrices")
    parser.add_argument("--memory", default="8g", help="of Spark")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    WORK[options.work](options)


if __name__ == "__main__":
    sys.exit(main())
