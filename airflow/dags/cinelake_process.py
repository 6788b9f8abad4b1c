"""Runs one task of the pipeline as a process of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.sdk.log import mask_secret

WRONG_USAGE = 2
GATE_CLOSED = 3
NOTHING_TO_DO = 99

# A task ends within two seconds of SIGTERM.
GRACE_SECONDS = 5


class ProcessOperator(BaseOperator):
    """Runs a program without a shell and returns the JSON report on the last line of its output.

    The exit code decides what becomes of the task: 0 succeeds, 99 skips it and everything after it, 2 (wrong
    usage) and 3 (the quality gate is closed) fail it at once because a retry cures neither, anything else is
    retried.

    :param program: the binary to run
    :param arguments: its arguments (templated; one that renders to nothing is left out)
    :param env: variables set for it (templated and shown in the web interface: no secrets)
    :param secrets: names of variables it gets from this process's environment, neither templated nor shown
    """

    template_fields: Sequence[str] = ("arguments", "env")
    ui_color = "#d7e3fc"

    def __init__(
        self,
        *,
        program: Path,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.program = str(program)
        self.arguments = list(arguments)
        self.env = dict(env or {})
        self.secrets = list(secrets)
        self._hook: SubprocessHook | None = None

    def execute(self, context: Any) -> dict[str, Any]:
        """Runs the program to its end and returns its report."""
        command = [self.program, *(argument for argument in self.arguments if argument)]
        self._hook = SubprocessHook()
        try:
            exit_code, last_line = self._hook.run_command(command, env=self._environment())
        except FileNotFoundError as error:
            raise AirflowFailException(
                f"{self.program} does not exist: build it with `cargo build --release`, or point CINELAKE_BIN at "
                "the folder of the binaries"
            ) from error
        except PermissionError as error:
            raise AirflowFailException(f"{self.program} may not be executed: {error.strerror}") from error
        finally:
            # An interrupted or timed out task must not leave its program running behind a retry.
            self._end_program()
        if exit_code != 0:
            self._fail(exit_code, last_line)
        return self._report(last_line)

    def on_kill(self) -> None:
        """Asks the program to end; it does so within two seconds and commits nothing by halves."""
        self._end_program()

    def _environment(self) -> dict[str, str]:
        # Airflow's own settings hold its secrets, and the interpreter's variables mean nothing to a task.
        withheld = ("AIRFLOW", "_AIRFLOW", "PYTHON")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(withheld) and name != "DATABASE_URL"
        }
        for name in self.secrets:
            if not (value := os.environ.get(name)):
                raise AirflowFailException(f"{self.task_id} needs the environment variable {name}, which is not set")
            mask_secret(value)
            inherited[name] = value
        return inherited | self.env

    def _fail(self, exit_code: int, last_line: str) -> NoReturn:
        name = Path(self.program).name
        if exit_code == NOTHING_TO_DO:
            raise AirflowSkipException(f"{name} found nothing to do: {last_line}")
        if exit_code == GATE_CLOSED:
            reason = (self._parsed(last_line) or {}).get("reason", last_line)
            raise AirflowFailException(f"the quality gate is closed, the live model stays: {reason}")
        if exit_code == WRONG_USAGE:
            raise AirflowFailException(f"{name} was called wrongly and a retry would not cure it: {last_line}")
        if exit_code < 0:
            killer = signal.Signals(-exit_code).name
            raise AirflowException(f"{name} was killed by {killer} (SIGKILL often means: out of memory)")
        raise AirflowException(f"{name} failed with exit code {exit_code}: {last_line}")

    def _report(self, last_line: str) -> dict[str, Any]:
        report = self._parsed(last_line)
        if report is None:
            raise AirflowFailException(
                f"{self.program} ended well but its last line is no JSON report: {last_line!r}; are the binaries of "
                "this version of the pipeline?"
            )
        return report

    @staticmethod
    def _parsed(last_line: str) -> dict[str, Any] | None:
        try:
            report = json.loads(last_line)
        except ValueError:
            return None
        return report if isinstance(report, dict) else None

    def _end_program(self) -> None:
        process = self._hook.sub_process if self._hook else None
        if process is None or process.poll() is not None:
            return
        # The hook starts the program in a session of its own: its children end with it.
        with contextlib.suppress(ProcessLookupError):
            self._hook.send_sigterm()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
