"""What all this ran on, for whoever reads the figures. Standard library only."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from .places import ROOT

INSTRUCTION_SETS = (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON"), ("sse2", "SSE2"))
PEERS = ("implicit", "pyspark", "numpy", "scipy")


def machine():
    """The processor, its widest instruction set, its cores and its memory, in words."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        text = ""
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    model = facts.get("model name") or platform.processor() or platform.machine()
    flags = (facts.get("flags") or facts.get("Features") or "").split()
    widest = next((name for flag, name in INSTRUCTION_SETS if flag in flags), "unknown instruction set")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{model}, {widest}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def versions():
    """Who took part, in which version."""
    peers = [f"{name} {version(name)}" for name in PEERS]
    python = f"Python {platform.python_version()}"
    return ", ".join([f"Cinelake {revision()}", said("rustc", "--version"), *peers, python, java()])


def revision():
    changed = said("git", "status", "--porcelain", "--untracked-files=no")
    return said("git", "rev-parse", "--short", "HEAD") + (" with uncommitted changes" if changed else "")


def java():
    if not shutil.which("java"):
        return "no Java"
    ended = subprocess.run(["java", "-version"], capture_output=True, text=True)
    return (ended.stderr or ended.stdout).splitlines()[0]


def said(*command):
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:
        return f"{command[0]} unknown"
