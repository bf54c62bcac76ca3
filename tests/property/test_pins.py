"""What holds for the pins of any log: they hold in that log, and a cache that has them keeps them."""

from __future__ import annotations

import io

from compose.fixtures import Composed
from compose.strategies import composed_logs
from hypothesis import given, settings

from tacticlens.errors import UsageError
from tacticlens.log import Log, read_log
from tacticlens.pin import Pins, apply, plan, read_pins, verify
from tacticlens.pin.choices import keyed_ops


def keyed(composed: Composed) -> tuple[Log, Pins] | None:
    """Read a log and its pins; None for a log without keys."""
    log = read_log(io.BytesIO(composed.text.encode()), processes=0)
    try:
        return log, plan(log).pins
    except UsageError:
        without = {op.key for op in keyed_ops(log.tables) if op.chosen is not None}
        assert without == set()
        return None


@given(composed_logs(dialect="trt10", prefix="python"))
@settings(max_examples=60, deadline=None)
def test_the_pins_of_a_log_are_held_in_the_same_log(composed: Composed) -> None:
    found = keyed(composed)
    if found is None:
        return
    log, pins = found
    verification = verify(read_pins(pins.model_dump_json(), "pins.json"), log)

    assert {verdict.status for verdict in verification.verdicts} == {"held"}
    assert verification.ok


@given(composed_logs(dialect="trt10", prefix="python"))
@settings(max_examples=60, deadline=None)
def test_pins_are_one_per_key_and_each_is_a_row_that_the_log_evaluated(composed: Composed) -> None:
    found = keyed(composed)
    if found is None:
        return
    log, pins = found
    rows = set(log.tables.op_tactics.select("key", "tactic_hash", "line").iter_rows())

    assert len({pin.key for pin in pins.pins}) == len(pins.pins)
    assert {(pin.key, pin.tactic_hash, pin.line) for pin in pins.pins} <= rows


class Memory:
    """A timing cache that takes everything."""

    version = "10.16.1"

    def __init__(self, keys: list[str]) -> None:
        self.entries = dict.fromkeys(keys, (1, 1.0))

    def keys(self) -> frozenset[str]:
        return frozenset(self.entries)

    def query(self, key: str) -> tuple[int, float] | None:
        return self.entries.get(key)

    def update(self, key: str, tactic_hash: int, time_ms: float) -> bool:
        self.entries[key] = (tactic_hash, time_ms)
        return True

    def serialize(self) -> bytes:
        return repr(self.entries).encode()


@given(composed_logs(dialect="trt10", prefix="python"))
@settings(max_examples=60, deadline=None)
def test_applying_pins_twice_changes_nothing_the_second_time(composed: Composed) -> None:
    found = keyed(composed)
    if found is None:
        return
    _, pins = found
    cache = Memory([pin.key for pin in pins.pins])
    first = apply(pins, cache)
    second = apply(pins, cache)

    assert first.ok
    assert {result.outcome for result in second.results} == {"already_so"}
    assert first.data == second.data
