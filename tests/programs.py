"""The binaries of the project, run as a scheduler runs them: by flags and variables, judged by exit code, output."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(os.environ.get("CINELAKE_BIN") or ROOT / "target/release")
STEPS = ("ingest", "clean", "train", "evaluate", "recommend", "publish")
ASKS_DATABASE = ("ingest", "publish", "maintain")
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
GATE_CLOSED = 3
# Longer than any step on these small samples needs, on the slowest machine.
TIMEOUT = 120

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\S+Z +(TRACE|DEBUG|INFO|WARN|ERROR) ")
# A machine's own settings must not decide what the tests see.
WITHHELD = (
    *["RUN_ID", "LAKE_URI", "SOURCE", "DOWNLOADS", "THREADS", "PUSHGATEWAY_URL", "DATABASE_URL"],
    *["RUST_LOG", "LOG_FORMAT", "API_", "GRANT_", "REDIS_URL"],
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


def binary(name):
    path = BIN / name
    assert path.exists(), f"{path} does not exist: cargo build --release, or point CINELAKE_BIN at the binaries"
    return path


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
        return subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

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
        process.kill()
        return end(process, started).code == -signal.SIGKILL

    def succeed(self, task, *arguments, run_id=None):
        """Runs a task that must end well."""
        ended = self.run(task, *arguments, run_id=run_id)
        assert ended.code == 0, f"{task} ended with {ended.code}:\n{ended.output}{ended.errors}"
        return ended

    def go(self, source, run_id, flags=None, steps=STEPS):
        """Runs the steps in order, each with its flags; returns how each ended."""
        flags = {"ingest": ["--source", source]} | (flags or {})
        return {step: self.succeed(step, *flags.get(step, []), run_id=run_id) for step in steps}

    def copy(self, folder, database=None):
        """The lake as it is now, in another folder."""
        if self.lake.exists():
            shutil.copytree(self.lake, folder)
        return Pipeline(folder, database, self.threads)


def end(process, started):
    """Waits for a process to end by itself."""
    try:
        output, errors = process.communicate(timeout=TIMEOUT)
    finally:
        process.kill()
    return Ended(process.returncode, output, errors, time.monotonic() - started)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url):
    """Status and JSON of an answer."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


# What tokens are signed with where a test needs some.
SECRET = "a secret of the tests, long enough for them"


def token(scope):
    """A token of this scope, as `API_JWT_SECRET=SECRET` accepts it."""
    command = [binary("api"), "token", "--scope", scope, "--days", "1"]
    settings = environment(API_JWT_SECRET=SECRET)
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=TIMEOUT)
    assert ended.returncode == 0, f"no token: {ended.stderr}"
    return ended.stdout.strip()


@contextmanager
def serving(database, **settings):
    """The API on a free port, with these settings: its address, and its process."""
    address = f"127.0.0.1:{free_port()}"
    settings = environment(DATABASE_URL=database.url, API_LISTEN=address, **settings)
    process = subprocess.Popen([binary("api")], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 10
        while not answers(f"http://{address}/health"):
            assert process.poll() is None, "the api ended at its start"
            assert time.monotonic() < until, "the api does not answer"
            time.sleep(0.02)
        yield f"http://{address}", process
    finally:
        process.terminate()
        process.wait(10)


def answers(url):
    try:
        get(url)
    except (OSError, ValueError):
        return False
    return True
