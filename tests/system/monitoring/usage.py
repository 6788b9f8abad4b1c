"""Who asks for which metric: the dashboards' panels and the rules."""

from dataclasses import dataclass
from functools import cache

from harness.dashboards import PROMETHEUS, queries
from harness.promql import metrics
from harness.rules import alerts, records


@dataclass(frozen=True)
class Place:
    """A panel, a variable or an annotation of a dashboard, or a rule; and its expression."""

    where: str
    what: str
    expression: str


def panel_queries(start=None, end=None):
    """Every query of the dashboards for this time by its name, as `API / Requests / A`."""
    return {f"{one.dashboard} / {one.panel} / {one.refid}": one for one in queries(start, end)}


@cache
def places():
    """All of them: files that do not change while tests run."""
    panels = [Place(q.dashboard, q.panel, q.text) for q in panel_queries().values() if q.datasource == PROMETHEUS]
    raised = [Place("alerts", rule.name, rule.expression) for rule in alerts()]
    recorded = [Place("recorded as", rule.name, rule.expression) for rule in records()]
    return panels + raised + recorded


def used():
    """All names that are asked for, as they stand there."""
    return {name for place in places() for name in metrics(place.expression)}


def uses(wanted):
    """Where those metrics are used for whose name `wanted` is true: names of panels and rules by dashboard."""
    found = {}
    for place in places():
        if any(wanted(name) for name in metrics(place.expression)):
            names = found.setdefault(place.where, [])
            if place.what not in names:
                names.append(place.what)
    return found
