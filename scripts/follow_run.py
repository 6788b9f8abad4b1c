"""Starts a run of the DAG over Airflow's REST interface, or finds the one under way, and tells of it task by task.

Airflow's address is AIRFLOW_URL, the password of its user admin AIRFLOW_ADMIN_PASSWORD. Needs nothing but Python 3.9,
so that it runs on any machine and inside Airflow's containers. Exit codes: 0 done, 1 failed, 3 no run (--only-active).
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

DAGS = ["cinelake", "cinelake_maintenance", "cinelake_activate"]
FINISHED = {"success", "failed", "skipped", "upstream_failed", "removed"}
SHOWN = {"success": "ok", "failed": "FAIL", "skipped": "skip", "upstream_failed": "-", "removed": "-"}


class Trouble(Exception):
    """What a person must be told, with the remedy."""


# Never through a proxy: all of this is on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def say(line):
    print(line, flush=True)


class Airflow:
    """Its REST interface, as the user admin."""

    def __init__(self, url, password):
        self.url = url.rstrip("/")
        self.password = password
        self.token = None

    def ask(self, method, path, body=None):
        """The decoded answer, with a new token when the old one has run out."""
        for attempt in range(2):
            if self.token is None:
                login = {"username": "admin", "password": self.password}
                self.token = self._send("POST", "/auth/token", login)["access_token"]
            try:
                return self._send(method, f"/api/v2{path}", body)
            except urllib.error.HTTPError as error:
                if error.code != 401 or attempt:
                    raise
                self.token = None
        raise AssertionError("unreachable")

    def _send(self, method, path, body):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with OPENER.open(request, timeout=30) as answer:
            return json.loads(answer.read().decode() or "null")


def reason_of(error):
    """What an answer with an error code says."""
    text = error.read().decode(errors="replace")
    try:
        return json.dumps(json.loads(text)["detail"]).strip('"')
    except (ValueError, KeyError, TypeError):
        return text[:300] or error.reason


def patiently(question, seconds, what):
    """The answer to a question that may take a while to be answerable."""
    until = time.monotonic() + seconds
    while True:
        try:
            return question()
        except urllib.error.HTTPError as error:
            reason = f"{error.code} {reason_of(error)}"
            if error.code in (400, 401, 403, 409, 422):
                break
        except (OSError, ValueError, KeyError) as error:
            reason = str(getattr(error, "reason", error))
        if time.monotonic() > until:
            break
        time.sleep(1)
    if reason.startswith("401"):
        raise Trouble(
            "Airflow refuses the password of admin: AIRFLOW_ADMIN_PASSWORD must be the one it was started with"
        )
    raise Trouble(f"{what}: {reason}")


def import_errors(airflow):
    """Why DAG files cannot be read, a line each."""
    errors = airflow.ask("GET", "/importErrors?limit=20")["import_errors"]
    return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]


def unpause(airflow, seconds):
    """Makes every DAG run when it is due; waits until they are parsed."""
    for dag in DAGS:
        try:
            patiently(
                lambda dag=dag: airflow.ask("PATCH", f"/dags/{dag}?update_mask=is_paused", {"is_paused": False}),
                seconds,
                f"Airflow does not know the DAG {dag}",
            )
        except Trouble as trouble:
            raise Trouble("; ".join([str(trouble), *import_errors(airflow)])) from trouble


def active_run(airflow, dag):
    """The id of the run under way, if any."""
    path = f"/dags/{dag}/dagRuns?state=running&state=queued&order_by=-run_after&limit=1"
    runs = airflow.ask("GET", path)["dag_runs"]
    return runs[0]["dag_run_id"] if runs else None


def trigger(airflow, dag, conf):
    """Starts a run; returns its id."""
    run = patiently(
        lambda: airflow.ask("POST", f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf}),
        30,
        "Airflow does not start a run",
    )
    return run["dag_run_id"]


def rows(airflow, path):
    """Of the report that a step left as its XCom: the tables it wrote, with their rows."""
    try:
        value = airflow.ask("GET", f"{path}/xcomEntries/return_value?deserialize=true")["value"]
        # Depending on the version the value comes as JSON or as its text.
        for _ in range(2):
            value = json.loads(value) if isinstance(value, str) else value
        tables = [f"{table['name']} {table['rows']:,}" for table in value["tables"] if table.get("rows") is not None]
    except (urllib.error.HTTPError, ValueError, KeyError, TypeError):
        return ""
    more = "" if len(tables) <= 3 else f" and {len(tables) - 3} more"
    prefix = "done before: " if value.get("outcome") == "already_done" else ""
    return prefix + ", ".join(tables[:3]) + more


def cause(airflow, path, attempt):
    """Why an attempt failed, as its log tells: the last exception, else the last error."""
    try:
        lines = airflow.ask("GET", f"{path}/logs/{attempt}?full_content=true")["content"]
    except (urllib.error.HTTPError, OSError, ValueError, KeyError):
        return "its log cannot be had"
    found = ""
    for line in lines if isinstance(lines, list) else []:
        if not isinstance(line, dict):
            continue
        details = line.get("error_detail") or []
        if details:
            found = str(details[0].get("exc_value") or details[0].get("exc_type"))
        elif line.get("level") in ("error", "critical") and not found:
            found = str(line.get("event"))
    return found.strip() or "its log gives no reason"


class Follower:
    """Tells of each task of a run once it has ended, and of each failed attempt."""

    def __init__(self, airflow, dag, run):
        self.airflow = airflow
        self.run_path = f"/dags/{dag}/dagRuns/{urllib.parse.quote(run, safe='')}"
        self.told = set()
        self.doing = None

    def look(self):
        """Prints what is new; the state of the run."""
        state = self.airflow.ask("GET", self.run_path)["state"]
        tasks = self.airflow.ask("GET", f"{self.run_path}/taskInstances?limit=100")["task_instances"]
        for task in sorted(tasks, key=lambda task: (task.get("end_date") or "~", task["task_id"])):
            self._tell(task)
        self._progress(tasks)
        return state

    def _tell(self, task):
        name, state, attempt = task["task_id"], task["state"], task.get("try_number") or 0
        path = f"{self.run_path}/taskInstances/{name}"
        key = (name, state, attempt)
        if key in self.told or state not in FINISHED | {"up_for_retry"}:
            return
        self.told.add(key)
        shown, detail = SHOWN.get(state, "again"), ""
        if state == "success":
            detail = rows(self.airflow, path)
        elif state in ("failed", "up_for_retry"):
            detail = cause(self.airflow, path, attempt)
        self._clear()
        say(f"  {shown:<5} {name:<24} {task.get('duration') or 0:5.0f} s  {detail}".rstrip())

    def _progress(self, tasks):
        doing = ", ".join(task["task_id"] for task in tasks if task["state"] == "running")
        if sys.stdout.isatty() and doing:
            self._clear()
            print(f"  ....  {doing}", end="", flush=True)

    @staticmethod
    def _clear():
        if sys.stdout.isatty():
            print("\r\033[K", end="")

    def follow(self, pause):
        """Until the run ends; Airflow may be away for two minutes. Its final state."""
        while True:
            state = patiently(self.look, 120, "Airflow no longer tells of the run")
            if state in ("success", "failed"):
                self._clear()
                return state
            time.sleep(pause)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conf", default="{}", help="parameters of a new run, as JSON")
    parser.add_argument("--dataset", help="the data set of a new run")
    parser.add_argument("--only-active", action="store_true", help="follow a run under way, start none")
    parser.add_argument("--wait", type=float, default=120, help="seconds Airflow may take to read the DAGs")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two looks")
    arguments = parser.parse_args()
    conf = json.loads(arguments.conf)
    if arguments.dataset:
        conf["dataset"] = arguments.dataset
    url = os.environ.get("AIRFLOW_URL", "http://127.0.0.1:8080")
    airflow = Airflow(url, os.environ.get("AIRFLOW_ADMIN_PASSWORD", ""))
    dag = DAGS[0]
    if not arguments.only_active:
        unpause(airflow, arguments.wait)
    run = patiently(lambda: active_run(airflow, dag), 30, "Airflow does not tell of its runs")
    if run:
        say(f"  notice: a run is under way and is followed: {run}")
    elif arguments.only_active:
        return 3
    else:
        run = trigger(airflow, dag, conf)
    state = Follower(airflow, dag, run).follow(arguments.pause)
    if state != "success":
        say(f"The run {run} failed; the live recommendations are as they were. Its logs: Airflow, DAG {dag}")
    return 0 if state == "success" else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"error: {trouble}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\ninterrupted: the run goes on in Airflow; run the same command again to follow it", file=sys.stderr)
        sys.exit(130)
