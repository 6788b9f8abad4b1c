"""Rules that every file keeps."""

from pathlib import Path

from harness.places import ROOT
from harness.workspace import tracked

SOURCES = (".rs", ".py", ".sh", ".sql", ".ts", ".tsx", ".js", ".mjs", ".css", ".html", ".ps1")
MOST_LINES = 500
# Nobody reads these: a tool writes them, and a test there fails when they are stale.
GENERATED = {Path("frontend/react/src/api/schema.d.ts")}
MOST_LINES_OF_README = 130


def lines(path):
    return len(path.read_text().splitlines())


def test_no_source_file_has_more_than_500_lines():
    found = {path.relative_to(ROOT): lines(path) for path in tracked(*SOURCES)}
    assert len(found) > 100
    assert {path: count for path, count in found.items() if count > MOST_LINES and path not in GENERATED} == {}


def test_the_readme_is_a_door_and_not_the_house():
    assert lines(ROOT / "README.md") <= MOST_LINES_OF_README
