"""Airflow over its REST interface."""

import urllib.parse

from .waiting import until
from .web import request

FINISHED = {"success", "failed", "skipped", "upstream_failed", "removed"}


class Airflow:
    """As its user admin."""

    def __init__(self, url, password):
        self.url = url
        self.password = password
        self.token = None

    def ask(self, method, path, body=None, headers=None):
        """(status, answer) of a call of /api/v2, with a new token when the old one has run out."""
        status = answer = None
        for _ in range(2):
            if self.token is None:
                login = {"username": "admin", "password": self.password}
                status, answer = request("POST", f"{self.url}/auth/token", login)
                assert status == 201, answer
                self.token = answer["access_token"]
            bearer = {"Authorization": f"Bearer {self.token}", **(headers or {})}
            status, answer = request(method, f"{self.url}/api/v2{path}", body, bearer)
            if status != 401:
                break
            self.token = None
        return status, answer

    def get(self, path):
        status, answer = self.ask("GET", path)
        assert status == 200, f"{path}: {status} {answer}"
        return answer

    def change(self, method, path, body):
        status, answer = self.ask(method, path, body)
        assert status in (200, 201), f"{path}: {status} {answer}"
        return answer

    def dags(self):
        return {dag["dag_id"]: dag for dag in self.get("/dags?limit=100")["dags"]}

    def import_errors(self):
        return self.get("/importErrors")["import_errors"]

    def pause(self, dag, paused=True):
        return self.change("PATCH", f"/dags/{dag}", {"is_paused": paused})

    def trigger(self, dag, conf=None, run_id=None):
        """Starts a run and returns its id."""
        body = {"logical_date": None, "conf": conf or {}}
        if run_id is not None:
            body["dag_run_id"] = run_id
        return self.change("POST", f"/dags/{dag}/dagRuns", body)["dag_run_id"]

    def run(self, dag, run_id):
        return self.get(f"/dags/{dag}/dagRuns/{quote(run_id)}")

    def runs(self, dag):
        return self.get(f"/dags/{dag}/dagRuns?limit=100")["dag_runs"]

    def tasks(self, dag, run_id):
        """The run's task instances by task id; of a mapped task the last one."""
        path = f"/dags/{dag}/dagRuns/{quote(run_id)}/taskInstances?limit=100"
        return {task["task_id"]: task for task in self.get(path)["task_instances"]}

    def states(self, dag, run_id):
        return {name: task["state"] for name, task in self.tasks(dag, run_id).items()}

    def await_run(self, dag, run_id, seconds=300, state="success"):
        """The run when it has ended; fails, with the states of its tasks, if that is not as the given state."""

        def ended():
            run = self.run(dag, run_id)
            return run if run["state"] in ("success", "failed") else None

        run = until(ended, seconds, f"the end of {run_id}: {dag}")
        assert run["state"] == state, f"{run_id} ended as {run['state']}: {self.states(dag, run_id)}"
        return run

    def await_task(self, dag, run_id, task, *states, seconds=180):
        """The task instance once it is in one of these states; fails, with those of all tasks, if it ends otherwise."""

        def settled():
            one = self.tasks(dag, run_id).get(task)
            return one if one and one["state"] in {*states, *FINISHED} else None

        one = until(settled, seconds, f"{task} of {run_id} being {' or '.join(states)}")
        assert one["state"] in states, f"{task} of {run_id} ended as {one['state']}: {self.states(dag, run_id)}"
        return one

    def xcom(self, dag, run_id, task, key="return_value"):
        """The value that the task left; None if there is none."""
        path = f"/dags/{dag}/dagRuns/{quote(run_id)}/taskInstances/{task}/xcomEntries/{key}?deserialize=true"
        status, answer = self.ask("GET", path)
        return answer["value"] if status == 200 else None

    def log(self, dag, run_id, task, attempt=1):
        """The log of one attempt as text, a line for each event."""
        path = f"/dags/{dag}/dagRuns/{quote(run_id)}/taskInstances/{task}/logs/{attempt}?full_content=true"
        content = self.get(path)["content"]
        if isinstance(content, str):
            return content
        return "\n".join(event if isinstance(event, str) else told(event) for event in content)

    def clear(self, dag, run_id, *tasks):
        """Has these tasks of a run done again, and what comes after them."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": list(tasks),
            "include_downstream": True,
            "only_failed": False,
        }
        return self.change("POST", f"/dags/{dag}/clearTaskInstances", body)


def told(event):
    """What an event says, with the exceptions behind it."""
    reasons = [detail.get("exc_value", "") for detail in event.get("error_detail") or []]
    return "\n".join([str(event.get("event", event)), *reasons])


def quote(run_id):
    return urllib.parse.quote(run_id, safe="")
