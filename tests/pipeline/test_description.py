"""The API does what its OpenAPI description says, and nothing else: whatever schemathesis can think of."""

import subprocess
import sys

from harness.service import SECRET, serving, token

# The same cases at every run. All phases, and the sequences of calls, take well under a minute with this many of each.
SEED, EXAMPLES = 20260101, 25
LONGEST = 300


def test_schemathesis_finds_nothing(continued, tmp_path):
    # An admin may do everything, so every call is reached; without a limit none is refused for its number.
    with serving(continued.database, API_JWT_SECRET=SECRET, API_RATE_LIMIT=0) as (address, _):
        command = [
            *[sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json"],
            *["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure"],
            *["--seed", str(SEED), "--max-examples", str(EXAMPLES), "--request-timeout", "10"],
            *["--header", f"Authorization: Bearer {token('admin')}"],
        ]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LONGEST)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    # A warning is left: of the numbers that users may have, few are those of users, so many answers are 404.
    assert "Failures:" not in ended.stdout
    # It finds out by itself which calls lead to which; with none it would have tried each for itself only.
    assert "not applicable" not in ended.stdout
