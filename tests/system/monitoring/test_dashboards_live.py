"""That every panel of the dashboards has something to show, and that no metric is forgotten."""

import psycopg2
import pytest

from harness.dashboards import POSTGRES, PROMETHEUS
from harness.places import ROOT
from harness.promql import family, metrics, selectors
from system.monitoring.expected import entries, reason_for
from system.monitoring.judging import judge, recently, skip_without_airflow
from system.monitoring.metrics_table import Catalogue, document
from system.monitoring.usage import panel_queries, places, used

QUERIES = panel_queries()
SELECTORS = sorted({str(one) for q in QUERIES.values() if q.datasource == PROMETHEUS for one in selectors(q.text)})


@pytest.fixture(scope="session")
def catalogue(machine):
    return Catalogue(machine.prometheus)


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.datasource == PROMETHEUS])
def test_a_query_for_prometheus_returns_data(machine, name):
    skip_without_airflow(machine, QUERIES[name].text)

    def has_data():
        now = machine.prometheus.now()
        query = panel_queries(machine.started, now)[name]
        return machine.prometheus.has_data(query.text, machine.started if query.is_range else now, now, 5)

    judge(machine, name, has_data)


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if query.datasource == POSTGRES])
def test_a_query_for_postgresql_returns_rows(machine, name):
    query = panel_queries(machine.started - 60, machine.prometheus.now() + 60)[name]

    def has_data():
        try:
            rows = machine.rows(query.text)
        except psycopg2.Error as error:
            pytest.fail(f"{name}: {error}\n{query.text}")
        return any(value is not None for row in rows for value in row)

    judge(machine, name, has_data)


@pytest.mark.parametrize("selector", SELECTORS)
def test_what_a_panel_looks_at_has_data(machine, selector):
    skip_without_airflow(machine, selector)
    judge(machine, selector, lambda: recently(machine, selector))


def test_every_metric_that_is_asked_for_exists(machine, catalogue):
    missing = {
        f"{name} ({place.where}: {place.what})"
        for place in places()
        for name in metrics(place.expression)
        if name not in catalogue.names and catalogue.family(name) not in catalogue.kinds
        if reason_for("empty", name) is None and not (machine.statsd is False and name.startswith("airflow_"))
    }
    assert not missing, "\n".join(sorted(missing))


def test_every_metric_of_ours_is_used_or_listed_with_the_reason(catalogue):
    ours = {*catalogue.exported(), *catalogue.recorded}
    forgotten = {one for one in ours - catalogue.used() if not reason_for("unused", one)}
    assert not forgotten, (
        f"use them, or list them with the reason in tests/system/monitoring/expected.yml: {sorted(forgotten)}"
    )


def test_no_metric_that_is_used_is_listed_as_unused(catalogue):
    assert {one for one in catalogue.used() if reason_for("unused", one)} == set()


def test_every_entry_of_what_is_empty_means_something():
    names = {*QUERIES, *SELECTORS, *used(), *(str(one) for place in places() for one in selectors(place.expression))}
    useless = [entry.pattern for entry in entries("empty") if not any(entry.matches(name) for name in names)]
    assert useless == []


def test_the_table_of_metrics_is_up_to_date(machine):
    if not machine.statsd:
        pytest.skip("without statsd_exporter Airflow's metrics would be missing in it")
    path = ROOT / "docs/metrics.md"
    fresh = document(machine.prometheus)
    if path.read_text() == fresh:
        return
    beside = ROOT / ".local/metrics.md"
    beside.parent.mkdir(exist_ok=True)
    beside.write_text(fresh)
    old, new = set(path.read_text().splitlines()), set(fresh.splitlines())
    changed = "\n".join([f"- {line}" for line in sorted(old - new)] + [f"+ {line}" for line in sorted(new - old)])
    pytest.fail(f"renew it: cp .local/metrics.md docs/metrics.md\n{changed}", pytrace=False)


def test_the_parts_of_a_histogram_count_as_one_metric():
    assert family("a_seconds_bucket", {"a_seconds": "histogram"}) == "a_seconds"
