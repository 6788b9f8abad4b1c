"""What a run did, as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk import task

from cinelake_steps import outcome

Report = dict[str, Any]
COLUMNS = ("step", "state", "seconds", "tables and their new rows")


def table(steps: Sequence[str], states: Mapping[str, str], reports: Mapping[str, Report]) -> list[str]:
    """The lines of the table: a step each, in order.

    :param states: by step, what Airflow says; absent for one that never began
    :param reports: by step, what it said itself; absent for one that did not end well
    """
    rows = [COLUMNS]
    for step in steps:
        report = reports.get(step) or {}
        written = [f"{each['name']} v{each['version']}: {each['rows']:,}" for each in report.get("tables", [])]
        rows.append(
            (
                step,
                report.get("outcome") or states.get(step) or "not begun",
                f"{report['seconds']:.1f}" if "seconds" in report else "",
                "; ".join(written),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return [_line(row, widths) for row in rows]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    # Figures to the right, texts to the left.
    cells = [
        cell.rjust(width) if name == "seconds" else cell.ljust(width) for name, cell, width in zip(COLUMNS, row, widths)
    ]
    return "  ".join(cells).rstrip()


def closing(steps: Sequence[str], reports: Mapping[str, Report], reasons: Mapping[str, str]) -> list[str]:
    """How good the model is, why the run did not go on, and what is live now: a line each."""
    lines = [f"{step}: {reasons[step]}" for step in steps if reasons.get(step)]
    figures = (reports.get("evaluate") or {}).get("metrics", {})
    for metric in ("ndcg@10", "rmse"):
        if metric in figures and f"baseline.{metric}" in figures:
            baseline = figures[f"baseline.{metric}"]
            lines.append(f"{metric} {figures[metric]:.4f}, of the most popular films {baseline:.4f}")
    if "gate_open" in figures:
        lines.append(f"The quality gate is {'open' if figures['gate_open'] else 'closed'}.")
    version = (reports.get("publish") or {}).get("metrics", {}).get("version")
    if version is None:
        return [*lines, "Nothing was published: what was live before still is."]
    return [*lines, f"Version {version:.0f} was published."]


def summary(steps: Sequence[str]) -> Any:
    """The Airflow task that prints the table, however the run went.

    It is a teardown: whether a run succeeded is decided by its steps alone.
    """

    @task(
        task_id="summary",
        retries=0,
        doc_md="Prints a table of the run: what each step did, how long it took, which versions it wrote, how good the "
        "model is, and why the run ended early if it did.",
    )
    def summarize(ti: Any = None) -> None:
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
        reports = {step: ti.xcom_pull(task_ids=step) for step in steps}
        reasons = {step: ti.xcom_pull(task_ids=step, key=outcome.REASON) for step in steps}
        for line in [*table(steps, states, reports), "", *closing(steps, reports, reasons)]:
            print(line)

    return summarize().as_teardown()
