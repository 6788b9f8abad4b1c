"""A checkout of its own that runs as ./init.sh --local --monitoring leaves it, and what happens to it."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx
import psycopg2

from harness.airflow import Airflow
from harness.checkout import copy_checkout, link_or_copy, setup_environment
from harness.load import Load, Request
from harness.places import missing_binaries
from harness.prometheus_api import Prometheus
from harness.waiting import until
from harness.web import request

# Small enough for seconds, large enough to beat the popularity baseline.
SOURCE = "sample:100k"
PORTS = ["API", "AIRFLOW", "POSTGRES", "PROMETHEUS", "PUSHGATEWAY", "NODE_EXPORTER", "POSTGRES_EXPORTER"]
PORTS += ["STATSD_EXPORTER", "STATSD"]
# Often enough that a minute has many of them.
INTERVAL = 2
# The longest way of a figure from where it is counted to a panel, on a machine that does much else.
PATIENCE = 90
PROGRAMS = ["prometheus", "promtool", "prometheus-pushgateway", "prometheus-node-exporter"]
PROGRAMS += ["prometheus-postgres-exporter"]
# A model that forgets everything: the baseline is better.
HOPELESS = {"regularization": 1000, "iterations": 1}


def statsd_exporter():
    """The path of the program: what ./test.sh compiled, or what is installed."""
    named = os.environ.get("STATSD_EXPORTER") or shutil.which("statsd_exporter")
    return Path(named) if named and Path(named).exists() else None


def obstacle():
    """Why this cannot run here, or nothing."""
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)} (apt-get install prometheus and the packages of those names)"
    return missing_binaries()


def daily(seconds):
    """Every day at the time that it is so many seconds from now."""
    return time.strftime("%M %H * * *", time.gmtime(time.time() + seconds))


def settings():
    """The environment of init.sh, with retries within seconds."""
    # The nightly run is far away. The clean-up was due a minute ago, so that Airflow makes up for it: of scheduled runs
    # alone there is a delay.
    schedules = {"CINELAKE_SCHEDULE": daily(12 * 3600), "CINELAKE_MAINTENANCE_SCHEDULE": daily(-60)}
    often = {"CINELAKE_RETRY_SECONDS": "1", "PROMETHEUS_INTERVAL": f"{INTERVAL}s"}
    return setup_environment(PORTS, DATASET=SOURCE, **often, **schedules)


@dataclass
class Machine:
    """One checkout in a folder of its own.

    `started` is when, `due` when all that happened must be seen; `runs` has the ids of the DAG's runs by their end.
    """

    folder: Path
    environment: dict[str, str]
    started: float = 0
    due: float = 0
    runs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def create(cls, folder):
        """The files, the programs, and the virtual environment that these tests have, too."""
        copy_checkout(folder)
        (folder / ".local/tools").mkdir(parents=True)
        if program := statsd_exporter():
            link_or_copy(program, folder / ".local/tools/statsd_exporter")
        if (Path(sys.prefix) / "signature").exists():
            (folder / ".local/airflow").mkdir()
            (folder / ".local/airflow/venv").symlink_to(sys.prefix)
        return cls(folder, settings())

    @classmethod
    def load(cls, folder):
        kept = json.loads((folder / ".local/machine.json").read_text())
        return cls(**kept | {"folder": folder})

    def save(self):
        (self.folder / ".local/machine.json").write_text(json.dumps(asdict(self), default=str))

    def init(self, *arguments):
        """Runs ./init.sh to its end. Not to pipes: the services would inherit them and keep them open."""
        log = self.folder / ".local/init.log"
        with log.open("w") as output:
            options = {"cwd": self.folder, "env": self.environment, "stdin": subprocess.DEVNULL, "timeout": 1200}
            code = subprocess.run(["./init.sh", *arguments], stdout=output, stderr=output, **options).returncode
        assert code == 0, f"./init.sh {' '.join(arguments)} ended with {code}:\n{log.read_text()}"
        return log.read_text()

    def address(self, name):
        return f"http://127.0.0.1:{self.environment[f'{name}_PORT']}"

    def secret(self, name):
        return (self.folder / ".local/secrets" / name).read_text().strip()

    @property
    def statsd(self):
        """Whether Airflow's figures arrive at all."""
        return (self.folder / ".local/tools/statsd_exporter").exists()

    @property
    def prometheus(self):
        return Prometheus(self.address("PROMETHEUS"))

    @property
    def airflow(self):
        return Airflow(self.address("AIRFLOW"), json.loads(self.secret("airflow-passwords.json"))["admin"])

    def connect(self):
        """To the database as dashboards do."""
        options = {"host": "127.0.0.1", "port": self.environment["POSTGRES_PORT"], "dbname": "cinelake"}
        return psycopg2.connect(user="cinelake_read", password=self.secret("cinelake_read"), **options)

    def rows(self, statement, *values):
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall()

    def run(self, conf, state, dag="cinelake"):
        """Has the scheduler do a run, which must end as this; its id."""
        run = self.airflow.trigger(dag, conf)
        self.airflow.await_run(dag, run, seconds=420, state=state)
        return run

    def lock_versions(self, seconds):
        """Lets the API wait in vain for what is live: some of its calls end as 503."""
        options = {"host": "127.0.0.1", "port": self.environment["POSTGRES_PORT"], "dbname": "cinelake"}
        with closing(psycopg2.connect(user="postgres", password=self.secret("postgres"), **options)) as connection:
            connection.cursor().execute("LOCK TABLE versions IN ACCESS EXCLUSIVE MODE")
            until(lambda: request("GET", f"{self.address('API')}/models")[0] == 503, seconds, "a 503 of the API")
            # Once more: of a counter that was never seen before, Prometheus knows no increase.
            request("GET", f"{self.address('API')}/models")

    def revisit(self):
        """Asks again for what it has: the answers are 304."""
        with httpx.Client(base_url=self.address("API"), trust_env=False) as client:
            tag = client.get("/reco/5").headers["etag"]
            for _ in range(4):
                assert client.get("/reco/5", headers={"if-none-match": tag}).status_code == 304
                time.sleep(INTERVAL)

    def live(self):
        """Three good runs (the first is that of ./init.sh), one that the gate stops, one without news; and load."""
        self.started = time.time()
        self.init("--local", "--monitoring")
        conf = {"dataset": SOURCE}
        with Load(self.address("API"), 2, choose):
            # Three good ones are a past to compare with.
            self.run(conf, "success")
            self.runs["published"] = self.run(conf, "success")
            self.runs["gate_closed"] = self.run(conf | HOPELESS, "failed")
            self.runs["unchanged"] = self.run(conf | {"skip_unchanged": True}, "success")
            self.lock_versions(60)
            self.revisit()
            self.run({}, "success", dag="cinelake_maintenance")
            until(lambda: "firing" in self.states("QualityGateClosed"), 180, "the alert of the closed gate")
        self.settle()
        self.due = time.time() + PATIENCE

    def settle(self):
        """Waits until all that was counted is asked for and evaluated, also by the rules that use others."""
        for _ in range(2):
            now = self.prometheus.now()
            for moment in ("min(timestamp(up))", "min(prometheus_rule_group_last_evaluation_timestamp_seconds)"):
                until(lambda asked=moment, at=now: self.prometheus.values(asked).get((), 0) > at, 60, moment)

    def arrives(self, look):
        """What it sees, once that is true; until all must have arrived it looks again and again."""
        while not (seen := look()) and time.time() < self.due:
            time.sleep(INTERVAL / 2)
        return seen

    def states(self, alert):
        """Of the alert's rules: inactive, pending or firing."""
        return {one["state"] for one in self.prometheus.rules() if one["name"] == alert}


def choose(chance):
    """What people ask for, and now and then something that is not there."""
    # As fast as people, not as fast as it goes: the pipeline runs beside it.
    time.sleep(0.01)
    user, movie = chance.randint(1, 600), chance.randint(1, 3000)
    paths = [f"/reco/{user}?n=10", "/reco/random", f"/movies/{movie}/similar", f"/movies/{movie}", "/popular"]
    paths += [f"/score/{user}/{movie}", "/movies?n=5", "/genres", "/models", "/models/live", "/health", "/"]
    paths += ["/reco/99999999", "/nowhere"]
    return Request(chance.choice(paths))
