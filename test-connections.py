#!/usr/bin/env python3
"""Checks every service of a running Cinelake and every link between them; fails when a required one is not well.

It finds out by itself whether containers or processes run. Ports are those the containers publish, else API_PORT,
AIRFLOW_PORT, POSTGRES_PORT, PROMETHEUS_PORT, PUSHGATEWAY_PORT and GRAFANA_PORT; passwords are read from .env or
.local/secrets. Monitoring is optional where it does not run, until asked for with --require.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict

from connections.machine import binding_check, container_checks, lake_check, proxy_check
from connections.question import Check, Result, ask
from connections.services import airflow_checks, api_checks, monitoring_checks, postgres_check
from connections.stack import Stack


def checks(stack: Stack, required: set[str]) -> list[Check]:
    """Everything there is to ask, in the order a request meets it."""
    in_docker = stack.mode == "docker"
    return [
        *(container_checks(stack) if in_docker else []),
        *api_checks(stack),
        postgres_check(stack),
        *airflow_checks(stack),
        *([proxy_check(stack)] if in_docker else []),
        lake_check(stack),
        *monitoring_checks(stack, required),
        binding_check(stack),
    ]


def print_table(results: list[Result]) -> None:
    """A row for each, and the remedy below a failed one."""
    name = max(len(result.check) for result in results)
    target = min(32, max(len(result.target) for result in results))
    print(f"{'check':<{name}} {'target':<{target}} {'state':<6} {'ms':>6}  detail")
    for result in results:
        print(f"{result.check:<{name}} {result.target:<{target}} {result.state:<6} {result.ms:>6}  {result.detail}")
        if result.remedy:
            print(f"{'':<{name}} remedy: {result.remedy}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--require",
        nargs="+",
        default=[],
        choices=["prometheus", "pushgateway", "grafana"],
        help="services that must run although they are optional",
    )
    parser.add_argument("--mode", choices=["local", "docker"], help="processes or containers, when both or none run")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    arguments = parser.parse_args()
    try:
        stack = Stack.find(arguments.mode)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"error: {error}: start Docker, or ask the processes with --mode local", file=sys.stderr)
        return 1
    results = [ask(check) for check in checks(stack, set(arguments.require))]
    failed = [result for result in results if result.state == "FAILED"]
    if arguments.json:
        print(json.dumps({"mode": stack.mode, "ok": not failed, "checks": [asdict(result) for result in results]}))
    else:
        print_table(results)
        if failed:
            print(f"{len(failed)} of {len(results)} failed; ./init.sh starts what is missing", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
