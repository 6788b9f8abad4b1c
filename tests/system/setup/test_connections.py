"""test-connections.py against small real servers: what it finds, what it advises, how it ends."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys

import pytest

from harness.places import ROOT
from harness.small_servers import Airflow, careless_store, http_server, postgres_greeter
from harness.waiting import free_port

API = {
    "GET /health": (200, {"status": "ok", "database": "connected", "model_version": 3}),
    "GET /reco/random": (200, {"user_id": 7, "results": [{"title": "Amélie"}]}),
    "GET /ui/": (200, "<title>Cinelake</title>"),
    "GET /app/": (200, "<title>Cinelake: the app is not built</title>"),
}
PROMETHEUS_TARGET = {"labels": {"job": "api"}, "health": "up", "scrapeUrl": "http://api:8000/metrics", "lastError": ""}


def prometheus(*targets):
    return {
        "GET /-/ready": (200, "ready"),
        "GET /api/v1/targets": (200, {"data": {"activeTargets": list(targets)}}),
    }


def grafana(code=200, health=None):
    return {
        "GET /api/health": (200, {"database": "ok"}),
        "GET /api/datasources": (200, [{"uid": "cinelake-prometheus", "name": "Prometheus"}]),
        "GET /api/datasources/uid/cinelake-prometheus/health": (code, health or {"status": "OK", "message": "works"}),
    }


class Stack:
    """A checkout in which test-connections.py runs, and the servers that it finds."""

    def __init__(self, folder, servers):
        self.folder = folder
        self.servers = servers
        self.environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment |= {
            f"{name}_PORT": str(free_port())
            for name in ["API", "AIRFLOW", "POSTGRES", "PROMETHEUS", "PUSHGATEWAY", "GRAFANA"]
        }
        self.environment["LAKE_URI"] = str(folder / "lake")

    def serve(self, name, routes):
        port = int(self.environment[f"{name}_PORT"])
        self.servers.enter_context(http_server(routes, port))

    def serve_postgres(self, **options):
        self.environment["POSTGRES_PORT"] = str(self.servers.enter_context(postgres_greeter(**options)))

    def ask(self, *arguments, mode="local"):
        command = [sys.executable, str(self.folder / "test-connections.py"), "--mode", mode, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def rows(self, *arguments):
        """The checks by name."""
        ended = self.ask("--json", *arguments)
        report = json.loads(ended.stdout)
        assert ended.returncode == (0 if report["ok"] else 1)
        return {row["check"]: row for row in report["checks"]}


@pytest.fixture
def stack(tmp_path):
    shutil.copy(ROOT / "test-connections.py", tmp_path)
    shutil.copytree(ROOT / "connections", tmp_path / "connections")
    shutil.copytree(ROOT / "airflow/dags", tmp_path / "airflow/dags")
    (tmp_path / "lake").mkdir()
    secrets = tmp_path / ".local/secrets"
    secrets.mkdir(parents=True)
    (secrets / "airflow-passwords.json").write_text(json.dumps({"admin": Airflow.PASSWORD}))
    with contextlib.ExitStack() as servers:
        yield Stack(tmp_path, servers)


@pytest.fixture
def well(stack):
    """Everything that must run without Docker runs."""
    stack.serve("API", API)
    stack.serve("AIRFLOW", Airflow().routes())
    stack.serve_postgres()
    return stack


def test_a_well_stack_is_a_table_without_remedies_and_ends_with_0(well):
    ended = well.ask()
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[0].split() == ["check", "target", "state", "ms", "detail"]
    assert "Amélie" in ended.stdout
    assert "FAILED" not in ended.stdout and "remedy" not in ended.stdout
    assert not list((well.folder / "lake").iterdir())


def test_what_is_optional_and_does_not_run_is_no_failure_until_it_is_required(well):
    assert {row["state"] for name, row in well.rows().items() if "prometheus" in name} == {"-"}
    rows = well.rows("--require", "prometheus")
    assert rows["prometheus"]["state"] == "FAILED" and rows["grafana"]["state"] == "-"


def test_monitoring_that_was_started_without_containers_must_run(well):
    (well.folder / ".local/run").mkdir()
    (well.folder / ".local/run/prometheus.pid").touch()
    rows = well.rows()
    assert rows["prometheus"]["state"] == "FAILED" and "--monitoring" in rows["prometheus"]["remedy"]
    assert rows["pushgateway"]["state"] == "-"


def test_nothing_running_fails_with_a_remedy_for_each_required_part(stack):
    rows = stack.rows()
    failed = {name: row for name, row in rows.items() if row["state"] == "FAILED"}
    assert {"api", "api -> postgres", "recommendation", "postgres", "airflow scheduler", "DAG cinelake"} <= set(failed)
    assert all(row["remedy"] for row in failed.values())
    assert "remedy: " in stack.ask().stdout


def test_an_api_without_its_database_says_so(well, stack):
    unwell = {"status": "unavailable", "database": "unreachable", "detail": "no database"}
    with http_server({"GET /health": (503, unwell)}) as port:
        stack.environment["API_PORT"] = str(port)
        rows = stack.rows()
    assert rows["api"]["state"] == rows["api -> postgres"]["state"] == rows["recommendation"]["state"] == "FAILED"
    assert rows["api -> postgres"]["detail"] == "database is unreachable"


@pytest.mark.parametrize(
    ("answer", "told"), [((404, {"detail": "no such pages"}), "answers 404"), ((200, "{}"), "/app/ is no page")]
)
def test_front_ends_that_are_not_served_are_told(stack, answer, told):
    stack.serve("API", API | {"GET /app/": answer})
    row = stack.rows()["front ends"]
    assert row["state"] == "FAILED" and told in row["detail"] and "API_APP_DIR" in row["remedy"]


def test_front_ends_are_shown_by_their_titles(well):
    assert well.rows()["front ends"]["detail"] == "/ui/ Cinelake, /app/ Cinelake: the app is not built"


def test_something_else_on_the_port_of_postgresql_is_told(well):
    well.serve_postgres(letter=b"H")
    assert "no PostgreSQL" in well.rows()["postgres"]["detail"]


@pytest.mark.parametrize(
    ("path", "answer", "check", "told"),
    [
        ("GET /api/v2/dags/cinelake", (200, {"is_paused": True}), "DAG cinelake", "is paused"),
        ("GET /api/v2/dags/cinelake", (404, {"detail": "not found"}), "DAG cinelake", "answers 404"),
        (
            "GET /api/v2/importErrors",
            (200, {"import_errors": [{"filename": "cinelake.py", "stack_trace": "Traceback\nKeyError: 'x'\n"}]}),
            "DAG files",
            "cinelake.py: KeyError: 'x'",
        ),
        ("POST /auth/token", (401, {"detail": "no"}), "DAG files", "refuses the password of admin"),
        (
            "GET /api/v2/monitor/health",
            (200, {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "unhealthy"}}),
            "airflow scheduler",
            "status is unhealthy",
        ),
    ],
)
def test_each_fault_of_airflow_has_its_row(stack, path, answer, check, told):
    stack.serve("AIRFLOW", Airflow().routes() | {path: answer})
    row = stack.rows()[check]
    assert row["state"] == "FAILED" and told in row["detail"] and row["remedy"]


def test_every_target_of_prometheus_must_be_up(well):
    down = PROMETHEUS_TARGET | {"labels": {"job": "node"}, "health": "down", "lastError": "connection refused"}
    well.serve("PROMETHEUS", prometheus(PROMETHEUS_TARGET, down))
    row = well.rows()["prometheus targets"]
    assert row["state"] == "FAILED" and "node" in row["detail"] and "connection refused" in row["detail"]


def test_every_datasource_of_grafana_must_work(well):
    well.serve("PROMETHEUS", prometheus(PROMETHEUS_TARGET))
    well.serve("GRAFANA", grafana(400, {"status": "ERROR", "message": "no route to host"}))
    rows = well.rows()
    assert rows["prometheus targets"]["state"] == rows["grafana"]["state"] == "ok"
    assert rows["grafana datasources"]["detail"] == "Prometheus: no route to host"


def test_a_lake_that_cannot_be_written_is_told(well):
    well.environment["LAKE_URI"] = str(well.folder / "nowhere")
    row = well.rows()["lake writable"]
    assert row["state"] == "FAILED" and str(well.folder / "nowhere") in row["target"]


def test_an_object_store_must_answer(well):
    well.environment["LAKE_URI"] = "s3://lake"
    assert well.rows()["lake reachable"]["state"] == "-"
    with careless_store(403, "AccessDenied") as port:
        well.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"
        assert well.rows()["lake reachable"]["state"] == "ok"
    row = well.rows()["lake reachable"]
    assert row["state"] == "FAILED" and "docs/lake.md" in row["remedy"]


def test_a_name_node_must_take_connections(well):
    well.environment["LAKE_URI"] = "hdfs://films/lake"
    assert well.rows()["lake reachable"]["state"] == "-"
    with socket.create_server(("127.0.0.1", 0)) as node:
        well.environment["LAKE_URI"] = f"hdfs://127.0.0.1:{node.getsockname()[1]}/lake"
        assert well.rows()["lake reachable"]["state"] == "ok"
    row = well.rows()["lake reachable"]
    assert row["state"] == "FAILED" and "docs/lake.md" in row["remedy"]


def test_containers_without_docker_are_told_in_one_line(stack):
    stack.environment["PATH"] = str(stack.folder)
    ended = stack.ask(mode="docker")
    assert ended.returncode == 1 and ended.stderr.startswith("error: ") and len(ended.stderr.splitlines()) == 1


# Docker's answers for a stack whose API is published for all the world.
DOCKER = """import json, sys
arguments = sys.argv[1:]
labels = {{"com.docker.compose.service": "api"}}
ports = {{"8000/tcp": [{{"HostIp": "{address}", "HostPort": "{port}"}}]}}
state = {{"Status": "running", "ExitCode": 0, "Health": {{"Status": "{health}"}}}}
scheduler = {{"com.docker.compose.service": "airflow-scheduler"}}
if arguments[0] == "ps":
    print("a b")
elif arguments[0] == "inspect":
    shared = {{"Name": "/cinelake-x-1", "State": state}}
    print(json.dumps([
        shared | {{"Config": {{"Labels": labels}}, "NetworkSettings": {{"Ports": ports}}}},
        shared | {{"Config": {{"Labels": scheduler}}, "NetworkSettings": {{"Ports": {{}}}}}},
    ]))
elif arguments[0] == "exec":
    print("200 {info}")
elif arguments[0] == "image":
    print("10001:10001")
elif arguments[0] == "run" and "--user=10001:10001" not in arguments:
    sys.exit("not the user of the steps")
elif arguments[0] == "run":
    print("a file written")
"""


def in_containers(stack, address="127.0.0.1", health="healthy", info=403):
    """The rows where docker answers so; the mode is found without being told."""
    port = stack.environment.pop("API_PORT")
    with http_server(API, int(port)):
        program = stack.folder / "docker_stand_in.py"
        program.write_text(DOCKER.format(address=address, port=port, health=health, info=info))
        # A first line with the interpreter would not survive a space in its path.
        docker = stack.folder / "docker"
        docker.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" "$@"\n')
        docker.chmod(0o755)
        stack.environment["PATH"] = str(stack.folder)
        command = [sys.executable, str(stack.folder / "test-connections.py"), "--json"]
        ended = subprocess.run(command, env=stack.environment, capture_output=True, text=True, timeout=60)
    report = json.loads(ended.stdout)
    assert report["mode"] == "docker"
    return {row["check"]: row for row in report["checks"]}


def test_containers_are_found_with_the_ports_they_publish(stack):
    rows = in_containers(stack)
    checks = ["container api", "api", "recommendation", "scheduler -> docker", "lake writable", "ports"]
    assert {name: rows[name]["state"] for name in checks} == dict.fromkeys(checks, "ok")


def test_each_fault_of_the_containers_has_its_row(stack):
    rows = in_containers(stack, address="0.0.0.0", health="unhealthy", info=200)
    assert "0.0.0.0" in rows["ports"]["detail"] and rows["ports"]["state"] == "FAILED"
    assert rows["container api"]["detail"] == "running, but unhealthy"
    assert "must be refused" in rows["scheduler -> docker"]["detail"]
