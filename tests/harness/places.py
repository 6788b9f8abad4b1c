"""Where things are, and what the programs are called."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("CINELAKE_BIN") or ROOT / "target/release")
STEPS = ("ingest", "clean", "train", "evaluate", "recommend", "publish")
# What pushes how it ended.
TASKS = (*STEPS, "maintain")
BINARIES = (*TASKS, "admin", "api")


def binary(name):
    path = BIN / name
    assert path.exists(), f"{path} does not exist: cargo build --release, or point CINELAKE_BIN at the binaries"
    return path


def missing_binaries():
    """Why tests of the programs cannot run, or nothing."""
    missing = [name for name in BINARIES if not (BIN / name).exists()]
    return f"not built: {', '.join(missing)} (cargo build --release --workspace --bins)" if missing else None
