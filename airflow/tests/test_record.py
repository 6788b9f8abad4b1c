"""How each step of a run ended, as the run history has it, from what Airflow calls its state."""

import pytest
from cinelake_steps.record import ended

STEPS = ["ingest", "clean", "publish"]


@pytest.mark.parametrize(
    ("state", "reported", "outcome"),
    [
        ("success", "already_done", "already_done"),
        ("success", None, "done"),
        ("failed", None, "failed"),
        ("failed", "done", "failed"),
        ("failed", "gate_closed", "gate_closed"),
        ("skipped", None, "skipped"),
        ("upstream_failed", None, "not_begun"),
        ("removed", None, "not_begun"),
        (None, None, "not_begun"),
        *[
            (state, None, "failed")
            for state in ("running", "restarting", "up_for_retry", "up_for_reschedule", "deferred")
        ],
    ],
)
def test_a_state_of_airflow_is_an_outcome_of_ours(state, reported, outcome):
    reports = {"ingest": reported and {"outcome": reported}}
    assert ended(["ingest"], {"ingest": state}, reports) == {"ingest": outcome}


def test_what_comes_after_a_step_that_was_skipped_was_never_begun():
    assert ended(STEPS, dict.fromkeys(STEPS, "skipped"), {}) == {
        "ingest": "skipped",
        "clean": "not_begun",
        "publish": "not_begun",
    }
