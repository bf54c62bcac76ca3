"""Write the three logs of examples/resnet50 that the demo and the README show.

python scripts/compose_demo.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the composer belongs to the tests and is not installed

from compose.resnet import Precision, log  # noqa: E402

FOLDER = ROOT / "examples" / "resnet50"


def main() -> int:
    """Write the logs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for precision in get_args(Precision):
        (FOLDER / f"{precision}.log").write_text(log(precision), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
