"""The numbers of docs/real-logs.md are those that the program gives, and the kernels that logs print are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tacticlens.analysis.findings import findings
from tacticlens.log import Log
from tacticlens.tables.shares import Shares, shares

pytestmark = pytest.mark.corpus

DOC = Path(__file__).resolve().parents[2] / "docs" / "real-logs.md"

LAYER = re.compile(r"^Layer\((\w+)\): (.*), Tactic: (0x[0-9a-f]{16}), ")
RUNNER = re.compile(r"-+ Timing Runner: (.*) \((\w+)(?:\[0x\w+\])?\)$")
NAMED = re.compile(r"Tactic Name: (\S+)(?: .*?)?(?:Tactic: (0x[0-9a-f]+)|$)")
TIMED = re.compile(r"\] Tactic: (0x[0-9a-f]+) ")
DETAIL = re.compile(r"Name: (.*?), LayerType: .*TacticName: \S")
OPERATION = re.compile(r"\(foreignNode\) +\d+, [\d.e+-]+, [\d.e+-]+, [^,]*, [A-Za-z_]\w+, 0x")


def tables_of(text: str) -> list[list[dict[str, str]]]:
    """Read the tables of a Markdown text."""
    found: list[list[dict[str, str]]] = []
    heads: list[str] = []
    for line in text.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            heads = []
        elif not heads:
            heads = cells
            found.append([])
        elif set(line) - set("|-"):
            found[-1].append(dict(zip(heads, cells, strict=True)))
    return found


KERNELS, TIMES = tables_of(DOC.read_text(encoding="utf-8"))


def told_findings() -> dict[str, list[tuple[str, float]]]:
    """Return code and stake of the findings that the text tells, by log."""
    told: dict[str, list[tuple[str, float]]] = {}
    log = ""
    for line in DOC.read_text(encoding="utf-8").split("\n"):
        if line.startswith("## "):
            log = line.removeprefix("## ")
            told[log] = []
        elif item := re.match(r"\d\. (TL\d{3}), ([\d.]+) ms at stake\. ", line):
            told[log].append((item[1], float(item[2])))
    return told


def printed(lines: list[str]) -> set[int]:
    """Return the lines of the engine layers whose kernel stands anywhere in the log, read without the program."""
    layers: dict[int, tuple[str, str, str]] = {}
    names: set[tuple[str, str]] = set()
    detailed: set[str] = set()
    regions: set[str] = set()
    layer, runner, waiting = "", "", False
    for number, line in enumerate(lines):
        if one := LAYER.match(line):
            layers[number] = (one[1], one[2], one[3])
        elif one := RUNNER.search(line):
            layer, runner, waiting = one[1], one[2], False
        elif one := NAMED.search(line):
            waiting = one[2] is None  # 8.5.10 prints the id in the line below
            names.add((runner, one[2]))
        elif waiting and (one := TIMED.search(line)):
            waiting = False
            names.add((runner, one[1]))
        elif OPERATION.search(line):
            regions.add(layer)
        elif one := DETAIL.search(line):
            detailed.add(one[1])
    return {
        number
        for number, (kind, name, tactic) in layers.items()
        if (kind, tactic) in names or name in detailed or (kind == "Myelin" and name in regions)
    }


def shares_of(log: Log) -> Shares:
    return shares(log.tables, log.tables.engine_layers["engine"].item(0))


@pytest.mark.parametrize("row", KERNELS, ids=lambda row: row["log"])
def test_the_kernels_that_a_log_prints_are_known(
    row: dict[str, str], read_corpus: Callable[[str], Log], corpus_lines: Callable[[str], list[str]]
) -> None:
    tables = read_corpus(f"{row['log']}.log").tables
    layers = tables.engine_layers
    in_log = printed(corpus_lines(f"{row['log']}.log"))
    kernels = dict(layers.select("line", "kernel").iter_rows())
    known = {line for line in in_log if kernels[line]}

    assert tables.log.select("tensorrt_version", "gpu").row(0) == (
        row["TensorRT"],
        None if row["GPU"] == "–" else row["GPU"],
    )
    assert (len(layers), len(in_log), len(known)) == (
        int(row["layers"]), int(row["printed"]), int(row["known"])
    )  # fmt: skip
    assert len(known) >= 0.95 * len(in_log) > 0
    assert {line for line, kernel in kernels.items() if kernel} == known


@pytest.mark.parametrize("row", TIMES, ids=lambda row: row["log"])
def test_times_and_shares_are_those_of_the_text(
    row: dict[str, str], read_corpus: Callable[[str], Log]
) -> None:
    facts = shares_of(read_corpus(f"{row['log']}.log"))
    told = {"GEMM": facts.gemm, "Tensor Cores": facts.tensor_core,
            "not known": facts.tensor_core_unknown, "reformats": facts.reformat}  # fmt: skip

    assert facts.time_source == row["source"]
    assert f"{facts.time_ms:#.4g}".rstrip(".") == row["time (ms)"]
    assert {name: f"{100 * share:.1f}" for name, share in told.items() if share is not None} == {
        name: row[name] for name in told
    }
    assert facts.untimed_layers == int(row["untimed"])


@pytest.mark.parametrize("log", told_findings())
def test_the_first_three_findings_are_those_of_the_text(log: str, read_corpus: Callable[[str], Log]) -> None:
    found = findings(read_corpus(f"{log}.log").tables)[:3]

    assert [(one.code, float(f"{one.stake_ms:.3g}")) for one in found] == told_findings()[log]


def test_each_log_stands_in_both_tables_and_has_a_chapter() -> None:
    logs = [row["log"] for row in KERNELS]

    assert len(logs) == 6
    assert [row["log"] for row in TIMES] == logs
    assert list(told_findings()) == logs
    assert all(len(told) == 3 for told in told_findings().values())
