"""What all tests share: the composer on the path, and the real logs where a machine has them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.log import Log
    from tacticlens.tables.table_set import TableSet

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))  # the composer is a package of the tests and is not installed

# The same examples in every run, so that a red suite means a change and not a new find. New ones are
# looked for with TACTICLENS_EXPLORE=1; what they find becomes a test of its own.
settings.register_profile("repeat", derandomize=True, database=None)
settings.register_profile("explore", database=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("TACTICLENS_EXPLORE") else "repeat")

FAST_FOLDERS = frozenset({"unit", "findings", "join", "pin"})
"""Folders whose tests take a moment each. `scripts/test.sh --fast` runs these, without those that are marked `slow`;
all others start processes, walk real logs, or try hundreds of examples."""

DEFAULT_CORPUS = TESTS.parents[1] / "shared" / "corpus"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the slow folders out where only fast tests are wanted: importing them takes longer than running those."""
    fast_only = config.getoption("markexpr") == "not slow"
    slow_folder = collection_path.parent == TESTS and collection_path.name not in FAST_FOLDERS
    return True if fast_only and slow_folder and collection_path.is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the slow folders, and all that read real logs."""
    for item in items:
        fast = item.path.relative_to(TESTS).parts[0] in FAST_FOLDERS
        real_logs = {"corpus_log", "corpus_dir"} & set(getattr(item, "fixturenames", ()))
        if real_logs or not fast:
            item.add_marker(pytest.mark.slow)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say why tests were skipped, one line per reason and not one per test."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, number in reasons.most_common():
        terminalreporter.write_line(f"skipped {number}: {reason}")


def _reason(report: Any) -> str:
    place = report.longrepr
    text = str(place[2] if isinstance(place, tuple) else place)
    return text.removeprefix("Skipped: ")


def corpus_folder() -> Path:
    """Return where the real logs should be; the folder need not exist."""
    return Path(os.environ.get("TACTICLENS_CORPUS") or DEFAULT_CORPUS)


def no_corpus() -> str:
    """Say why a test of real logs is skipped."""
    return f"no real logs at {corpus_folder()}; name their folder in TACTICLENS_CORPUS to run this test"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `corpus_log` once per real log."""
    if "corpus_log" not in metafunc.fixturenames:
        return
    names = sorted(path.name for path in (corpus_folder() / "logs").glob("*.log"))
    absent = [pytest.param("no corpus", marks=pytest.mark.skip(reason=no_corpus()))]
    metafunc.parametrize("corpus_log", names or absent)


@pytest.fixture(scope="session")
def corpus_dir() -> Path:
    """Return the folder of the real logs."""
    folder = corpus_folder()
    if not (folder / "logs").is_dir():
        pytest.skip(no_corpus())
    return folder


@pytest.fixture(scope="session")
def read_corpus(corpus_dir: Path) -> Callable[[str], Log]:
    """Return a function that reads a real log by its file name, each log once per session."""
    from tacticlens.log import read_log

    @cache
    def read(name: str) -> Log:
        return read_log(corpus_dir / "logs" / name, processes=0)

    return read


@pytest.fixture(scope="session")
def corpus_tables(read_corpus: Callable[[str], Log]) -> Callable[[str], TableSet]:
    """Return a function that gives the tables of a real log by its file name."""
    return lambda name: read_corpus(name).tables


@pytest.fixture(scope="session")
def corpus_lines(corpus_dir: Path) -> Callable[[str], list[str]]:
    """Return a function that gives the lines of a real log; line 1 is at index 1."""

    def read(name: str) -> list[str]:
        text = (corpus_dir / "logs" / name).read_bytes().decode("utf-8", "replace")
        return ["", *(line.rstrip() for line in text.split("\n"))]

    return read


def _as_tables_show(column: str, value: Any) -> Any:
    if column == "build":
        return value + 1  # the composer counts builds from 0
    if column == "formats" and value is not None:
        return value.strip()  # the blank before the arrow of ` -> Int32()` is no part of the formats
    return value


def _rows_unlike(tables: TableSet, expected: dict[str, list[dict[str, Any]]]) -> list[str]:
    unlike = []
    for name, rows in expected.items():
        frame = tables[name]
        if frame.height != len(rows):
            unlike.append(f"{name}: {frame.height} rows instead of {len(rows)}")
        for number, (found, wanted) in enumerate(zip(frame.iter_rows(named=True), rows, strict=False), 1):
            for column, plan in wanted.items():
                value = _as_tables_show(column, plan)
                if found[column] != value:
                    place = f"{name} {number}, {column} (line {found.get('line')})"
                    unlike.append(f"{place}: {found[column]!r} instead of {value!r}")
    return unlike


@pytest.fixture(scope="session")
def rows_unlike() -> Callable[[TableSet, dict[str, list[dict[str, Any]]]], list[str]]:
    """Return a function that tells in words where tables are not what the composer expects.

    An expected row holds only the columns that its plan determines; others may hold anything.
    """
    return _rows_unlike
