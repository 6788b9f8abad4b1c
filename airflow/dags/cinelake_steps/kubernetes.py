"""Runs one task of the pipeline as a pod.

Rendered and checked by tests, never run on a cluster by us.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.secret import Secret
from airflow.sdk.exceptions import AirflowException
from kubernetes.client import models as k8s

from cinelake_steps import config, outcome

LAKE = "/lake"
# Numeric, as in the images: a cluster can then see that it is not root.
USER = 10001


class PodOperator(KubernetesPodOperator):
    """Runs an image as a pod, deletes the pod whatever happens, and returns the JSON report on its last line.

    :param step: the name of the step
    :param arguments: the task's arguments (templated; one that renders to nothing is left out)
    :param secrets: names of variables it gets from the Kubernetes secret `CINELAKE_SECRET` (default `cinelake`)
    """

    # A list of arguments is never the name of a template file.
    template_ext: Sequence[str] = ()
    ui_color = "#d7e3fc"

    def __init__(self, *, step: str, env_vars: Mapping[str, str], secrets: Sequence[str] = (), **kwargs: Any) -> None:
        secret = config.setting("CINELAKE_SECRET", "cinelake")
        optional = [name for name in secrets if name in config.STORE_SECRETS]
        super().__init__(
            env_vars=[
                *(k8s.V1EnvVar(name=name, value=value) for name, value in env_vars.items()),
                *(_from_secret(secret, name) for name in optional),
            ],
            name=f"cinelake-{step}",
            # None for the cluster that Airflow itself runs in.
            kubernetes_conn_id=config.setting("CINELAKE_KUBERNETES_CONNECTION", "") or None,
            namespace=config.setting("CINELAKE_NAMESPACE", "cinelake"),
            labels={"app.kubernetes.io/part-of": "cinelake", "app.kubernetes.io/component": step},
            secrets=[Secret("env", name, secret, name) for name in secrets if name not in optional],
            volumes=[_lake_volume()],
            volume_mounts=[k8s.V1VolumeMount(name="lake", mount_path=LAKE)],
            container_resources=k8s.V1ResourceRequirements(limits={"memory": _quantity(config.memory(step))}),
            security_context=_pod_rights(),
            container_security_context=_container_rights(),
            automount_service_account_token=False,
            # A scheduler that comes back finds the pod of its last attempt and goes on with it.
            reattach_on_restart=True,
            on_finish_action="delete_pod",
            termination_grace_period=outcome.GRACE_SECONDS,
            termination_message_policy="FallbackToLogsOnError",
            skip_on_exit_code=outcome.NOTHING_TO_DO,
            **kwargs,
        )
        self._last_line = ""

    def execute(self, context: Any) -> dict[str, Any]:
        """Runs the pod to its end and returns its report."""
        self.arguments = outcome.given(self.arguments)
        with outcome.kept(context):
            super().execute(context)
        return outcome.report(self.image, self._last_line)

    def cleanup(self, pod: Any, remote_pod: Any, *args: Any, **kwargs: Any) -> None:
        """Reads the last line before the pod goes, and gives the exit code its meaning."""
        if self._killed or not remote_pod:
            return super().cleanup(pod, remote_pod, *args, **kwargs)
        self._last_line = self._read_last_line(remote_pod)
        try:
            return super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowException as error:
            ended = self._terminated(remote_pod)
            if ended is None or ended.exit_code in (0, outcome.NOTHING_TO_DO):
                raise
            if ended.reason == "OOMKilled":
                raise AirflowException(f"{self.image} needs more memory: raise CINELAKE_MEMORY") from error
            return outcome.fail(self.image, ended.exit_code, self._last_line)

    def _terminated(self, pod: k8s.V1Pod) -> k8s.V1ContainerStateTerminated | None:
        statuses = (pod.status and pod.status.container_statuses) or []
        base = next((status for status in statuses if status.name == self.base_container_name), None)
        return base.state.terminated if base and base.state else None

    def _read_last_line(self, pod: k8s.V1Pod) -> str:
        lines = self.pod_manager.read_pod_logs(
            pod=pod, container_name=self.base_container_name, tail_lines=1, follow=False
        )
        last = b""
        for line in lines:
            last = line
        return last.decode(errors="replace").strip()


def _from_secret(secret: str, key: str) -> k8s.V1EnvVar:
    selector = k8s.V1SecretKeySelector(name=secret, key=key, optional=True)
    return k8s.V1EnvVar(name=key, value_from=k8s.V1EnvVarSource(secret_key_ref=selector))


def _lake_volume() -> k8s.V1Volume:
    if config.store():
        return k8s.V1Volume(name="lake", empty_dir=k8s.V1EmptyDirVolumeSource())
    claim = k8s.V1PersistentVolumeClaimVolumeSource(claim_name=config.setting("CINELAKE_LAKE_CLAIM", "cinelake-lake"))
    return k8s.V1Volume(name="lake", persistent_volume_claim=claim)


def _pod_rights() -> k8s.V1PodSecurityContext:
    profile = k8s.V1SeccompProfile(type="RuntimeDefault")
    return k8s.V1PodSecurityContext(
        run_as_non_root=True, run_as_user=USER, run_as_group=USER, fs_group=USER, seccomp_profile=profile
    )


def _container_rights() -> k8s.V1SecurityContext:
    return k8s.V1SecurityContext(
        allow_privilege_escalation=False,
        read_only_root_filesystem=True,
        capabilities=k8s.V1Capabilities(drop=["ALL"]),
    )


def _quantity(memory: str) -> str:
    """Docker's `6g` in the cluster's words, `6Gi`."""
    units = {"k": "Ki", "m": "Mi", "g": "Gi"}
    return memory[:-1] + units[memory[-1].lower()] if memory[-1].lower() in units else memory
