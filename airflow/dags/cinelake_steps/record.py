"""The run history: a row of PostgreSQL's table `runs` for every run, however it ended."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from airflow.sdk import BaseOperator

from cinelake_steps import outcome, step

# Of a step's report, what the history keeps.
KEPT = ("outcome", "seconds", "tables", "metrics")


def history(ti: Any, dag_run: Any, steps: Sequence[str]) -> str:
    """What `publish record --report` takes: each step with its state, its report and why it ended badly, as JSON."""
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    told = [
        {
            "step": name,
            "state": states.get(name),
            "report": _kept(ti.xcom_pull(task_ids=name)),
            "reason": ti.xcom_pull(task_ids=name, key=outcome.REASON),
        }
        for name in steps
    ]
    return json.dumps({"started_at": dag_run.start_date.isoformat() if dag_run.start_date else None, "steps": told})


def _kept(report: dict[str, Any] | None) -> dict[str, Any] | None:
    return report and {name: report[name] for name in KEPT if name in report}


def record(steps: Sequence[str]) -> BaseOperator:
    """The step that stores how the run went.

    It is a teardown: a database that is away costs the row of this run, not the run.
    """
    return step(
        "record",
        ["record", "--report", f"{{{{ history(ti, dag_run, {list(steps)}) }}}}"],
        task="publish",
        secrets=["DATABASE_URL"],
        help="Stores how the run went in the table `runs`, from which the dashboards tell the history.",
    ).as_teardown()
