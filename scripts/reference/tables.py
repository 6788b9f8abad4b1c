"""The tables of the lake, from crates/lakehouse/src/tables: grain, mode and columns."""

from __future__ import annotations

import re
from pathlib import Path

from markdown import code, table

FOLDER = Path(__file__).resolve().parents[2] / "crates/lakehouse/src/tables"
TABLE = re.compile(r'^table!\(\w+, "([\w/]+)", (\w+), \{\n(.*?)^\}\);', re.DOTALL | re.MULTILINE)
COLUMN = re.compile(r"((?: *///.*\n)+) *[A-Z_0-9]+ (\w+): ([\w<>]+),")
TYPES = {
    "Text": "text",
    "Timestamp": "timestamp, UTC, microseconds",
    "TextList": "list of text",
    "FloatList": "list of float32",
    "IntList": "list of int64",
    "bool": "boolean",
    **{f"{kind}{bits}": f"{name}{bits}" for kind, name in (("i", "int"), ("f", "float")) for bits in (32, 64)},
}
MODES = {"Overwrite": "Each run replaces all rows.", "Append": "Each run adds its rows."}


def sources() -> dict[str, str]:
    """The module of each table, by the table's name."""
    found = {}
    for path in sorted(FOLDER.glob("*_*.rs")):
        text = path.read_text()
        if declared := TABLE.search(text):
            found[declared[1]] = text
    return found


SOURCES = sources()
NAMES = list(SOURCES)


def column(doc: str, name: str, kind: str) -> list[str]:
    inner = re.fullmatch(r"Option<(\w+)>", kind)
    said = " ".join(line.strip().removeprefix("///").strip() for line in doc.splitlines())
    return [code(name), TYPES[inner[1] if inner else kind] + (", nullable" if inner else ""), said.rstrip(".")]


def block(name: str) -> str:
    """What the source says of one table."""
    source = SOURCES[name]
    _, mode, body = TABLE.search(source).groups()
    grain = " ".join(line.removeprefix("//!").strip() for line in source.splitlines() if line.startswith("//!"))
    grain = grain.split(": ", 1)[1]
    rows = [column(*found) for found in COLUMN.findall(body)]
    return f"\n{grain[0].upper()}{grain[1:]} {MODES[mode]}\n\n{table(['column', 'type', 'meaning'], rows)}\n"
