"""What all tests share: the composer on the path, and the real logs where a machine has them."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tacticlens.log import Log
    from tacticlens.tables.tables import Tables

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))  # the composer is a package of the tests and is not installed

DEFAULT_CORPUS = TESTS.parents[1] / "shared" / "corpus"


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
def corpus_tables(read_corpus: Callable[[str], Log]) -> Callable[[str], Tables]:
    """Return a function that gives the tables of a real log by its file name."""
    return lambda name: read_corpus(name).tables


@pytest.fixture(scope="session")
def corpus_lines(corpus_dir: Path) -> Callable[[str], list[str]]:
    """Return a function that gives the lines of a real log; line 1 is at index 1."""

    def read(name: str) -> list[str]:
        text = (corpus_dir / "logs" / name).read_bytes().decode("utf-8", "replace")
        return ["", *(line.rstrip() for line in text.split("\n"))]

    return read
