"""From answers to what a panel draws: transformations, and the settings of each field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .sources import Series, Table

COLORS = {
    "green": "#73bf69", "super-light-green": "#c8f2c2", "yellow": "#fade2a", "orange": "#ff9830", "red": "#f2495c",
    "blue": "#5794f2", "purple": "#b877d9", "text": "#ccccdc", "transparent": "none",
}  # fmt: skip
PALETTE = ["#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a"]


class Unknown(ValueError):
    """Something in a dashboard that the preview cannot draw."""


@dataclass
class Field:
    """The settings of one field: the panel's, and the overrides of its name over them."""

    settings: dict

    @classmethod
    def of(cls, panel: dict, name: str) -> Field:
        config = panel["fieldConfig"]
        settings = {key: value for key, value in config["defaults"].items() if key != "custom"}
        settings |= {f"custom.{key}": value for key, value in config["defaults"].get("custom", {}).items()}
        for override in config["overrides"]:
            if matches(override["matcher"], name):
                settings |= {entry["id"]: entry["value"] for entry in override["properties"]}
        return cls(settings)

    def get(self, key: str, default: object = None) -> object:
        return self.settings.get(key, default)

    @property
    def unit(self) -> str:
        return self.get("unit", "none")

    def mapped(self, value: object) -> tuple[str, str | None] | None:
        """Text and colour that a value is mapped to."""
        key = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        for mapping in self.get("mappings", []):
            if mapping["type"] == "value" and key in mapping["options"]:
                entry = mapping["options"][key]
                return entry.get("text", key), COLORS.get(entry.get("color", ""))
        return None

    def color(self, value: object, place: int = 0) -> str:
        """By the mapping, a fixed colour, the thresholds or the palette."""
        mapped = self.mapped(value)
        if mapped and mapped[1]:
            return mapped[1]
        color = self.get("color", {})
        if color.get("mode") == "fixed":
            return COLORS[color["fixedColor"]]
        if color.get("mode") == "palette-classic":
            return PALETTE[place % len(PALETTE)]
        return self.threshold(value)

    def threshold(self, value: object) -> str:
        found = "text"
        for step in self.get("thresholds", {"steps": []})["steps"]:
            if step["value"] is None or (isinstance(value, int | float) and value >= step["value"]):
                found = step["color"]
        return COLORS[found]


def matches(matcher: dict, name: str) -> bool:
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"].strip("/"), name) is not None
    if matcher["id"] == "byName":
        return matcher["options"] == name
    raise Unknown(f"the matcher {matcher['id']}")


def transformed(panel: dict, answers: list[tuple[str, list[Series] | Table]]) -> tuple[list[Series], Table | None]:
    """All answers of a panel as series, or as one table where it has rows."""
    series = [entry for _, answer in answers if isinstance(answer, list) for entry in answer]
    tables = [(refid, answer) for refid, answer in answers if isinstance(answer, Table)]
    if len(panel["targets"]) > 1:
        for refid, table in tables:
            table.columns = [f"Value #{refid}" if name == "Value" else name for name in table.columns]
    table = tables[0][1] if tables else None
    for transformation in panel.get("transformations", []):
        kind, options = transformation["id"], transformation["options"]
        if kind == "merge":
            table = merged([table for _, table in tables])
        elif kind == "organize" and table:
            table = organized(table, options)
        elif kind == "rowsToFields" and table:
            by = {mapping["handlerKey"]: mapping["fieldName"] for mapping in options["mappings"]}
            pairs = zip(table.column(by["field.name"]), table.column(by["field.value"]))
            series, table = [Series(name, [(0, float(value))]) for name, value in pairs], None
        elif kind not in ("organize", "merge", "rowsToFields"):
            raise Unknown(f"the transformation {kind}")
    return series, table


def merged(tables: list[Table]) -> Table:
    """One row for each combination of labels, with the value of every table."""
    labels = sorted({name for table in tables for name in table.columns if not name.startswith("Value")})
    values = [name for table in tables for name in table.columns if name.startswith("Value")]
    rows: dict[tuple, dict] = {}
    for table in tables:
        for row in table.rows:
            fields = dict(zip(table.columns, row))
            rows.setdefault(tuple(fields.get(name) for name in labels), {}).update(fields)
    return Table([*labels, *values], [[row.get(name) for name in (*labels, *values)] for row in rows.values()])


def organized(table: Table, options: dict) -> Table:
    """Columns hidden, in order, renamed."""
    order = options["indexByName"]
    kept = [name for name in table.columns if not options["excludeByName"].get(name)]
    kept.sort(key=lambda name: order.get(name, len(order)))
    places = [table.columns.index(name) for name in kept]
    return Table(
        [options["renameByName"].get(name, name) for name in kept], [[row[p] for p in places] for row in table.rows]
    )


def table_fields(panel: dict, table: Table) -> list[Series] | list[tuple[str, str]]:
    """The columns of a table with one row, as the values of a stat, gauge or bar; texts stay texts."""
    if not table.rows:
        return []
    with_text = panel["options"].get("reduceOptions", {}).get("fields") == "/.*/"
    found = []
    for name, value in zip(table.columns, table.rows[-1]):
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append(Series(name, [(0, float(value))]))
        elif with_text and value is not None:
            found.append((name, str(value)))
    return found
