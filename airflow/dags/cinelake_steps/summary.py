"""What a run did, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.sdk import task

Report = dict[str, Any]
COLUMNS = ("step", "state", "seconds", "rows", "tables")


def table(steps: Sequence[str], states: dict[str, str], reports: dict[str, Report]) -> list[str]:
    """The lines of the table: a step each, in order.

    :param states: by step, what Airflow says; absent for one that never began
    :param reports: by step, what it said itself; absent for one that did not end well
    """
    rows = [COLUMNS]
    for step in steps:
        report = reports.get(step) or {}
        tables = report.get("tables", [])
        rows.append(
            (
                step,
                report.get("outcome") or states.get(step) or "not begun",
                f"{report['seconds']:.1f}" if "seconds" in report else "",
                f"{sum(written['rows'] for written in tables):,}" if tables else "",
                ", ".join(f"{written['name']} v{written['version']}" for written in tables),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # Figures to the right, texts to the left.
    cells = [
        cell.rjust(width) if name in ("seconds", "rows") else cell.ljust(width)
        for name, cell, width in zip(COLUMNS, row, widths)
    ]
    return "  ".join(cells).rstrip()


def closing(reports: dict[str, Report]) -> str:
    """One sentence on what is live now."""
    version = (reports.get("publish") or {}).get("metrics", {}).get("version")
    if version is None:
        return "Nothing was published: what was live before still is."
    return f"Version {version:.0f} was published."


def summary(steps: Sequence[str]) -> Any:
    """The Airflow task that prints the table, however the run went.

    It is a teardown: whether a run succeeded is decided by its steps alone.
    """

    @task(
        task_id="summary",
        retries=0,
        doc_md="Prints a table of the run: what each step did, how long it took and which versions it wrote.",
    )
    def summarize(ti: Any = None) -> None:
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        reports = {step: ti.xcom_pull(task_ids=step) for step in steps}
        for line in [*table(steps, states, reports), "", closing(reports)]:
            print(line)

    return summarize().as_teardown()
