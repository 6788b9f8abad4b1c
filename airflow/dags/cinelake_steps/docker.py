"""Runs one task of the pipeline as a container."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, NoReturn

from airflow.providers.docker.exceptions import DockerContainerFailedException
from airflow.providers.docker.operators.docker import DockerOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from docker import APIClient
from docker.errors import APIError
from requests.exceptions import ConnectionError as DockerUnreachable

from cinelake_steps import config, outcome

# Every container of a step carries its name under this label; the clean-up goes by it.
STEP_LABEL = "cinelake.step"


class ContainerOperator(DockerOperator):
    """Runs an image, removes its container whatever happens, and returns the JSON report on its last line.

    The container gets no rights that a task does not need: no capabilities, no new privileges, a file system that
    only the lake can be written in.

    :param arguments: the task's arguments (templated; one that renders to nothing is left out)
    :param secrets: names of variables it gets from this process's environment, neither templated nor shown
    """

    # A list of arguments is never the name of a template file.
    template_ext: Sequence[str] = ()
    ui_color = "#d7e3fc"

    def __init__(self, *, arguments: Sequence[str] = (), secrets: Sequence[str] = (), **kwargs: Any) -> None:
        # Removed here and not by the operator, which would not look why a container ended.
        super().__init__(command=list(arguments), mount_tmp_dir=False, auto_remove="never", **kwargs)
        self.secrets = list(secrets)

    def execute(self, context: Any) -> dict[str, Any]:
        """Runs the container to its end and returns its report."""
        with outcome.kept(context):
            return self._run(context)

    def on_kill(self) -> None:
        """Asks the task to end; it does so within two seconds and commits nothing by halves."""
        self._remove_container()

    def _run(self, context: Any) -> dict[str, Any]:
        self.command = outcome.given(self.command)
        self._private_environment = config.secrets(self.secrets)
        run = context["dag_run"]
        self.labels = {STEP_LABEL: self.task_id, "cinelake.dag": run.dag_id, "cinelake.run": run.run_id}
        self._connect()
        try:
            self._require_image()
            self._harden(self.cli)
            return self._run_container(context)
        except APIError as error:
            raise AirflowException(f"Docker refused: {error.explanation or error}") from error
        except DockerUnreachable as error:
            raise AirflowException(f"the connection to Docker broke: {self._where_docker_is()}") from error
        finally:
            self._remove_container()

    def _run_container(self, context: Any) -> dict[str, Any]:
        try:
            super().execute(context)
        except DockerContainerFailedException:
            self._fail()
        return outcome.report(self.image, self._last_line(stderr=False))

    def _connect(self) -> None:
        try:
            self.cli.ping()
        except (AirflowException, DockerUnreachable) as error:
            raise AirflowException(f"Docker does not answer: {self._where_docker_is()}") from error

    def _where_docker_is(self) -> str:
        return f"is the docker-proxy, or whatever is at DOCKER_HOST={self.docker_url}, running?"

    def _require_image(self) -> None:
        if not self.cli.images(name=self.image):
            raise AirflowFailException(
                f"the image {self.image} is not on this machine: build it with ./init.sh, or with "
                f"docker compose --profile tasks build task-{self.image.rsplit('/')[-1].split(':')[0]}"
            )

    @staticmethod
    def _harden(client: APIClient) -> None:
        # The operator has no arguments for these.
        client.create_host_config = partial(
            client.create_host_config,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            read_only=True,
            pids_limit=1024,
        )

    def _last_line(self, *, stderr: bool) -> str:
        # What the operator returns mixes the two streams in the order in which they happen to arrive.
        text = self.cli.logs(self.container["Id"], stdout=True, stderr=stderr, tail=100)
        lines = text.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no output"

    def _fail(self) -> NoReturn:
        state = self.cli.inspect_container(self.container["Id"])["State"]
        exit_code = state["ExitCode"]
        # A closed gate is told by the report; other complaints may be on standard error.
        last_line = self._last_line(stderr=exit_code != outcome.GATE_CLOSED)
        if state["OOMKilled"]:
            raise AirflowException(
                f"{self.image} was killed because it needs more memory than its limit of {self.mem_limit}: raise "
                f"CINELAKE_MEMORY or CINELAKE_MEMORY_{self.task_id.upper()}; its last line: {last_line}"
            )
        if exit_code > 128:
            raise AirflowException(f"{self.image} was killed by signal {exit_code - 128}; its last line: {last_line}")
        outcome.fail(self.image, exit_code, last_line)

    def _remove_container(self) -> None:
        if self.container is None:
            return
        remove(self.cli, self.container["Id"])


def remove(client: APIClient, container: str) -> None:
    """Ends a container by SIGTERM, by SIGKILL if it is deaf to that, and removes it; one that is gone is fine."""
    try:
        # The docker-proxy lets nobody touch a container that it has not seen to be a step's, and it forgets.
        client.inspect_container(container)
        client.stop(container, timeout=outcome.GRACE_SECONDS)
        client.remove_container(container, force=True)
    except APIError as error:
        # Not there any more, or about to go: a kill and the end of a step may both remove it.
        if error.status_code not in (404, 409):
            raise


def remove_old_containers(client: APIClient, older_than: timedelta) -> list[str]:
    """Removes the containers of steps that began so long ago, and returns their names.

    They are left behind when the scheduler dies: by then their step has been run again.
    """
    limit = time.time() - older_than.total_seconds()
    old = [
        container
        for container in client.containers(all=True, filters={"label": STEP_LABEL})
        if container["Created"] < limit
    ]
    for container in old:
        remove(client, container["Id"])
    return [f"{container['Labels'][STEP_LABEL]} of {container['Labels'].get('cinelake.run', '?')}" for container in old]
