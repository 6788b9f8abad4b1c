"""The dashboards and their queries, for tests with and without live data.

    panels() -> list[Panel(dashboard, title, type, json)]
    queries(start=None, end=None) -> list[Query(dashboard, panel, refid, datasource, text, is_range, legend, format)]

Every query of every panel, variable (`variable NAME`) and annotation (`annotation NAME`), as Grafana sends it:
variables have the values that they have when the dashboard is opened, macros those of the time range from `start` to
`end`, in seconds since 1970; by default each dashboard's own range up to now. `datasource` is a uid: PROMETHEUS or
POSTGRES. PromQL with `is_range` goes to query_range, other PromQL to query at the range's end; SQL is one SELECT.
"""

import time
from dataclasses import dataclass
from pathlib import Path

# One implementation: what the preview shows is what is tested.
from preview import expansion
from preview.expansion import POSTGRES, PROMETHEUS, Query, TimeRange

__all__ = ["POSTGRES", "PROMETHEUS", "Panel", "Query", "TimeRange", "dashboards", "files", "panels", "queries"]


@dataclass(frozen=True)
class Panel:
    """One panel as it is drawn; `json` is all of it."""

    dashboard: str
    title: str
    type: str
    json: dict

    def __str__(self):
        return f"{self.dashboard} / {self.title}"


def files() -> list[Path]:
    return sorted(expansion.FOLDER.iterdir())


def dashboards() -> list[dict]:
    return expansion.load()


def panels() -> list[Panel]:
    return [
        Panel(dashboard["title"], panel["title"], panel["type"], panel)
        for dashboard in dashboards()
        for panel in expansion.panels(dashboard)
    ]


def queries(start: float | None = None, end: float | None = None) -> list[Query]:
    found = []
    for dashboard in dashboards():
        until = end if end is not None else time.time()
        since = start if start is not None else until - expansion.opened_seconds(dashboard)
        found += expansion.dashboard_queries(dashboard, TimeRange(since, until))
    return found
