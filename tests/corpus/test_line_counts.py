"""The tables of every real log against line counts made by plain patterns, without state and without a grammar.

Where a table holds more or fewer rows than there are such lines, one of the causes below must account for the
whole difference. A cause looks at the text of the log only, never at its name and never at the tables.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tacticlens.log import Log
    from tacticlens.tables.table_set import TableSet

pytestmark = pytest.mark.corpus

ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
NUM = r"(?:inf|nan|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
TAC = r"(?:0x[0-9a-fA-F]+|-?\d+)"
ANNOUNCED = re.compile(r"\*{15} Autotuning (format combination|Reformat):")
HEAD = re.compile(r"-{15} Timing Runner: (.+) \(([^\s()\[\]]+)(?:\[0x\w+\])?\)$")
NUMBERED_HEAD = re.compile(r"-{15} Timing (?!Runner: )(.+)\((\d+)\)$")
CHOSE = re.compile(r">{15} Chose Runner Type: (\S+) Tactic: ")
NUMBERED_CHOSE = re.compile(r"-{15} Chose \d+ \(-?\d+\)$")
FASTEST = re.compile(rf"Fastest Tactic: {TAC} Time: ({NUM})$")
TIMED = re.compile(rf"(?<!Fastest )Tactic: ({TAC}) [Tt]ime:? ({NUM})$")
OLD_TIMED = re.compile(rf"Tactic (-?\d+) time ({NUM})$")
OLD_SCRATCH = re.compile(r"Tactic -?\d+ scratch requested: ")
ONLY_OPTION = re.compile(rf"Tactic:? {TAC} is the only option, timing skipped$")
NAMED = re.compile(rf"Set Tactic Name: (\S+)(?: Tactic: ({TAC}))?(?: numSplitK: .*)?$")
NAME_ALONE = re.compile(r"(?:^|\] )Tactic Name: (\S+)()$")
NAMED_TIMED = re.compile(rf"Tactic Name: \S+ .*Tactic: {TAC} Time: ({NUM})$")
NAMED_SKIPPED = re.compile(r"Tactic Name: \S+ .*skipped\. Scratch requested: ")
NO_VALID = re.compile(r"(\w+) has no valid tactics for this config, skipping$")
SKIPPING = re.compile(r"Skipping (\w+): No valid tactics for ")
BORDER = re.compile(
    r" got cached result: |={15} Computing (?:reformatting )?costs"
    r"|Formats and tactics selection completed in|&&&& RUNNING|Original: \d+ layers"
)
SHORT_LAYER = re.compile(r"Layer\([^()]+\): (.+), Tactic: (?:0x[0-9a-fA-F]+|-?\d+)(?:,|$)")
DETAILED_LAYER = re.compile(r"(?:^|\] )Name: (.+?), LayerType: (\w+)")
OTHER_BUILD = re.compile(r"Constructing optimization profile number|Original: \d+ layers|&&&& RUNNING")
REFORMATS = ("Optimizer Reformat", "Reformatting CopyNode", "<reformat>")


@dataclass
class Group:
    """Runner heads between two places where the log speaks of another combination."""

    announced: bool
    reformat: bool
    subject: str | None = None
    results: int = 0
    waiting: bool = False
    chose: int = 0

    @property
    def has_winner(self) -> bool:
        """A Chose line says so, or every runner that began also told what it found."""
        return bool(self.chose) or (self.results > 0 and not self.waiting)


@dataclass
class Plain:
    """What a walk over the lines found."""

    groups: list[Group] = field(default_factory=list)
    headless_skips: int = 0
    headless_best: int = 0
    old_times: int = 0
    old_scratch: int = 0
    numbered_heads: int = 0
    numbered_winners: int = 0
    numbered_empty: int = 0
    names_unused: int = 0
    names_alone: int = 0
    short_layers: int = 0
    detailed_layers: int = 0
    printed_again: int = 0


def messages(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8", "replace")
    return [ANSI.sub("", line).rstrip("\r ") for line in text.split("\n")]


class AutotuningWalk:
    """Groups runner heads into combinations and counts what a pattern alone cannot: the first form that fits."""

    def __init__(self, plain: Plain) -> None:
        self.plain = plain
        self.group: Group | None = None
        self.runner: str | None = None
        self.numbered = self.empty = False
        self.name: tuple[str | None] | None = None
        self.forms: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], None]], ...] = (
            (ANNOUNCED, self.announced),
            (HEAD, self.head),
            (NUMBERED_HEAD, self.head),
            (CHOSE, self.chose),
            (NUMBERED_CHOSE, self.chose),
            (BORDER, self.border),
            (NO_VALID, self.without_tactics),
            (SKIPPING, self.without_tactics),
            (FASTEST, self.fastest),
            (NAMED_TIMED, lambda _: None),
            (NAMED_SKIPPED, self.named_skipped),
            (NAMED, self.named),
            (NAME_ALONE, self.named),
            (TIMED, self.timed),
            (OLD_TIMED, self.timed),
            (ONLY_OPTION, self.only_option),
            (OLD_SCRATCH, self.old_scratch),
        )

    def read(self, lines: list[str]) -> None:
        for line in lines:
            for form, take in self.forms:
                if found := form.search(line):
                    take(found)
                    break
        self.leave_numbered()
        if self.plain.groups and self.runner is not None:
            self.plain.groups[-1].waiting = True

    def leave_numbered(self) -> None:
        self.plain.numbered_empty += self.empty
        self.empty = False

    def open_group(self, *, announced: bool, reformat: bool) -> Group:
        self.group = Group(announced, reformat)
        self.plain.groups.append(self.group)
        return self.group

    def announced(self, found: re.Match[str]) -> None:
        self.open_group(announced=True, reformat=found[1] == "Reformat")
        self.runner = self.name = None

    def head(self, found: re.Match[str]) -> None:
        subject, runner = found[1], found[2]
        self.leave_numbered()
        self.numbered = self.empty = found.re is NUMBERED_HEAD
        self.plain.numbered_heads += self.numbered
        group = self.group
        another_copy = group is not None and group.reformat and not group.announced
        if group is None or group.chose or another_copy or group.subject not in (None, subject):
            group = self.open_group(
                announced=False, reformat=runner == "Reformat" or subject.startswith(REFORMATS)
            )
        group.subject = subject
        group.waiting = group.waiting or self.runner is not None
        self.runner = None if self.numbered else runner
        self.name = None

    def chose(self, found: re.Match[str]) -> None:
        self.leave_numbered()
        numbered = found.re is NUMBERED_CHOSE
        group = self.group or self.open_group(
            announced=False, reformat=not numbered and found[1] == "Reformat"
        )
        group.chose += 1
        self.plain.numbered_winners += numbered
        self.runner = self.name = None
        if numbered:
            self.group = None

    def border(self, _: re.Match[str]) -> None:
        self.group = self.runner = self.name = None

    def without_tactics(self, found: re.Match[str]) -> None:
        self.plain.headless_skips += self.runner != found[1]
        self.runner = None

    def fastest(self, found: re.Match[str]) -> None:
        headless = self.runner is None and "profiling completed in" in found.string
        self.plain.headless_best += headless
        if headless and self.group is None:
            self.open_group(announced=False, reformat=False)
        if self.group is not None and float(found[1]) < 3.4e38:
            self.group.results += 1
        self.runner = None

    def named(self, found: re.Match[str]) -> None:
        self.plain.names_alone += found.re is NAME_ALONE
        self.plain.names_unused += 1
        self.name = (found[2] or None,)

    def named_skipped(self, _: re.Match[str]) -> None:
        self.plain.names_unused += 1

    def timed(self, found: re.Match[str]) -> None:
        self.empty = False
        self.plain.old_times += found.re is OLD_TIMED
        if self.group is not None and self.numbered:
            self.group.results += 1
        if self.name is not None and self.name[0] in (None, found[1]):
            self.plain.names_unused -= 1
        self.name = None

    def only_option(self, _: re.Match[str]) -> None:
        self.empty = False
        if self.group is not None and self.numbered:
            self.group.results += 1

    def old_scratch(self, _: re.Match[str]) -> None:
        self.empty = False
        self.plain.old_scratch += 1


def walk_engine(lines: list[str], plain: Plain) -> None:
    """Count engine layers, and those that a second list of the same engine prints again."""
    waiting: Counter[str] = Counter()
    for line in lines:
        if OTHER_BUILD.search(line):
            waiting.clear()
        elif found := SHORT_LAYER.search(line):
            plain.short_layers += 1
            waiting[found[1]] += 1
        elif found := DETAILED_LAYER.search(line):
            plain.detailed_layers += 1
            if waiting[found[1]]:
                waiting[found[1]] -= 1
                plain.printed_again += 1


@cache
def plain_facts(path: Path) -> Plain:
    lines = messages(path)
    plain = Plain()
    AutotuningWalk(plain).read(lines)
    walk_engine(lines, plain)
    return plain


# -- causes: each gives the number of rows by which the table differs from the plain count -----------------------


def old_spelling_of_times(plain: Plain) -> int:
    """TRT 4 and 5 write `Tactic 5 time 0.1`, without the colon that the plain pattern asks for."""
    return plain.old_times


def heads_without_an_autotuning_line(plain: Plain) -> int:
    """TRT 5, excerpts: a head, a bare result or winner, of a combination that no line announced."""
    return sum(not group.announced and not group.reformat for group in plain.groups)


def copies_without_an_autotuning_line(plain: Plain) -> int:
    """TRT 7 does not announce the reformats that it times: each head is a trial of its own."""
    return sum(not group.announced and group.reformat for group in plain.groups)


def skips_without_a_head(plain: Plain) -> int:
    """10.x skips a runner for lack of tactics without a head."""
    return plain.headless_skips


def results_without_a_head(plain: Plain) -> int:
    """Excerpts begin behind the head of a runner."""
    return plain.headless_best


def numbered_heads(plain: Plain) -> int:
    """Heads of TRT 4 and 5: `--------------- Timing conv1(14)`."""
    return plain.numbered_heads


def numbered_heads_with_nothing_under_them(plain: Plain) -> int:
    """TRT 4 and 5 have no line for a runner without a valid tactic."""
    return plain.numbered_empty


def old_spelling_of_skips(plain: Plain) -> int:
    """`Tactic 4 scratch requested: 7378575360, available: 1048576` of TRT 4 and 5."""
    return plain.old_scratch


def winners_without_a_chose_line(plain: Plain) -> int:
    """Reformat trials, and combinations of 8.x without the line; TRT 5 writes `--------------- Chose 14 (107)`."""
    return sum(group.has_winner and not group.chose for group in plain.groups)


def numbered_winners(plain: Plain) -> int:
    """Winners of TRT 4 and 5: `--------------- Chose 14 (107)`."""
    return plain.numbered_winners


def names_without_a_time(plain: Plain) -> int:
    """Kernels listed before they are timed (7), again after selection (8), or of a tactic that was skipped."""
    return -plain.names_unused


def names_alone_on_their_line(plain: Plain) -> int:
    """`Tactic Name: kIMMA_V1_TILE_32x64`, which the plain pattern does not count."""
    return plain.names_alone


def engine_printed_twice(plain: Plain) -> int:
    """A detailed list that repeats the short list of the same engine adds no layers."""
    return -plain.printed_again


EXPLAINED: dict[str, tuple[Callable[[Plain], int], ...]] = {
    "timed": (old_spelling_of_times,),
    "op_rows": (),
    "combination": (heads_without_an_autotuning_line,),
    "reformat": (copies_without_an_autotuning_line,),
    "runner": (skips_without_a_head, results_without_a_head, numbered_heads),
    "no_valid": (numbered_heads_with_nothing_under_them,),
    "cached": (),
    "skipped_scratch": (old_spelling_of_skips,),
    "chose": (winners_without_a_chose_line, numbered_winners),
    "named": (names_without_a_time, names_alone_on_their_line),
    "engine_layers": (engine_printed_twice,),
}
CAUSES = sorted(
    {cause for causes in EXPLAINED.values() for cause in causes}, key=lambda cause: cause.__name__
)
AUTOTUNING = re.compile(
    r"Autotuning|Timing Runner|Tactic|Chose|Computing (?:reformatting )?costs|No valid tactics|no valid tactics"
    r"|got cached result|profiling completed|-{15} Timing"
)
ENGINE = re.compile(r"^Layer\(|LayerType:|Engine Layer Information|^Layers:|^Bindings:")
MYELIN = re.compile(
    r"\(foreignNode\)|Autotuning op|Sorted table of all|tactic_id, cost|ForeignNode .* metadata:"
)


def rows_of(tables: TableSet) -> dict[str, int]:
    tactics, combinations, runners = tables.tactics, tables.combinations, tables.runners
    cached = pl.col("result") == "cached"
    return {
        "timed": tactics.filter(status="timed").height,
        "op_rows": tables.op_tactics.height,
        "combination": combinations.filter(~cached, purpose="layer").height,
        "reformat": combinations.filter(~cached, purpose="reformat").height,
        "runner": runners.height,
        "no_valid": runners.filter(result="no_valid_tactic").height,
        "cached": combinations.filter(cached).height,
        "skipped_scratch": tactics.filter(reason="scratch memory").height,
        "chose": combinations.filter(pl.col("result").is_in(["timed", "untimed"])).height,
        "named": tactics.filter(pl.col("kernel").is_not_null(), status="timed").height,
        "engine_layers": tables.engine_layers.height,
    }


@pytest.fixture(scope="session")
def line_counts(corpus_dir: Path) -> dict[str, Counter[str]]:
    text = (corpus_dir / "line-counts.jsonl").read_text(encoding="utf-8")
    rows = {}
    for line in text.splitlines():
        row = json.loads(line)
        rows[row.pop("file")] = count = Counter(row)
        count["engine_layers"] = count["engine_lines"] + count["oneline_layers"]
    return rows


@pytest.fixture
def counted(line_counts: dict[str, Counter[str]], corpus_log: str) -> Counter[str]:
    return line_counts[corpus_log]


@pytest.fixture
def plain(corpus_dir: Path, corpus_log: str) -> Plain:
    return plain_facts(corpus_dir / "logs" / corpus_log)


@pytest.fixture
def log(read_corpus: Callable[[str], Log], corpus_log: str) -> Log:
    return read_corpus(corpus_log)


def test_every_difference_between_rows_and_lines_has_a_cause(
    counted: Counter[str], plain: Plain, log: Log
) -> None:
    rows = rows_of(log.tables)
    causes = {kind: {cause.__name__: cause(plain) for cause in EXPLAINED[kind]} for kind in EXPLAINED}
    unexplained = {
        kind: {"rows": rows[kind], "lines": counted[kind], **causes[kind]}
        for kind in EXPLAINED
        if rows[kind] != counted[kind] + sum(causes[kind].values())
    }

    assert unexplained == {}


def test_the_ledger_counts_every_line_once(counted: Counter[str], log: Log) -> None:
    assert log.tables.ledger["lines"].sum() == counted["lines"] == log.tables.log["lines"].item()
    assert log.tables.ledger["lines"].min() > 0


def test_no_line_about_autotuning_the_engine_or_myelin_is_unread(log: Log) -> None:
    unread = log.tables.ledger.filter(outcome="unread")["lines"].sum()
    shapes = log.tables.unread
    ours = [
        text
        for text in shapes["text"]
        if AUTOTUNING.search(text) or ENGINE.search(text) or MYELIN.search(text)
    ]

    assert ours == []
    assert shapes["lines"].sum() == unread  # no shape was left out above


def test_every_table_of_every_log_has_the_columns_of_the_schema(log: Log) -> None:
    from tacticlens.tables.schema import CLOSED_SETS, TABLES

    wrong = [name for name, frame in log.tables if dict(frame.schema) != TABLES[name]]
    outside = {
        (table, column): sorted(set(log.tables[table][column].drop_nulls()) - set(values))
        for (table, column), values in CLOSED_SETS.items()
    }

    assert wrong == []
    assert not any(outside.values()), outside


def test_every_row_stands_on_a_line_of_the_log(log: Log) -> None:
    lines = log.tables.log["lines"].item()
    outside = {
        name: frame.filter(~pl.col("line").is_between(1, lines)).height
        for name, frame in log.tables
        if "line" in frame.columns
    }

    assert not any(outside.values()), outside


def test_every_number_that_joins_two_tables_has_its_row(log: Log) -> None:
    tables = log.tables
    joins = [
        *(
            (child, "build", "builds", "build")
            for child in ("layers", "combinations", "tactics", "engine_layers")
        ),
        *((child, "layer", "layers", "layer") for child in ("combinations", "tactics", "op_tactics")),
        *(
            (child, "combination", "combinations", "combination")
            for child in ("runners", "tactics", "op_tactics")
        ),
        ("combinations", "origin", "combinations", "combination"),
    ]
    orphans = {
        f"{child}.{column}": sorted(set(tables[child][column].drop_nulls()) - set(tables[parent][key]))[:5]
        for child, column, parent, key in joins
    }

    assert not any(orphans.values()), orphans


def test_over_all_logs_at_most_one_line_in_a_thousand_is_unread(
    line_counts: dict[str, Counter[str]], read_corpus: Callable[[str], Log]
) -> None:
    ledgers = [read_corpus(name).tables.ledger for name in line_counts]
    outcomes = pl.concat(ledgers).group_by("outcome").agg(pl.col("lines").sum()).rows()
    lines = dict(outcomes)

    assert lines["parsed"] + lines["known"] > 200_000
    assert lines.get("unread", 0) <= 0.001 * (lines["parsed"] + lines["known"] + lines.get("unread", 0))


def test_every_cause_explains_something_in_some_log(
    corpus_dir: Path, line_counts: dict[str, Counter[str]]
) -> None:
    facts = [plain_facts(corpus_dir / "logs" / name) for name in line_counts]
    idle = [cause.__name__ for cause in CAUSES if not any(cause(plain) for plain in facts)]

    assert idle == []
