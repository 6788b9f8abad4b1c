"""What runs here: containers or processes, on which ports, with which passwords."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Variable, its default without Docker and with it, service and port of the container.
PORTS = {
    "API_PORT": (8000, 8000, "api", 8000),
    "AIRFLOW_PORT": (8080, 8080, "airflow-api-server", 8080),
    "POSTGRES_PORT": (54320, 5432, "postgres", 5432),
    "PROMETHEUS_PORT": (9090, 9090, "prometheus", 9090),
    "PUSHGATEWAY_PORT": (9091, 9091, "pushgateway", 9091),
    "GRAFANA_PORT": (3000, 3000, "grafana", 3000),
}


def docker(*arguments: str) -> str:
    """What docker prints; its last words as the error otherwise."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise OSError(f"docker {arguments[0]}: {words[-1]}")
    return done.stdout.strip()


def read_env(path: Path) -> dict[str, str]:
    """The assignments of a .env file."""
    if not path.exists():
        return {}
    found = re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", path.read_text(), re.MULTILINE)
    return {name: _unquoted(value.strip()) for name, value in found}


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return re.sub(r"\s#.*", "", value).strip()


@dataclass(frozen=True)
class Stack:
    """One running Cinelake."""

    mode: str
    containers: dict[str, dict] = field(default_factory=dict)

    @classmethod
    def find(cls, mode: str | None) -> Stack:
        """The containers of the stack if there are any, else this machine's processes; `mode` forbids to guess."""
        if mode == "local" or (mode is None and not shutil.which("docker")):
            return cls("local")
        project = os.environ.get("COMPOSE_PROJECT_NAME") or "cinelake"
        try:
            ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}").split()
            found = json.loads(docker("inspect", *ids)) if ids else []
        except (OSError, subprocess.TimeoutExpired):
            if mode == "docker":
                raise
            return cls("local")
        if not found and mode is None:
            return cls("local")
        return cls("docker", {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found})

    @cached_property
    def settings(self) -> dict[str, str]:
        """The environment, and before it what .env has if that belongs to this mode."""
        return (read_env(ROOT / ".env") if self.mode == "docker" else {}) | dict(os.environ)

    def port(self, variable: str) -> int:
        """Where it is published; without Docker where it should listen."""
        local, container, service, inner = PORTS[variable]
        ports = self.containers.get(service, {}).get("NetworkSettings", {}).get("Ports") or {}
        for binding in ports.get(f"{inner}/tcp") or []:
            return int(binding["HostPort"])
        return int(self.settings.get(variable) or (container if self.mode == "docker" else local))

    def has(self, service: str) -> bool:
        """Whether there is a container of it."""
        return service in self.containers

    def started(self, service: str) -> bool:
        """Whether it was started here, as a container or as a process, and not stopped since."""
        return self.has(service) or (self.mode == "local" and (ROOT / f".local/run/{service}.pid").exists())

    def name(self, service: str) -> str:
        """Of its container."""
        return self.containers[service]["Name"].lstrip("/")

    def image(self, name: str) -> str:
        """The full name of one of our images."""
        prefix = self.settings.get("CINELAKE_IMAGES") or "cinelake"
        return f"{prefix}/{name}:{self.settings.get('CINELAKE_TAG') or 'local'}"

    @cached_property
    def airflow_password(self) -> str:
        """Of Airflow's user admin."""
        if self.mode == "docker":
            return self.settings.get("AIRFLOW_ADMIN_PASSWORD", "")
        path = ROOT / ".local/secrets/airflow-passwords.json"
        return json.loads(path.read_text()).get("admin", "") if path.exists() else ""

    @property
    def lake(self) -> str:
        """The folder or address of the tables; with Docker a folder is in a volume."""
        if self._own_store:
            return "s3://lake"
        return self.settings.get("LAKE_URI") or str(ROOT / "lakehouse")

    @property
    def lake_endpoint(self) -> str | None:
        """Where the lake's object store is reached, if its address says so."""
        if self._own_store:
            return f"http://127.0.0.1:{self._own_store}"
        return self.settings.get("LAKE_ENDPOINT_URL" if self.mode == "docker" else "AWS_ENDPOINT_URL") or None

    @cached_property
    def _own_store(self) -> str | None:
        """The port of the object store that `./init.sh --local --lake s3` started and left running."""
        remembered = ROOT / ".local/run/object-store.pid"
        if self.mode == "docker" or not remembered.exists():
            return None
        return remembered.read_text().splitlines()[2]
