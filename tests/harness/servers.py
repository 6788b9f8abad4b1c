"""Servers that belong to one test, which may stop, crash and freeze them."""

import signal
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .database import Database
from .needs import needed
from .places import ROOT
from .waiting import free_port, until_ready

PASSWORD = "test"


@dataclass(frozen=True)
class PrivatePostgres:
    """A PostgreSQL server in a folder of its own."""

    folder: Path
    port: int

    @classmethod
    def create(cls, folder):
        server = cls(folder, free_port())
        server._do("create", PASSWORD)
        return server

    @property
    def database(self):
        url = f"postgres://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        return Database("postgres", url)

    def start(self):
        """Without waiting for the disk: processes may die here, the machine does not."""
        self._do("start", self.port, "-c", "fsync=off", "-c", "max_connections=50")

    def stop(self, mode):
        """`fast` ends every connection in order, `immediate` is as good as a crash."""
        self._do("stop", mode)

    def _do(self, action, *arguments):
        command = [ROOT / "scripts/private-postgres.sh", action, self.folder, *map(str, arguments)]
        # Not to pipes: the server would inherit them and keep them open.
        with (self.folder.parent / f"{action}.log").open("w+") as log:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode
            log.seek(0)
            assert code == 0, f"{action} ended with {code}: {log.read()}"


@dataclass(frozen=True)
class PrivateRedis:
    """A Redis server that keeps nothing on disk."""

    process: subprocess.Popen
    port: int

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def ask(self, command):
        """The first bytes of the answer to an inline command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(4096)

    def keys(self):
        """How many keys it holds."""
        return int(self.ask("DBSIZE").decode().strip().removeprefix(":"))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def freeze(self):
        """It goes on to accept connections, and answers none."""
        self.process.send_signal(signal.SIGSTOP)


@contextmanager
def redis(folder):
    """A Redis server on a free port."""
    port = free_port()
    flags = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen(
        [needed("redis-server", "redis-server"), *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = PrivateRedis(process, port)
    try:
        until_ready(process, lambda: answers(server), "the Redis server")
        yield server
    finally:
        # Ends a frozen process, too.
        process.kill()
        process.wait()


def answers(server):
    try:
        return server.ask("PING").startswith(b"+PONG")
    except OSError:
        return False
