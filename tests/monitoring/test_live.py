"""That what was really measured arrives where it is looked at: targets, rules, expressions, metrics."""

import re
import shutil
import subprocess

import pytest
from judging import RECORDED, judge, recently, skip_without_airflow
from programs import ROOT, Pipeline, free_port
from prometheus_api import OPENER
from promql import selectors
from rules import rules

RULES = rules()
SELECTORS = sorted({str(one) for rule in RULES for one in selectors(rule.expression)})
STEPS = ["ingest", "clean", "train", "evaluate", "recommend", "publish", "maintain"]


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
    judge(machine, name, recently(machine, name))


# An alert that does not fire returns nothing: what it looks at must be there.
@pytest.mark.parametrize("selector", SELECTORS)
def test_what_a_rule_looks_at_has_data(machine, selector):
    skip_without_airflow(machine, selector)
    judge(machine, selector, recently(machine, selector))


def test_a_closed_gate_raises_its_alert(machine):
    assert machine.states("QualityGateClosed") == {"firing"}


def test_nothing_that_runs_is_told_to_be_down(machine):
    active = {one["labels"]["alertname"] for one in machine.prometheus.ask("alerts")["alerts"]}
    assert not active & {"ApiDown", "DatabaseDown", "TargetDown", "RecommendationsStale"}


def exposed(address, prefixes):
    """The families of these prefixes that a target exposes, as text."""
    with OPENER.open(f"{address}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    named = re.compile(rf"(# (HELP|TYPE) )?({'|'.join(prefixes)})")
    return "".join(f"{line}\n" for line in lines if named.match(line))


@pytest.mark.parametrize(
    ("target", "prefixes"),
    [("API", ["cinelake_", "process_"]), ("PUSHGATEWAY", ["cinelake_"]), ("STATSD_EXPORTER", ["airflow_"])],
)
def test_the_metrics_are_named_as_prometheus_wants_them(machine, target, prefixes):
    if target == "STATSD_EXPORTER" and not machine.statsd:
        pytest.skip("no statsd_exporter: ./test.sh compiles it where Go is")
    text = exposed(machine.address(target), prefixes)
    assert text
    ended = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.skipif(not shutil.which("promtool"), reason="no promtool: apt-get install prometheus")
def test_the_configuration_of_the_stack_is_valid():
    for arguments in [["config", ROOT / "prometheus/prometheus.yml"]]:
        ended = subprocess.run(["promtool", "check", *arguments], capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_pushgateway_that_is_down_costs_a_task_no_more_than_a_warning(tmp_path):
    dead = f"http://127.0.0.1:{free_port()}"
    pipeline = Pipeline(tmp_path / "lake")
    ended = pipeline.run("ingest", "--source", "sample:1k", "--pushgateway", dead, run_id="alone")
    assert ended.code == 0 and ended.report["outcome"] == "done"
    levels = re.findall(r" (WARN|ERROR) +(.*)", ended.output + ended.errors)
    assert [level for level, _ in levels] == ["WARN"] and dead in levels[0][1]


def test_every_task_pushed_how_it_ended(machine):
    ended = machine.prometheus.values("cinelake_task_outcome == 1")
    outcomes = {dict(labels)["task"]: dict(labels)["outcome"] for labels in ended}
    # The last run found nothing new; the one before ended at the gate, and what comes after it is older.
    assert outcomes == dict.fromkeys(STEPS, "done") | {"ingest": "skipped", "evaluate": "gate_closed"}
