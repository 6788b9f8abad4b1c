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

import quality_venv


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
    quality_venv.enter()
    # Only now, because these need what the environment has.
    import quality_explicit
    import quality_ranking
    import quality_report as report
    from quality_data import read
    from quality_ours import Solver, build

    solver = Solver(build())
    ratings = read(chosen.data)
    with ThreadPoolExecutor(max_workers=1) as aside:
        explicit = aside.submit(quality_explicit.part, ratings, solver, chosen.quick)
        ranking = quality_ranking.parts(ratings, solver, chosen.quick)
        heading = report.heading(chosen.data.stem, len(ratings), ratings.users, ratings.movies)
        parts = [heading, *ranking, explicit.result()]
    if chosen.quick:
        print("\n\n".join(parts))
    else:
        report.write("\n\n".join(parts))


if __name__ == "__main__":
    main()
