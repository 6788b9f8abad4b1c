"""A Prometheus Pushgateway of one's own, and what stands in it."""

import re
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass

from . import web
from .needs import needed
from .waiting import free_port, until_ready

SERIES = re.compile(r"^(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


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
    command = [needed("prometheus", "promtool"), "check", "metrics"]
    ended = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    return (ended.stdout + ended.stderr).strip() or ("" if ended.returncode == 0 else f"code {ended.returncode}")


@dataclass(frozen=True)
class Gateway:
    """A Pushgateway that keeps nothing on disk."""

    url: str

    def text(self):
        return web.text(f"{self.url}/metrics")

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
    program = needed("prometheus-pushgateway", "prometheus-pushgateway", "pushgateway")
    address = f"127.0.0.1:{free_port()}"
    command = [program, f"--web.listen-address={address}", "--persistence.file="]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until_ready(process, lambda: web.answers(f"http://{address}/-/ready"), "the Pushgateway")
        yield Gateway(f"http://{address}")
    finally:
        process.kill()
        process.wait()
