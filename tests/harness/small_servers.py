"""Small real servers that answer what a test wants, to programs that ask by HTTP."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def http_server(routes, port=0):
    """Serves `routes`, "METHOD /path" to (status, JSON) or a function of the request's body; yields its port.

    The query of an address is left out. What is in no route gets a 404.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            found = routes.get(f"{self.command} {self.path.split('?')[0]}", (404, {"detail": "no such path"}))
            status, content = found(body) if callable(found) else found
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


EMPTY_LIST = """<?xml version="1.0"?><ListBucketResult><Name>lake</Name><KeyCount>0</KeyCount>\
<IsTruncated>false</IsTruncated></ListBucketResult>"""


@contextmanager
def careless_store(status=None, code=""):
    """An S3 server that keeps nothing; yields its port.

    It takes every put, whatever its conditions, or refuses all that it is asked with a status and an error code.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_list = self.command == "GET" and "list-type" in self.path
            found = 200 if is_list else 404 if self.command in ("GET", "HEAD") else 200
            body = EMPTY_LIST if is_list else ""
            if status:
                found, body = status, f"<Error><Code>{code}</Code><Message>no</Message></Error>"
            data = b"" if self.command == "HEAD" else body.encode()
            self.send_response(found)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def postgres_greeter(letter=b"N"):
    """Answers the question for TLS as a PostgreSQL server does; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(8)
                connection.sendall(letter)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(2)


class Airflow:
    """As much of Airflow's REST interface as the set-up asks: three DAGs, and runs whose tasks end as told."""

    PASSWORD = "a-password"

    def __init__(self, tasks=None, state="success", active=None):
        self.tasks = tasks or [("ingest", "success"), ("publish", "success")]
        self.state = state
        self.active = active
        self.conf = None
        self.unpaused = []

    def routes(self):
        run = self.active or "manual__1"
        base = f"/api/v2/dags/cinelake/dagRuns/{run}"
        instances = [
            {"task_id": name, "state": state, "duration": 1.5, "try_number": 1, "end_date": f"2026-01-01T00:00:0{i}"}
            for i, (name, state) in enumerate(self.tasks)
        ]
        report = {"outcome": "done", "tables": [{"name": "bronze/ratings", "version": 0, "rows": 100836}]}
        failure = {"event": "Task failed", "level": "error", "error_detail": [{"exc_value": "the disk is full"}]}
        return {
            "POST /auth/token": self._log_in,
            "POST /api/v2/dags/cinelake/dagRuns": self._trigger,
            "GET /api/v2/dags/cinelake/dagRuns": self._runs,
            f"GET {base}": (200, {"state": self.state}),
            f"GET {base}/taskInstances": (200, {"task_instances": instances}),
            f"GET {base}/taskInstances/ingest/xcomEntries/return_value": (200, {"value": report}),
            f"GET {base}/taskInstances/publish/logs/1": (200, {"content": [failure]}),
            "GET /api/v2/importErrors": (200, {"import_errors": []}),
            "GET /api/v2/monitor/health": (200, self._health()),
            **{f"PATCH /api/v2/dags/{dag}": self._unpause(dag) for dag in self.dags()},
            **{
                f"GET /api/v2/dags/{dag}": (200, {"is_paused": False, "next_dagrun_run_after": None})
                for dag in self.dags()
            },
        }

    @staticmethod
    def dags():
        return ["cinelake", "cinelake_maintenance", "cinelake_activate"]

    @staticmethod
    def _health():
        return {part: {"status": "healthy"} for part in ["metadatabase", "scheduler", "dag_processor", "triggerer"]}

    def _log_in(self, body):
        right = body == {"username": "admin", "password": self.PASSWORD}
        return (201, {"access_token": "t"}) if right else (401, {"detail": "Invalid credentials"})

    def _trigger(self, body):
        self.conf = body["conf"]
        return (200, {"dag_run_id": "manual__1"}) if body["logical_date"] is None else (422, {"detail": "no"})

    def _runs(self, _body):
        return 200, {"dag_runs": [{"dag_run_id": self.active}] if self.active else []}

    def _unpause(self, dag):
        def answer(body):
            if body == {"is_paused": False}:
                self.unpaused.append(dag)
            return 200, {"dag_id": dag}

        return answer
