"""Writes the tables of docs/metrics.md from a Prometheus that has everything, and from the dashboards and rules.

python tests/system/monitoring/metrics_table.py --prometheus http://127.0.0.1:9090 > docs/metrics.md
"""

import argparse
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
sys.path += [str(TESTS), str(TESTS.parent / "grafana")]

from harness.prometheus_api import Prometheus  # noqa: E402
from harness.promql import family  # noqa: E402
from harness.rules import records  # noqa: E402
from system.monitoring.usage import used, uses  # noqa: E402

OURS = ("cinelake_", "airflow_")
UNITS = {
    "_timestamp_seconds": "seconds since 1970",
    "_seconds": "seconds",
    "_seconds_total": "seconds",
    "_bytes": "bytes",
    "_ratio": "share of 1",
    "_info": "always 1",
}
# What Prometheus adds, and the bounds of histograms.
HIDDEN = {"instance", "job", "le"}
# Labels whose values are fixed, whatever the data.
CLOSED = {
    *[("cinelake_task_outcome", "outcome"), ("cinelake_model_metric", "model"), ("cinelake_rejected_rows", "reason")],
    *[("cinelake_task_duration_seconds", "task"), ("cinelake_api_pool_connections", "state")],
    *[("cinelake_api_cache_requests_total", "outcome")],
}
# Labels that are there only sometimes.
RARE = {"cinelake_api_answers_total": {"variant"}}

HEAD = """# Metrics

Made by `tests/system/monitoring/metrics_table.py` from what a running Cinelake exports and from `grafana/` and
`prometheus/`; `./test.sh` compares it with both. `job` and `instance`, which every series has, are left out. What the
tasks push has the job `cinelake`; everything else has the job of its target in `prometheus/prometheus.yml`.
"""


def unit(name, kind):
    """By Prometheus' conventions it ends the name."""
    found = [(len(suffix), text) for suffix, text in UNITS.items() if name.endswith(suffix)]
    return max(found)[1] if found else ("number" if kind != "counter" else "count")


def place_text(found):
    """`API: Requests, Errors; alerts: ApiDown`."""
    return "; ".join(f"{where}: {', '.join(names)}" for where, names in found.items()) or "nowhere"


def label_text(name, labels):
    texts = []
    for label in sorted({*labels, *RARE.get(name, ())} - HIDDEN):
        values = ", ".join(sorted(labels[label])) if (name, label) in CLOSED else ""
        texts.append(f"`{label}` ({values})" if values else f"`{label}`")
    return ", ".join(texts)


def row(*cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def table(*head):
    return [row(*head), row(*["---"] * len(head))]


class Catalogue:
    """Everything that a Prometheus knows of metrics, asked once."""

    def __init__(self, prometheus):
        self.prometheus = prometheus
        # Several programs may export the same metric, with texts of their own: the API's goes first.
        self.about = {name: entries[0] for name, entries in prometheus.metadata().items()} | prometheus.metadata_of(
            "api"
        )
        self.kinds = {name: about["type"] for name, about in self.about.items()}
        self.names = prometheus.names()
        self.recorded = {rule.name for rule in records()}

    def family(self, name):
        return family(name, self.kinds)

    def exported(self, prefixes=OURS):
        """Of the targets, as families."""
        return sorted({self.family(name) for name in self.names if name.startswith(prefixes)})

    def used(self):
        return {self.family(name) for name in used()}

    def labels(self, name):
        series = f"{name}_count" if self.kinds.get(name) in ("histogram", "summary") else name
        return self.prometheus.labels(series)

    def uses(self, metric):
        return uses(lambda name: self.family(name) == metric)


def document(prometheus):
    """All of docs/metrics.md."""
    known = Catalogue(prometheus)
    lines = [HEAD, "## Ours", ""]
    lines += table("metric", "type", "unit", "labels", "meaning", "used in")
    for name in known.exported():
        about = known.about.get(name, {"type": "unknown", "help": ""})
        kind = about["type"]
        places = place_text(known.uses(name))
        lines.append(
            row(f"`{name}`", kind, unit(name, kind), label_text(name, known.labels(name)), about["help"], places)
        )
    lines += ["", "## Of the exporters and Prometheus, as far as they are used", ""]
    lines += table("metric", "type", "unit", "used in")
    foreign = {name for name in known.used() if not name.startswith(OURS) and name not in known.recorded}
    for name in sorted(foreign):
        # `up` and `ALERTS` are Prometheus' own, of which it keeps no description.
        kind = known.kinds.get(name, "gauge")
        lines.append(row(f"`{name}`", kind, unit(name, kind), place_text(known.uses(name))))
    lines += ["", "## Recorded", ""] + table("metric", "used in")
    lines += [row(f"`{name}`", place_text(uses(lambda one, name=name: one == name))) for name in sorted(known.recorded)]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", help="its address")
    print(document(Prometheus(parser.parse_args().prometheus)), end="")


if __name__ == "__main__":
    main()
