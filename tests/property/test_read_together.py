"""Lines that are read together, many at a time, give what each of them gives alone."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_line_scanner import examples, near_a_form

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.chunk import CONTINUATION, MESSAGE, ChunkEvents, ChunkReader
from tacticlens.grammar import batch
from tacticlens.grammar.batch import within_lines
from tacticlens.grammar.pattern import Event
from tacticlens.grammar.scanner import Scanner, line_scanner

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TRTEXEC = "[05/12/2023-12:00:00] [V] [TRT] "
PREFIXES = (TRTEXEC, "[05/12/2023-12:00:01] [V] [TRT] ", "[V] [TRT] ", "[W] [TRT] ", "[I] ", "[TRT] ", "")
LINES = st.tuples(st.sampled_from(PREFIXES), near_a_form() | st.sampled_from(examples()))
DIGIT = re.compile(r"\d")


@pytest.fixture(autouse=True)
def _few_lines_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "ENOUGH", 0)


def block(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def told(events: ChunkEvents) -> dict[str, object]:
    return {**vars(events), "numbers": list(events.numbers)}


def together(lines: list[str], kinds: frozenset[str] | None = None) -> dict[str, object]:
    return told(ChunkReader(kinds=kinds).read(block(lines)))


def one_by_one(lines: list[str], kinds: frozenset[str] | None = None) -> dict[str, object]:
    scanner = line_scanner(kinds)
    return told(ChunkReader(scanner.scan, scanner=scanner).read(block(lines)))


def variants(line: str, count: int, chance: random.Random) -> list[str]:
    """Return lines that differ from a line in its digits; some are equal."""
    return [DIGIT.sub(lambda _: str(chance.randrange(4)), line) for _ in range(count)]


@pytest.mark.parametrize("kinds", [None, Assembler().kinds], ids=["all values", "values of the tables"])
def test_every_form_is_read_together_as_it_is_alone(kinds: frozenset[str] | None) -> None:
    chance = random.Random(7)
    lines = [line for example in examples() for line in variants(TRTEXEC + example, 24, chance)]
    chance.shuffle(lines)

    found = together(lines, kinds)

    assert found == one_by_one(lines, kinds)
    assert len(set(found["counts"])) > 3  # type: ignore[call-overload]  # lines of a rule by its number


@settings(QUICK, max_examples=60)
@given(
    bases=st.lists(LINES, min_size=1, max_size=6),
    count=st.integers(1, 40),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_lines_near_a_form_are_read_together_as_they_are_alone(
    bases: list[tuple[str, str]], count: int, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [line for prefix, base in bases for line in variants(prefix + base, count, chance)]
    chance.shuffle(lines)

    assert together(lines) == one_by_one(lines)


def test_lines_of_one_form_are_not_read_alone() -> None:
    def never(message: str) -> Event | None:
        assert message == "", "only the first line, whose prefix is new, is read alone"

    scanner = Scanner(line_scanner().rules)
    scanner.scan = never
    lines = [f"{TRTEXEC}Tactic: 0x{number:016x} Time: 0.{number}" for number in range(100)]
    lines.insert(0, f"{TRTEXEC}")

    found = ChunkReader(scanner=scanner).read(block(lines))

    assert [values for _, values in found.events[:2]] == [
        ("0x0000000000000000", "0.0"), ("0x0000000000000001", "0.1"),
    ]  # fmt: skip
    assert list(found.numbers) == list(range(2, 102))


def test_a_line_that_only_begins_like_the_others_may_go_on_in_the_next() -> None:
    """Two writers glued the begin of a time to an engine layer, whose metadata stand on a line of their own."""
    lines = [f"{TRTEXEC}Tactic: 0x{number:016x} Time: 0.{number}" for number in range(40)]
    layer = "Layer(Convolution): conv, Tactic: 0x1, a[Float(1)] -> b[Float(1)]"
    glued = f"{TRTEXEC}Tactic: 0x0000{TRTEXEC}{layer}"
    lines[20:20] = [glued, "the rest of it"]

    found = together(lines)

    assert found == one_by_one(lines)
    events: list[Event] = found["events"]  # type: ignore[assignment]
    assert [values for rule, values in events if rule == CONTINUATION] == [("the rest of it",)]


def test_a_warning_between_them_is_a_message_and_stays_in_its_place() -> None:
    lines = [f"{TRTEXEC}Tactic: 0x{number:016x} Time: 0.{number}" for number in range(40)]
    lines[20:20] = ["[05/12/2023-12:00:00] [W] [TRT] Tactic: 0x7 Time: 0.7"]

    found = together(lines)

    numbers: list[int] = found["numbers"]  # type: ignore[assignment]
    events: list[Event] = found["events"]  # type: ignore[assignment]
    assert numbers == [*range(1, 22), 21, *range(22, 42)]
    assert [rule for rule, _ in events].index(MESSAGE) == 21
    assert found == one_by_one(lines)


@pytest.mark.parametrize(
    ("expression", "within"),
    [
        (r"a[^,]+b", r"a[^\n,]+b"),
        (r"\[^a", None),
        (r"a\s+b", None),
        (r"a[^\s,]b", r"a[^\n\s,]b"),
        (r"\S+ \d", r"\S+ \d"),
    ],
)
def test_an_expression_is_kept_within_its_line(expression: str, within: str | None) -> None:
    if expression == r"\[^a":
        within = expression  # a bracket, and a place where no line begins
    assert within_lines(expression) == within
