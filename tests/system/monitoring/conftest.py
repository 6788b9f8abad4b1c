"""What the monitoring tests share: one machine on which everything really ran, by ./init.sh --local --monitoring.

It is a copy of this checkout with the binaries of CINELAKE_BIN (else target/release). Without the programs it needs
every test of it is skipped and says why; with CI=true that is a failure. With KEEP_MACHINE=FOLDER it is made in that
folder, stays, and is used again the next time; end it there with ./init.sh --local down.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from harness.needs import skip
from system.monitoring.machine import Machine, obstacle


@pytest.fixture(scope="session")
def machine():
    """Everything has run already; tests look, and change nothing."""
    if reason := obstacle():
        skip(reason)
    if kept := os.environ.get("KEEP_MACHINE"):
        yield kept_machine(Path(kept))
        return
    # PostgreSQL's own user must reach it when root runs the tests.
    folder = Path(tempfile.mkdtemp(prefix="cinelake-monitoring-"))
    folder.chmod(0o755)
    machine = Machine.create(folder)
    try:
        machine.live()
        yield machine
    finally:
        try:
            machine.init("--local", "down")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def kept_machine(folder):
    if (folder / ".local/machine.json").exists():
        return Machine.load(folder)
    folder.mkdir(parents=True, exist_ok=True)
    machine = Machine.create(folder)
    machine.live()
    machine.save()
    return machine
