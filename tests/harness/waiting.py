"""Waiting for something to come true, and for services to answer."""

import socket
import time

# Long enough for any start on a machine that does much else.
PATIENCE = 60


def until(condition, seconds, what, pause=0.25):
    """The first true answer of the condition; fails with its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what} did not come true in {seconds} s; at last: {answer!r}"
        time.sleep(pause)


def until_ready(process, answers, what):
    """Waits until a service that was just started answers; fails at once when its process has ended."""

    def ready():
        assert process.poll() is None, f"{what} ended at its start, with code {process.returncode}"
        return answers()

    until(ready, PATIENCE, f"an answer of {what}", pause=0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
