"""All dashboards as one page, laid out as Grafana lays them out."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from pathlib import Path

from . import boxes, charts
from .expansion import TimeRange, Values, annotation_queries, opened_seconds, panel_queries
from .frames import table_fields, transformed
from .sources import Refused, Sources

WIDTH, UNIT, GAP, TITLE, PAD = 1600, 30, 8, 28, 8
STYLE = Path(__file__).with_name("page.css").read_text()
CHARTS = {"timeseries": charts.timeseries, "state-timeline": charts.timeline, "heatmap": charts.heatmap}
BOXES = {"stat": boxes.stat, "gauge": boxes.gauge, "bargauge": boxes.bargauge}


def extent(width: float, height: float) -> str:
    return f"width:{width:.0f}px;height:{height:.0f}px"


class Sheet:
    """Draws dashboards, and remembers which panels stayed empty or failed."""

    def __init__(self, sources: Sources, now: float, hours: float | None, chosen: dict[str, str] | None = None):
        self.sources = sources
        self.chosen = chosen or {}
        self.now = now
        self.hours = hours
        self.empty: list[str] = []
        self.failed: list[str] = []

    def page(self, dashboards: list[dict]) -> str:
        moment = datetime.fromtimestamp(self.now, UTC).strftime("%Y-%m-%d %H:%M UTC")
        body = "".join(self.board(dashboard) for dashboard in dashboards)
        return f'<!doctype html><meta charset="utf-8"><title>Cinelake, {moment}</title><style>{STYLE}</style>{body}'

    def time(self, dashboard: dict) -> TimeRange:
        """The dashboard's own range, `now-24h`, unless hours were given."""
        seconds = self.hours * 3600 if self.hours else opened_seconds(dashboard)
        return TimeRange(self.now - seconds, self.now)

    def board(self, dashboard: dict) -> str:
        time = self.time(dashboard)
        annotations = self.annotations(dashboard, time)
        parts = []
        for panel in dashboard["panels"]:
            place = panel["gridPos"]
            wide, tall = WIDTH / 24 * place["w"] - GAP, place["h"] * (UNIT + GAP) - GAP
            spot = f"left:{WIDTH / 24 * place['x']:.0f}px;top:{place['y'] * (UNIT + GAP)}px"
            if panel["type"] == "row":
                parts.append(f'<div class="row" style="{spot}">▾ {escape(panel["title"])}</div>')
                continue
            size = (wide - 2 * PAD - 2, tall - TITLE - PAD)
            title = escape(Values(dashboard, self.chosen).in_text(panel["title"]))
            inside = self.content(dashboard, panel, time, size, annotations)
            parts.append(
                f'<div class="panel" style="{spot};{extent(wide, tall)}" title="{escape(panel["description"])}">'
                f'<h3>{title} <small>i</small></h3><div class="body" style="{extent(*size)}">{inside}</div></div>'
            )
        last = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
        span = f"last {time.seconds / 3600:g} h" if time.seconds < 172800 else f"last {time.seconds / 86400:g} days"
        about = f"{dashboard['description']} ({span})"
        return (
            f'<h1 id="{dashboard["uid"]}">{escape(dashboard["title"])}</h1><p class="about">{escape(about)}</p>'
            f'<div class="board" style="height:{last * (UNIT + GAP)}px">{"".join(parts)}</div>'
        )

    def annotations(self, dashboard: dict, time: TimeRange) -> list[tuple[float, str]]:
        found = []
        for query in annotation_queries(dashboard, time, self.chosen):
            try:
                table = self.sources.ask(query, time)
            except Refused as error:
                self.failed.append(f"{dashboard['title']} / {query.panel}: {error}")
                continue
            found += [(at.timestamp(), text) for at, text in zip(table.column("time"), table.column("text"))]
        return found

    def content(self, dashboard: dict, panel: dict, time: TimeRange, size: tuple, annotations: list) -> str:
        if panel["type"] == "text":
            return boxes.markdown(Values(dashboard, self.chosen).in_text(panel["options"]["content"]))
        name = f"{dashboard['title']} / {panel['title']}"
        if "maxDataPoints" in panel:
            time = TimeRange(time.start, time.end, panel["maxDataPoints"])
        try:
            answers = [(q.refid, self.sources.ask(q, time)) for q in panel_queries(dashboard, panel, time, self.chosen)]
        except Refused as error:
            self.failed.append(f"{name}: {error}")
            return f'<div class="error">{escape(str(error))}</div>'
        series, table = transformed(panel, answers)
        series = [entry for entry in series if entry.last is not None]
        drawn = self.draw(panel, series, table, time, size, annotations)
        if drawn is None:
            self.empty.append(name)
            said = panel["fieldConfig"]["defaults"].get("noValue")
            return f'<div class="empty{"" if said else " missing"}">{escape(said or "No data")}</div>'
        return drawn

    @staticmethod
    def draw(panel: dict, series: list, table, time: TimeRange, size: tuple, annotations: list) -> str | None:
        """The panel's inside, or nothing without data."""
        kind = panel["type"]
        if kind == "table":
            return boxes.table(panel, table, *size) if table and table.rows else None
        if kind in BOXES:
            values = [*series, *(table_fields(panel, table) if table else [])]
            return BOXES[kind](panel, values, *size) if values else None
        return CHARTS[kind](panel, series, time, *size, annotations) if series else None
