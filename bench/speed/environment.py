"""The virtual environment with the peers. Standard library only: nothing else is there before it."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from .places import LOCAL, ROOT, BenchError

VENV = LOCAL / "bench-venv"
REQUIREMENTS = ROOT / "bench/requirements.txt"
OLDEST = (3, 11)


def enter():
    """Goes on in the environment, which is made first where it is missing or of other requirements."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    if sys.version_info < OLDEST:
        raise BenchError(f"Python {sys.version.split()[0]} is too old: run this with Python {OLDEST[0]}.{OLDEST[1]}")
    signature = VENV / "signature"
    wanted = f"{sys.version}\n{REQUIREMENTS.read_text()}"
    if not signature.exists() or signature.read_text() != wanted:
        make()
        signature.write_text(wanted)
    python = str(VENV / "bin/python")
    sys.stdout.flush()
    os.execv(python, [python, *sys.argv])


def make():
    print(f"installing the peers in {VENV.relative_to(ROOT)} (about 1 GB)", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True)
    install = [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    if subprocess.run([*install, "--requirement", REQUIREMENTS]).returncode:
        raise BenchError(f"the peers cannot be installed: see above, and {REQUIREMENTS.relative_to(ROOT)}")
