"""``python -m tacticlens`` and the console script."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and leave with its exit code."""
    from tacticlens.cli.app import main as run

    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run())


def _terminated(_number: int, _frame: FrameType | None) -> None:
    """Leave as after an error: helpers end and files written aside go."""
    sys.stderr.write("tacticlens: stopped by a signal\n")
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
