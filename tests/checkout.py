"""A checkout of its own: the files of this one, and the programs that were built."""

import os
import shutil
import subprocess
from pathlib import Path

from programs import BIN, ROOT

BINARIES = ["ingest", "clean", "train", "evaluate", "recommend", "publish", "maintain", "api"]
APP = "frontend/react/dist"


def copy_checkout(folder):
    """The files that git has or would take, and what was built: the programs and the app."""
    command = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    release = folder / "target/release"
    release.mkdir(parents=True)
    for name in BINARIES:
        if (BIN / name).exists():
            link_or_copy(BIN / name, release / name)
    if (ROOT / APP).is_dir():
        shutil.copytree(ROOT / APP, folder / APP)


def link_or_copy(source: Path, target: Path):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def missing_binaries():
    return [name for name in BINARIES if not (BIN / name).exists()]
