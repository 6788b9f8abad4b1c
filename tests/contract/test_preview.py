"""The preview: that it asks what Grafana would ask, and draws every panel, the empty and the broken ones, too."""

import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from preview.expansion import UnknownName, Values, promql, sql
from preview.page import Sheet
from preview.sources import Refused, Series, Table
from preview.units import written

from harness.dashboards import POSTGRES, TimeRange, dashboards
from harness.places import ROOT
from harness.waiting import free_port

DAY = TimeRange(1_767_225_600, 1_767_312_000)
BOARD = {
    "templating": {
        "list": [
            {"name": "path", "multi": True, "includeAll": True, "allValue": ".*", "current": {"value": ["$__all"]}},
            {"name": "metric", "multi": False, "current": {"value": "ndcg"}},
        ]
    }
}


def test_macros_of_promql_follow_the_time_range():
    assert promql("rate(x[$__rate_interval])", TimeRange(0, 3600), Values(BOARD)) == "rate(x[60s])"
    assert promql("rate(x[$__rate_interval])", DAY, Values(BOARD)) == "rate(x[303s])"
    assert promql("increase(x[$__range])", DAY, Values(BOARD)) == "increase(x[86400s])"


def test_macros_of_sql_follow_the_time_range():
    filtered = "at BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-02T00:00:00Z'"
    assert sql("WHERE $__timeFilter(at)", DAY, Values(BOARD)) == f"WHERE {filtered}"
    assert sql("$__timeGroup(at, '5m')", DAY, Values(BOARD)) == "floor(extract(epoch from at)/300)*300"


@pytest.mark.parametrize(
    ("chosen", "in_promql", "in_sql"),
    [
        (["$__all"], 'x{path=~".*"}', "path ~ '^(.*)$'"),
        (["/reco/{user_id}"], r'x{path=~"/reco/\\{user_id\\}"}', r"path ~ '^(/reco/\{user_id\})$'"),
        (["/a", "/b"], 'x{path=~"(/a|/b)"}', "path ~ '^((/a|/b))$'"),
        (["it's"], 'x{path=~"it\'s"}', "path ~ '^(it''s)$'"),
    ],
)
def test_chosen_values_are_quoted_where_they_stand(chosen, in_promql, in_sql):
    values = Values(BOARD, {"path": chosen})
    assert promql('x{path=~"$path"}', DAY, values) == in_promql
    assert sql("path ~ '^(${path:regex})$'", DAY, values) == in_sql


@pytest.mark.parametrize("text", ['x{a="$nobody"}', "x[$__nothing]", 'x{a="${path:html}"}'])
def test_what_is_not_known_is_an_error_and_no_query(text):
    with pytest.raises(UnknownName):
        promql(text, DAY, Values(BOARD, {"path": ["/a"]}))


def test_groups_of_label_replace_are_no_variables():
    text = 'label_replace(x, "a", "$1", "b", "(.*)")'
    assert promql(text, DAY, Values(BOARD)) == text


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "text"),
    [
        (0.0009, "s", None, "900 µs"),
        (90, "s", 1, "1.5 mins"),
        (0.999, "percentunit", 2, "99.90%"),
        (25_230_000, "short", 1, "25.2 Mil"),
        (2048, "bytes", 1, "2.0 KiB"),
        (7.0, "none", 0, "7"),
        ("gate_closed", "none", None, "gate_closed"),
        (None, "s", 1, ""),
    ],
)
def test_numbers_are_written_with_their_units(value, unit, decimals, text):
    assert written(value, unit, decimals) == text


class Answers:
    """In place of the datasources: every query has the same kind of answer."""

    def __init__(self, rows=2):
        self.rows = rows

    def ask(self, query, time):
        if query.datasource == POSTGRES and query.format != "time_series":
            names = list(dict.fromkeys(re.findall(r'AS "([^"]+)"', query.text)))
            if "AS metric" in query.text:
                names.insert(0, "metric")
            return Table(names, [[self.value(name, row) for name in names] for row in range(self.rows)])
        if query.format == "table":
            return Table(["path", "Value"], [[f"/{row}", 0.5 + row] for row in range(self.rows)])
        points = [(time.end - time.step, 0.5), (time.end, float("nan")), (time.end, 1.0)]
        return [Series(f"line {row}", points, {"le": str(row + 1)}) for row in range(self.rows)]

    @staticmethod
    def value(name, row):
        if name == "time":
            return datetime.fromtimestamp(DAY.start + row * 3600, UTC)
        return f"text {row}" if name in ("metric", "text", "Outcome", "Run", "Last run") else row + 0.25


class Broken:
    def ask(self, query, time):
        raise Refused("the datasource is <away>")


def test_every_panel_is_drawn():
    sheet = Sheet(Answers(), DAY.end, hours=24)
    page = sheet.page(dashboards())
    assert sheet.failed == [] and sheet.empty == []
    assert page.count('class="panel"') == sum(p["type"] != "row" for d in dashboards() for p in d["panels"])


def test_a_panel_without_data_says_so():
    sheet = Sheet(Answers(rows=0), DAY.end, hours=24)
    page = sheet.page(dashboards())
    assert sheet.failed == []
    assert "API / Memory" in sheet.empty and ">No data<" in page and "No run has ended yet." in page


def test_a_panel_whose_query_fails_shows_the_error():
    sheet = Sheet(Broken(), DAY.end, hours=24)
    page = sheet.page(dashboards())
    assert "the datasource is &lt;away&gt;" in page and "API / Memory: the datasource is <away>" in sheet.failed


def test_a_prometheus_that_is_away_is_told_once_with_the_remedy(tmp_path):
    url, page = f"http://127.0.0.1:{free_port()}", tmp_path / "page.html"
    flags = ["--prometheus", url, "--database", "postgres://nobody@127.0.0.1:1/none", "--out", page]
    ended = subprocess.run(
        [sys.executable, ROOT / "grafana/preview", *flags], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    (line,) = (ended.stdout + ended.stderr).splitlines()
    assert url in line and "./init.sh --local --monitoring" in line
    assert not page.exists()
