"""All dashboards as one page, laid out as Grafana lays them out."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from . import boxes, charts
from .expansion import TimeRange, Values, annotation_queries, opened_seconds, panel_queries
from .frames import table_fields, transformed
from .sources import Refused, Sources

WIDTH, UNIT, GAP, TITLE, PAD = 1600, 30, 8, 28, 8
STYLE = """
body { background:#111217; color:#ccccdc; font:13px/1.4 "DejaVu Sans","Inter",sans-serif; margin:16px; width:1600px }
h1 { font-size:22px; margin:24px 0 2px } .about { color:#9fa7b3; margin:0 0 10px }
.board { position:relative } .panel { position:absolute; background:#181b1f; border:1px solid #2c3235; overflow:hidden; box-sizing:border-box }
.panel > h3 { font-size:13px; font-weight:600; margin:0; padding:5px 8px; white-space:nowrap; overflow:hidden; text-overflow:ellipsis }
.panel > h3 small { color:#6e9fff; border:1px solid #6e9fff; border-radius:50%; padding:0 4px; font-size:8px; vertical-align:2px } .body { position:relative; margin:0 8px }
.row { position:absolute; font-weight:600; font-size:15px; padding:5px 2px }
.empty { position:absolute; inset:0; display:flex; align-items:center; justify-content:center; color:#9fa7b3; font-size:15px }
.empty.missing { color:#fade2a; border:1px dashed #fade2a } .error { color:#f2495c; white-space:pre-wrap; font-size:12px; overflow:hidden }
.stat { position:relative; display:inline-flex; flex-direction:column; align-items:center; justify-content:center; overflow:hidden; border-radius:2px }
.stat .name { font-size:13px } .stat > div { z-index:1 } .stat .spark { position:absolute; left:0; bottom:0; z-index:0 }
.bar { display:flex; align-items:center } .bar span { white-space:nowrap; overflow:hidden; text-overflow:ellipsis } .track { background:#22252b; height:70% }
.track b { display:block; height:100% } .value { padding-left:8px; font-size:14px }
table { border-collapse:collapse; table-layout:fixed } .rows td, .rows th { box-sizing:border-box; height:24px; padding:0 6px; border-bottom:1px solid #2c3235; white-space:nowrap; overflow:hidden; text-overflow:ellipsis; font-size:12px; text-align:left }
.rows th { color:#6e9fff } u { color:#6e9fff } .more { color:#9fa7b3; font-size:11px; position:absolute; right:0; bottom:-6px; background:#181b1f }
.legend { table-layout:auto; font-size:11px; color:#9fa7b3 } .legend td, .legend th { height:17px; padding:0 4px; text-align:right; white-space:nowrap; font-weight:400 }
.legend td:first-child { text-align:left; width:100%; max-width:200px; overflow:hidden; text-overflow:ellipsis } .legend th { color:#6e9fff } .legend i { display:inline-block; width:12px; height:4px; margin-right:6px; vertical-align:middle }
.text { font-size:13px } .text li { margin:4px 0 } .text p { margin:4px 0 } a { color:#6e9fff } code { background:#22252b; padding:1px 4px }
"""
CHARTS = {"timeseries": charts.timeseries, "state-timeline": charts.timeline, "heatmap": charts.heatmap}
BOXES = {"stat": boxes.stat, "gauge": boxes.gauge, "bargauge": boxes.bargauge}


class Sheet:
    """Draws dashboards, and remembers which panels stayed empty or failed."""

    def __init__(self, sources: Sources, now: float, hours: float | None):
        self.sources = sources
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
            title = escape(Values(dashboard).in_text(panel["title"]))
            parts.append(
                f'<div class="panel" style="{spot};width:{wide:.0f}px;height:{tall:.0f}px" title="{escape(panel["description"])}">'
                f'<h3>{title} <small>i</small></h3><div class="body" style="width:{size[0]:.0f}px;height:{size[1]:.0f}px">'
                f"{self.content(dashboard, panel, time, size, annotations)}</div></div>"
            )
        last = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
        span = f"last {time.seconds / 3600:g} h" if time.seconds < 172800 else f"last {time.seconds / 86400:g} days"
        return (
            f'<h1 id="{dashboard["uid"]}">{escape(dashboard["title"])}</h1><p class="about">{escape(dashboard["description"])} ({span})</p>'
            f'<div class="board" style="height:{last * (UNIT + GAP)}px">{"".join(parts)}</div>'
        )

    def annotations(self, dashboard: dict, time: TimeRange) -> list[tuple[float, str]]:
        found = []
        for query in annotation_queries(dashboard, time):
            try:
                table = self.sources.ask(query, time)
            except Refused as error:
                self.failed.append(f"{dashboard['title']} / {query.panel}: {error}")
                continue
            found += [(at.timestamp(), text) for at, text in zip(table.column("time"), table.column("text"))]
        return found

    def content(self, dashboard: dict, panel: dict, time: TimeRange, size: tuple, annotations: list) -> str:
        if panel["type"] == "text":
            return boxes.markdown(Values(dashboard).in_text(panel["options"]["content"]))
        name = f"{dashboard['title']} / {panel['title']}"
        if "maxDataPoints" in panel:
            time = TimeRange(time.start, time.end, panel["maxDataPoints"])
        try:
            answers = [(q.refid, self.sources.ask(q, time)) for q in panel_queries(dashboard, panel, time)]
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
