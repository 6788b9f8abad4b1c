"""What the rules make of made-up days: the cases of prometheus/rules/tests."""

import subprocess

import pytest

from harness.needs import needed
from harness.rules import CASES


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_rules_do_what_their_cases_say(path):
    command = [needed("prometheus", "promtool"), "test", "rules", path]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
