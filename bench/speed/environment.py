"""The virtual environments with the peers. Standard library only: nothing else is there before it."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from .places import LOCAL, ROOT, BenchError

OLDEST = (3, 11)


@dataclass(frozen=True)
class Environment:
    """A virtual environment, what it is made from, and how much there is to load."""

    folder: Path
    requirements: Path
    size: str

    def enter(self):
        """Goes on in the environment, which is made first where it is missing or of other requirements."""
        if Path(sys.prefix).resolve() == self.folder.resolve():
            return
        if sys.version_info < OLDEST:
            oldest = ".".join(map(str, OLDEST))
            raise BenchError(f"Python {sys.version.split()[0]} is too old: run this with Python {oldest}")
        signature = self.folder / "signature"
        wanted = f"{sys.version}\n{self.requirements.read_text()}"
        if not signature.exists() or signature.read_text() != wanted:
            self.make()
            signature.write_text(wanted)
        python = str(self.folder / "bin/python")
        sys.stdout.flush()
        os.execv(python, [python, *sys.argv])

    def make(self):
        print(f"installing the peers in {self.folder.relative_to(ROOT)} (about {self.size})", flush=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.create(self.folder, with_pip=True)
        pip = [self.folder / "bin/python", "-m", "pip", "install", "--quiet", "--no-input"]
        install = [*pip, "--disable-pip-version-check", "--requirement", self.requirements]
        if subprocess.run(install).returncode:
            raise BenchError(f"the peers cannot be installed: see above, and {self.requirements.relative_to(ROOT)}")


SOLVERS = Environment(LOCAL / "bench-venv", ROOT / "bench/requirements.txt", "1 GB")
SERVICES = Environment(LOCAL / "bench-api-venv", ROOT / "bench/requirements-api.txt", "80 MB")
