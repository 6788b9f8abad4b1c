"""A full disk: each step says so, changes nothing, and does its work once there is room."""

import os
import shutil
import subprocess

import pytest

from harness import tables
from harness.places import STEPS
from harness.programs import SMALL

SOURCE, RUN = "sample:12k", "full"
MEGABYTES = 48
# With no room the data fail; with one page a small commit may, too, behind its data.
PAGE = os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("a small disk can be mounted by root only")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, left):
    """Takes all the room there is but for `left` bytes; returns what takes it."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    with filler.open("wb") as file:
        file.write(bytes(free - left))
    return filler


@pytest.mark.parametrize("left", [0, PAGE])
@pytest.mark.parametrize("step", STEPS[:-1])
def test_a_step_on_a_full_disk_says_so_and_does_its_work_when_there_is_room(continued, small_disk, step, left):
    pipeline = continued.copy(small_disk / "lake", continued.database)
    flags = SMALL | {"ingest": ["--source", SOURCE]}
    pipeline.go(SOURCE, RUN, SMALL, STEPS[: STEPS.index(step)])
    versions = tables.versions(pipeline.lake)
    filler = fill(small_disk, left)
    ended = pipeline.run(step, *flags.get(step, []), run_id=RUN)
    assert ended.code == 1
    assert "no space left on" in ended.complaint.lower()
    assert tables.versions(pipeline.lake) == versions
    filler.unlink()
    assert pipeline.succeed(step, *flags.get(step, []), run_id=RUN).report["outcome"] == "done"


def test_scratch_without_room_for_the_ratings_says_so_before_anything_is_written(continued, small_disk):
    pipeline = continued.copy(small_disk.parent / "copy", continued.database)
    pipeline.go(SOURCE, RUN, SMALL, STEPS[:2])
    filler = fill(small_disk, 0)
    in_files = [*SMALL.get("train", []), "--memory", "0", "--scratch", str(small_disk)]
    ended = pipeline.run("train", *in_files, run_id=RUN)
    assert ended.code == 1
    assert "bytes of scratch" in ended.complaint and "no storage space" in ended.complaint
    filler.unlink()
    assert pipeline.succeed("train", *in_files, run_id=RUN).report["outcome"] == "done"
