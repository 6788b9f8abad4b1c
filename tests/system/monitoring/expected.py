"""What has no data in these tests, and what is exported but shown nowhere: committed, each with its reason."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("expected.yml")


@dataclass(frozen=True)
class Entry:
    """A pattern for whole names, and why they are as they are."""

    pattern: str
    reason: str
    # So many seconds after the start it may have data, or not.
    until: float = math.inf

    def matches(self, name):
        return re.fullmatch(self.pattern, name) is not None


def entries(section):
    return [Entry(**one) for one in yaml.safe_load(FILE.read_text())[section] or []]


def entry_for(section, name):
    """The first that matches."""
    return next((entry for entry in entries(section) if entry.matches(name)), None)


def reason_for(section, name):
    """Why it is listed; None if it is not."""
    entry = entry_for(section, name)
    return entry and entry.reason
