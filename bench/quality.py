#!/usr/bin/env python3
"""Measures how good our models are beside implicit, LensKit, Surprise and popularity, on a MovieLens data set.

Writes the part of bench/RESULTS.md between the `quality` markers. The environment that it needs is made on the first
run. `--quick` (two minutes) prints the same tables from one seed and few trials, and writes nothing.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.environment import QUALITY
from shared.page import publish
from shared.places import RESULTS, run


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the zip of a MovieLens data set, ml-latest-small")
    parser.add_argument("--quick", action="store_true", help="one seed and few trials; prints and writes nothing")
    chosen = parser.parse_args()
    if not chosen.data.is_file():
        parser.error(f"{chosen.data} is not a file: give the zip of a MovieLens data set with --data")
    return chosen


def main() -> None:
    chosen = arguments()
    sys.stdout.reconfigure(line_buffering=True)
    QUALITY.enter()
    # Only now, because these need what the environment has.
    from quality import explicit, ranking, report
    from quality.data import read
    from quality.ours import Solver, build

    solver = Solver(build())
    ratings = read(chosen.data)
    with ThreadPoolExecutor(max_workers=1) as aside:
        on_stars = aside.submit(explicit.part, ratings, solver, chosen.quick)
        on_lists = ranking.parts(ratings, solver, chosen.quick)
        heading = report.heading(chosen.data.stem, len(ratings), ratings.users, ratings.movies)
        parts = [heading, *on_lists, on_stars.result()]
    publish("quality", "\n\n".join(parts).strip() + "\n", None if chosen.quick else RESULTS)


if __name__ == "__main__":
    run(main)
