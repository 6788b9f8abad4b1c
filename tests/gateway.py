"""A Prometheus Pushgateway of one's own, and what stands in it."""

import os
import re
import shutil
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from programs import free_port

GATEWAY = shutil.which("prometheus-pushgateway") or shutil.which("pushgateway")
PROMTOOL = shutil.which("promtool")

SERIES = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def require(program, name, package):
    """Skips a test whose program is missing, but not in CI, where it would never run."""
    if program:
        return
    reason = f"no {name} here: sudo apt-get install {package}"
    if os.environ.get("CI") in ("true", "1"):
        pytest.fail(reason)
    pytest.skip(reason)


def read(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def series(text):
    """The value by (name, labels) of a text in Prometheus' format."""
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = SERIES.match(line)
        assert match, f"not a line of Prometheus' format: {line}"
        key = (match["name"], frozenset(LABEL.findall(match["labels"] or "")))
        assert key not in found, f"twice: {line}"
        found[key] = float(match["value"])
    return found


def complaints(text):
    """What promtool has to say against a text for Prometheus."""
    ended = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    return (ended.stdout + ended.stderr).strip() or ("" if ended.returncode == 0 else f"code {ended.returncode}")


@dataclass(frozen=True)
class Gateway:
    """A Pushgateway that keeps nothing on disk."""

    url: str

    def text(self):
        return read(f"{self.url}/metrics")

    def figures(self, task):
        """What a task has pushed: the value by name, or by name and labels as `name{a="b",c="d"}`, a before c."""
        found = {}
        for (name, labels), value in series(self.text()).items():
            labels = dict(labels)
            if not name.startswith("cinelake_") or labels.pop("task", None) != task:
                continue
            # Of the group, the same for all.
            assert labels.pop("job") == "cinelake" and labels.pop("instance") == ""
            inside = ",".join(f'{label}="{labels[label]}"' for label in sorted(labels))
            found[f"{name}{{{inside}}}" if inside else name] = value
        return found


@contextmanager
def gateway():
    """A Pushgateway on a free port."""
    require(GATEWAY, "Pushgateway", "prometheus-pushgateway")
    address = f"127.0.0.1:{free_port()}"
    command = [GATEWAY, f"--web.listen-address={address}", "--persistence.file="]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Gateway(f"http://{address}")
    try:
        until = time.monotonic() + 10
        while not is_ready(server):
            assert process.poll() is None and time.monotonic() < until, "the Pushgateway does not start"
            time.sleep(0.02)
        yield server
    finally:
        process.kill()
        process.wait()


def is_ready(server):
    try:
        return bool(read(f"{server.url}/-/ready"))
    except OSError:
        return False
