#!/usr/bin/env python3
"""Measures training and ranking beside implicit and Spark MLlib, and writes the part on speed of bench/RESULTS.md.

Makes a virtual environment with the peers (.local/bench-venv), generates the ratings (`ingest --source sample:SIZE`,
then `clean`; kept in .local/bench), builds the solver's program (crates/als/examples/bench), and lets all take turns,
each piece of work as a process of its own with the same number of threads. Then it checks that everybody solved the
same problem: our loss after each iteration must be at most implicit's.

Run it on a machine that does nothing else. Needs Rust, Python 3.11 or newer, Java 17 or newer for Spark, and the
pipeline's binaries: cargo build --release --locked --workspace --bins.

Ends with 1 when a loss of ours is higher, with 0 otherwise, whether the targets are reached or not.
"""

import argparse
from pathlib import Path

from shared import environment
from shared.page import publish
from shared.places import RESULTS, TARGET, run
from speed.rows import ROWS

ROW_NAMES = (*ROWS, "loss")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="20m", help="ratings of the sample: 20m, or 1m for a check of two minutes")
    parser.add_argument("--repeats", type=int, help="processes of each contestant [default: 3 for 20m, else 1]")
    parser.add_argument("--threads", type=int, default=2, help="threads of everybody [default: 2]")
    parser.add_argument("--only", nargs="+", choices=ROW_NAMES, metavar="ROW", help=f"of {', '.join(ROW_NAMES)}")
    parser.add_argument("--bin-dir", type=Path, default=TARGET / "release", help="where `ingest` and `clean` are")
    parser.add_argument("--fresh", action="store_true", help="generate the ratings anew")
    parser.add_argument("--output", type=Path, help="page to write [default: bench/RESULTS.md for all rows of 20m]")
    return parser.parse_args()


def main():
    options = parse()
    environment.SOLVERS.enter()
    # What follows needs the environment.
    from speed import checks, contestants, data, report

    print("preparing", flush=True)
    ratings = data.prepare(options.size, options.bin_dir.resolve(), options.fresh)
    setting = contestants.Setting(ratings, ratings.folder / "factors", options.threads)
    contestants.prepare(setting)
    rows = [name for name in ROW_NAMES if name in (options.only or ROW_NAMES)]
    everybody = contestants.contestants(setting)
    measured, repeats = measure(options, everybody, rows)
    losses = None
    if "loss" in rows:
        print("comparing losses", flush=True)
        losses = checks.compare_losses(setting, everybody)
    rows = [name for name in rows if name != "loss"]
    sentences = checks.compare_rankings(measured)
    page = report.speed(setting, options.size, repeats, everybody, measured, rows, losses, sentences)
    publish("speed", page, output(options))
    return 0 if losses is None or losses.passed else 1


def measure(options, everybody, rows):
    """Measures the contestants of these rows."""
    from speed import contestants

    needed = {name for row in rows if row in ROWS for name in ROWS[row].contestants}
    chosen = {name: contestant for name, contestant in everybody.items() if name in needed}
    repeats = options.repeats or (3 if options.size == "20m" else 1)
    print("measuring", flush=True)
    return contestants.measure(chosen, repeats), repeats


def output(options):
    """Where the results belong. Part of the rows, or a smaller sample, is only a check."""
    return options.output or (RESULTS if options.size == "20m" and not options.only else None)


if __name__ == "__main__":
    run(main)
