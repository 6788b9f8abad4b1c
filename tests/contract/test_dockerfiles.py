"""Dockerfiles, judged without building them."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from harness.engine import run
from harness.needs import skip
from harness.places import ROOT

DOCKERFILES = [
    *("Dockerfile", "airflow/Dockerfile", "docker/hdfs/Dockerfile"),
    "tests/system/containers/stand-ins/Dockerfile",
]


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_hadolint_finds_nothing_wrong(dockerfile):
    beside = Path(sys.executable).parent / "hadolint"
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        skip("no hadolint: pip install -r airflow/requirements-dev.txt")
    ended = run(program, "--no-color", ROOT / dockerfile, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_no_dockerfile_pulls_a_frontend(dockerfile):
    assert not re.match(r"#\s*syntax\s*=", (ROOT / dockerfile).read_text(), re.I)


@pytest.mark.parametrize("dockerfile", DOCKERFILES[:3])
def test_every_base_image_is_pinned(dockerfile):
    """By a tag that names a release; what a stage is called needs none."""
    text = (ROOT / dockerfile).read_text()
    for name in re.findall(r"^ARG (?:BASE|BUILDER|NODE)=(.+)$", text, re.M):
        assert re.search(r":[a-z]*[0-9b]", name), name
        assert not name.endswith(":latest"), name
