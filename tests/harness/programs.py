"""The binaries of the project, run as a scheduler runs them: by flags and variables, judged by exit code, output."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from .places import STEPS, binary

ASKS_DATABASE = ("ingest", "publish", "admin", "maintain")
# A model that takes no time, with every parameter pinned: the defaults may change, these small samples do not.
SMALL = {
    "train": [
        *["--rank", "8", "--iterations", "8", "--regularization", "0.01", "--regularization-exponent", "1"],
        *["--unobserved-weight", "0.1", "--min-rating", "0"],
    ],
    # Which of two such models is better is no question here.
    "evaluate": ["--max-regression", "1"],
    "recommend": ["--top-n", "30", "--similar-n", "10"],
}
# A model that learns next to nothing.
POOR = ["--rank", "1", "--iterations", "1", "--regularization", "1000"]
GATE_CLOSED = 3
# Longer than any step on these small samples needs, on the slowest machine.
TIMEOUT = 120

# Every task that was started; one that a failed test has left is ended by `end_all`.
STARTED = []

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\S+Z +(TRACE|DEBUG|INFO|WARN|ERROR) ")
# A machine's own settings must not decide what the tests see.
WITHHELD = (
    *["RUN_ID", "LAKE_URI", "SOURCE", "DOWNLOADS", "THREADS", "PUSHGATEWAY_URL", "DATABASE_URL"],
    *["MAX_REJECTED", "MEMORY", "RUST_LOG", "LOG_FORMAT", "API_", "GRANT_", "REDIS_URL"],
)


@dataclass
class Ended:
    """How a program ended."""

    code: int
    output: str
    errors: str
    seconds: float

    @property
    def report(self):
        """The last line of standard output."""
        return json.loads(self.output.splitlines()[-1])

    @property
    def versions(self):
        """Version by table of the report."""
        return {table["name"]: table["version"] for table in self.report["tables"]}

    @property
    def complaint(self):
        """The one error line. Fails when there are more or none, or anything that is no log line or final report."""
        lines = [line for line in (self.output + self.errors).splitlines() if line.strip()]
        if self.code == GATE_CLOSED:
            lines.remove(self.output.splitlines()[-1])
        strange = [line for line in lines if not LOG_LINE.match(line)]
        complaints = [line for line in lines if " ERROR " in line]
        assert strange == [], f"lines that are no log lines: {strange}"
        assert len(complaints) == 1, f"expected one error line:\n{self.output}{self.errors}"
        return complaints[0]


def environment(**settings):
    """The variables a program gets: those of the machine that are not ours, and these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(WITHHELD)}
    return kept | {name: str(value) for name, value in settings.items() if value is not None}


# A small process between us and the program: what was measured of a child begins with the memory of its parent.
MEASURE = """
import os, subprocess, sys
with open(sys.argv[1], "wb") as log:
    process = subprocess.Popen(sys.argv[2:], stdout=log, stderr=log)
    _, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024)
"""


def measured(task, log, **settings):
    """Runs a task by its variables, with all it says in a file: exit code, seconds, and bytes of memory at the most."""
    started = time.monotonic()
    command = [sys.executable, "-S", "-c", MEASURE, log, binary(task)]
    ended = subprocess.run(
        command, env=environment(**settings), capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    code, memory = map(int, ended.stdout.split())
    return code, time.monotonic() - started, memory


@dataclass
class Pipeline:
    """A lake, the database it publishes to, and the programs between them."""

    lake: Path
    database: object = None
    threads: int | None = None
    # More variables for every task.
    settings: dict = field(default_factory=dict)

    def start(self, task, *arguments, run_id=None, env=None):
        """Starts a task; the caller waits for it."""
        url = self.database.url if self.database and task in ASKS_DATABASE else None
        own = {"LAKE_URI": self.lake, "RUN_ID": run_id, "DATABASE_URL": url, "THREADS": self.threads}
        settings = environment(**own | self.settings | (env or {}))
        command = [binary(task), *map(str, arguments)]
        process = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        STARTED.append(process)
        return process

    def run(self, task, *arguments, run_id=None, env=None):
        """Runs a task to its end."""
        started = time.monotonic()
        return end(self.start(task, *arguments, run_id=run_id, env=env), started)

    def kill(self, reached, task, *arguments, run_id=None):
        """Starts a task and kills it when the point is reached; whether it was in time."""
        started = time.monotonic()
        process = self.start(task, *arguments, run_id=run_id)
        while process.poll() is None and not reached():
            assert time.monotonic() - started < TIMEOUT
            # Often enough to be there between two files, and the other processor is free for the task.
            time.sleep(0.0005)
        process.kill()
        return end(process, started).code == -signal.SIGKILL

    def succeed(self, task, *arguments, run_id=None):
        """Runs a task that must end well."""
        ended = self.run(task, *arguments, run_id=run_id)
        assert ended.code == 0, f"{task} ended with {ended.code}:\n{ended.output}{ended.errors}"
        return ended

    def succeed_at_once(self, count, task, *arguments, run_id=None):
        """Starts a task so many times at the same moment; every one must end well."""
        attempts = [self.start(task, *arguments, run_id=run_id) for _ in range(count)]
        ended = [end(attempt, time.monotonic()) for attempt in attempts]
        assert [one.code for one in ended] == [0] * count, "".join(one.output + one.errors for one in ended)

    def go(self, source, run_id, flags=None, steps=STEPS):
        """Runs the steps in order, each with its flags; returns how each ended."""
        flags = {"ingest": ["--source", source]} | (flags or {})
        return {step: self.succeed(step, *flags.get(step, []), run_id=run_id) for step in steps}

    def copy(self, folder, database=None):
        """The lake as it is now, in another folder."""
        if self.lake.exists():
            shutil.copytree(self.lake, folder)
        return Pipeline(folder, database, self.threads)


def logged(process, words):
    """Waits until a task has logged these words; returns all it wrote up to the end of that line."""
    found = b""
    while words.encode() not in found or not found.endswith(b"\n"):
        # Not by a buffer: what would be left in it is lost to `end`.
        letter = os.read(process.stdout.fileno(), 1)
        assert letter, f"it ended before it logged {words!r}:\n{found.decode()}"
        found += letter
    return found.decode()


def end(process, started, before=""):
    """Waits for a process to end by itself; `before` is what was read of its output already."""
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    return Ended(process.returncode, before + output, errors, time.monotonic() - started)


def end_all():
    """Kills the tasks that still run."""
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.wait()
