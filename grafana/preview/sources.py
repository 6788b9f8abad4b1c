"""Asks a live Prometheus and PostgreSQL."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import psycopg2

from .expansion import POSTGRES, Query, TimeRange

TIMEOUT = 30


class Refused(Exception):
    """A query that failed, with what the datasource said."""


class Unreachable(Exception):
    """A datasource that does not answer at all, with the remedy."""


@dataclass
class Series:
    """Points in time of one name."""

    name: str
    points: list[tuple[float, float]]
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def last(self) -> float | None:
        known = [value for _, value in self.points if not math.isnan(value)]
        return known[-1] if known else None


@dataclass
class Table:
    """Rows under named columns."""

    columns: list[str]
    rows: list[list]

    def column(self, name: str) -> list:
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


class Sources:
    """The two datasources of the dashboards."""

    def __init__(self, prometheus: str, database: str):
        self.prometheus = prometheus.rstrip("/")
        self.database = database

    def check(self) -> None:
        """Raises `Unreachable` when Prometheus is away: else every panel would say so."""
        try:
            urllib.request.urlopen(f"{self.prometheus}/-/ready", timeout=TIMEOUT).close()
        except OSError as error:
            reason = f"Prometheus does not answer at {self.prometheus} ({error})"
            raise Unreachable(f"{reason}: start it with ./init.sh --local --monitoring") from error

    def ask(self, query: Query, time: TimeRange) -> list[Series] | Table:
        """What a panel gets. Raises `Refused`."""
        if query.datasource == POSTGRES:
            table = self.rows(query.text)
            return pivot(table) if query.format == "time_series" else table
        if query.is_range:
            parameters = {"start": time.start, "end": time.end, "step": time.step}
            found = self.prometheus_result("query_range", query.text, parameters)
            return [series(entry["metric"], entry["values"], query.legend) for entry in found]
        found = self.prometheus_result("query", query.text, {"time": time.end})
        if query.format == "table":
            return labels_table(found)
        return [series(entry["metric"], [entry["value"]], query.legend) for entry in found]

    def prometheus_result(self, call: str, expression: str, parameters: dict) -> list[dict]:
        body = urllib.parse.urlencode({"query": expression, **parameters}).encode()
        try:
            with urllib.request.urlopen(f"{self.prometheus}/api/v1/{call}", body, timeout=TIMEOUT) as answer:
                data = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Refused(json.load(error).get("error", str(error))) from error
        except OSError as error:
            raise Refused(f"Prometheus does not answer at {self.prometheus}: {error}") from error
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        return data["result"]

    def rows(self, statement: str) -> Table:
        try:
            with closing(psycopg2.connect(self.database, connect_timeout=10)) as connection:
                connection.set_session(readonly=True)
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT}s'")
                    cursor.execute(statement)
                    names = [column.name for column in cursor.description]
                    return Table(names, [[plain(value) for value in row] for row in cursor.fetchall()])
        except psycopg2.Error as error:
            raise Refused(str(error).strip()) from error


def plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def series(labels: dict, points: list, legend: str) -> Series:
    return Series(legend_of(labels, legend), [(float(at), float(value)) for at, value in points], labels)


def legend_of(labels: dict, legend: str) -> str:
    """`{{label}}` replaced; by itself all labels."""
    if legend and legend != "__auto":
        for name, value in labels.items():
            legend = legend.replace(f"{{{{{name}}}}}", value)
        # A label that is not there.
        while "{{" in legend and "}}" in legend:
            legend = legend[: legend.index("{{")] + legend[legend.index("}}") + 2 :]
        return legend
    return ", ".join(f"{value}" for value in labels.values()) or "Value"


def labels_table(found: list[dict]) -> Table:
    names = sorted({name for entry in found for name in entry["metric"]})
    rows = [[entry["metric"].get(name) for name in names] + [float(entry["value"][1])] for entry in found]
    return Table([*names, "Value"], rows)


def pivot(table: Table) -> list[Series]:
    """A column `time`, and for each text of the column `metric`, or for each other column, a series."""
    lines: dict[str, list] = {}
    for row in table.rows:
        fields = dict(zip(table.columns, row))
        at = fields.pop("time")
        seconds = at.astimezone(UTC).timestamp() if isinstance(at, datetime) else float(at)
        metric = fields.pop("metric", None)
        for name, value in fields.items():
            if value is not None:
                lines.setdefault(metric or name, []).append((seconds, float(value)))
    return [Series(name, points) for name, points in lines.items()]
