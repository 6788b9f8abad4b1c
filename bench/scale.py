#!/usr/bin/env python3
"""Measures every step of the pipeline, from a data set to what is served, at several sizes, and how each grows.

For each data set it runs the six steps one after the other with a lake and a PostgreSQL (fsync on) of its own, and
takes the seconds, the processor time and the peak memory of each process, and the bytes that the lake and the database
have in the end. Seconds are fitted by `ratings ^ exponent`: 1 is in proportion.

A step that is done is not done again: interrupted, run it again and it goes on. Afterwards the data are removed. Run it
on a machine that does nothing else. Needs the pipeline's programs (cargo build --release --locked --workspace --bins)
and PostgreSQL's.

  python3 bench/scale.py sample:20m sample:100m
  python3 bench/scale.py sample:20m --lake s3://bucket/bench     # by the AWS_ variables, docs/lake.md
"""

import argparse
import json
import math
import os
import re
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service import postgres
from shared.machine import machine, revision
from shared.page import publish
from shared.places import LOCAL, TARGET, BenchError, run

STEPS = ("ingest", "clean", "train", "evaluate", "recommend", "publish")
# Bronze and silver, what `clean` spreads over files, and the database, at their most: measured at 20 million.
BYTES_A_RATING = 160
# As the container stack has it.
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "max_connections": 50}


@dataclass(frozen=True)
class Took:
    """What one process needed."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Measured:
    """A data set, from its files to what is served."""

    source: str
    ratings: int
    steps: dict[str, Took]
    lake_bytes: int
    database_bytes: int

    @property
    def seconds(self):
        return sum(step.seconds for step in self.steps.values())


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="as of `ingest --source`: sample:20m, a zip, ...")
    parser.add_argument("--lake", help="address of an object store instead of a folder in .local/bench")
    parser.add_argument("--bin-dir", type=Path, default=TARGET / "release", help="where the programs are")
    parser.add_argument("--train", nargs="+", default=[], metavar="FLAG", help="flags of `train`, as rank=128")
    parser.add_argument("--output", type=Path, help="page to write, as bench/RESULTS.md [default: none]")
    return parser.parse_args()


def main():
    options = parse()
    measured = [measure(source, options) for source in options.sources]
    publish("scale", page(sorted(measured, key=lambda one: one.ratings), options), options.output)


def measure(source, options):
    """Runs the steps, or those that are not done yet."""
    print(source, flush=True)
    folder = LOCAL / "bench" / "scale" / re.sub(r"\W+", "-", f"{source} {options.lake or ''}").strip("-")
    folder.mkdir(parents=True, exist_ok=True)
    check_room(source, folder)
    lake = f"{options.lake.rstrip('/')}/{folder.name}" if options.lake else str(folder / "lake")
    notes = folder / "steps.json"
    steps = {name: Took(**took) for name, took in (json.loads(notes.read_text()) if notes.exists() else {}).items()}
    with postgres.running(folder, SETTINGS) as server:
        environment = {"LAKE_URI": lake, "RUN_ID": "scale", "DATABASE_URL": server.url, "SCRATCH_DIR": str(folder)}
        process(options.bin_dir / "admin", ["migrate"], environment)
        for step in STEPS:
            if step not in steps:
                flags = {"ingest": ["--source", source], "train": [f"--{flag}" for flag in options.train]}.get(step, [])
                steps[step], report = process(options.bin_dir / step, flags, environment)
                print(f"  {step} {steps[step].seconds:.1f} s", flush=True)
                # What publish makes goes with the server.
                if step != "publish":
                    notes.write_text(json.dumps({name: asdict(took) for name, took in steps.items()}))
                if step == "ingest":
                    (folder / "report.json").write_text(json.dumps(report))
        ingested = {table["name"]: table for table in json.loads((folder / "report.json").read_text())["tables"]}
        size = int(server.sql("SELECT pg_database_size(current_database())"))
    on_disk = sum(path.stat().st_size for path in Path(lake).rglob("*") if path.is_file()) if not options.lake else 0
    shutil.rmtree(folder)
    return Measured(source, ingested["bronze/ratings"]["rows"], steps, on_disk, size)


def check_room(source, folder):
    """Before hours of work: a sample says how much it is."""
    found = re.fullmatch(r"sample:(\d+)([km]?)", source)
    needed = int(found[1]) * {"": 1, "k": 10**3, "m": 10**6}[found[2]] * BYTES_A_RATING if found else 0
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BenchError(f"{source} needs about {needed / 1e9:.0f} GB in {folder}, which has {free / 1e9:.0f} GB left")


def process(program, flags, environment):
    """Runs a program; what it needed, and its report."""
    started = time.perf_counter()
    try:
        running = subprocess.Popen(
            [program, *flags],
            env={**os.environ, "RUST_LOG": "warn", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        remedy = "build it with `cargo build --release --locked --workspace --bins`, or name its folder: --bin-dir"
        raise BenchError(f"{program} cannot be run ({error.strerror}): {remedy}") from error
    with running.stdout as output:
        said = output.read()
    _, status, usage = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if running.returncode:
        raise BenchError(f"{program.name} ended with {running.returncode}: {said.strip()[-2000:]}")
    took = Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
    return took, json.loads(said.splitlines()[-1])


def page(measured, options):
    """The part of the page of results."""
    sources = " | ".join(f"{one.source}: s, CPU s, peak" for one in measured)
    lines = [
        "## Scale",
        "",
        f"- {datetime.now(UTC).date()}, {machine()}",
        f"- Cinelake {revision()}; the lake in {'an object store' if options.lake else 'a folder'}; one run each; "
        "PostgreSQL on the same machine, fsync on",
        "",
        f"| step | {sources} | grows with ratings ^ |",
        f"| --- |{' --- |' * len(measured)} --- |",
    ]
    for step in STEPS:
        cells = [shown(one.steps[step]) for one in measured]
        growth = exponent([(one.ratings, one.steps[step].seconds) for one in measured])
        lines.append(f"| {step} | {' | '.join(cells)} | {growth} |")
    totals = [f"**{one.seconds:.0f} s**" for one in measured]
    lines.append(f"| all | {' | '.join(totals)} | {exponent([(one.ratings, one.seconds) for one in measured])} |")
    lake = ["-" if options.lake else f"{one.lake_bytes / one.ratings:.1f}" for one in measured]
    lines.append(f"| bytes a rating in the lake | {' | '.join(lake)} | |")
    database = [f"{one.database_bytes / one.ratings:.1f}" for one in measured]
    lines.append(f"| bytes a rating in the database | {' | '.join(database)} | |")
    return "\n".join([*lines, ""])


def shown(took):
    return f"{took.seconds:.1f}, {took.processor_seconds:.1f}, {took.peak_bytes / 1e6:,.0f} MB"


def exponent(points):
    """The slope of the straight line through the logarithms; nothing for a single size."""
    points = [(math.log(ratings), math.log(seconds)) for ratings, seconds in points]
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((at - x) ** 2 for at, _ in points)
    return f"{sum((at - x) * (value - y) for at, value in points) / spread:.2f}" if spread else ""


if __name__ == "__main__":
    run(main)
