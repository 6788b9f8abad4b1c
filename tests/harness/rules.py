"""The rules of prometheus/rules."""

from dataclasses import dataclass
from functools import cache

import yaml

from .places import ROOT

RULES = ROOT / "prometheus/rules"
CASES = sorted((RULES / "tests").glob("*.yml"))


@dataclass(frozen=True)
class Rule:
    """A recording rule or an alert; alerts may share a name."""

    name: str
    expression: str
    alert: bool
    labels: dict
    annotations: dict


@cache
def groups():
    """Every group of rules as it is written."""
    return [group for path in sorted(RULES.glob("*.yml")) for group in yaml.safe_load(path.read_text())["groups"]]


def rules():
    return [
        Rule(one.get("alert") or one["record"], one["expr"], "alert" in one, one.get("labels"), one.get("annotations"))
        for group in groups()
        for one in group["rules"]
    ]


def alerts():
    return [rule for rule in rules() if rule.alert]


def records():
    return [rule for rule in rules() if not rule.alert]
