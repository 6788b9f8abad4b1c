"""Single values, bars, tables and texts as HTML."""

from __future__ import annotations

import math
import re
from datetime import datetime
from html import escape

from .charts import svg
from .frames import COLORS, Field
from .sources import Series, Table
from .units import written

DARK = "#181b1f"


def shown(field: Field, value: object) -> str:
    mapped = field.mapped(value)
    return mapped[0] if mapped else written(value, field.unit, field.get("decimals"))


def stat(panel: dict, values: list, width: float, height: float) -> str:
    """Large values, coloured as the thresholds or mappings say."""
    options, boxes = panel["options"], []
    wide, tall = (width / len(values), height) if width > height * len(values) else (width, height / len(values))
    for entry in values:
        name, value = entry if isinstance(entry, tuple) else (entry.name, entry.last)
        field = Field.of(panel, name)
        text, color = shown(field, value), field.color(value)
        size = min(tall * 0.5, 1.45 * wide / max(len(text), 4), 44)
        is_filled = options["colorMode"] == "background" and color != "none"
        style = (
            f"background:{color};color:#111" if is_filled else f"color:{color if color != 'none' else COLORS['text']}"
        )
        label = f'<div class="name">{escape(name)}</div>' if options["textMode"] == "value_and_name" else ""
        spark, kind = "", "stat"
        if options["graphMode"] == "area" and isinstance(entry, Series):
            kind = "stat over"
            spark = sparkline(entry, wide, tall * 0.45, "#111" if is_filled else color)
        boxes.append(
            f'<div class="{kind}" style="width:{int(wide)}px;height:{int(tall)}px;{style}">{label}'
            f'<div style="font-size:{size:.0f}px">{escape(text)}</div>{spark}</div>'
        )
    return "".join(boxes)


def sparkline(series: Series, width: float, height: float, color: str) -> str:
    points = [(at, value) for at, value in series.points if math.isfinite(value)]
    if len(points) < 2:
        return ""
    (first, _), (last, _) = points[0], points[-1]
    low, high = min(value for _, value in points), max(value for _, value in points)
    places = [
        ((at - first) / ((last - first) or 1) * width, height - 2 - (value - low) / ((high - low) or 1) * (height - 6))
        for at, value in points
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    area = f'<path d="{path}V{height:.0f}H0Z" fill="{color}" fill-opacity="0.2"/>'
    line = f'<path d="{path}" fill="none" stroke="{color}"/>'
    return f'<div class="spark">{svg(width, height, area + line)}</div>'


def gauge(panel: dict, values: list, width: float, height: float) -> str:
    """A half circle, filled as far as the value is between its ends."""
    boxes = []
    for entry in values:
        field = Field.of(panel, entry.name)
        low, high = field.get("min", 0), field.get("max", 1)
        share = min(max((entry.last - low) / (high - low), 0), 1)
        radius = min(width / 2 - 14, height - 22)
        middle, base = width / 2, radius + 12

        def arc(from_share, to_share, radius, wide, color, middle=middle, base=base):
            ends = [math.pi * (1 - s) for s in (from_share, to_share)]
            (x1, y1), (x2, y2) = ((middle + radius * math.cos(a), base - radius * math.sin(a)) for a in ends)
            return (
                f'<path d="M{x1:.1f} {y1:.1f}A{radius:.1f} {radius:.1f} 0 0 1 {x2:.1f} {y2:.1f}" fill="none"'
                f' stroke="{color}" stroke-width="{wide}"/>'
            )

        steps = field.get("thresholds")["steps"]
        starts = [low if step["value"] is None else step["value"] for step in steps] + [high]
        marks = "".join(
            arc((a - low) / (high - low), (b - low) / (high - low), radius, 4, COLORS[step["color"]])
            for step, a, b in zip(steps, starts, starts[1:])
        )
        color = field.color(entry.last)
        text = shown(field, entry.last)
        body = marks + arc(0, 1, radius - 15, 20, "#2c3235") + (arc(0, share, radius - 15, 20, color) if share else "")
        place = f'x="{middle:.0f}" y="{base - 4:.0f}" text-anchor="middle" font-size="24"'
        body += f'<text {place} fill="{color}">{escape(text)}</text>'
        boxes.append(svg(width, height, body))
    return "".join(boxes)


def bargauge(panel: dict, values: list, width: float, height: float) -> str:
    """One bar each, from the least to the greatest value."""
    most = max([entry.last for entry in values if entry.last is not None], default=1)
    tall = min(height / len(values), 40)
    label = min(14 + 7.6 * max(len(entry.name) for entry in values), width * 0.45)
    rows = []
    for place, entry in enumerate(values):
        field = Field.of(panel, entry.name)
        low, high = field.get("min", 0), field.get("max") or most or 1
        color = field.color(entry.last, place)
        share = min(max((entry.last - low) / ((high - low) or 1), 0), 1)
        room = width - label - 100
        rows.append(
            f'<div class="bar" style="height:{tall:.1f}px">'
            f'<span style="width:{label:.0f}px">{escape(entry.name)}</span>'
            f'<span class="track" style="width:{room:.0f}px">'
            f'<b style="width:{room * share:.0f}px;background:{color}"></b></span>'
            f'<span class="value" style="color:{color}">{escape(shown(field, entry.last))}</span></div>'
        )
    return "".join(rows)


def table(panel: dict, content: Table, width: float, height: float) -> str:
    """The rows that fit, with coloured cells where the panel has them."""
    fields = [Field.of(panel, name) for name in content.columns]
    rows = content.rows
    for order in panel["options"].get("sortBy", []):
        if order["displayName"] in content.columns:
            place = content.columns.index(order["displayName"])
            rows = sorted(rows, key=lambda row: (row[place] is None, row[place]), reverse=order["desc"])
    room = max(1, int((height - 26) // 25))
    # What has no width of its own shares the rest.
    widths = [field.get("custom.width") for field in fields]
    rest = (width - sum(w for w in widths if w)) / max(1, sum(1 for w in widths if not w))
    sides = ["right" if any(is_number(row[place]) for row in rows) else "left" for place in range(len(fields))]
    head = "".join(
        f'<th style="width:{w or rest:.0f}px;text-align:{side}">{escape(name)}</th>'
        for name, w, side in zip(content.columns, widths, sides)
    )
    body = "".join(
        f"<tr>{''.join(cell(field, value) for field, value in zip(fields, row))}</tr>" for row in rows[:room]
    )
    more = f'<div class="more">and {len(rows) - room} more rows</div>' if len(rows) > room else ""
    return f'<table class="rows" style="width:{width:.0f}px"><tr>{head}</tr>{body}</table>{more}'


def is_number(value: object) -> bool:
    return isinstance(value, int | float | datetime) and not isinstance(value, bool)


def cell(field: Field, value: object) -> str:
    text = shown(field, value)
    kind = field.get("custom.cellOptions", {}).get("type", "auto")
    color = field.color(value)
    style = ""
    if value is not None and color != "none":
        style = {"color-background": f"background:{color};color:#111", "color-text": f"color:{color}"}.get(kind, "")
    if is_number(value):
        style += ";text-align:right"
    inner = f"<u>{escape(text)}</u>" if field.get("links") else escape(text)
    return f'<td style="{style}" title="{escape(text)}">{inner}</td>'


def markdown(content: str) -> str:
    """Lists, links, bold and code: what the dashboards use."""
    text = escape(content, quote=False)
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    lines = [
        f"<li>{line[2:]}</li>" if line.startswith("- ") else f"<p>{line}</p>" for line in text.splitlines() if line
    ]
    return f'<div class="text">{"".join(lines)}</div>'
