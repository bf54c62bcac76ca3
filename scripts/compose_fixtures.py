"""Write the composed logs and the rows expected of them.

python scripts/compose_fixtures.py --out tests/fixtures/composed
python scripts/compose_fixtures.py --list
python scripts/compose_fixtures.py --only trt861
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))  # the composer belongs to the tests and is not installed

from compose.fixtures import FIXTURES, NAMES, written  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "tests/fixtures/composed", help="folder to write to"
    )
    parser.add_argument("--list", action="store_true", help="say what there is and write nothing")
    parser.add_argument(
        "--only", metavar="DIALECT", help="only this fixture, or the fixtures of this dialect"
    )
    options = parser.parse_args(arguments)

    dialects = {name: made.dialect for name, made in FIXTURES.items()}
    names = [name for name in NAMES if options.only in {None, name, dialects.get(name)}]
    if not names:
        parser.error(f"no fixture or dialect {options.only!r}; --list shows what there is")
    for name in names:
        if options.list:
            made = FIXTURES.get(name)
            print(
                f"{name:18} dialect {made.dialect:7} prefix {made.prefix}"
                if made
                else f"{name:18} a whole session"
            )
            continue
        text, expected = written(name)
        options.out.mkdir(parents=True, exist_ok=True)
        # Bytes, because one of the files has CRLF on purpose.
        (options.out / f"{name}.log").write_bytes(text.encode())
        (options.out / f"{name}.expected.json").write_bytes(expected.encode())
        print(f"{name}: {len(text.encode())} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
