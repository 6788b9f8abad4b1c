"""The generated parts of docs/configuration.md, against what the programs and scripts themselves say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_settings_is_up_to_date():
    command = [sys.executable, "scripts/reference", "--check", "docs/configuration.md"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
