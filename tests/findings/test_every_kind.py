"""Every kind of finding is found in tables with its pattern, and not in nearly the same tables without it."""

from __future__ import annotations

import pytest
from cases import CASES
from small_tables import found

from tacticlens.analysis.finding import Finding
from tacticlens.analysis.findings import KINDS
from tacticlens.views.finding_text import TITLE, text_of


def of(code: str, *, fires: bool) -> list[Finding]:
    case = CASES[code]
    return found(case.tables(fires), code, elsewhere=case.elsewhere(fires))


def test_every_kind_has_its_case() -> None:
    assert set(CASES) == {kind.code for kind in KINDS}


@pytest.mark.parametrize("code", CASES)
def test_the_pattern_is_found(code: str) -> None:
    assert of(code, fires=True)


@pytest.mark.parametrize("code", CASES)
def test_the_near_miss_is_not_found(code: str) -> None:
    assert of(code, fires=False) == [], CASES[code].differs


@pytest.mark.parametrize("code", CASES)
def test_its_sentences_are_whole(code: str) -> None:
    for one in of(code, fires=True):
        text = text_of(one)
        assert len(text.title) <= TITLE
        assert not text.title.endswith((".", "…"))
        assert all(words.endswith(".") for words in (text.why, text.action))
        assert not any(sign in text.title + text.why + text.action for sign in "{}")
