"""A private PostgreSQL server, for this benchmark alone."""

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.places import ROOT, BenchError

from .programs import free_port

SCRIPT = ROOT / "scripts/private-postgres.sh"
PASSWORD = "bench"
# All data fit into the cache, as they would on a server for them; nothing is written while we measure.
OPTIONS = {"shared_buffers": "2GB", "max_connections": 250, "fsync": "off", "max_wal_size": "8GB"}
# Loading 16 million rows of the classic stack's table takes the longest.
TIMEOUT = 1800


@dataclass(frozen=True)
class Postgres:
    """A server in a folder, and its programs."""

    folder: Path
    port: int
    programs: Path

    @property
    def url(self):
        return f"postgres://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    @property
    def log(self):
        return self.folder / "server.log"

    def sql(self, statement):
        """Runs statements; returns what the last one answers, one row a line."""
        command = [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, "-c", statement]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
        if ended.returncode:
            raise BenchError(f"{statement[:60]} ...: {ended.stderr.strip()}")
        return ended.stdout.strip()


@contextmanager
def running(folder, settings=OPTIONS):
    """A server with no data yet in a part of this folder. At the end its log stays, its data do not."""
    programs = Path(call("programs", log=folder / "programs.log"))
    server = Postgres(folder / "postgres", free_port(), programs)
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    try:
        call("create", server.folder, PASSWORD, log=folder / "create.log")
        call("start", server.folder, server.port, *options, log=folder / "start.log")
        yield server
    finally:
        call("stop", server.folder, "immediate", log=folder / "stop.log")
        shutil.rmtree(server.folder / "data", ignore_errors=True)


def call(*arguments, log):
    """Runs the script; returns what it prints. By a file: the server would inherit a pipe and keep it open."""
    with log.open("w+") as output:
        command = [SCRIPT, *map(str, arguments)]
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode
        output.seek(0)
        said = output.read().strip()
    if code:
        raise BenchError(f"{SCRIPT.name} {arguments[0]} ended with {code}: {said}")
    return said
