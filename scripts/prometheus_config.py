"""Prometheus' configuration for a machine without containers, made of prometheus/prometheus.yml.

The hosts that the compose file knows become addresses of this machine; what is not here is not asked. PyYAML comes with
Airflow.
"""

import argparse
from pathlib import Path

import yaml


def localized(config, folder, addresses):
    """The configuration with only those targets that have an address here, and rule files of this folder.

    `addresses` has an address for the host of a target, such as `api`; a job without any target left is left out.
    """
    ours = dict(config)
    ours["rule_files"] = [str(folder / name) for name in config.get("rule_files", [])]
    jobs = (job | {"static_configs": groups(job, addresses)} for job in config.get("scrape_configs", []))
    ours["scrape_configs"] = [job for job in jobs if job["static_configs"]]
    ours.pop("alerting", None)
    if "alertmanager" in addresses:
        ours["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [addresses["alertmanager"]]}]}]}
    return ours


def groups(job, addresses):
    """The job's groups of targets, as far as they are on this machine."""
    found = []
    for group in job.get("static_configs", []):
        hosts = (target.rpartition(":")[0] for target in group["targets"])
        targets = [addresses[host] for host in hosts if host in addresses]
        if targets:
            found.append(group | {"targets": targets})
    return found


def at_interval(config, interval):
    """The same, asked and evaluated as often as this. A timeout may not be longer than its interval."""
    own = ("scrape_interval", "scrape_timeout")
    jobs = [{key: value for key, value in job.items() if key not in own} for job in config["scrape_configs"]]
    times = {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval}
    return config | {"global": config.get("global", {}) | times, "scrape_configs": jobs}


def copy_rules(source, target):
    """The rules, each group evaluated as often as the configuration says."""
    target.mkdir(parents=True, exist_ok=True)
    for file in target.glob("*.yml"):
        file.unlink()
    for file in source.glob("*.yml"):
        rules = yaml.safe_load(file.read_text())
        for group in rules["groups"]:
            group.pop("interval", None)
        write(target / file.name, rules)


def write(path, content):
    path.write_text(
        f"# Made by scripts/{Path(__file__).name} at every start.\n" + yaml.safe_dump(content, sort_keys=False)
    )


def address(text):
    host, sign, where = text.partition("=")
    if not (host and sign and where):
        raise argparse.ArgumentTypeError(f"{text} is not HOST=ADDRESS")
    return host, where


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the folder of prometheus.yml and rules/")
    parser.add_argument("target", type=Path, help="the folder to write prometheus.yml to")
    parser.add_argument(
        "--interval", help="time between two scrapes and evaluations, such as 2s, instead of the file's"
    )
    parser.add_argument("addresses", nargs="+", type=address, metavar="HOST=ADDRESS", help="such as api=127.0.0.1:8000")
    arguments = parser.parse_args()
    config = yaml.safe_load((arguments.source / "prometheus.yml").read_text())
    if arguments.interval:
        copy_rules(arguments.source / "rules", arguments.target / "rules")
        config = at_interval(config, arguments.interval)
    folder = arguments.target if arguments.interval else arguments.source
    write(arguments.target / "prometheus.yml", localized(config, folder.resolve(), dict(arguments.addresses)))


if __name__ == "__main__":
    main()
