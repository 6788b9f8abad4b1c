"""Fills the generated parts of the reference pages from the sources that they describe.

    python3 scripts/reference            # writes docs/configuration.md and docs/tables.md anew
    python3 scripts/reference --check    # fails when one of them is out of date

A generated part stands between `<!-- KIND: NAME -->` and `<!-- /KIND -->`; everything else is written by hand. The
programs are those of CINELAKE_BIN, else of target/release.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from pathlib import Path

import environment
import flags
import params
import tables

ROOT = Path(__file__).resolve().parents[2]
TABLES = "docs/tables.md"
PAGES = ("docs/configuration.md", TABLES)
KINDS = {
    "flags": flags.block,
    "usage": flags.usage,
    "params": params.block,
    "env": environment.block,
    "table": tables.block,
}
PART = re.compile(r"<!-- (\w+): (\S+) -->\n.*?<!-- /\1 -->\n", re.DOTALL)


def filled(page: str) -> str:
    """The page with every generated part made anew."""

    def part(found: re.Match[str]) -> str:
        kind, name = found.groups()
        return f"<!-- {kind}: {name} -->\n{KINDS[kind](name)}<!-- /{kind} -->\n"

    return PART.sub(part, page)


def names(page: str, kind: str) -> list[str]:
    """The parts of a kind that a page has."""
    return [found[2] for found in PART.finditer(page) if found[1] == kind]


def absent(page: str, text: str) -> list[str]:
    """What is in the sources, belongs on a page and is not there."""
    if page == TABLES:
        return [f"table {name}" for name in tables.NAMES if name not in names(text, "table")]
    programs = [f"program {name}" for name in flags.PROGRAMS if name not in names(text, "flags")]
    return programs + [f"variable {name}" for name in environment.read_by_dags() if f"`{name}`" not in text]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a page is out of date")
    parser.add_argument("pages", nargs="*", default=PAGES, metavar="PAGE", help="only these")
    arguments = parser.parse_args()
    failures = []
    for page in arguments.pages:
        old = (ROOT / page).read_text()
        new = filled(old)
        failures += [f"{page} does not have {name}" for name in absent(page, new)]
        if not arguments.check:
            (ROOT / page).write_text(new)
        elif old != new:
            changes = difflib.unified_diff(old.splitlines(), new.splitlines(), page, "sources", "", "", 0)
            failures.append("\n".join(["out of date, renew it by: python3 scripts/reference", *changes]))
    print("\n".join(failures), file=sys.stderr, end="\n" if failures else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
