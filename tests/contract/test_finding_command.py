"""What `tacticlens finding` promises."""

from __future__ import annotations

import json

import pytest

from tacticlens.analysis.findings import KINDS
from tacticlens.cli.app import main


def ran(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["finding", *arguments])
    said = capfd.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_kind_is_explained_by_code_and_by_name(kind: object, capfd: pytest.CaptureFixture[str]) -> None:
    one = next(known for known in KINDS if known is kind)
    code, out, _ = ran(capfd, one.code.lower())

    assert (code, out) == ran(capfd, one.name)[:2]
    assert code == 0
    assert out.startswith(f"{one.code} {one.name}: {one.title}\n")
    assert all(head in out for head in ("\nWhat\n", "\nWhy\n", "\nHow to act\n", "\nExample\n"))
    assert max(len(line) for line in out.split("\n")) <= 100


def test_json_has_the_fields(capfd: pytest.CaptureFixture[str]) -> None:
    document = json.loads(ran(capfd, "TL005", "-f", "json")[1])

    assert list(document) == ["code", "name", "title", "what", "why", "action", "example"]
    assert document["code"] == "TL005"


@pytest.mark.parametrize(
    ("asked", "near"),
    [("TL099", "TL0"), ("reformat", "TL005 reformat-between-layers"), ("zzz", "codes go from TL001")],
)
def test_a_wrong_code_names_what_is_near(asked: str, near: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capfd, asked)

    assert (code, out) == (2, "")
    assert near in err
    assert err.count("\n") == 1
