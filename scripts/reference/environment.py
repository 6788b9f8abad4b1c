"""The variables of .env, and those that the DAGs read."""

from __future__ import annotations

import re
from pathlib import Path

from markdown import code, table

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
SETTING = re.compile(r"""setting\(\s*f?["']([A-Z][A-Z_]*[A-Z])(?:_\{.*?\})?["']""")


def block(file: str) -> str:
    """A table for each part of the file; a comment holds for the assignments below it."""
    parts, comment, rows = [], [], []
    title, fresh = "", True
    for line in [*(ROOT / file).read_text().splitlines(), "# --- end ---"]:
        if line.startswith("# ---"):
            if rows:
                parts.append(f"**{title}**\n\n{table(['variable', 'default', 'meaning'], rows)}")
            title, rows, comment = line.strip("# -"), [], []
        elif line.startswith("#"):
            comment = [*([] if fresh else comment), line.lstrip("# ")]
            fresh = False
        elif found := ASSIGNMENT.match(line):
            # What is said once, of several variables, stands at the first.
            rows.append([code(found[1]), code(found[2].strip("'")), "" if fresh else " ".join(comment)])
            fresh = True
    return "\n" + "\n".join(parts) + "\n"


def read_by_dags() -> list[str]:
    """Every variable that a DAG or its steps read."""
    sources = (ROOT / "airflow/dags").rglob("*.py")
    return sorted({name for source in sources for name in SETTING.findall(source.read_text())})
