"""Operators of the DAGs: rendered as for a run, and executed beside a test."""

import threading


class Run:
    """The part of a DAG run that templates and operators use."""

    dag_id = "cinelake"
    run_id = "manual__2026-01-01T00:00:00+00:00"

    def __init__(self, run_type="manual"):
        self.run_type = run_type


def rendered(dag, step, run_type="manual", **params):
    """The step's operator with its templates filled in as for a run with these params, and the context of that."""
    task = dag.get_task(step).prepare_for_execution()
    values = {name: dag.params.get_param(name).value for name in dag.params} | params
    context = {"run_id": Run.run_id, "params": values, "dag_run": Run(run_type), "dag": dag, "task": task}
    task.render_template_fields(context)
    return task, context


class Executing:
    """An operator that is executed in a thread; `error` is what it ended with."""

    def __init__(self, task, context):
        self.error = None
        # An operator that does not end must not keep the tests from ending.
        self._thread = threading.Thread(target=self._run, args=(task, context), daemon=True)
        self._thread.start()

    def _run(self, task, context):
        try:
            task.execute(context)
        except Exception as error:
            self.error = error

    def join(self):
        self._thread.join(60)
        assert not self._thread.is_alive(), "the operator does not end"
