"""The operator against a real engine: what each way of ending becomes, and what a container is given."""

import os
import subprocess

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from cinelake_steps.docker import ContainerOperator

from harness.engine import docker, inspect, run
from harness.operators import Executing, Run
from harness.waiting import until

IMAGE = "debian:bookworm-slim"
REPORT = """echo '{"task":"clean","outcome":"done"}'"""


@pytest.fixture
def operator(engine, without_stand_in):
    """Makes the operator of a shell script in a container."""
    if IMAGE in without_stand_in:
        pytest.skip(f"{IMAGE} can be neither pulled nor made here")

    def make(script, image=IMAGE, **kwargs):
        options = {"docker_url": os.environ["DOCKER_HOST"], "network_mode": "none", "mem_limit": "64m"} | kwargs
        return ContainerOperator(task_id="train", image=image, entrypoint=["sh", "-c"], arguments=[script], **options)

    return make


def execute(operator):
    return operator.execute({"dag_run": Run()})


def left_behind():
    return docker("ps", "-aq", "--filter", "label=cinelake.step=train", "--filter", f"label=cinelake.run={Run.run_id}")


def test_the_last_line_is_the_report_and_the_container_goes(operator):
    assert execute(operator(f"echo log; echo more >&2; {REPORT}")) == {"task": "clean", "outcome": "done"}
    assert left_behind() == ""


@pytest.mark.parametrize("script", [":", f"{REPORT}; echo afterwards"])
def test_a_last_line_that_is_no_report_is_named(operator, script):
    with pytest.raises(AirflowFailException, match="last line is no JSON report"):
        execute(operator(script))
    assert left_behind() == ""


def test_a_closed_gate_gives_its_reason_whatever_else_was_said(operator):
    told = """echo complaint >&2; echo '{"outcome":"gate_closed","reason":"too low"}'; echo complaint >&2; exit 3"""
    with pytest.raises(AirflowFailException, match="the live model stays: too low$"):
        execute(operator(told))
    assert left_behind() == ""


@pytest.mark.parametrize(("code", "words"), [(1, "exit code 1: the reason"), (137, "killed by signal 9.*the reason")])
def test_any_other_failure_is_retried(operator, code, words):
    with pytest.raises(AirflowException, match=words) as raised:
        execute(operator(f"echo the reason; exit {code}"))
    assert not isinstance(raised.value, AirflowFailException)
    assert left_behind() == ""


def test_a_step_that_needs_more_memory_is_told_what_to_raise(operator):
    with pytest.raises(AirflowException, match="its limit of 16m: raise CINELAKE_MEMORY or CINELAKE_MEMORY_TRAIN"):
        execute(operator("echo begun; exec tail /dev/zero", mem_limit="16m"))


def test_a_missing_image_is_named_with_the_remedy_and_not_retried(operator):
    with pytest.raises(AirflowFailException, match="cinelake/nothing:here is not on this machine.*task-nothing"):
        execute(operator(":", image="cinelake/nothing:here"))


def test_a_docker_that_is_not_there_is_named_and_worth_a_retry(operator):
    with pytest.raises(AirflowException, match="127.0.0.1:1") as raised:
        execute(operator(":", docker_url="tcp://127.0.0.1:1"))
    assert not isinstance(raised.value, AirflowFailException)


def running(operator):
    """Executes it beside the test, which goes on when its container is ready."""
    executing = Executing(operator, {"dag_run": Run()})
    until(lambda: operator.container and "ready" in run("docker", "logs", operator.container["Id"]).stdout, 60, "ready")
    return operator.container["Id"], executing


def test_a_kill_is_a_sigterm_that_the_task_may_heed(operator):
    script = "trap 'echo tidied; exit 1' TERM; echo ready; while :; do sleep 0.05; done"
    task = operator(script)
    container, executing = running(task)
    with subprocess.Popen(["docker", "logs", "-f", container], stdout=subprocess.PIPE, text=True) as followed:
        # Killed before it follows, the container would be gone with its log.
        assert followed.stdout.readline() == "ready\n"
        task.on_kill()
        assert "tidied" in followed.stdout.read()
    executing.join()
    assert isinstance(executing.error, AirflowException)
    assert left_behind() == ""


def test_a_container_has_no_rights_that_a_task_does_not_need(operator, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://user:hunter2@db/x")
    task = operator("echo ready; exec sleep 60", secrets=["DATABASE_URL"], environment={"RUN_ID": "x"})
    container, executing = running(task)
    seen = inspect(container)
    task.on_kill()
    executing.join()
    host = seen["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["PidsLimit"] == 1024 and host["Memory"] == 64 * 1024**2
    assert not host["Binds"] and not host.get("Mounts")
    assert seen["Config"]["Labels"].items() >= {"cinelake.step": "train", "cinelake.run": Run.run_id}.items()
    assert "DATABASE_URL=postgres://user:hunter2@db/x" in seen["Config"]["Env"]
    assert not any("hunter2" in str(getattr(task, name)) for name in task.template_fields)
