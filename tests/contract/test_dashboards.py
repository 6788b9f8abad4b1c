"""The rules that the dashboards keep, seen from their files alone."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from preview.units import UNITS

from harness.dashboards import POSTGRES, PROMETHEUS, dashboards, files, panels, queries
from harness.needs import needed
from harness.places import ROOT
from harness.promql import metrics
from harness.rules import records

TITLES = {
    "cinelake-overview": "Overview",
    "cinelake-pipeline": "Pipeline",
    "cinelake-model-quality": "Model quality",
    "cinelake-api": "API",
    "cinelake-infrastructure": "Infrastructure",
}
TYPES = {"timeseries", "stat", "table", "bargauge", "gauge", "heatmap", "state-timeline", "text"}
PANELS = {str(panel): panel for panel in panels()}
DRAWN = {name: panel.json for name, panel in PANELS.items() if panel.type != "text"}
OF_PROMETHEUS = [query for query in queries() if query.datasource == PROMETHEUS]
OF_POSTGRES = [query for query in queries() if query.datasource == POSTGRES]

# What others export and we ask for; of ours and of Airflow's the prefix is enough, their live test knows each.
OURS = re.compile(r"(cinelake|airflow)_[a-z0-9_]+")
OTHERS = {
    *["ALERTS", "up", "scrape_duration_seconds", "push_time_seconds"],
    *["prometheus_tsdb_head_series", "prometheus_rule_evaluation_failures_total"],
    *["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_max_fds"],
    *["process_start_time_seconds", "node_load1", "node_cpu_seconds_total"],
    *["node_filesystem_avail_bytes", "node_filesystem_size_bytes"],
    *["node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"],
    *["pg_up", "pg_settings_max_connections", "pg_stat_activity_count", "pg_database_size_bytes", "pg_locks_count"],
    *["pg_stat_database_xact_commit", "pg_stat_database_xact_rollback"],
    *["pg_stat_database_blks_hit", "pg_stat_database_blks_read", "pg_stat_database_deadlocks"],
    *["pg_stat_database_temp_files", "pg_stat_database_tup_returned", "pg_stat_database_tup_inserted"],
}

CHANGE = re.compile(r"\b(?:irate|rate|increase|delta|idelta)\s*\([^\[\]]*\[([^\]]+)\]")
WRITES = re.compile(
    r"\b(insert|update|delete|merge|truncate|create|alter|drop|grant|revoke|copy|call|do|set|vacuum|lock|into)\b", re.I
)


def strings(value):
    """Every text inside of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def provisioned():
    """The datasources by uid."""
    text = (ROOT / "grafana/provisioning/datasources/cinelake.yml").read_text()
    return {source["uid"]: source for source in yaml.safe_load(text)["datasources"]}


def test_there_are_the_five_dashboards_each_in_its_file():
    assert {dashboard["uid"]: dashboard["title"] for dashboard in dashboards()} == TITLES
    assert [path.name for path in files()] == sorted(f"{uid.removeprefix('cinelake-')}.json" for uid in TITLES)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.stem)
def test_a_dashboard_is_written_in_one_form_so_that_its_changes_can_be_read(path):
    text = path.read_text()
    canonical = json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert text == canonical, (
        f"{path.name}: sort its keys, two spaces: python -m json.tool --sort-keys --indent 2 --no-ensure-ascii"
    )


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard["uid"])
def test_a_dashboard_belongs_to_the_repository_not_to_one_grafana(dashboard):
    assert dashboard["id"] is None
    assert dashboard["editable"] is False
    assert dashboard["schemaVersion"] >= 39
    assert "__inputs" not in dashboard
    assert dashboard["tags"] == ["cinelake"]
    assert dashboard["description"].endswith(".")
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids) and max(ids) < 100


def test_overview_is_home():
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert f"./grafana/dashboards:{home.parent}:ro" in grafana["volumes"]
    assert json.loads((ROOT / "grafana/dashboards" / home.name).read_text())["uid"] == "cinelake-overview"
    provider = yaml.safe_load((ROOT / "grafana/provisioning/dashboards/cinelake.yml").read_text())["providers"][0]
    assert provider["options"]["path"] == str(home.parent)


def test_datasources_are_fixed_and_the_database_is_only_read():
    sources = provisioned()
    assert set(sources) == {PROMETHEUS, POSTGRES}
    assert all(source["editable"] is False for source in sources.values())
    assert sources[POSTGRES]["user"] == "cinelake_read"


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_says_what_is_good_what_is_bad_and_what_to_do(name):
    panel = PANELS[name].json
    assert panel["type"] in TYPES
    assert len(panel["description"]) >= 80 and panel["description"].endswith(".")
    assert panel["description"].count(". ") + panel["description"].count(": ") >= 1


def test_titles_are_unique_within_a_dashboard():
    for dashboard in dashboards():
        titles = [panel["title"] for panel in dashboard["panels"]]
        assert len(set(titles)) == len(titles) and all(titles), dashboard["title"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_panel_has_a_unit_that_is_known(name):
    config = DRAWN[name]["fieldConfig"]
    units = [
        entry["value"] for override in config["overrides"] for entry in override["properties"] if entry["id"] == "unit"
    ]
    assert set([config["defaults"]["unit"], *units]) <= set(UNITS)
    steps = config["defaults"]["thresholds"]["steps"]
    assert steps[0]["value"] is None
    assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])


@pytest.mark.parametrize("name", DRAWN)
def test_a_panel_asks_provisioned_datasources(name):
    types = {uid: source["type"] for uid, source in provisioned().items()}
    panel = DRAWN[name]
    for asked in [panel["datasource"], *(target["datasource"] for target in panel["targets"])]:
        assert types[asked["uid"]] == asked["type"]
    refids = [target["refId"] for target in panel["targets"]]
    assert refids == list("ABCDEFGH"[: len(refids)])


def test_variables_and_annotations_ask_provisioned_datasources():
    for dashboard in dashboards():
        asking = [v for v in dashboard["templating"]["list"] if v["type"] == "query"] + dashboard["annotations"]["list"]
        assert {asked["datasource"]["uid"] for asked in asking} <= set(provisioned())


@pytest.mark.parametrize("name", DRAWN)
def test_changes_are_measured_over_the_rate_interval(name):
    for target in DRAWN[name]["targets"]:
        # A single figure for the whole time range has no other interval.
        allowed = {"$__rate_interval"} | ({"$__range"} if target.get("instant") else set())
        assert set(CHANGE.findall(target.get("expr", ""))) <= allowed


@pytest.mark.parametrize("query", OF_PROMETHEUS, ids=lambda query: f"{query.dashboard}/{query.panel}/{query.refid}")
def test_a_query_names_metrics_that_exist(query):
    names = metrics(query.text)
    assert names
    assert {name for name in names if not OURS.fullmatch(name)} <= OTHERS | {rule.name for rule in records()}


def test_prometheus_can_read_every_expression(tmp_path):
    rules = [{"record": f"query_{number}", "expr": query.text} for number, query in enumerate(OF_PROMETHEUS)]
    path = tmp_path / "rules.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": rules}]}))
    command = [needed("prometheus", "promtool"), "check", "rules", path]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("query", OF_POSTGRES, ids=lambda query: f"{query.dashboard}/{query.panel}/{query.refid}")
def test_sql_only_reads(query):
    text = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "''", query.text)
    assert text.split()[0].upper() in ("SELECT", "WITH")
    assert not WRITES.search(text) and ";" not in text


def test_every_dashboard_shows_when_a_version_went_live():
    for dashboard in dashboards():
        (publishes,) = dashboard["annotations"]["list"]
        assert publishes["enable"] and "published_at" in publishes["target"]["rawSql"]


def test_links_lead_to_dashboards_that_exist():
    for dashboard in dashboards():
        found = [uid for text in strings(dashboard) for uid in re.findall(r"/d/([\w-]+)", text)]
        assert set(found) <= set(TITLES), dashboard["title"]
        assert [(link["type"], link["tags"]) for link in dashboard["links"]] == [("dashboards", ["cinelake"])]
    assert set(re.findall(r"/d/([\w-]+)", (ROOT / "grafana/dashboards/overview.json").read_text())) == set(TITLES) - {
        "cinelake-overview"
    }


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard["uid"])
def test_every_variable_is_used_and_every_used_one_is_defined(dashboard):
    variables = dashboard["templating"]["list"]
    defined = {variable["name"] for variable in variables}
    # The query of a variable may use another; its own name in it would be no use.
    asked = {v["name"]: " ".join(strings(v.get("query"))) for v in variables if v["type"] == "query"}
    texts = [text for key, part in dashboard.items() if key != "templating" for text in strings(part)]
    used = {
        name for text in [*texts, *asked.values()] for pair in re.findall(r"\$\{(\w+)|\$(\w+)", text) for name in pair
    }
    used = {name for name in used if name and not name.startswith("__") and not name.isdigit()}
    assert used == defined
    assert all(variable["description"] and variable["label"] for variable in variables)


@pytest.mark.parametrize("dashboard", dashboards(), ids=lambda dashboard: dashboard["uid"])
def test_panels_fill_the_width_and_do_not_overlap(dashboard):
    taken = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        for y in range(place["y"], place["y"] + place["h"]):
            for x in range(place["x"], place["x"] + place["w"]):
                assert (x, y) not in taken, f"{panel['title']} lies on {taken[x, y]}"
                taken[x, y] = panel["title"]
    height = max(y for _, y in taken) + 1
    assert [spot for y in range(height) for x in range(24) if (spot := (x, y)) not in taken] == []
    assert [panel["gridPos"]["y"] for panel in dashboard["panels"]] == sorted(
        p["gridPos"]["y"] for p in dashboard["panels"]
    )
