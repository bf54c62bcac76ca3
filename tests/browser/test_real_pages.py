"""Pages of real logs: one of each generation of TensorRT, and pairs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tacticlens.diff.changes import diff
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.shares import by_family, engines, profiles
from tacticlens.views import diff_words as words
from tacticlens.words import milliseconds

pytestmark = pytest.mark.corpus
PAIRS = (
    ("trtexec-8.2.3-a100-centerpoint-rpn", "trtexec-8.5.3-rtx2060-centerpoint-rpn"),
    ("trtexec-8.4.1-gtx1070-mnist-fp32", "trtexec-8.4.1-gtx1070-mnist-fp16"),
    ("python-10.16.2-h100-mnist-x3-a", "python-10.16.2-h100-mnist-x3-b"),
    ("letter-8.x-unknown-tacticsource-all", "letter-8.x-unknown-tacticsource-nocudnn"),
)


CORPUS = Path(os.environ.get("TACTICLENS_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus")


def generations() -> dict[str, str]:
    """The longest log of each version that the corpus has."""
    manifest = CORPUS / "manifest.jsonl"
    if not manifest.is_file():
        return {}
    rows = [json.loads(line) for line in manifest.read_text(encoding="utf-8").splitlines()]
    found: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: -int(row.get("bytes") or 0)):
        version = str(row.get("tensorrt") or "")
        if row["file"].startswith("logs/") and version:
            found.setdefault(version[:2] if version[:2] != "10" else version[:4], row["file"])
    return found


NONE = [pytest.param(None, marks=pytest.mark.skip(reason=f"no real logs at {CORPUS}"))]


@pytest.mark.parametrize("file", sorted(generations().values()) or NONE)
def test_a_page_of_each_generation_opens_with_the_totals_of_the_tables(
    file: str, written: Callable, open_page: Callable
) -> None:
    path = CORPUS / file
    page_file = written("report", path)
    assert page_file.stat().st_size < 3_000_000
    page = open_page(page_file)
    page.locator(".headline").wait_for()
    tables = read_log(path, processes=0).tables
    numbers = engines(tables)
    if not numbers:
        return
    last = max(numbers, key=lambda number: number or 0)
    builds = profiles(tables, last)
    families = by_family(tables, last, builds[0] if len(builds) > 1 else None)
    shown = [one.inner_text() for one in page.locator(".legend li").all()]
    for family, time in families.select("family", "time_ms").iter_rows():
        if time:
            assert any(f"{family} {milliseconds(time)}" in text for text in shown), (family, time, shown)
    page.locator(".split-main [role=grid] .rows [role=row]").first.click()
    page.locator(".panel h2").wait_for()


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_page_of_a_real_pair_has_its_changes(
    pair: tuple[str, str], corpus_dir: Path, written: Callable, open_page: Callable
) -> None:
    logs = [corpus_dir / "logs" / f"{name}.log" for name in pair]
    try:
        found = diff(read_log(logs[0], processes=0).tables, read_log(logs[1], processes=0).tables)
    except UsageError as error:
        pytest.skip(str(error))
    page = open_page(written("diff", *logs, "--format", "html"))
    rows = page.locator("[role=grid][aria-label=Changes]").get_attribute("aria-rowcount")
    assert rows == str(len(words.shown(found)) + 1)
