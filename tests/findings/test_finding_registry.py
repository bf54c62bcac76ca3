"""The closed list of findings, its documentation, and the order of what is found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from small_tables import layer, small

from tacticlens.analysis.findings import KINDS, RULES, findings
from tacticlens.views.finding_page import page
from tacticlens.views.finding_text import as_dict, text_of

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "findings.md"


def test_codes_are_unique_and_count_up() -> None:
    assert [kind.code for kind in KINDS] == [f"TL{number:03d}" for number in range(1, len(KINDS) + 1)]


def test_names_are_unique_and_kebab_case() -> None:
    names = [kind.name for kind in KINDS]

    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)] == []


def test_every_file_of_the_folder_is_a_kind() -> None:
    folder = ROOT / "tacticlens" / "analysis" / "rules"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}

    assert {rule.__name__.rpartition(".")[2] for rule in RULES} == files


def test_every_kind_says_what_why_and_how_and_gives_an_example() -> None:
    for kind in KINDS:
        assert all((kind.title, kind.what, kind.why, kind.action, kind.example)), kind.code


def test_the_page_of_the_documentation_is_made_of_the_kinds() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(KINDS), "run python scripts/write_findings_page.py"


def test_the_readme_counts_the_kinds() -> None:
    assert f"{len(KINDS)} kinds, from" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_most_time_comes_first_and_what_is_not_measured_last() -> None:
    cache = [{"build": 1, "event": "local", "line": 3}]
    tables = small(
        engine_layers=[
            layer(1, "conv", "implicit_gemm", 6.0, tensor_core="yes"),
            layer(2, "move", "reformat", 4.0),
        ],
        timing_cache=cache,
    )
    stakes = [finding.stake_ms for finding in findings(tables)]
    known = [stake for stake in stakes if stake is not None]

    assert known == sorted(known, reverse=True)
    assert stakes[-1] is None
    assert None not in stakes[: len(known)]


def test_the_same_tables_give_the_same_findings() -> None:
    tables = small(engine_layers=[layer(n, f"copy {n}", "reformat", 1.0) for n in range(1, 9)])

    assert findings(tables) == findings(tables)


def test_a_log_without_anything_has_no_findings() -> None:
    assert findings(small(builds=[])) == []


def test_layers_of_a_build_that_lost_do_not_count() -> None:
    builds = [{"build": 1, "engine": 1, "in_engine": False}]

    assert findings(small(builds=builds, engine_layers=[layer(1, "move", "reformat", 4.0)])) == []


def test_a_finding_is_ready_for_json() -> None:
    one = as_dict(findings(small(engine_layers=[layer(1, "move", "reformat", 4.0)]))[0])

    assert json.loads(json.dumps(one)) == one
    assert {
        "code", "name", "title", "why", "action", "stake_ms", "engine", "engines", "build", "layers", "lines", "rows",
        "facts",
    } == set(one)  # fmt: skip


@pytest.mark.parametrize("goal", [-0.1, 1.1])
def test_a_goal_that_is_no_share_is_refused(goal: float) -> None:
    with pytest.raises(ValueError, match="share from 0 to 1"):
        findings(small(), goal=goal)


def test_engines_that_share_a_cause_share_a_finding_with_the_numbers_of_the_costliest() -> None:
    builds = [{"build": n, "engine": n, "in_engine": True} for n in (1, 2)]
    rows = [layer(1, "a", "reformat", 1.0), layer(1, "b", "reformat", 4.0, engine=2, build=2)]
    (one,) = [one for one in findings(small(builds=builds, engine_layers=rows)) if one.code == "TL005"]

    assert (one.engine, one.engines, one.stake_ms, one.layers) == (2, (1, 2), 4.0, ("b", "a"))
    assert "The same in 2 engines; the numbers are of engine 2." in text_of(one).why


def test_profiles_of_one_engine_are_no_sum() -> None:
    builds = [{"build": n, "engine": 1, "profile": n - 1, "in_engine": True} for n in (1, 2)]
    rows = [layer(1, "move", "reformat", 4.0), layer(2, "move", "reformat", 4.0, build=2)]
    (one,) = [one for one in findings(small(builds=builds, engine_layers=rows)) if one.code == "TL005"]

    assert one.stake_ms == 4.0
    assert "100 %" in text_of(one).title
