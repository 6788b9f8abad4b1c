"""What the end of a task means: one table of exit codes for every runner."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

WRONG_USAGE = 2
GATE_CLOSED = 3
NOTHING_TO_DO = 99

# The XCom of a step that did not end well: why.
REASON = "reason"

# A task ends within two seconds of SIGTERM; after this many it is killed.
GRACE_SECONDS = 5


class GateClosed(AirflowFailException):
    """The model may not be published; `report` is the step's own."""

    def __init__(self, message: str, report: dict[str, Any] | None) -> None:
        super().__init__(message)
        self.report = report


@contextmanager
def kept(context: Any) -> Iterator[None]:
    """Leaves the reason of a failure, and the report of a closed gate, as XComs for the steps that tell of the run."""
    try:
        yield
    except AirflowException as error:
        if ti := context.get("ti"):
            ti.xcom_push(key=REASON, value=str(error))
            if report := getattr(error, "report", None):
                ti.xcom_push(key="return_value", value=report)
        raise


def given(arguments: Sequence[str]) -> list[str]:
    """The arguments without those that rendered to nothing."""
    return [argument for argument in arguments if argument]


def report(name: str, last_line: str) -> dict[str, Any]:
    """The JSON report on the last line of a task that ended well."""
    parsed = _parsed(last_line)
    if parsed is None:
        raise AirflowFailException(
            f"{name} ended well but its last line is no JSON report: {last_line!r}; is it of this version of the "
            "pipeline?"
        )
    return parsed


def fail(name: str, exit_code: int, last_line: str) -> NoReturn:
    """Ends the Airflow task as the exit code asks: skipped, failed for good, or failed and worth a retry."""
    if exit_code == NOTHING_TO_DO:
        raise AirflowSkipException(f"{name} found nothing to do: {last_line}")
    if exit_code == GATE_CLOSED:
        told = _parsed(last_line)
        reason = (told or {}).get("reason", last_line)
        raise GateClosed(f"the quality gate is closed, the live model stays: {reason}", told)
    if exit_code == WRONG_USAGE:
        raise AirflowFailException(f"{name} was called wrongly and a retry would not cure it: {last_line}")
    raise AirflowException(f"{name} failed with exit code {exit_code}: {last_line}")


def _parsed(last_line: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(last_line)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
