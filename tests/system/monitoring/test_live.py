"""That what was really measured arrives where it is looked at: targets, rules, expressions, metrics."""

import re

import pytest

from harness.gateway import complaints
from harness.places import TASKS
from harness.promql import selectors
from harness.rules import rules
from harness.web import text
from system.monitoring.judging import RECORDED, judge, recently, skip_without_airflow

RULES = rules()
SELECTORS = sorted({str(one) for rule in RULES for one in selectors(rule.expression)})


def test_every_target_is_up(machine):
    targets = machine.prometheus.ask("targets", state="active")["activeTargets"]
    jobs = {"api", "pushgateway", "airflow", "postgres", "node", "prometheus"} - (
        set() if machine.statsd else {"airflow"}
    )
    assert {one["labels"]["job"]: one["health"] for one in targets} == dict.fromkeys(jobs, "up")


def test_every_rule_is_loaded_and_none_is_in_error(machine):
    loaded = machine.prometheus.rules()
    assert sorted(one["name"] for one in loaded) == sorted(rule.name for rule in RULES)
    assert {one["name"]: one["lastError"] for one in loaded if one["health"] != "ok"} == {}


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_recording_rule_returns_data(machine, name):
    skip_without_airflow(machine, name)
    judge(machine, name, lambda: recently(machine, name))


# An alert that does not fire returns nothing: what it looks at must be there.
@pytest.mark.parametrize("selector", SELECTORS)
def test_what_a_rule_looks_at_has_data(machine, selector):
    skip_without_airflow(machine, selector)
    judge(machine, selector, lambda: recently(machine, selector))


def test_a_closed_gate_raises_its_alert(machine):
    assert machine.arrives(lambda: machine.states("QualityGateClosed") == {"firing"})


def test_nothing_that_runs_is_told_to_be_down(machine):
    active = {one["labels"]["alertname"] for one in machine.prometheus.ask("alerts")["alerts"]}
    assert not active & {"ApiDown", "DatabaseDown", "TargetDown", "RecommendationsStale"}


def exposed(address, prefixes):
    """The families of these prefixes that a target exposes, as text."""
    lines = text(f"{address}/metrics").splitlines()
    named = re.compile(rf"(# (HELP|TYPE) )?({'|'.join(prefixes)})")
    return "".join(f"{line}\n" for line in lines if named.match(line))


@pytest.mark.parametrize(
    ("target", "prefixes"),
    [("API", ["cinelake_", "process_"]), ("PUSHGATEWAY", ["cinelake_"]), ("STATSD_EXPORTER", ["airflow_"])],
)
def test_the_metrics_are_named_as_prometheus_wants_them(machine, target, prefixes):
    if target == "STATSD_EXPORTER" and not machine.statsd:
        pytest.skip("no statsd_exporter: ./test.sh compiles it where Go is")
    found = exposed(machine.address(target), prefixes)
    assert found
    assert complaints(found) == ""


def test_every_task_pushed_how_it_ended(machine):
    # The last run found nothing new; the one before ended at the gate, and what comes after it is older.
    expected = dict.fromkeys(TASKS, "done") | {"ingest": "skipped", "evaluate": "gate_closed"}
    assert machine.arrives(lambda: outcomes(machine) == expected), outcomes(machine)


def outcomes(machine):
    """How each task last ended, as Prometheus has it."""
    ended = machine.prometheus.values("cinelake_task_outcome == 1")
    return {dict(labels)["task"]: dict(labels)["outcome"] for labels in ended}


def test_the_history_tells_how_every_run_ended(machine):
    told = dict(machine.rows("SELECT run_id, outcome FROM runs"))
    assert {name: told.get(run_id) for name, run_id in machine.runs.items()} == {name: name for name in machine.runs}
    # The first was that of ./init.sh, without a scheduler.
    assert sorted(told.values()) == ["gate_closed", *["published"] * 3, "unchanged"]


def test_the_history_tells_each_step_of_a_run_and_what_it_measured(machine):
    statement = "SELECT report FROM runs WHERE run_id = %s"
    ((report,),) = machine.rows(statement, machine.runs["gate_closed"])
    assert {one["step"]: one["outcome"] for one in report["steps"]} == {
        **dict.fromkeys(["ingest", "clean", "train"], "done"),
        "evaluate": "gate_closed",
        **dict.fromkeys(["recommend", "publish"], "not_begun"),
    }
    assert "gate is closed" in report["reason"] and report["version"] is None
    assert report["metrics"]["ndcg@10"] < report["metrics"]["baseline.ndcg@10"]
