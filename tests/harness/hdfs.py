"""A HDFS of one's own: a name node and data nodes in one process."""

import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .needs import skip
from .places import ROOT
from .waiting import until_ready

SCRIPTS = ROOT / "scripts"


@dataclass(frozen=True)
class Hdfs:
    """One that keeps its files in a folder of this machine."""

    folder: Path
    address: str
    process: subprocess.Popen

    def tool(self, name, *arguments):
        """What `hdfs dfs` or `hdfs dfsadmin` says, which takes seconds."""
        code, lines = shell(f"hdfs_{name}", self.folder, *arguments)
        assert code == 0, lines
        return lines

    def stop(self):
        """Ends all of its nodes at once."""
        self.process.kill()
        self.process.wait()


def shell(function, *arguments):
    """What a function of `scripts/hdfs.sh` says."""
    script = f'. "$0/common.sh" && . "$0/hdfs.sh" && {function} "$@"'
    ended = subprocess.run(
        ["bash", "-c", script, SCRIPTS, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout.splitlines()


@contextmanager
def hdfs(folder):
    """Starts an empty one, which needs Java."""
    _, obstacles = shell("hdfs_obstacle")
    if obstacles:
        skip(obstacles[0])
    assert shell("install_hdfs")[0] == 0, "Maven cannot download the jars of scripts/hdfs/pom.xml"
    _, command = shell("hdfs_command", folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        until_ready(process, lambda: shell("hdfs_address", folder)[0] == 0, "the name node")
        yield Hdfs(folder, shell("hdfs_address", folder)[1][0], process)
    finally:
        # Nothing of it is needed any more.
        process.kill()
        process.wait()
