"""The services that are measured, as processes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared.places import ROOT, TARGET, BenchError

PATIENCE = 120


@dataclass(frozen=True)
class Binaries:
    """The programs of the project."""

    api: Path
    publish_at_scale: Path

    @classmethod
    def find(cls, folder):
        """Those of a folder, or, without one, those of the sources as they are now."""
        if folder is None:
            folder = build()
        example = folder / "publish_at_scale"
        found = cls(folder / "api", example if example.exists() else folder / "examples/publish_at_scale")
        for path in (found.api, found.publish_at_scale):
            if not path.exists():
                raise BenchError(f"{path} does not exist: leave --binaries out to build it")
        return found


def build():
    print("  building", flush=True)
    command = ["cargo", "build", "--release", "--locked", "--workspace", "--bins", "--example", "publish_at_scale"]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise BenchError("the programs cannot be built: see above")
    return TARGET / "release"


@dataclass
class Service:
    """A service to be started: its command is given the port, its variables the database."""

    name: str
    command: list
    health: str
    log: Path
    variables: dict = field(default_factory=dict)
    folder: Path = ROOT
    process: subprocess.Popen | None = None

    @contextmanager
    def running(self, database):
        """The service's address, once it can be asked."""
        port = free_port()
        command = [str(word).replace("PORT", str(port)) for word in self.command]
        variables = os.environ | {"DATABASE_URL": database} | self.variables
        with self.log.open("a") as log:
            options = {"cwd": self.folder, "env": variables, "stdout": log, "stderr": log}
            self.process = subprocess.Popen(command, **options)
        try:
            self.wait(f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            self.process.terminate()
            self.process.wait()

    def wait(self, address):
        until = time.monotonic() + PATIENCE
        while not answers(address + self.health):
            if self.process.poll() is not None or time.monotonic() > until:
                raise BenchError(f"{self.name} does not come up: see {self.log}")
            time.sleep(0.05)

    def memory(self):
        """Resident memory in megabytes: now, and at its most."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        values = dict(line.split(":", 1) for line in text.splitlines())
        return tuple(int(values[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))


def api(binary, folder, cache):
    """The API with a cache of so many megabytes, 0 for none; otherwise as it comes, but nobody is refused."""
    variables = {"API_CACHE_MB": str(cache), "API_RATE_LIMIT": "0", "RUST_LOG": "warn"}
    name = f"api-{'cached' if cache else 'uncached'}"
    return Service(name, [binary, "--listen", "127.0.0.1:PORT"], "/health", folder / f"{name}.log", variables)


def classic(folder):
    """The classic stack with two workers."""
    command = [sys.executable, "-m", "uvicorn", "service.classic:app", "--port", "PORT", "--workers", "2"]
    quiet = ["--no-access-log", "--log-level", "warning"]
    return Service("classic", [*command, *quiet], "/reco/1", folder / "classic.log", folder=ROOT / "bench")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(url, body=None):
    """Status and JSON of an answer; with a body, of a POST."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def answers(url):
    try:
        return get(url)[0] == 200
    except (OSError, ValueError):
        return False
