"""The rules of Prometheus: valid, tested, explained; every alert leads to its page of the runbook."""

import re
import subprocess
from collections import Counter
from functools import cache

import pytest
import yaml

from harness.needs import needed
from harness.places import ROOT
from harness.rules import CASES, RULES, alerts, groups, records, rules

PROMETHEUS = ROOT / "prometheus"
FILES = sorted(RULES.glob("*.yml"))
RUNBOOK = ROOT / "docs/runbook.md"

PROMISED = {
    *("RecommendationsStale", "PipelineFailed", "PipelineStepSlow", "QualityGateClosed", "ModelQualityDropped"),
    *("RejectedRowsJumped", "ApiDown", "ApiErrorsHigh", "ApiLatencyHigh", "DatabaseDown", "DatabaseConnectionsHigh"),
    *("DiskAlmostFull", "TargetDown"),
}
DASHBOARDS = {f"cinelake-{name}" for name in ("overview", "pipeline", "model-quality", "api", "infrastructure")}


@cache
def alert_tests():
    """Every question after an alert that a test asks."""
    tests = [test for path in CASES for test in yaml.safe_load(path.read_text())["tests"]]
    return [question for test in tests for question in test.get("alert_rule_test", [])]


def named(rule):
    """An alert of which there are two by what tells them apart."""
    labels = rule.labels
    return " ".join([rule.name, *(str(labels[label]) for label in sorted(labels))])


@pytest.fixture(scope="session")
def promtool():
    """Runs promtool, which must be content."""
    program = needed("prometheus", "promtool")

    def run(*arguments):
        command = [program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=PROMETHEUS, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_settings_are_those_of_prometheus(promtool):
    assert f"{len(FILES)} rule files found" in promtool("check", "config", "prometheus.yml")


def test_no_rule_is_wrong_or_there_twice(promtool):
    promtool("check", "rules", "--lint=all", "--lint-fatal", *FILES)


def test_the_alertmanager_takes_its_settings():
    amtool = needed("prometheus-alertmanager", "amtool")
    done = subprocess.run([amtool, "check-config", PROMETHEUS / "alertmanager.yml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alertmanager_tells_nobody_until_it_is_told_whom():
    settings = yaml.safe_load((PROMETHEUS / "alertmanager.yml").read_text())
    (told,) = [one for one in settings["receivers"] if one["name"] == settings["route"]["receiver"]]
    assert told.keys() == {"name"}
    assert [route for route in settings["route"]["routes"] if "receiver" in route] == []


def test_what_the_alertmanager_silences_are_alerts_that_exist():
    settings = yaml.safe_load((PROMETHEUS / "alertmanager.yml").read_text())
    matchers = [
        matcher for rule in settings["inhibit_rules"] for matcher in rule["source_matchers"] + rule["target_matchers"]
    ]
    names = {
        name for matcher in matchers if matcher.startswith("alertname") for name in re.findall("[A-Z]\\w+", matcher)
    }
    assert names
    assert names <= PROMISED


def test_every_promised_alert_is_there_and_no_other():
    assert {rule.name for rule in alerts()} == PROMISED


@pytest.mark.parametrize("rule", alerts(), ids=named)
def test_an_alert_says_what_it_means_and_where_to_look(rule):
    assert rule.labels["severity"] in {"critical", "warning"}
    assert rule.annotations.keys() == {"summary", "description", "runbook_url", "dashboard"}
    assert all(rule.annotations.values())
    assert rule.annotations["runbook_url"] == f"docs/runbook.md#{rule.name.lower()}"
    assert rule.annotations["dashboard"] in DASHBOARDS


def headings(level):
    return re.findall(rf"^{'#' * level} (.+)$", RUNBOOK.read_text(), re.MULTILINE)


def test_every_alert_has_its_page_in_the_runbook_and_no_page_is_of_another():
    pages = [heading for heading in headings(2) if re.fullmatch("[A-Z][a-z]+([A-Z][a-z]+)+", heading)]
    assert Counter(pages) == Counter(PROMISED)


def test_every_page_of_an_alert_answers_the_same_questions():
    pages = {page.split("\n")[0]: page for page in RUNBOOK.read_text().split("\n## ")}
    for alert in PROMISED:
        for question in ("**For users.**", "**Look.**", "**Causes.**", "**Remedies.**", "**No alarm**"):
            assert question in pages[alert], f"{alert} lacks {question}"


@pytest.mark.parametrize("rule", alerts(), ids=named)
def test_an_alert_has_a_test_that_fires_it_and_one_that_stays_silent(rule):
    asked = [question for question in alert_tests() if question["alertname"] == rule.name]
    fired = [alert["exp_labels"] for question in asked for alert in question.get("exp_alerts") or []]
    assert any(rule.labels.items() <= labels.items() for labels in fired), "no test fires it"
    assert any(not question.get("exp_alerts") for question in asked), "no test keeps it silent"


def test_a_test_that_fires_an_alert_names_every_annotation():
    fired = [alert for question in alert_tests() for alert in question.get("exp_alerts") or []]
    assert fired
    for alert in fired:
        assert alert["exp_annotations"].keys() == {"summary", "description", "runbook_url", "dashboard"}


def test_what_is_recorded_is_named_by_level_metric_and_operation():
    names = [rule.name for rule in records()]
    assert [name for name in names if not re.fullmatch("[a-z]+:[a-z_]+:[a-z0-9_]+", name)] == []
    assert Counter(names).most_common(1)[0][1] == 1


def test_everything_that_is_recorded_is_tested():
    told = "\n".join(path.read_text() for path in CASES)
    assert [rule.name for rule in records() if not re.search(rf"\b{rule.name}\b", told)] == []


def test_alerts_and_records_use_what_is_recorded():
    recorded = {rule.name for rule in records()}
    used = {name for rule in rules() for name in re.findall(r"\b[a-z]+:[a-z_]+:[a-z0-9_]+\b", rule.expression)}
    assert used - recorded == set()


def test_a_record_is_never_stale_before_its_next_value():
    for group in groups():
        minutes = re.fullmatch("([0-9]+)m", group.get("interval", "1m"))
        assert minutes is None or int(minutes[1]) < 5, group["name"]


def test_the_objective_leaves_the_same_paths_out_everywhere():
    asked = [rule.expression for rule in records() if rule.name.startswith("api:")]
    selectors = [selector for expr in asked for selector in re.findall(r"cinelake_api_\w+\{([^}]*)\}", expr)]
    assert len(selectors) > 20
    assert len({re.search('path!~"([^"]+)"', selector)[1] for selector in selectors}) == 1


def test_the_limit_of_latency_is_a_bucket_of_the_api():
    source = (ROOT / "api/src/telemetry/mod.rs").read_text()
    buckets = re.search(r"BUCKETS: \[f64; \d+\] =\s*\[([^]]+)\]", source)[1].split(",")
    limits = {limit for rule in records() for limit in re.findall('le="([^"]+)"', rule.expression)}
    assert limits == {"0.05"}
    assert limits <= {bucket.strip() for bucket in buckets}


def test_what_airflow_sends_gets_its_unit_and_what_is_not_named_is_dropped():
    *named, last = yaml.safe_load((PROMETHEUS / "statsd-mapping.yml").read_text())["mappings"]
    assert (last["match"], last["match_type"], last["action"]) == (".*", "regex", "drop")
    for mapping in named:
        source = mapping["match"]
        if re.search(r"duration|delay", source):
            assert mapping["name"].endswith("_seconds"), source
        elif re.search(r"heartbeat|ti\.(start|finish)", source):
            assert mapping["name"].endswith("_total"), source
        else:
            assert "ttl" in mapping, f"{source} is a gauge that would outlive its sender"
        assert mapping["name"].startswith("airflow_") and mapping["help"].endswith("."), source
