"""The rules of prometheus/rules."""

from dataclasses import dataclass

import yaml
from programs import ROOT

RULES = ROOT / "prometheus/rules"


@dataclass(frozen=True)
class Rule:
    """A recording rule or an alert; alerts may share a name."""

    name: str
    expression: str
    alert: bool
    file: str


def rules():
    found = []
    for path in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            for one in group["rules"]:
                name = one.get("alert") or one["record"]
                found.append(Rule(name, one["expr"], "alert" in one, path.name))
    return found
