"""Whether something has data, and whether it should have."""

import pytest

from harness.promql import metrics
from harness.rules import records
from system.monitoring.expected import entry_for
from system.monitoring.machine import INTERVAL

RECORDED = {rule.name: rule.expression for rule in records()}


def judge(machine, name, has_data):
    """Fails when something is empty that should not be, or has data although listed as empty; `has_data` looks."""
    entry = entry_for("empty", name)
    if entry is None:
        reasons = "tests/system/monitoring/expected.yml takes the reason"
        assert machine.arrives(has_data), f"no data; if that must be so, {reasons}: {name}"
    elif machine.prometheus.now() < machine.started + entry.until:
        assert not has_data(), f"has data, and is listed as empty in expected.yml ({entry.reason}): {name}"


def recently(machine, expression):
    """Whether it had data at any time since the start."""
    return machine.prometheus.has_data(expression, machine.started, machine.prometheus.now(), INTERVAL)


def about_airflow(expression, beyond=frozenset()):
    """Whether it asks for Airflow's figures, be it by way of recording rules. Those `beyond` were looked at already."""
    names = metrics(expression) - beyond
    if 'job="airflow"' in expression or any(name.startswith("airflow_") for name in names):
        return True
    return any(about_airflow(RECORDED.get(name, ""), beyond | names) for name in names)


def skip_without_airflow(machine, expression):
    if not machine.statsd and about_airflow(expression):
        pytest.skip("Airflow's figures need statsd_exporter: ./test.sh compiles it where Go is")
