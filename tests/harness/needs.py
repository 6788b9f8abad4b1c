"""What a test needs of the machine: without it the test is skipped, but not in CI, where it would never run."""

import os
import shutil

import pytest


def in_ci():
    return os.environ.get("CI") in ("true", "1")


def skip(reason):
    """Skips the test, or fails it in CI."""
    (pytest.fail if in_ci() else pytest.skip)(reason)


def needed(package, *programs):
    """The path of the first of these programs that is installed; `package` has them."""
    for program in programs:
        if path := shutil.which(program):
            return path
    return skip(f"no {programs[0]} here: sudo apt-get install {package}")
