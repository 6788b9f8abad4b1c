"""The run history: a row of PostgreSQL's table `runs` for every run, however it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import BaseOperator

from cinelake_steps import outcome, step

# Of a step's report, what the history keeps.
KEPT = ("outcome", "seconds", "tables", "metrics")

# States of a task that was told to end, or lost, while it was under way.
CUT_SHORT = ("failed", "running", "restarting", "up_for_retry", "up_for_reschedule", "deferred")


def history(ti: Any, dag_run: Any, steps: Sequence[str]) -> str:
    """What `admin record --report` takes: how each step ended, its report and why it ended badly, as JSON."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    reports = {name: ti.xcom_pull(task_ids=name) for name in steps}
    outcomes = ended(steps, states, reports)
    told = [
        {
            "step": name,
            "outcome": outcomes[name],
            "report": _kept(reports[name]),
            "reason": ti.xcom_pull(task_ids=name, key=outcome.REASON),
        }
        for name in steps
    ]
    return json.dumps({"started_at": dag_run.start_date.isoformat() if dag_run.start_date else None, "steps": told})


def ended(
    steps: Sequence[str], states: Mapping[str, str | None], reports: Mapping[str, dict[str, Any] | None]
) -> dict[str, str]:
    """How each step ended, in the words of a step's report and two more: `failed` and `not_begun`.

    :param states: by step, what Airflow calls it; absent or None for one that never began
    :param reports: by step, what it said itself
    """
    outcomes: dict[str, str] = {}
    for name in steps:
        ended_as = _ended(states.get(name), (reports.get(name) or {}).get("outcome"))
        # Airflow skips what comes after a step that was skipped, which then was never begun.
        if ended_as == "skipped" and any(earlier not in ("done", "already_done") for earlier in outcomes.values()):
            ended_as = "not_begun"
        outcomes[name] = ended_as
    return outcomes


def _ended(state: str | None, reported: str | None) -> str:
    if state == "success":
        return reported or "done"
    if state == "skipped":
        return "skipped"
    # A closed gate is a failure to Airflow.
    if state == "failed" and reported == "gate_closed":
        return "gate_closed"
    return "failed" if state in CUT_SHORT else "not_begun"


def _kept(report: dict[str, Any] | None) -> dict[str, Any] | None:
    return report and {name: report[name] for name in KEPT if name in report}


def record(steps: Sequence[str]) -> BaseOperator:
    """The step that stores how the run went.

    It is a teardown: a database that is away costs the row of this run, not the run.
    """
    return step(
        "record",
        ["record", "--report", f"{{{{ history(ti, dag_run, {list(steps)}) }}}}"],
        task="admin",
        secrets=["DATABASE_URL"],
        help="Records the run in the table `runs`, which the dashboards show.",
    ).as_teardown()
