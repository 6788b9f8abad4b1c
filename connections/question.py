"""One question to one service, and how its answer is judged."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 10

# Never through a proxy: all of this is on this machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Unwell(Exception):
    """A service answered, but not as it should."""


class NotHere(Exception):
    """There is nothing to ask, and that may be meant."""


@dataclass(frozen=True)
class Check:
    """What is asked, and what to do when the answer is bad."""

    name: str
    target: str
    ask: Callable[[], str]
    remedy: str
    required: bool = True


@dataclass(frozen=True)
class Result:
    """A row of the table; `state` is ok, FAILED or - (not there, and optional)."""

    check: str
    target: str
    state: str
    ms: int
    detail: str
    remedy: str


def get(url: str, *, headers: dict[str, str] | None = None, body: object = None, method: str | None = None) -> str:
    """The body of a good answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers or {}, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    with OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
        return answer.read().decode()


def get_json(url: str, **options):
    """The decoded body of a good answer."""
    return json.loads(get(url, **options))


def basic(user: str, password: str) -> dict[str, str]:
    """The header of a login by name and password."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def _judge(check: Check) -> tuple[str, str]:
    try:
        return "ok", check.ask()
    except urllib.error.HTTPError as error:
        return "FAILED", f"answers {error.code} {error.reason}"
    except NotHere as error:
        return ("FAILED" if check.required else "-"), str(error)
    except (Unwell, ValueError, KeyError, TypeError, AttributeError) as error:
        return "FAILED", str(error) or type(error).__name__
    except subprocess.TimeoutExpired as error:
        return "FAILED", f"no answer within {error.timeout:.0f} s"
    except OSError as error:
        reason = getattr(error, "reason", error)
        refused = isinstance(reason, ConnectionRefusedError)
        if refused and not check.required:
            return "-", "not running (optional)"
        return "FAILED", f"cannot be reached: {getattr(reason, 'strerror', None) or reason}"


def ask(check: Check) -> Result:
    """Asks, and times it."""
    started = time.monotonic()
    state, detail = _judge(check)
    elapsed = round((time.monotonic() - started) * 1000)
    return Result(check.name, check.target, state, elapsed, detail, check.remedy if state == "FAILED" else "")
