"""Turns a step of the pipeline into an operator for the runner that `CINELAKE_RUNNER` names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import cinelake_config as config
from airflow.sdk import BaseOperator
from cinelake_process import ProcessOperator


def _process(name: str, **kwargs: Any) -> BaseOperator:
    return ProcessOperator(program=config.binaries() / name, **kwargs)


# A runner takes the step's name, its arguments, env, secrets and what every operator has, and builds the operator.
RUNNERS: dict[str, Callable[..., BaseOperator]] = {"process": _process}


def step(name: str, arguments: Sequence[str] = (), *, help: str, secrets: Sequence[str] = ()) -> BaseOperator:
    """The operator of one step.

    :param name: the task and its binary or image
    :param arguments: its command line (templated)
    :param help: what it does, for people, in Markdown
    :param secrets: names of the environment variables that only this step may see
    """
    runner = os.environ.get("CINELAKE_RUNNER", "process")
    if runner not in RUNNERS:
        raise ValueError(f"CINELAKE_RUNNER={runner} is no known runner: use one of {', '.join(sorted(RUNNERS))}")
    return RUNNERS[runner](
        name,
        task_id=name,
        arguments=arguments,
        env=config.task_environment(),
        secrets=secrets,
        doc_md=help,
        retries=config.RETRIES,
        retry_delay=config.RETRY_DELAY,
        retry_exponential_backoff=config.RETRY_BACKOFF,
        execution_timeout=config.TIMEOUTS[name],
    )
