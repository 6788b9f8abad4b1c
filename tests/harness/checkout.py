"""A checkout of its own: the files of this one, the programs that were built, and what its init.sh is told."""

import os
import shutil
import subprocess
from pathlib import Path

from .places import BIN, BINARIES, ROOT
from .programs import environment
from .waiting import free_port

APP = "frontend/react/dist"
# Settings of the caller's own that init.sh and compose would heed.
SETTINGS = ("CINELAKE_", "AIRFLOW_", "POSTGRES_", "PROMETHEUS_", "PUSHGATEWAY_", "ALERTMANAGER_", "GRAFANA_")
SETTINGS += ("COMPOSE_", "STATSD_", "NODE_EXPORTER_", "DATASET", "BINARIES", "CARGO_TARGET_DIR")


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


def setup_environment(ports, **settings):
    """The environment of init.sh: nothing of the caller's own, these ports free ones, the programs that were built."""
    kept = {name: value for name, value in environment().items() if not name.startswith(SETTINGS)}
    chosen = {f"{name}_PORT": str(free_port()) for name in ports}
    return kept | chosen | {"BINARIES": "prebuilt", "THREADS": "2"} | settings
