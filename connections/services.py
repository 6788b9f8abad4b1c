"""The questions to the services that both modes have: API, PostgreSQL, Airflow, monitoring."""

from __future__ import annotations

import json
import re
import socket
import urllib.error
from functools import cache

from .question import HOST, TIMEOUT_SECONDS, Check, Unwell, basic, get, get_json
from .stack import ROOT, Stack

AIRFLOW_PARTS = ["metadatabase", "scheduler", "dag_processor", "triggerer"]


def api_checks(stack: Stack) -> list[Check]:
    """The service people call, and its database."""
    port = stack.port("API_PORT")
    base, target = f"http://{HOST}:{port}", f"{HOST}:{port}"

    def health() -> str:
        health = get_json(f"{base}/health")
        if health.get("status") != "ok":
            raise Unwell(f"status is {health.get('status')}")
        return ", ".join(
            f"{key} {value}" for key, value in health.items() if key in ("model_version", "version", "run_id")
        )

    def database() -> str:
        try:
            state = get_json(f"{base}/health").get("database")
        except urllib.error.HTTPError as error:
            state = _body(error).get("database")
        if state != "connected":
            raise Unwell(f"database is {state}")
        return state

    def recommendation() -> str:
        answer = get_json(f"{base}/reco/random?n=3")
        results = answer.get("results")
        if not results:
            raise Unwell("no recommendation for a random user")
        return f"user {answer.get('user_id')}: {results[0]['title']}"

    def front_ends() -> str:
        shown = []
        for path in ("/ui/", "/app/"):
            title = re.search("<title>(.*?)</title>", get(f"{base}{path}"))
            if title is None:
                raise Unwell(f"{path} is no page")
            shown.append(f"{path} {title[1]}")
        return ", ".join(shown)

    return [
        Check("api", target, health, "./init.sh status; a model is live once the pipeline has published"),
        Check("api -> postgres", target, database, "start PostgreSQL (./init.sh); the API connects again by itself"),
        Check("recommendation", target, recommendation, "run the pipeline (./init.sh); its publish step fills this"),
        Check("front ends", target, front_ends, "API_UI_DIR and API_APP_DIR name their folders; ./init.sh sets both"),
    ]


def _body(error: urllib.error.HTTPError) -> dict:
    body = json.loads(error.read().decode())
    return body if isinstance(body, dict) else {}


def postgres_check(stack: Stack) -> Check:
    """Asks whether TLS is spoken, which any PostgreSQL server answers with one letter and without a password."""
    port = stack.port("POSTGRES_PORT")

    def ask() -> str:
        with socket.create_connection((HOST, port), TIMEOUT_SECONDS) as connection:
            connection.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
            if connection.recv(1) not in (b"S", b"N"):
                raise Unwell("whatever listens there is no PostgreSQL")
        return "accepts connections"

    return Check("postgres", f"{HOST}:{port}", ask, "./init.sh starts it; POSTGRES_PORT must be the one it has")


def expected_dags() -> set[str]:
    """The ids that our DAG files name."""
    files = (ROOT / "airflow/dags").glob("*.py")
    return {name for file in files for name in re.findall(r'\bDAG\(\s*"(\w+)"', file.read_text())}


def airflow_checks(stack: Stack) -> list[Check]:
    """Every part of Airflow, its database, and our DAGs."""
    port = stack.port("AIRFLOW_PORT")
    base, target = f"http://{HOST}:{port}", f"{HOST}:{port}"

    @cache
    def token() -> str:
        login = {"username": "admin", "password": stack.airflow_password}
        try:
            return get_json(f"{base}/auth/token", body=login)["access_token"]
        except urllib.error.HTTPError as error:
            if error.code in (401, 403, 422):
                raise Unwell("refuses the password of admin") from error
            raise

    def rest(path: str):
        return get_json(f"{base}/api/v2{path}", headers={"Authorization": f"Bearer {token()}"})

    def part(name: str) -> str:
        state = get_json(f"{base}/api/v2/monitor/health")[name]
        if state.get("status") != "healthy":
            raise Unwell(f"status is {state.get('status')}")
        beat = next((value for key, value in state.items() if key.startswith("latest_") and value), "")
        return f"healthy, last heard {beat[11:19]} UTC" if beat else "healthy"

    def parsed() -> str:
        errors = rest("/importErrors?limit=20")["import_errors"]
        if errors:
            first = errors[0]
            raise Unwell(f"{first['filename']}: {first['stack_trace'].strip().splitlines()[-1]}")
        return "no import errors"

    def dag(name: str) -> str:
        found = rest(f"/dags/{name}")
        if found.get("has_import_errors"):
            raise Unwell("its file has import errors")
        if found.get("is_paused"):
            raise Unwell("is paused")
        return f"parsed, unpaused, next run {(found.get('next_dagrun_run_after') or 'by hand')[:16]}"

    logs = "docker logs of that container" if stack.mode == "docker" else ".local/logs"
    names = {"metadatabase": "airflow -> postgres"}
    return [
        *(
            Check(
                names.get(name, f"airflow {name}"),
                target,
                lambda name=name: part(name),
                f"./init.sh starts it; see {logs}",
            )
            for name in AIRFLOW_PARTS
        ),
        Check("DAG files", target, parsed, "correct the file; it is read again within a minute"),
        *(
            Check(
                f"DAG {name}", target, lambda name=name: dag(name), f"unpause {name} in Airflow, or run ./init.sh again"
            )
            for name in sorted(expected_dags())
        ),
    ]


def monitoring_checks(stack: Stack, required: set[str]) -> list[Check]:
    """Metrics from where they arise to where they are shown; optional where they do not run."""
    ports = {name: stack.port(f"{name.upper()}_PORT") for name in ("prometheus", "pushgateway", "grafana")}
    base = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    must = {name: name in required or stack.started(name) for name in ports}
    by_profile = "COMPOSE_PROFILES=monitoring in .env, then ./init.sh"
    start = by_profile if stack.mode == "docker" else "./init.sh --local --monitoring"

    def ready(name: str, path: str) -> str:
        get(base[name] + path)
        return "ready"

    def targets() -> str:
        found = get_json(f"{base['prometheus']}/api/v1/targets?state=active")["data"]["activeTargets"]
        down = [one for one in found if one.get("health") != "up"]
        if down:
            one = down[0]
            name = one["labels"].get("job") or one.get("scrapePool")
            more = f" and {len(down) - 1} more" if len(down) > 1 else ""
            raise Unwell(f"{name} ({one.get('scrapeUrl')}) is {one.get('health')}{more}: {one.get('lastError')}")
        if not found:
            raise Unwell("it has no targets")
        return f"{len(found)} up: {', '.join(sorted({one['labels'].get('job', '?') for one in found}))}"

    def datasources() -> str:
        login = basic("admin", stack.settings.get("GRAFANA_ADMIN_PASSWORD", "admin"))
        try:
            found = get_json(f"{base['grafana']}/api/datasources", headers=login)
        except urllib.error.HTTPError as error:
            if error.code == 401:
                raise Unwell("refuses GRAFANA_ADMIN_PASSWORD") from error
            raise
        if not found:
            raise Unwell("none is provisioned")
        for one in found:
            try:
                state = get_json(f"{base['grafana']}/api/datasources/uid/{one['uid']}/health", headers=login)
            except urllib.error.HTTPError as error:
                raise Unwell(f"{one['name']}: {_body(error).get('message') or error.reason}") from error
            if state.get("status") != "OK":
                raise Unwell(f"{one['name']}: {state.get('message')}")
        return ", ".join(one["name"] for one in found)

    def check(name: str, service: str, ask, remedy: str) -> Check:
        return Check(name, f"{HOST}:{ports[service]}", ask, remedy, must[service])

    return [
        check("prometheus", "prometheus", lambda: ready("prometheus", "/-/ready"), start),
        check(
            "prometheus targets", "prometheus", targets, "start the target named here; its own row or log tells more"
        ),
        check("pushgateway", "pushgateway", lambda: ready("pushgateway", "/-/ready"), start),
        check("grafana", "grafana", lambda: ready("grafana", "/api/health"), by_profile),
        check(
            "grafana datasources", "grafana", datasources, "the datasource's address and password, grafana/provisioning"
        ),
    ]
