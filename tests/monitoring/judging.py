"""Whether something has data, and whether it should have."""

import pytest
from expected import reason_for
from machine import INTERVAL
from promql import metrics
from rules import rules

RECORDED = {rule.name: rule.expression for rule in rules() if not rule.alert}


def judge(name, has_data):
    """Fails when something is empty that should not be, or has data although it is listed as empty."""
    reason = reason_for("empty", name)
    if reason is None:
        assert has_data, f"no data; if that must be so, tests/monitoring/expected.yml takes the reason: {name}"
    else:
        assert not has_data, f"has data, and is listed as empty in tests/monitoring/expected.yml ({reason}): {name}"


def recently(machine, expression):
    """Whether it had data at any time since the start."""
    now = machine.prometheus.values("time()")[()]
    return machine.prometheus.has_data(expression, machine.started, now, INTERVAL)


def about_airflow(expression):
    """Whether it asks for Airflow's figures, be it by way of recording rules."""
    names = metrics(expression)
    return any(name.startswith("airflow_") or about_airflow(RECORDED.get(name, "")) for name in names)


def skip_without_airflow(machine, expression):
    if not machine.statsd and about_airflow(expression):
        pytest.skip("Airflow's figures need statsd_exporter: ./test.sh compiles it where Go is")
