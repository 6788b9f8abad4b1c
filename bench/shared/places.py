"""Where things are, and what everybody agrees on. Standard library only."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"
TARGET = ROOT / os.environ.get("CARGO_TARGET_DIR", "target")
RESULTS = ROOT / "bench/RESULTS.md"

# The weight of a pair that was not rated: the default of `train`.
UNOBSERVED_WEIGHT = 0.1
# As much for every row. Small beside the weights of a row of median length, so that it does not make the systems easy.
REGULARIZATION = 1.0


class BenchError(Exception):
    """Something went wrong; the message says what and how to go on."""


def run(main):
    """Ends with what `main` returns, or with one line about what went wrong."""
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
