"""Runs one task of the pipeline as a process of this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from cinelake_steps import config, outcome


class ProcessOperator(BaseOperator):
    """Runs a program without a shell and returns the JSON report on the last line of its output.

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
        with outcome.kept(context):
            return self._run()

    def _run(self) -> dict[str, Any]:
        command = [self.program, *outcome.given(self.arguments)]
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
        return outcome.report(self.program, last_line)

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
        return inherited | config.secrets(self.secrets) | self.env

    def _fail(self, exit_code: int, last_line: str) -> NoReturn:
        name = Path(self.program).name
        if exit_code < 0:
            killer = signal.Signals(-exit_code).name
            raise AirflowException(f"{name} was killed by {killer} (SIGKILL often means: out of memory)")
        outcome.fail(name, exit_code, last_line)

    def _end_program(self) -> None:
        process = self._hook.sub_process if self._hook else None
        if process is None or process.poll() is not None:
            return
        # The hook starts the program in a session of its own: its children end with it.
        with contextlib.suppress(ProcessLookupError):
            self._hook.send_sigterm()
            try:
                process.wait(outcome.GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
