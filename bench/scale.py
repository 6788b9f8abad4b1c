#!/usr/bin/env python3
"""Measures every step of the pipeline, from a data set to what is served, at several sizes, and how each grows.

For each data set it runs the six steps one after the other with a lake and a PostgreSQL (fsync on) of its own, and
takes the seconds, the processor time and the peak memory of each process, the bytes that the disk lost at most
meanwhile, and those that the lake and the database have in the end. Seconds are fitted by `ratings ^ exponent`: 1 is
in proportion.

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
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from service import postgres
from shared.machine import machine, revision
from shared.page import publish
from shared.places import LOCAL, TARGET, BenchError, run

STEPS = ("ingest", "clean", "train", "evaluate", "recommend", "publish")
# The lake, the database and what `clean` spreads over files, at their most, and the database's log.
BYTES_A_RATING = 60
LOG_BYTES = 4 << 30
# As the container stack has it.
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "max_connections": 50}


@dataclass(frozen=True)
class Took:
    """What one process needed."""

    seconds: float
    processor_seconds: float
    peak_bytes: int
    # What the disk lost since before the first step, at most: files without a name are in no folder.
    disk_bytes: int


@dataclass(frozen=True)
class Measured:
    """A data set, from its files to what is served."""

    source: str
    ratings: int
    steps: dict[str, Took]
    lake_bytes: int
    database_bytes: int
    train: str = ""

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
    for source in options.sources:
        result_of(folder_of(source, options)).unlink()


def measure(source, options):
    """Runs the steps, or those that are not done yet. What was measured stays until it is on the page."""
    print(source, flush=True)
    folder = folder_of(source, options)
    folder.mkdir(parents=True, exist_ok=True)
    result = result_of(folder)
    if result.exists():
        found = json.loads(result.read_text())
        return Measured(**found | {"steps": {name: Took(**took) for name, took in found["steps"].items()}})
    check_room(source, folder)
    lake = f"{options.lake.rstrip('/')}/{folder.name}" if options.lake else str(folder / "lake")
    notes = folder / "steps.json"
    before = folder / "free.json"
    if not before.exists():
        before.write_text(json.dumps(shutil.disk_usage(folder).free))
    disk = Disk(folder, json.loads(before.read_text()))
    steps = {name: Took(**took) for name, took in (json.loads(notes.read_text()) if notes.exists() else {}).items()}
    with postgres.running(folder, SETTINGS) as server:
        environment = {"LAKE_URI": lake, "RUN_ID": "scale", "DATABASE_URL": server.url, "SCRATCH_DIR": str(folder)}
        process(options.bin_dir / "admin", ["migrate"], environment, disk)
        for step in STEPS:
            if step not in steps:
                flags = {"ingest": ["--source", source], "train": [f"--{flag}" for flag in options.train]}.get(step, [])
                with disk:
                    steps[step], report = process(options.bin_dir / step, flags, environment, disk)
                print(f"  {step} {steps[step].seconds:.1f} s", flush=True)
                # What publish makes goes with the server.
                if step != "publish":
                    notes.write_text(json.dumps({name: asdict(took) for name, took in steps.items()}))
                if step == "ingest":
                    (folder / "report.json").write_text(json.dumps(report))
        ingested = {table["name"]: table for table in json.loads((folder / "report.json").read_text())["tables"]}
        size = int(server.sql("SELECT pg_database_size(current_database())"))
    on_disk = sum(path.stat().st_size for path in Path(lake).rglob("*") if path.is_file()) if not options.lake else 0
    measured = Measured(source, ingested["bronze/ratings"]["rows"], steps, on_disk, size, " ".join(options.train))
    result.write_text(json.dumps(asdict(measured)))
    shutil.rmtree(folder)
    return measured


def folder_of(source, options):
    return LOCAL / "bench" / "scale" / re.sub(r"\W+", "-", f"{source} {options.lake or ''}").strip("-")


def result_of(folder):
    return folder.with_name(f"{folder.name}.json")


def check_room(source, folder):
    """Before hours of work: a sample says how much it is."""
    found = re.fullmatch(r"sample:(\d+)([km]?)", source)
    if not found:
        return
    needed = int(found[1]) * {"": 1, "k": 10**3, "m": 10**6}[found[2]] * BYTES_A_RATING + LOG_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BenchError(f"{source} needs about {needed / 1e9:.0f} GB in {folder}, which has {free / 1e9:.0f} GB left")


class Disk:
    """Watches what the disk has lost."""

    def __init__(self, folder, free_before):
        self.folder, self.free_before = folder, free_before
        self.most, self.ended, self.watcher = 0, threading.Event(), None

    def __enter__(self):
        self.most = 0
        self.ended.clear()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.watcher.join()

    def watch(self):
        while not self.ended.wait(0.5):
            self.most = max(self.most, self.free_before - shutil.disk_usage(self.folder).free)


def process(program, flags, environment, disk):
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
    took = Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, disk.most)
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
    if any(one.train for one in measured):
        lines.append(f"| flags of `train` | {' | '.join(one.train or 'none' for one in measured)} | |")
    lake = ["-" if options.lake else f"{one.lake_bytes / one.ratings:.1f}" for one in measured]
    lines.append(f"| bytes a rating in the lake | {' | '.join(lake)} | |")
    disk = [f"{max(step.disk_bytes for step in one.steps.values()) / one.ratings:.1f}" for one in measured]
    lines.append(f"| bytes a rating that the disk lost at most | {' | '.join(disk)} | |")
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
