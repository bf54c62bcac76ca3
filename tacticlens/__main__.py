"""``python -m tacticlens`` and the console script."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

_BEFORE_A_COLLECTION = 200_000
"""New objects before Python looks for cycles: a short command makes more objects than usual, and few cycles."""


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_BEFORE_A_COLLECTION, 50, 50)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts a thread per core for matrix products
    from tacticlens.cli.app import main as run

    signal.signal(signal.SIGTERM, _terminated)
    code = run()
    gc.freeze()  # the process ends: a last search for cycles would find nothing that matters
    sys.exit(code)


def _terminated(_number: int, _frame: FrameType | None) -> None:
    """Leave as after an error: helpers end and files written aside go."""
    sys.stderr.write("tacticlens: stopped by a signal\n")
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
