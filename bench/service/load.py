"""What makes the load: wrk for the services, pgbench for the database."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shared.places import BenchError

SCRIPT = Path(__file__).with_name("requests.lua")
TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class Failure(BenchError):
    """A load that says nothing: it was not answered, or not well."""


@dataclass(frozen=True)
class Figures:
    """What came of one load: answers per second; latencies in milliseconds where they are known."""

    rate: float
    p50: float | None = None
    p99: float | None = None


def check_wrk():
    if not shutil.which("wrk"):
        raise BenchError("wrk is missing: sudo apt-get install wrk   (macOS: brew install wrk)")


def wrk(address, kind, size, connections, seconds, seed):
    """Asks for so many seconds, on so many connections. Every answer must be good."""
    threads = min(2, connections)
    # wrk counts an answer that takes longer as an error.
    flags = ["-t", threads, "-c", connections, "-d", f"{seconds}s", "--timeout", "20s", "-s", SCRIPT, address]
    arguments = ["--", kind, size.users, size.films, seed]
    said = output(["wrk", *flags, *arguments])
    found = json.loads(said.splitlines()[-1])
    if not found["requests"] or found["refused"] or found["broken"]:
        raise Failure(f"of {found['requests']} requests {found['refused']} were refused, {found['broken']} broken")
    return Figures(found["requests"] / found["seconds"], found["p50"], found["p99"])


def pgbench(server, script, size, connections, seconds, seed):
    """Runs a script for so many seconds with prepared statements, on so many connections."""
    threads = min(2, connections)
    load = ["-n", "-M", "prepared", "-c", connections, "-j", threads, "-T", seconds, f"--random-seed={seed}"]
    said = output([server.programs / "pgbench", *load, "-f", script, "-D", f"users={size.users}", server.url])
    found = TPS.search(said)
    if not found:
        raise Failure(f"pgbench tells no rate: {said[-500:]}")
    return Figures(float(found[1]))


def output(command):
    """What a program prints."""
    ended = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if ended.returncode:
        raise Failure(f"{command[0]} ended with {ended.returncode}: {(ended.stdout + ended.stderr).strip()[-500:]}")
    return ended.stdout
