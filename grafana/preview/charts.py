"""Courses over time as SVG: lines, states, heat."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from .expansion import TimeRange
from .frames import COLORS, Field
from .sources import Series
from .units import written

LINE, GREY, FONT = "#2c3235", "#9fa7b3", 11
ROW = 17


@dataclass
class Plane:
    """A rectangle of the picture with time across and values up."""

    left: float
    right: float
    top: float
    bottom: float
    time: TimeRange
    low: float
    high: float
    is_log: bool = False

    def x(self, at: float) -> float:
        return self.left + (at - self.time.start) / (self.time.end - self.time.start) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.low, self.high
        if self.is_log:
            low, high, value = (math.log10(max(v, 1e-12)) for v in (low, high, value))
        return self.bottom - (value - low) / ((high - low) or 1) * (self.bottom - self.top)

    def ticks(self) -> list[float]:
        if self.is_log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            every = max(1, (last - first) // 5)
            return [10.0**n for n in range(first, last + 1, every) if self.low <= 10.0**n <= self.high]
        step = nice((self.high - self.low) / max(2, (self.bottom - self.top) / 38))
        first = math.ceil(self.low / step - 1e-9)
        return [n * step for n in range(first, math.floor(self.high / step + 1e-9) + 1)]


def nice(step: float) -> float:
    """The next of 1, 2, 2.5, 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(step)) if step > 0 else 1
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= step * 0.999)


def time_axis(plane: Plane, annotations: list[tuple[float, str]]) -> str:
    """The moments below, and a line for every annotation."""
    seconds = plane.time.seconds
    wanted = seconds / max(2, (plane.right - plane.left) / 90)
    steps = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 345600, 604800, 1209600)
    step = next((s for s in steps if s >= wanted), steps[-1])
    form = "%H:%M" if seconds <= 86400 * 1.5 else "%m/%d %H:%M" if step < 86400 else "%m/%d"
    parts = []
    at = math.ceil(plane.time.start / step) * step
    while at <= plane.time.end:
        text = datetime.fromtimestamp(at, UTC).strftime(form)
        parts.append(f'<text x="{plane.x(at):.1f}" y="{plane.bottom + 14}" text-anchor="middle">{text}</text>')
        at += step
    for moment, what in annotations:
        if plane.time.start <= moment <= plane.time.end:
            x = plane.x(moment)
            blue = COLORS["blue"]
            parts.append(
                f"<g><title>{escape(what)}</title>"
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{plane.top}" y2="{plane.bottom}"'
                f' stroke="{blue}" stroke-dasharray="3 3" stroke-opacity="0.7"/>'
                f'<path d="M{x - 4:.1f} {plane.bottom + 5}h8l-4 -5z" fill="{blue}"/></g>'
            )
    return "".join(parts)


def tick_texts(ticks: list[float], field: Field) -> list[str]:
    """With as many decimals as tell neighbours apart."""
    for decimals in (None, 1, 2, 3, 4):
        texts = [written(tick, field.unit, decimals) for tick in ticks]
        if len(set(texts)) == len(texts):
            break
    return texts


def value_axis(plane: Plane, field: Field, side: str = "left") -> str:
    parts = []
    ticks = plane.ticks()
    texts = tick_texts(ticks, field)
    for tick, text in zip(ticks, texts):
        y = plane.y(tick)
        if side == "left":
            parts.append(f'<line x1="{plane.left}" x2="{plane.right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>')
            parts.append(f'<text x="{plane.left - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>')
        else:
            parts.append(f'<text x="{plane.right + 6}" y="{y + 4:.1f}">{escape(text)}</text>')
    return "".join(parts)


def svg(width: float, height: float, body: str) -> str:
    return f'<svg width="{width:.0f}" height="{height:.0f}" font-size="{FONT}" fill="{GREY}">{body}</svg>'


def segments(series: Series, step: float, connect: bool) -> list[list[tuple[float, float]]]:
    """The parts of a line between gaps."""
    parts, last = [], None
    for at, value in series.points:
        if math.isnan(value) or math.isinf(value):
            last = None if not connect else last
            continue
        if last is None or (not connect and at - last > step * 1.5):
            parts.append([])
        parts[-1].append((at, value))
        last = at
    return parts


def stacked(series: list[Series]) -> list[Series]:
    """Each on top of those before it."""
    below: dict[float, float] = {}
    made = []
    for entry in series:
        points = []
        for at, value in entry.points:
            below[at] = below.get(at, 0) + (0 if math.isnan(value) else value)
            points.append((at, below[at]))
        made.append(Series(entry.name, points, entry.labels))
    return made


def bounds(values: list[float], field: Field, is_log: bool) -> tuple[float, float]:
    if is_log:
        values = [value for value in values if value > 0] or [1]
        return 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values) * 1.001))
    low, high = min(values, default=0), max(values, default=1)
    margin = (high - low) * 0.05 or abs(high) * 0.1 or 1
    low = field.get("min") if field.get("min") is not None else low - margin
    high = field.get("max") if field.get("max") is not None else high + margin
    return low, high


def timeseries(
    panel: dict, series: list[Series], time: TimeRange, width: float, height: float, annotations: list
) -> str:
    """Lines with their axes and legend."""
    base = Field.of(panel, "")
    fields = {entry.name: Field.of(panel, entry.name) for entry in series}
    colors = {entry.name: fields[entry.name].color(entry.last, place) for place, entry in enumerate(series)}
    is_beside = panel["options"]["legend"]["placement"] == "right"
    room = height if is_beside else height * 0.4
    rows = min(len(series), max(1, int(room // ROW) - 1))
    wide = width * 0.42 if is_beside else width
    legend = legend_table(panel, series[:rows], fields, colors, wide, len(series) - rows)
    drawn = height if is_beside else height - (rows + (2 if len(series) > rows else 1)) * ROW - 2
    width = width - wide if is_beside else width
    is_log = base.get("custom.scaleDistribution", {}).get("type") == "log"
    is_stacked = base.get("custom.stacking", {}).get("mode") == "normal"
    right = [entry for entry in series if fields[entry.name].get("custom.axisPlacement") == "right"]
    left = [entry for entry in series if entry not in right] or series
    if is_stacked:
        left = stacked(left)
    values = [value for entry in left for _, value in entry.points if math.isfinite(value)]
    lines = [step for step in base.get("thresholds")["steps"] if step["value"] is not None]
    dashed = base.get("custom.thresholdsStyle", {}).get("mode") == "dashed"
    low, high = bounds(values, base, is_log)
    plane = Plane(0, width - (70 if right else 12), 6, drawn - 20, time, low, high, is_log)
    plane.left = 14 + 6.6 * max((len(text) for text in tick_texts(plane.ticks(), base)), default=0)
    parts = [value_axis(plane, base), time_axis(plane, annotations)]
    for entry in reversed(left) if is_stacked else left:
        parts.append(line(plane, entry, fields[entry.name], colors[entry.name]))
    if right:
        values = [value for entry in right for _, value in entry.points if math.isfinite(value)]
        other = Field.of(panel, right[0].name)
        low, high = bounds(values, other, False)
        second = Plane(plane.left, plane.right, plane.top, plane.bottom, time, low, high)
        parts.append(value_axis(second, other, "right"))
        parts += [line(second, entry, fields[entry.name], colors[entry.name]) for entry in right]
    for step in lines if dashed else []:
        if plane.low <= step["value"] <= plane.high and step["color"] != "transparent":
            y = plane.y(step["value"])
            parts.append(
                f'<line x1="{plane.left}" x2="{plane.right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{COLORS[step["color"]]}"'
                ' stroke-dasharray="8 6"/>'
            )
    sheet = svg(width, drawn, "".join(parts))
    return f'<div style="display:flex">{sheet}<div>{legend}</div></div>' if is_beside else sheet + legend


def line(plane: Plane, series: Series, field: Field, color: str) -> str:
    """One line, its filled area and its points."""
    is_step = field.get("custom.lineInterpolation") == "stepAfter"
    fill = field.get("custom.fillOpacity", 0) / 100
    dash = field.get("custom.lineStyle")
    style = f' stroke-dasharray="{" ".join(map(str, dash["dash"]))}"' if dash else ""
    parts = []
    for points in segments(series, plane.time.step, field.get("custom.spanNulls", False)):
        places = [(plane.x(at), plane.y(max(value, plane.low))) for at, value in points]
        path = f"M{places[0][0]:.1f} {places[0][1]:.1f}"
        for x, y in places[1:]:
            path += f"H{x:.1f}V{y:.1f}" if is_step else f"L{x:.1f} {y:.1f}"
        if fill:
            area = f"{path}V{plane.bottom}H{places[0][0]:.1f}Z"
            parts.append(f'<path d="{area}" fill="{color}" fill-opacity="{fill}"/>')
        parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.3"{style}/>')
        if field.get("custom.showPoints") == "always" or len(places) == 1:
            parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places]
    return "".join(parts)


CALCULATIONS = {
    "lastNotNull": ("Last", lambda values: values[-1]),
    "max": ("Max", max),
    "min": ("Min", min),
    "median": ("Median", lambda values: sorted(values)[len(values) // 2]),
    "sum": ("Total", sum),
}


def legend_table(panel: dict, series: list[Series], fields: dict, colors: dict, width: float, hidden: int) -> str:
    """The names with their figures."""
    calcs = panel["options"]["legend"]["calcs"]
    head = "".join(f"<th>{CALCULATIONS[calc][0]}</th>" for calc in calcs)
    rows = []
    for entry in series:
        values = [value for _, value in entry.points if math.isfinite(value)]
        field = fields[entry.name]
        figures = [CALCULATIONS[calc][1](values) if values else None for calc in calcs]
        cells = "".join(f"<td>{escape(written(figure, field.unit, field.get('decimals')))}</td>" for figure in figures)
        rows.append(f'<tr><td><i style="background:{colors[entry.name]}"></i>{escape(entry.name)}</td>{cells}</tr>')
    more = f"<tr><td>and {hidden} more</td></tr>" if hidden > 0 else ""
    return f'<table class="legend" style="width:{width:.0f}px"><tr><th></th>{head}</tr>{"".join(rows)}{more}</table>'


def timeline(panel: dict, series: list[Series], time: TimeRange, width: float, height: float, annotations: list) -> str:
    """A row of coloured states for each series."""
    field = Field.of(panel, "")
    left = 20 + 6.5 * max(len(entry.name) for entry in series)
    plane = Plane(left, width - 12, 4, height - 26, time, 0, 1)
    tall = (plane.bottom - plane.top) / len(series)
    parts = []
    for place, entry in enumerate(series):
        y = plane.top + place * tall
        parts.append(f'<text x="{left - 8}" y="{y + tall / 2 + 4:.1f}" text-anchor="end">{escape(entry.name)}</text>')
        for start, end, value in states(entry, time.step):
            text, color = field.mapped(value) or (written(value), field.threshold(value))
            x, wide = plane.x(start), max(plane.x(min(end, time.end)) - plane.x(start), 1)
            parts.append(
                f'<rect x="{x:.1f}" y="{y + tall * 0.08:.1f}" width="{wide:.1f}" height="{tall * 0.84:.1f}"'
                f' fill="{color}" fill-opacity="0.75"><title>{escape(text)}</title></rect>'
            )
            if wide > 8 * len(text):
                parts.append(f'<text x="{x + 5:.1f}" y="{y + tall / 2 + 4:.1f}" fill="#111">{escape(text)}</text>')
    return svg(width, height, "".join(parts) + time_axis(plane, annotations))


def states(series: Series, step: float) -> list[tuple[float, float, float]]:
    """From, to and value of every stretch of the same value."""
    found: list[list[float]] = []
    for at, value in series.points:
        if math.isnan(value):
            continue
        if found and found[-1][2] == value and at - found[-1][1] <= step * 1.5:
            found[-1][1] = at
            continue
        if found and at - found[-1][1] <= step * 1.5:
            found[-1][1] = at
        found.append([at, at + step, value])
    return [tuple(entry) for entry in found]


def heatmap(panel: dict, series: list[Series], time: TimeRange, width: float, height: float, annotations: list) -> str:
    """Cells of a histogram's buckets, each without those below it."""
    unit = panel["options"]["yAxis"]["unit"]
    buckets = sorted(series, key=lambda entry: float(entry.labels["le"]))
    plane = Plane(70, width - 12, 4, height - 26, time, 0, len(buckets))
    at_points = [{at: value for at, value in entry.points if math.isfinite(value)} for entry in buckets]
    moments = sorted({at for points in at_points for at in points})
    cells = {}
    for at in moments:
        below = 0.0
        for place, points in enumerate(at_points):
            value = points.get(at, below)
            cells[at, place] = max(0.0, value - below)
            below = value
    most = max(cells.values(), default=1) or 1
    wide = (plane.right - plane.left) / max(1, time.seconds / time.step)
    tall = (plane.bottom - plane.top) / len(buckets)
    parts = [
        f'<rect x="{plane.x(at):.1f}" y="{plane.y(place + 1):.1f}"'
        f' width="{max(wide - 0.5, 1):.1f}" height="{tall - 0.5:.1f}"'
        f' fill="{COLORS["orange"]}" fill-opacity="{(value / most) ** 0.5:.2f}"/>'
        for (at, place), value in cells.items()
        if value > 0 and at + time.step <= time.end + 1
    ]
    for place, entry in enumerate(buckets):
        if place % max(1, math.ceil(13 / tall)) == 0:
            text = written(float(entry.labels["le"]), unit)
            parts.append(f'<text x="62" y="{plane.y(place + 1) + 4:.1f}" text-anchor="end">{escape(text)}</text>')
    return svg(width, height, "".join(parts) + time_axis(plane, annotations))
