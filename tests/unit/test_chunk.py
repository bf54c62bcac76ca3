"""A block of lines gives events in the order of its lines, and hands back what belongs to the block before."""

from __future__ import annotations

from tacticlens.events.chunk import CONTINUATION, MESSAGE, ChunkEvents, ChunkReader

TRTEXEC = "[05/12/2023-12:00:00] [V] [TRT] "
TIMES = [f"{TRTEXEC}Tactic: 0x{number:016x} Time: 0.{number}" for number in range(1, 41)]


def read(lines: list[str]) -> ChunkEvents:
    return ChunkReader().read("".join(f"{line}\n" for line in lines).encode())


def test_each_time_is_an_event_with_its_line() -> None:
    found = read(TIMES)

    assert list(found.numbers) == list(range(1, 41))
    assert [values for _, values in found.events[:2]] == [
        ("0x0000000000000001", "0.1"), ("0x0000000000000002", "0.2"),
    ]  # fmt: skip
    assert sum(found.counts) == 40


def test_a_line_that_only_begins_like_the_others_may_go_on_in_the_next() -> None:
    """Two writers glued the begin of a time to an engine layer, whose metadata stand on a line of their own."""
    layer = "Layer(Convolution): conv, Tactic: 0x1, a[Float(1)] -> b[Float(1)]"
    glued = f"{TRTEXEC}Tactic: 0x0000{TRTEXEC}{layer}"

    found = read([*TIMES[:20], glued, "the rest of it", *TIMES[20:]])

    assert found.glued == 1
    at = [rule for rule, _ in found.events].index(CONTINUATION)
    assert (found.numbers[at], found.events[at][1]) == (22, ("the rest of it",))


def test_a_warning_among_others_is_a_message_in_its_place() -> None:
    warning = "[05/12/2023-12:00:00] [W] [TRT] Tactic: 0x7 Time: 0.7"

    found = read([*TIMES[:20], warning, *TIMES[20:]])

    assert list(found.numbers) == [*range(1, 22), 21, *range(22, 42)]
    assert [rule for rule, _ in found.events].index(MESSAGE) == 21


def test_a_prefix_that_changes_is_cut_anew() -> None:
    found = read(
        [TIMES[0], "[TRT] [V] Tactic: 0x7 Time: 0.7", "[V] Tactic: 0x8 Time: 0.8", TIMES[1], "foreign"]
    )

    assert [values[1] for _, values in found.events] == ["0.1", "0.7", "0.8", "0.2"]
    assert found.foreign == 1


def test_lines_before_the_first_message_are_handed_back() -> None:
    found = read(["rest of a message", TIMES[0]])

    assert found.leading == [(1, "rest of a message")]
    assert found.foreign == 0
