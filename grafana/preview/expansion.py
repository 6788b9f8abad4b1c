"""The dashboards' queries as Grafana would send them: variables and macros replaced for a time range.

Only what the dashboards use is known; anything else is an error that names it, so that no query is asked wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "dashboards"
# Overview first, as people come to it.
ORDER = ("overview", "pipeline", "model-quality", "api", "infrastructure")
PROMETHEUS = "cinelake-prometheus"
POSTGRES = "cinelake-postgres"
# `timeInterval` of the provisioned datasource.
SCRAPE_SECONDS = 15
ALL = "$__all"
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}

VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
MACRO = re.compile(r"\$__(\w+)(?:\(([^()]*)\))?")
LABEL_VALUES = re.compile(r"label_values\((?:(?P<selector>.+),)?\s*(?P<label>\w+)\)$")


class UnknownName(ValueError):
    """A variable, format or macro that this module or the dashboard does not know."""


@dataclass(frozen=True)
class TimeRange:
    """From `start` to `end`, both in seconds since 1970, drawn in at most `points` points."""

    start: float
    end: float
    points: int = 300

    @property
    def seconds(self) -> int:
        return round(self.end - self.start)

    @property
    def step(self) -> int:
        """`$__interval` in seconds: one point each, never more often than was scraped."""
        return max(-(-self.seconds // self.points), SCRAPE_SECONDS)

    @property
    def rate_interval(self) -> int:
        """`$__rate_interval` in seconds: long enough for a rate to see several scrapes."""
        return max(self.step + SCRAPE_SECONDS, 4 * SCRAPE_SECONDS)


@dataclass(frozen=True)
class Query:
    """One query as it is sent. `panel` is the panel's title, or what else asks: `annotation X`, `variable x`."""

    dashboard: str
    panel: str
    refid: str
    datasource: str
    text: str
    # Of PromQL: over the whole time range, or of its end only. SQL is never.
    is_range: bool
    legend: str = ""
    # table, time_series or heatmap
    format: str = "time_series"


def load(folder: Path = FOLDER) -> list[dict]:
    """Every dashboard, in order."""
    paths = sorted(folder.glob("*.json"), key=lambda path: (ORDER + (path.stem,)).index(path.stem))
    return [json.loads(path.read_text()) for path in paths]


def opened_seconds(dashboard: dict) -> int:
    """The length of the time range when the dashboard is opened: `now-24h`."""
    length = dashboard["time"]["from"].removeprefix("now-")
    return int(length[:-1]) * PERIODS[length[-1]]


def panels(dashboard: dict) -> Iterator[dict]:
    """What is drawn: no rows, but what is folded away in them."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def default_values(dashboard: dict) -> dict[str, str | list[str]]:
    """What the variables are when the dashboard is opened."""
    return {variable["name"]: variable["current"]["value"] for variable in dashboard["templating"]["list"]}


def dashboard_queries(dashboard: dict, time: TimeRange, values: Mapping | None = None) -> list[Query]:
    """Every query of a dashboard: of its variables, annotations and panels."""
    return [
        *(variable_query(dashboard, variable, time, values) for variable in query_variables(dashboard)),
        *annotation_queries(dashboard, time, values),
        *(query for panel in panels(dashboard) for query in panel_queries(dashboard, panel, time, values)),
    ]


def panel_queries(dashboard: dict, panel: dict, time: TimeRange, values: Mapping | None = None) -> list[Query]:
    """The queries of one panel."""
    if "maxDataPoints" in panel:
        time = TimeRange(time.start, time.end, panel["maxDataPoints"])
    return [target_query(dashboard, panel["title"], target, time, values) for target in panel.get("targets", [])]


def annotation_queries(dashboard: dict, time: TimeRange, values: Mapping | None = None) -> list[Query]:
    """The queries of the annotations."""
    return [
        target_query(dashboard, f"annotation {annotation['name']}", annotation["target"], time, values)
        for annotation in dashboard["annotations"]["list"]
    ]


def query_variables(dashboard: dict) -> list[dict]:
    """The variables whose values are asked for."""
    return [variable for variable in dashboard["templating"]["list"] if variable["type"] == "query"]


def variable_query(dashboard: dict, variable: dict, time: TimeRange, values: Mapping | None = None) -> Query:
    """The query of a variable; `label_values` becomes the PromQL that has those values as its only label."""
    source = variable["datasource"]["uid"]
    text = variable["query"]
    if source == PROMETHEUS:
        found = LABEL_VALUES.match(text["query"])
        if not found or not found["selector"]:
            raise UnknownName(
                f"the variable {variable['name']} asks for {text['query']}, not label_values(METRIC, LABEL)"
            )
        text = f"count by ({found['label']}) ({found['selector']})"
    target = {"datasource": variable["datasource"], "rawSql": text, "expr": text, "instant": True}
    target |= {"refId": "A", "format": "table"}
    return target_query(dashboard, f"variable {variable['name']}", target, time, values)


def target_query(dashboard: dict, asker: str, target: dict, time: TimeRange, values: Mapping | None) -> Query:
    """The query of one target."""
    source = target["datasource"]["uid"]
    known = Values(dashboard, values)
    is_sql = source == POSTGRES
    text = sql(target["rawSql"], time, known) if is_sql else promql(target["expr"], time, known)
    is_range = not is_sql and not target.get("instant", False)
    legend = known.in_text(target.get("legendFormat", ""))
    return Query(dashboard["title"], asker, target["refId"], source, text, is_range, legend, target.get("format", ""))


class Values:
    """The values of a dashboard's variables, in the forms that the datasources want."""

    def __init__(self, dashboard: dict, values: Mapping | None = None):
        self.variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
        self.values = default_values(dashboard) | dict(values or {})

    def replace(self, text: str, write) -> str:
        """Replaces every variable by what `write(values, many, format)` makes of it; macros stay."""

        def value(found: re.Match) -> str:
            name = found[1] or found[3]
            # Macros, and the groups of label_replace.
            if name.startswith("__") or name.isdigit():
                return found[0]
            if name not in self.variables:
                raise UnknownName(f"the variable ${name} in {text!r} is not defined")
            variable, chosen = self.variables[name], self.values[name]
            if chosen in (ALL, [ALL]):
                return variable["allValue"]
            many = variable.get("multi", False) or variable.get("includeAll", False)
            return write([chosen] if isinstance(chosen, str) else list(chosen), many, found[2])

        return VARIABLE.sub(value, text)

    def in_text(self, text: str) -> str:
        """In titles, legends and links: as people read it."""
        return self.replace(text, lambda values, _many, _form: " + ".join(values))

    def in_sql(self, text: str) -> str:
        """As text without quotes, or as a quoted list where several may be chosen."""

        def write(values, many, form):
            if form is None:
                return ",".join(f"'{quoted(v)}'" for v in values) if many else quoted(values[0])
            return quoted(formatted(values, form))

        return self.replace(text, write)

    def in_promql(self, text: str) -> str:
        """As a regular expression where several may be chosen; the text is inside of double quotes."""

        def write(values, many, form):
            plain = form is None and not many
            written = values[0] if plain else formatted(values, form or "regex")
            return written.replace("\\", "\\\\").replace('"', '\\"')

        return self.replace(text, write)


def quoted(value: str) -> str:
    return value.replace("'", "''")


def formatted(values: list[str], form: str) -> str:
    """Several values as one text."""
    if form == "regex":
        escaped = [
            re.sub(r"([\\^$*+?.()|\[\]{}/-])", r"\\\1", value).replace("\\/", "/").replace("\\-", "-")
            for value in values
        ]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    if form in ("csv", "raw"):
        return ",".join(values)
    raise UnknownName(f"the format :{form} is not known here; regex, csv and raw are")


def promql(text: str, time: TimeRange, values: Values) -> str:
    """An expression for Prometheus."""
    known = {
        "rate_interval": f"{time.rate_interval}s",
        "interval": f"{time.step}s",
        "interval_ms": f"{time.step * 1000}",
        "range": f"{time.seconds}s",
        "range_s": f"{time.seconds}",
        "range_ms": f"{time.seconds * 1000}",
    }

    def macro(found: re.Match) -> str:
        if found[1] not in known:
            raise UnknownName(f"the macro ${'__' + found[1]} of PromQL in {text!r} is not known here")
        return known[found[1]] + (f"({found[2]})" if found[2] is not None else "")

    return MACRO.sub(macro, values.in_promql(text))


def sql(text: str, time: TimeRange, values: Values) -> str:
    """A statement for PostgreSQL."""
    start, end = (datetime.fromtimestamp(at, UTC).strftime("'%Y-%m-%dT%H:%M:%SZ'") for at in (time.start, time.end))

    def group(column: str, interval: str) -> str:
        seconds = duration(interval.strip().strip("'"), time)
        return f"floor(extract(epoch from {column})/{seconds})*{seconds}"

    known = {
        "timeFilter": lambda column: f"{column} BETWEEN {start} AND {end}",
        "timeFrom": lambda: start,
        "timeTo": lambda: end,
        "time": lambda column: f'{column} AS "time"',
        "timeGroup": group,
        "timeGroupAlias": lambda *arguments: f'{group(*arguments)} AS "time"',
        "unixEpochFrom": lambda: f"{time.start:.0f}",
        "unixEpochTo": lambda: f"{time.end:.0f}",
        "unixEpochFilter": lambda column: f"{column} >= {time.start:.0f} AND {column} <= {time.end:.0f}",
        "interval": lambda: f"{time.step}s",
        "interval_ms": lambda: f"{time.step * 1000}",
    }

    def macro(found: re.Match) -> str:
        if found[1] not in known:
            raise UnknownName(f"the macro ${'__' + found[1]} of SQL in {text!r} is not known here")
        arguments = [part.strip() for part in (found[2] or "").split(",") if part.strip()]
        return known[found[1]](*arguments)

    return MACRO.sub(macro, values.in_sql(text))


def duration(text: str, time: TimeRange) -> int:
    """Seconds of `5m`, `1h`, `$__interval`..."""
    if text in ("$__interval", f"{time.step}s"):
        return time.step
    found = re.fullmatch(r"(\d+)([smhdw])", text)
    if not found:
        raise UnknownName(f"{text!r} is no interval; 5m or 1h is")
    return int(found[1]) * PERIODS[found[2]]
