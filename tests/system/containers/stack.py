"""A checkout of its own with the whole stack running from it, and what tests do to that stack."""

import csv
import io
import json
import os
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL
from threading import Event, Thread

from harness.airflow import Airflow
from harness.checkout import setup_environment
from harness.engine import USER, containers, docker, inspect, run
from harness.waiting import until
from harness.web import request

# Small enough for seconds, large enough to beat the popularity baseline.
SOURCE = "sample:100k"
PORTS = ["API", "AIRFLOW", "POSTGRES", "PROMETHEUS", "PUSHGATEWAY", "ALERTMANAGER", "GRAFANA"]


def settings(**more):
    """The environment for init.sh and compose, with retries within seconds."""
    ours = {"COMPOSE_PROFILES": "", "DATASET": SOURCE, "CINELAKE_RETRY_SECONDS": "2", "CINELAKE_MEMORY": "1g"}
    group = str(Path(socket_path()).stat().st_gid)
    return setup_environment(PORTS, **ours, DOCKER_GID=group) | more


def socket_path():
    return os.environ["DOCKER_HOST"].removeprefix("unix://")


class Stack:
    """The stack of one checkout. There can be one at a time: its volumes and networks have fixed names."""

    def __init__(self, folder, environment):
        self.folder = folder
        self.environment = environment

    def init(self, *arguments, check=True, timeout=900, **more):
        """Runs ./init.sh in the checkout; its messages are in `stdout` and `stderr`."""
        options = {"cwd": self.folder, "env": self.environment | more, "stdin": DEVNULL}
        return run("./init.sh", *arguments, check=check, timeout=timeout, **options)

    def compose(self, *arguments, check=True, timeout=600, **more):
        """Standard output of `docker compose ...`."""
        command = ["docker", "compose", *arguments]
        return run(*command, check=check, timeout=timeout, cwd=self.folder, env=self.environment | more).stdout

    def config(self, *profiles):
        """What compose makes of its file with these profiles."""
        flags = [word for profile in profiles for word in ("--profile", profile)]
        return json.loads(self.compose(*flags, "config", "--format", "json"))

    def env(self):
        """What .env says, with the settings that go before it."""
        lines = (line.partition("=") for line in (self.folder / ".env").read_text().splitlines())
        written = {name: value.strip("'\"") for name, sign, value in lines if sign and not name.startswith("#")}
        return written | {name: value for name, value in self.environment.items() if name in written}

    # Containers.

    def container(self, service):
        """The id of the service's container, running or not; None without one."""
        found = containers("label=com.docker.compose.project=cinelake", f"label=com.docker.compose.service={service}")
        return found[0] if found else None

    def state(self, service):
        """As `running healthy` or `exited 0`."""
        one = self.container(service)
        if one is None:
            return "absent"
        state = inspect(one)["State"]
        detail = state.get("Health", {}).get("Status", "") if state["Status"] == "running" else state["ExitCode"]
        return f"{state['Status']} {detail}".strip()

    def await_healthy(self, *services, seconds=120):
        for service in services:
            until(lambda one=service: self.state(one) == "running healthy", seconds, f"{service} being healthy")

    def stop(self, service, seconds=20):
        docker("stop", "-t", str(seconds), self.container(service))

    def kill(self, service, signal="KILL"):
        docker("kill", "-s", signal, self.container(service))

    def start(self, service, seconds=120):
        docker("start", self.container(service))
        self.await_healthy(service, seconds=seconds)

    def execute(self, service, *command, check=True, timeout=120):
        """Runs a program in the service's container: the ended process."""
        return run("docker", "exec", self.container(service), *command, check=check, timeout=timeout)

    def logs(self, service):
        ended = run("docker", "logs", self.container(service))
        return ended.stdout + ended.stderr

    def steps(self, step=None, run_id=None, dag=None, everything=True):
        """Containers of pipeline steps by their labels: the running ones, or all that are not removed yet."""
        labels = {"cinelake.step": step, "cinelake.run": run_id, "cinelake.dag": dag}
        filters = [f"label={name}={value}" for name, value in labels.items() if value is not None]
        return containers("label=cinelake.step", *filters, everything=everything)

    def await_step(self, step, run_id=None, seconds=120):
        """The id of a running container of the step."""
        found = until(lambda: self.steps(step, run_id, everything=False), seconds, f"a container of {step}", pause=0.05)
        return found[0]

    def kill_step(self, step, run_id=None, signal="KILL", seconds=120):
        """Kills the step's container as soon as it runs, and returns its id."""
        one = self.await_step(step, run_id, seconds)
        docker("kill", "-s", signal, one)
        return one

    def task(self, step, *arguments, check=True, environment=None):
        """Runs a step by hand on the lake and the data network, as the DAG would."""
        flags = [word for name, value in (environment or {}).items() for word in ("--env", f"{name}={value}")]
        flags += ["--network", "cinelake_data", "-v", "cinelake_lake:/lake", f"cinelake/{step}:local"]
        return run("docker", "run", "--rm", *flags, *arguments, check=check)

    def leave_a_container(self, step):
        """The id of a container of the step that nobody follows: a scheduler that died leaves such ones."""
        return docker("create", "--label", f"cinelake.step={step}", f"cinelake/{step}:local", "--help")

    # The lake.

    @property
    def lake(self):
        """The folder of the tables."""
        return Path(inspect("cinelake_lake")["Mountpoint"])

    @contextmanager
    def small_lake(self, megabytes=64):
        """Has the lake on a disk in memory for a while, with so much room left: that this is full harms nobody else."""
        lake = self.lake
        held = int(run("du", "-sm", lake).stdout.split()[0])
        options = f"size={held + megabytes}m,uid={USER},gid={USER},mode=755"
        with tempfile.TemporaryDirectory() as aside:
            run("cp", "-a", f"{lake}/.", aside)
            run("mount", "-t", "tmpfs", "-o", options, "tmpfs", lake)
            run("cp", "-a", f"{aside}/.", lake)
        disk = SmallDisk(lake)
        try:
            yield disk
        finally:
            disk.free()
            with tempfile.TemporaryDirectory() as aside:
                run("cp", "-a", f"{lake}/.", aside)
                run("umount", lake)
                run("find", lake, "-mindepth", "1", "-delete")
                run("cp", "-a", f"{aside}/.", lake)

    # Services.

    @property
    def airflow(self):
        env = self.env()
        return Airflow(f"http://127.0.0.1:{env['AIRFLOW_PORT']}", env["AIRFLOW_ADMIN_PASSWORD"])

    def api(self, path, method="GET", body=None, headers=None):
        """(status, answer) of a call of the API."""
        return request(method, f"http://127.0.0.1:{self.env()['API_PORT']}{path}", body, headers)

    def psql(self, statement, database="cinelake", user="postgres"):
        """The rows of a statement, as text, asked inside of the server's container."""
        command = ["psql", "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database]
        command += ["-c", statement]
        return list(csv.reader(io.StringIO(self.execute("postgres", *command).stdout)))

    def history(self, run_id):
        """What PostgreSQL keeps of how the run went: the outcome and the report."""
        ((outcome, report),) = self.psql(f"SELECT outcome, report FROM runs WHERE run_id = '{run_id}'")
        return outcome, json.loads(report)

    def watch_api(self, path):
        """Asks again and again beside a test: see Watch."""
        return Watch(lambda: self.api(path))

    # Life.

    def remove(self):
        """Everything of it, volumes included."""
        steps = containers("label=cinelake.step")
        if steps:
            docker("rm", "-f", *steps)
        self.compose("--profile", "*", "down", "--volumes", "--remove-orphans", "--timeout", "2", check=False)
        docker("volume", "rm", "-f", "cinelake_lake")


class SmallDisk:
    """Takes all the room there is, and gives it back."""

    def __init__(self, folder):
        self.filler = folder / "filler"

    def fill(self):
        room = os.statvfs(self.filler.parent)
        with self.filler.open("wb") as file:
            for _ in range(room.f_bavail):
                file.write(bytes(room.f_frsize))

    def free(self):
        self.filler.unlink(missing_ok=True)


class Watch:
    """Asks the same question in a thread while the `with` block runs; `answers` has (seconds, answer) of each."""

    def __init__(self, question, pause=0.1):
        self.question = question
        self.pause = pause
        self.answers = []

    def __enter__(self):
        self.over = Event()
        self.thread = Thread(target=self.ask, daemon=True)
        self.thread.start()
        return self

    def ask(self):
        started = time.monotonic()
        while not self.over.is_set():
            try:
                answer = self.question()
            except OSError as error:
                answer = (0, str(error))
            self.answers.append((time.monotonic() - started, answer))
            self.over.wait(self.pause)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(35)
