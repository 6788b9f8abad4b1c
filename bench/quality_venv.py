"""A virtual environment for `bench/quality.py`; standard library only."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "bench/requirements-quality.txt"
VENV = ROOT / ".local/quality-venv"


def enter() -> None:
    """Starts the program again in the environment, which is made first if it is missing or was made from others."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    made_from = VENV / "requirements.txt"
    wanted = REQUIREMENTS.read_text()
    if not made_from.exists() or made_from.read_text() != wanted:
        print(f"installing {REQUIREMENTS.name} into {VENV.relative_to(ROOT)} (6 GB, most of it LensKit's PyTorch)")
        venv.create(VENV, with_pip=True)
        pip = [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--requirement", REQUIREMENTS], check=True)
        made_from.write_text(wanted)
    # One thread a fit: the matrices are small, and three processes share the machine.
    python = VENV / "bin/python"
    os.execve(python, [python, *sys.argv], os.environ | {"OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"})
