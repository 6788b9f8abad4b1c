"""The generated parts of docs/tables.md, against the tables as the lake declares them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_tables_is_up_to_date():
    command = [sys.executable, "scripts/reference", "--check", "docs/tables.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
