"""Prometheus' configuration without containers: what the compose file's becomes on one machine."""

import subprocess
import sys

import pytest
import yaml

from harness.places import ROOT

HERE = {"api": "127.0.0.1:18000", "pushgateway": "127.0.0.1:19091", "localhost": "127.0.0.1:19090"}


@pytest.fixture
def configure(tmp_path):
    """Writes the configuration for these addresses, and returns it."""

    def write(*flags, **addresses):
        pairs = [f"{host}={address}" for host, address in addresses.items()]
        command = [sys.executable, ROOT / "scripts/prometheus_config.py", ROOT / "prometheus", tmp_path, *flags, *pairs]
        subprocess.run(command, check=True)
        return yaml.safe_load((tmp_path / "prometheus.yml").read_text())

    return write


def test_only_what_is_here_is_asked_and_where_it_is(configure):
    jobs = {job["job_name"]: job for job in configure(**HERE)["scrape_configs"]}
    targets = {name: job["static_configs"][0]["targets"] for name, job in jobs.items()}
    assert targets == {"api": [HERE["api"]], "pushgateway": [HERE["pushgateway"]], "prometheus": [HERE["localhost"]]}
    assert jobs["pushgateway"]["honor_labels"] is True


def test_the_rules_are_those_of_the_repository(configure):
    (pattern,) = configure(**HERE)["rule_files"]
    assert pattern == str(ROOT / "prometheus/rules/*.yml")


def test_an_alertmanager_is_told_only_where_there_is_one(configure):
    assert "alerting" not in configure(**HERE)
    (manager,) = configure(alertmanager="127.0.0.1:9093", **HERE)["alerting"]["alertmanagers"]
    assert manager == {"static_configs": [{"targets": ["127.0.0.1:9093"]}]}


def test_an_interval_goes_for_every_scrape_and_every_rule(configure, tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/gone.yml").write_text("groups: []")
    config = configure("--interval", "2s", **HERE)
    assert set(config["global"].values()) == {"2s"}
    assert config["rule_files"] == [str(tmp_path / "rules/*.yml")]
    copies = {path.name: yaml.safe_load(path.read_text()) for path in (tmp_path / "rules").glob("*.yml")}
    assert set(copies) == {path.name for path in (ROOT / "prometheus/rules").glob("*.yml")}
    assert not [group for rules in copies.values() for group in rules["groups"] if "interval" in group]


def test_help_tells_of_monitoring_and_every_port_of_it():
    ended = subprocess.run([ROOT / "init.sh", "--help"], capture_output=True, text=True)
    for word in ["--monitoring", "PROMETHEUS_PORT", "PUSHGATEWAY_PORT", "NODE_EXPORTER_PORT", "STATSD_PORT"]:
        assert word in ended.stdout
