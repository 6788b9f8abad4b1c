"""What ./test.sh and ./init.sh rest on: lanes of steps, what counts as skipped, what a change touches."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = ROOT / "scripts/test/allowed-skips.txt"


def shell(script, folder, **options):
    """Runs a script after the functions of ./test.sh, with its logs in the folder."""
    parts = [f'. "{ROOT}/scripts/{part}.sh"' for part in ("common", "lanes", "test/record")]
    own = [f'LOGS="{folder}"', f'RESULTS="{folder}/results"', f'SKIPS="{folder}/skips"', ': >"$RESULTS" >"$SKIPS"']
    command = ["bash", "-c", "\n".join(["set -uo pipefail", *parts, "STEP_PREFIX= CI=", *own, script])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def output(script, folder):
    process = shell(script, folder)
    said, _ = process.communicate(timeout=60)
    return process.returncode, said


def gone(pid):
    """Whether the process has ended; it may still have to be noticed by whoever inherits it."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return True


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


# The process id of a step that would run for long.
SLOW = 'slow() { echo $BASHPID >"$LOGS/pid"; exec sleep 600; }\nlong() { step slow "" slow; }\n'


def step_of(folder):
    """The process id that the step has written."""
    path = folder / "pid"
    return until(lambda: path.exists() and path.read_text().strip())


def test_lanes_run_beside_each_other_and_each_waits_for_its_own_steps(tmp_path):
    meet = 'a() { step a "" sh -c "echo > $LOGS/one; until [ -e $LOGS/two ]; do :; done"; }\n'
    join = 'b() { step b "" sh -c "until [ -e $LOGS/one ]; do :; done"; step c "" touch "$LOGS/two"; }\n'
    code, said = output(f"{meet}{join}lane a; lane b; await_lanes", tmp_path)
    assert code == 0
    assert sorted(line.split()[1] for line in said.splitlines()) == ["a", "b", "c"]


def test_lanes_with_one_list_take_each_of_its_steps_once(tmp_path):
    steps = "".join(f'do_{name}() {{ step {name} "" sleep 0.1; }}\n' for name in "abcde")
    lanes = f'TURNS="{tmp_path}/turns"\nfor _ in 1 2; do lane take_turns do_ a b c d e; done; await_lanes'
    code, said = output(f"{steps}{lanes}", tmp_path)
    assert code == 0
    assert sorted(line.split()[1] for line in said.splitlines()) == ["a", "b", "c", "d", "e"]


def test_a_failing_lane_ends_the_others_and_its_exit_code_is_returned(tmp_path):
    fail = 'fail() { until [ -e "$LOGS/pid" ]; do :; done; exit 7; }\n'
    code, _ = output(f"{SLOW}{fail}lane long; lane fail; await_lanes", tmp_path)
    assert code == 7
    assert gone(step_of(tmp_path))


def test_an_interrupted_script_leaves_no_step_behind_and_cleans_up(tmp_path):
    tidy = 'tidy() { touch "$LOGS/tidied"; }\nkept() { at_end tidy; long; }\n'
    trap = "trap 'end_lanes; exit 130' TERM\n"
    process = shell(f"{SLOW}{tidy}{trap}lane kept; await_lanes", tmp_path)
    pid = step_of(tmp_path)
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert gone(pid)
    assert (tmp_path / "tidied").exists()


@pytest.mark.parametrize(
    ("line", "skipped"),
    [
        ("SKIPPED [135] test_proxy.py:33: haproxy is not installed", "test_proxy.py:33: haproxy is not installed"),
        ("test facts::one ... ignored, takes an hour", "facts::one: takes an hour"),
        ("test api/src/argument.rs - argument (line 51) ... ignored", "api/src/argument.rs - argument (line 51): "),
        ("      Tests  40 passed | 2 skipped (42)", "2 of Vitest"),
        ("﹣ a page, MovieLens (0.12ms) # no folder", "a page, MovieLens: no folder"),
        ("    ok 3 - a page # SKIP no folder", "a page: no folder"),
    ],
)
def test_what_each_runner_skips_is_read_from_its_log(tmp_path, line, skipped):
    (tmp_path / "log").write_text(f"something else\n{line}\ntest result: ok. 1 passed; 0 failed\n")
    assert output('skipped_in "$LOGS/log"', tmp_path) == (0, f"{skipped}\n")


def test_in_ci_a_skip_that_nobody_agreed_to_fails_the_run(tmp_path):
    suite = 'suite() { echo "SKIPPED [2] test_x.py:1: no such program"; echo "3 passed, 2 skipped in 0.1s"; }\n'
    code, said = output(f"{suite}run suite suite\nsum_up", tmp_path)
    assert (code, said.splitlines()[-1]) == (0, "3 passed, 0 failed")
    code, said = output(f"{suite}CI=true\nrun suite suite\nsum_up", tmp_path)
    assert (code, said.splitlines()[-1]) == (1, "3 passed, 1 failed")
    assert "does not allow: suite: test_x.py:1: no such program" in said


def test_in_ci_a_skip_on_the_list_does_not(tmp_path):
    suite = (
        'suite() { echo "﹣ html, x (1ms) # CINELAKE_MOVIELENS names no MovieLens folder or zip"; echo "ℹ pass 3"; }\n'
    )
    code, said = output(f'{suite}CI=true\nrun "test front ends" suite\nsum_up', tmp_path)
    assert (code, said.splitlines()[-1]) == (0, "3 passed, 0 failed")


def test_every_allowed_skip_has_a_reason():
    lines = [line for line in ALLOWED.read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        pattern, _, reason = line.partition(" -- ")
        assert pattern and len(reason) > 20, line


def test_a_failed_step_is_counted_and_listed_with_its_log(tmp_path):
    code, said = output('run good true\nrun "not good" false\nsum_up', tmp_path)
    assert (code, said.splitlines()[-1]) == (1, "1 passed, 1 failed")
    assert f"  not good: {tmp_path}/not-good.log" in said


def test_what_is_missing_is_told_in_one_list_with_remedies_before_anything_begins(tmp_path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "sed", "awk", "id", "uname", "cut", "tr", "cat", "unshare", "grep"):
        (programs / name).symlink_to(shutil.which(name))
    names = ["common", "postgres", "checks", "monitoring", "frontend"]
    names += ["test/record", "test/engine", "test/prerequisites"]
    script = "\n".join([*(f'. "{ROOT}/scripts/{name}.sh"' for name in names), "check_everything", "echo begun"])
    environment = {"PATH": str(programs), "HOME": str(tmp_path), "CI": "true"}
    ended = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    told = ended.stderr.splitlines()
    assert told[0] == "error: missing on this machine:"
    for one in ("Rust", "a C compiler", "Python", "git", "ps", "Node.js", "Go", "redis-server", "haproxy", "promtool"):
        assert any(line.startswith(f"  - {one}") and ": " in line for line in told), f"{one} is not in:\n{ended.stderr}"


def touched(*files):
    command = [sys.executable, ROOT / "scripts/test/changed.py", ROOT]
    return set(
        subprocess.run(command, input="\n".join(files), capture_output=True, text=True, check=True).stdout.split()
    )


def test_a_change_of_a_crate_touches_it_and_what_needs_it():
    assert {"rust:lakehouse", "rust:clean", "rust:publish"} <= touched("crates/lakehouse/src/commit.rs")
    assert "rust:api" not in touched("crates/lakehouse/src/commit.rs")
    assert touched("tasks/train/src/main.rs") == {"rust:train"}


def test_a_change_of_the_lock_file_touches_every_package():
    assert {"rust:als", "rust:api", "rust:train", "rust:store"} <= touched("Cargo.lock")


def test_other_files_touch_their_own_language():
    assert touched("airflow/dags/cinelake.py", "init.sh") == {"airflow", "python", "shell"}
    assert touched("frontend/react/src/main.ts") == {"app"}
    assert touched("docs/als.md") == set()
