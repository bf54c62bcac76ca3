"""Lines of one shape are scanned once, and give what each of them gives when it is scanned by itself."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_line_scanner import examples, near_a_form

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.chunk import CONTINUATION, MESSAGE, ChunkReader, Forms
from tacticlens.grammar.literals import digit_texts, mask
from tacticlens.grammar.pattern import Event
from tacticlens.grammar.scanner import Place, Scanner, line_scanner

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TRTEXEC = "[05/12/2023-12:00:00] [V] [TRT] "
PREFIXES = (TRTEXEC, "[05/12/2023-12:00:01] [V] [TRT] ", "[V] [TRT] ", "[W] [TRT] ", "[I] ", "[TRT] ", "")
LINES = st.tuples(st.sampled_from(PREFIXES), near_a_form() | st.sampled_from(examples()))
DIGIT = re.compile(r"\d")


def block(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def together(lines: list[str], forms: Forms | None = None) -> dict[str, object]:
    return vars(ChunkReader(forms=forms).read(block(lines)))


def one_by_one(lines: list[str], forms: Forms | None = None) -> dict[str, object]:
    scanner = line_scanner(forms.kinds if forms else None)
    return vars(ChunkReader(scanner.scan, forms=forms, scanner=scanner).read(block(lines)))


def variants(line: str, count: int, chance: random.Random) -> list[str]:
    """Return lines that differ from a line in its digits; some are equal."""
    return [DIGIT.sub(lambda _: str(chance.randrange(10)), line) for _ in range(count)]


@pytest.mark.parametrize("forms", [Forms(), Assembler().forms], ids=["all values", "values of the tables"])
def test_every_form_is_read_by_its_shape_as_it_is_alone(forms: Forms) -> None:
    chance = random.Random(7)
    lines = [line for example in examples() for line in variants(TRTEXEC + example, 24, chance)]
    chance.shuffle(lines)

    found = together(lines, forms)

    assert found == one_by_one(lines, forms)
    assert len(set(found["counts"])) > 3  # type: ignore[call-overload]  # lines of a rule by its number


@settings(QUICK, max_examples=60)
@given(
    bases=st.lists(LINES, min_size=1, max_size=6),
    count=st.integers(1, 40),
    seed=st.integers(0, 1000),
)  # fmt: skip
def test_lines_near_a_form_are_read_by_their_shape_as_they_are_alone(
    bases: list[tuple[str, str]], count: int, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [line for prefix, base in bases for line in variants(prefix + base, count, chance)]
    chance.shuffle(lines)

    assert together(lines) == one_by_one(lines)


def test_lines_that_differ_in_digits_are_scanned_once() -> None:
    scanned: list[str] = []
    scanner = Scanner(line_scanner().rules)
    locate = scanner.locate

    def counted(message: str) -> Place:
        scanned.append(message)
        return locate(message)

    scanner.locate = counted  # type: ignore[method-assign]
    lines = [f"{TRTEXEC}Tactic: 0x{number:016d} Time: 0.{number:02d}" for number in range(100)]

    found = ChunkReader(scanner=scanner).read(block(lines))

    assert scanned == ["Tactic: 0x0000000000000000 Time: 0.00"]
    assert [values for _, values in found.events[41:43]] == [
        ("0x0000000000000041", "0.41"), ("0x0000000000000042", "0.42"),
    ]  # fmt: skip
    assert list(found.numbers) == list(range(1, 101))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tactic: 0x12 Time: 0.5", "Tactic: 7x12 Time: 0.5"),
        ("Half2 support requested on hardware without native it", "Half3 support requested on hardware without native it"),
        ("TF32 is enabled by default.", "TF31 is enabled by default."),
        ("Tactic: 0x12 Time: 0.5", "Tactic: \x00x12 Time: 0.5"),
        ("PLUGIN_V2 a", "PLUGIN_V4 a"),
    ],
)  # fmt: skip
def test_a_digit_that_a_form_asks_for_is_looked_at(one: str, other: str) -> None:
    for lines in ([one, other], [other, one]):
        prefixed = [TRTEXEC + line for line in lines]
        assert together(prefixed) == one_by_one(prefixed)


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

    numbers = list(found["numbers"])  # type: ignore[call-overload]
    events: list[Event] = found["events"]  # type: ignore[assignment]
    assert numbers == [*range(1, 22), 21, *range(22, 42)]
    assert [rule for rule, _ in events].index(MESSAGE) == 21
    assert found == one_by_one(lines)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"(?:Half2|conv[23]d) x\d{2}", {"Half0", "conv0d"}),
        (r"0x[0-9a-f]+", set()),
        (r"\(FP8\)|[^\s,]+", {"(FP0)"}),
        (r"a1?b", {"0"}),
        (r"\[(?:0x[0-9a-f]+|0)\]", {"0"}),
    ],
)
def test_the_texts_with_digits_of_a_pattern_are_found(pattern: str, texts: set[str]) -> None:
    assert digit_texts(pattern) == texts


def test_a_mask_keeps_length_and_all_but_digits() -> None:
    assert mask("Tactic: 0x9a at 128x64, 10x") == "Tactic: \0x0a at 000x00, 0\0x"
