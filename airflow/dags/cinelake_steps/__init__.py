"""Turns a step into an operator for the runner that `CINELAKE_RUNNER` names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from airflow.sdk import BaseOperator

from cinelake_steps import config

# A runner imports what it needs only when it is the one: the clients of Docker and Kubernetes are large.


def _process(step: str, task: str, **kwargs: Any) -> BaseOperator:
    from cinelake_steps.process import ProcessOperator

    lake = config.setting("LAKE_URI", str(config.REPOSITORY / "lakehouse"))
    return ProcessOperator(program=config.binaries() / task, env=config.task_environment(step, lake), **kwargs)


def _docker(step: str, task: str, **kwargs: Any) -> BaseOperator:
    from docker.types import Mount

    from cinelake_steps.docker import ContainerOperator

    volume = config.setting("CINELAKE_LAKE_VOLUME", "cinelake_lake")
    return ContainerOperator(
        image=config.image(task),
        environment=config.mounted_environment(step, "/lake"),
        mounts=[Mount(target="/lake", source=volume, type="volume")],
        network_mode=config.setting("CINELAKE_NETWORK", "cinelake_data"),
        mem_limit=config.memory(step),
        **kwargs,
    )


def _kubernetes(step: str, task: str, **kwargs: Any) -> BaseOperator:
    from cinelake_steps.kubernetes import LAKE, PodOperator

    return PodOperator(
        step=step,
        image=config.image(task),
        env_vars=config.mounted_environment(step, LAKE),
        do_xcom_push=False,
        **kwargs,
    )


# A runner takes the names of the step and of its task, arguments, secrets and what every operator has.
RUNNERS: dict[str, Callable[..., BaseOperator]] = {"docker": _docker, "kubernetes": _kubernetes, "process": _process}


def step(
    name: str,
    arguments: Sequence[str] = (),
    *,
    help: str,
    task: str | None = None,
    secrets: Sequence[str] = (),
    **kwargs: Any,
) -> BaseOperator:
    """The operator of one step.

    :param name: the step
    :param arguments: its command line (templated; one that renders to nothing is left out)
    :param help: what it does, for people, in Markdown
    :param task: the binary or image that it runs, if that has another name
    :param secrets: names of the environment variables that only this step may see
    """
    if config.RUNNER not in RUNNERS:
        raise ValueError(f"CINELAKE_RUNNER={config.RUNNER} is no known runner: use one of {', '.join(sorted(RUNNERS))}")
    return RUNNERS[config.RUNNER](
        name,
        task or name,
        task_id=name,
        arguments=arguments,
        secrets=[*secrets, *config.store_secrets()],
        doc_md=help,
        retries=config.RETRIES,
        retry_delay=config.RETRY_DELAY,
        retry_exponential_backoff=config.RETRY_BACKOFF,
        execution_timeout=config.TIMEOUTS[name],
        **kwargs,
    )


def flags(*params: str) -> list[str]:
    """The command line that hands these params on, each as the flag of its name; an empty one is left to the task."""
    return [
        f"{{{{ '' if params.{name} is none else '--{name.replace('_', '-')}=' ~ params.{name} }}}}" for name in params
    ]
