"""Prometheus' configuration for a machine without containers, made of prometheus/prometheus.yml.

The hosts that the compose file knows become addresses of this machine; what is not here is not asked. PyYAML comes with
Airflow.
"""

import argparse
import sys
from pathlib import Path

import yaml


def localized(config, folder, addresses, interval=None):
    """The configuration with only those targets that have an address here, and rule files of this folder.

    `addresses` has an address for the host of a target, such as `api`; a job without any target left is left out.
    """
    ours = dict(config)
    ours["rule_files"] = [str(folder / name) for name in config.get("rule_files", [])]
    jobs = (with_addresses(job, addresses) for job in config.get("scrape_configs", []))
    ours["scrape_configs"] = [job for job in jobs if job["static_configs"]]
    alerting = config.get("alerting", {})
    managers = (with_addresses(one, addresses) for one in alerting.get("alertmanagers", []))
    ours["alerting"] = alerting | {"alertmanagers": [one for one in managers if one["static_configs"]]}
    if not ours["alerting"]["alertmanagers"]:
        del ours["alerting"]
    return at_interval(ours, interval) if interval else ours


def with_addresses(job, addresses):
    """A job or an Alertmanager with the targets of this machine."""
    groups = []
    for group in job.get("static_configs", []):
        hosts = (target.rpartition(":")[0] for target in group["targets"])
        targets = [addresses[host] for host in hosts if host in addresses]
        if targets:
            groups.append(group | {"targets": targets})
    return job | {"static_configs": groups}


def at_interval(config, interval):
    """The same, asked and evaluated as often as this. A timeout may not be longer than its interval."""
    own = ("scrape_interval", "scrape_timeout")
    jobs = [{key: value for key, value in job.items() if key not in own} for job in config["scrape_configs"]]
    times = {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval}
    return config | {"global": config.get("global", {}) | times, "scrape_configs": jobs}


def address(text):
    host, sign, where = text.partition("=")
    if not (host and sign and where):
        raise argparse.ArgumentTypeError(f"{text} is not HOST=ADDRESS")
    return host, where


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, help="the configuration to start from")
    parser.add_argument("--interval", help="seconds between two scrapes and evaluations, such as 2s")
    parser.add_argument("addresses", nargs="+", type=address, metavar="HOST=ADDRESS", help="such as api=127.0.0.1:8000")
    arguments = parser.parse_args()
    config = yaml.safe_load(arguments.config.read_text())
    folder = arguments.config.resolve().parent
    ours = localized(config, folder, dict(arguments.addresses), arguments.interval)
    sys.stdout.write("# Made by scripts/prometheus_config.py at every start.\n")
    yaml.safe_dump(ours, sys.stdout, sort_keys=False)


if __name__ == "__main__":
    main()
