#!/usr/bin/env python3
"""Checks every service of a running Cinelake, prints a table and fails when a required one does not answer.

Ports come from API_PORT, AIRFLOW_PORT, POSTGRES_PORT, PROMETHEUS_PORT, PUSHGATEWAY_PORT and GRAFANA_PORT.
Monitoring is optional until asked for with --require.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 5


class Unwell(Exception):
    """A service answered, but not as it should."""


@dataclass(frozen=True)
class Check:
    """One question to one service."""

    name: str
    port: int
    ask: Callable[[int], str]
    required: bool


def port(variable: str, default: int) -> int:
    """The port from the environment variable, or the default."""
    return int(os.environ.get(variable) or default)


def get(port: int, path: str) -> str:
    """The body of a 200 answer."""
    with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=TIMEOUT_SECONDS) as answer:
        return answer.read().decode()


def api_health(port: int) -> str:
    health = json.loads(get(port, "/health"))
    if health.get("status") != "ok":
        raise Unwell(f"status is {health.get('status')}")
    return f"database {health.get('database')}"


def recommendation(port: int) -> str:
    answer = json.loads(get(port, "/reco/random?n=3"))
    results = answer.get("results")
    if not results:
        raise Unwell("no recommendation for a random user: has the pipeline published?")
    return f"user {answer.get('user_id')}: {results[0]['title']}"


def postgres(port: int) -> str:
    """Asks whether TLS is spoken, which any PostgreSQL server answers with one letter and without a password."""
    with socket.create_connection((HOST, port), TIMEOUT_SECONDS) as connection:
        connection.sendall((8).to_bytes(4, "big") + (80877103).to_bytes(4, "big"))
        if connection.recv(1) not in (b"S", b"N"):
            raise Unwell("whatever listens there is no PostgreSQL")
    return "accepts connections"


def airflow(port: int) -> str:
    health = json.loads(get(port, "/api/v2/monitor/health"))
    unwell = [part for part, state in health.items() if state.get("status") not in ("healthy", None)]
    if unwell:
        raise Unwell(f"unhealthy: {', '.join(unwell)}")
    return ", ".join(part for part, state in health.items() if state.get("status") == "healthy")


def ready(path: str) -> Callable[[int], str]:
    """A check that the path answers 200."""

    def ask(port: int) -> str:
        get(port, path)
        return "ready"

    return ask


def checks(required: set[str]) -> list[Check]:
    """Every service, in the order a request meets them."""
    return [
        Check("api", port("API_PORT", 8000), api_health, True),
        Check("recommendation", port("API_PORT", 8000), recommendation, True),
        Check("postgres", port("POSTGRES_PORT", 54320), postgres, True),
        Check("airflow", port("AIRFLOW_PORT", 8080), airflow, True),
        Check("prometheus", port("PROMETHEUS_PORT", 9090), ready("/-/ready"), "prometheus" in required),
        Check("pushgateway", port("PUSHGATEWAY_PORT", 9091), ready("/-/ready"), "pushgateway" in required),
        Check("grafana", port("GRAFANA_PORT", 3000), ready("/api/health"), "grafana" in required),
    ]


def run(check: Check) -> tuple[bool, str, str]:
    """Whether the stack may count as well, the state for the table, and the detail."""
    try:
        return True, "ok", check.ask(check.port)
    except urllib.error.HTTPError as error:
        return not check.required, "FAILED", f"answers {error.code} {error.reason}"
    except (Unwell, ValueError, KeyError, TypeError, AttributeError) as error:
        return not check.required, "FAILED", str(error) or type(error).__name__
    except OSError as error:
        if not check.required:
            return True, "-", "not running (optional)"
        reason = getattr(error, "reason", error)
        return False, "FAILED", f"cannot be reached: {getattr(reason, 'strerror', None) or reason}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--require",
        nargs="+",
        default=[],
        choices=["prometheus", "pushgateway", "grafana"],
        help="services that must run although they are optional",
    )
    arguments = parser.parse_args()
    well = True
    print(f"{'service':<16} {'address':<18} {'state':<7} {'ms':>5}  detail")
    for check in checks(set(arguments.require)):
        started = time.monotonic()
        fine, state, detail = run(check)
        elapsed = round((time.monotonic() - started) * 1000)
        well = well and fine
        print(f"{check.name:<16} {HOST}:{check.port:<8} {state:<7} {elapsed:>5}  {detail}")
    if not well:
        print("start what is missing with ./init.sh; ./init.sh status names the processes", file=sys.stderr)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
