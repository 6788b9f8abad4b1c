"""The operator against real programs: what each way of ending becomes, and what a program is given."""

import json
import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from cinelake_steps.process import ProcessOperator

from harness.operators import Executing
from harness.waiting import until

REPORT = """echo '{"task":"clean","outcome":"done"}'"""


def operator(program, **kwargs):
    return ProcessOperator(task_id="clean", program=program, **kwargs)


def execute(program, **kwargs):
    return operator(program, **kwargs).execute({})


def has_ended(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    return False


def ends(process_id):
    """Waits until the process is gone."""
    until(lambda: has_ended(process_id), 30, f"the end of process {process_id}", pause=0.02)


def test_the_last_line_is_the_report(program):
    assert execute(program(f"echo log; echo more >&2; {REPORT}")) == {"task": "clean", "outcome": "done"}


@pytest.mark.parametrize("body", ["echo garbage", "echo 17", ":", f"{REPORT}; echo afterwards"])
def test_a_last_line_that_is_no_report_is_named(program, body):
    with pytest.raises(AirflowFailException, match="last line is no JSON report"):
        execute(program(body))


def test_99_skips(program):
    with pytest.raises(AirflowSkipException, match="nothing to do: unchanged"):
        execute(program("echo unchanged; exit 99"))


@pytest.mark.parametrize(
    ("code", "reason"), [(2, "called wrongly"), (3, "quality gate is closed, the live model stays")]
)
def test_what_a_retry_cannot_cure_is_not_retried(program, code, reason):
    with pytest.raises(AirflowFailException, match=f"{reason}.*the reason"):
        execute(program(f"echo the reason; exit {code}"))


def test_a_closed_gate_gives_its_reason_and_not_the_whole_report(program):
    report = '{"outcome":"gate_closed","reason":"ndcg is too low","metrics":{}}'
    with pytest.raises(AirflowFailException, match="the live model stays: ndcg is too low$"):
        execute(program(f"echo '{report}'; exit 3"))


@pytest.mark.parametrize("code", [1, 4, 101, 137])
def test_any_other_failure_is_retried(program, code):
    with pytest.raises(AirflowException, match=f"exit code {code}: the reason") as raised:
        execute(program(f"echo the reason; exit {code}"))
    assert not isinstance(raised.value, AirflowFailException)


def test_a_killed_program_is_retried_and_the_signal_named(program):
    with pytest.raises(AirflowException, match="killed by SIGKILL") as raised:
        execute(program("kill -9 $$"))
    assert not isinstance(raised.value, AirflowFailException)


def test_a_missing_program_is_named_with_the_remedy(tmp_path):
    with pytest.raises(AirflowFailException, match="nowhere does not exist.*cargo build --release"):
        execute(tmp_path / "nowhere")


def test_a_file_that_is_no_program_is_named(tmp_path):
    (tmp_path / "plain").touch()
    with pytest.raises(AirflowFailException, match="plain may not be executed"):
        execute(tmp_path / "plain")


def test_arguments_arrive_as_they_are_and_empty_ones_are_left_out(program):
    path = program('for a; do printf "%s|" "$a" >> "$OUT"; done; ' + REPORT)
    out = path.parent / "out"
    execute(path, arguments=["--source", "a b'$(id).zip", "", "é"], env={"OUT": str(out)})
    assert out.read_text() == "--source|a b'$(id).zip|é|"


def environment_of(program, **kwargs):
    path = program(f'env > "$OUT"; {REPORT}')
    out = path.parent / "out"
    execute(path, env={"OUT": str(out), "RUN_ID": "manual__2026-01-01T00:00:00+00:00"}, **kwargs)
    return dict(line.split("=", 1) for line in out.read_text().splitlines() if "=" in line)


def test_the_run_id_arrives_whole_and_secrets_only_by_name(program, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    environment = environment_of(program)
    assert environment["RUN_ID"] == "manual__2026-01-01T00:00:00+00:00"
    assert environment["HTTPS_PROXY"] == "http://proxy"
    assert "DATABASE_URL" not in environment
    assert not [name for name in environment if name.startswith("AIRFLOW")]
    assert environment_of(program, secrets=["DATABASE_URL"])["DATABASE_URL"] == "postgres://secret"


def test_a_missing_secret_is_named(program, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(AirflowFailException, match="needs the environment variable DATABASE_URL"):
        execute(program(REPORT), secrets=["DATABASE_URL"])


def running(program, body):
    """Executes a program beside the test, which goes on when it has told its process id."""
    path = program(body)
    pid_file = path.parent / "pid"
    task = operator(path, env={"OUT": str(path.parent)})
    executing = Executing(task, {})
    pid = until(lambda: pid_file.exists() and pid_file.read_text().strip(), 60, "the start", pause=0.02)
    # The program may be faster than the thread that has started it, and until then there is nothing to kill.
    until(lambda: task._hook.sub_process, 60, "the operator's knowing of it", pause=0.02)
    return task, int(pid), executing


def test_a_kill_sends_sigterm_and_the_program_may_tidy_up(program):
    body = 'trap \'echo tidy > "$OUT/tidy"; exit 1\' TERM; echo $$ > "$OUT/pid"; while :; do sleep 0.05; done'
    task, pid, executing = running(program, body)
    task.on_kill()
    executing.join()
    ends(pid)
    assert Path(task.program).with_name("tidy").exists()
    assert isinstance(executing.error, AirflowException)


def test_a_program_deaf_to_sigterm_is_killed(program, monkeypatch):
    monkeypatch.setattr("cinelake_steps.outcome.GRACE_SECONDS", 0.3)
    body = 'trap "" TERM; echo $$ > "$OUT/pid"; while :; do sleep 0.05; done'
    task, pid, executing = running(program, body)
    task.on_kill()
    executing.join()
    ends(pid)


def test_an_interrupted_task_leaves_no_program_behind(program):
    path = program('echo $$ > "$OUT/pid"; exec sleep 60')
    task = operator(path, env={"OUT": str(path.parent)}, execution_timeout=timedelta(seconds=1))

    class Expired(BaseException):
        """Stands for Airflow's timeout, which is no `Exception` and comes by a signal, too."""

    def expire(*_):
        raise Expired

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(Expired):
            task.execute({})
    finally:
        signal.signal(signal.SIGALRM, before)
    ends(int((path.parent / "pid").read_text()))


def test_the_report_survives_the_way_to_the_next_step(program):
    assert json.loads(json.dumps(execute(program(REPORT)))) == {"task": "clean", "outcome": "done"}
