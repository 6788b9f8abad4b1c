"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable


def row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [row(head), row(["---"] * len(head)), *map(row, rows)]
    # An empty cell has one space.
    return "".join(f"{line.replace('|  ', '| ')}\n" for line in lines)


def code(text: str) -> str:
    """As code, or nothing when there is none."""
    return f"`{text}`" if text else ""
