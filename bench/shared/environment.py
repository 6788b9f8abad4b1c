"""The virtual environments with the peers. Standard library only: nothing else is there before it."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

from .places import LOCAL, ROOT, BenchError

OLDEST = (3, 11)


@dataclass(frozen=True)
class Environment:
    """A virtual environment, what it is made from, how much there is to load, and variables for what runs in it."""

    folder: Path
    requirements: Path
    size: str
    variables: dict[str, str] = field(default_factory=dict)

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
        os.execve(python, [python, *sys.argv], os.environ | self.variables)

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
# One thread a fit: the matrices are small, and three processes share the machine.
QUALITY = Environment(
    LOCAL / "quality-venv",
    ROOT / "bench/requirements-quality.txt",
    "6 GB, most of it LensKit's PyTorch",
    {"OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1"},
)
