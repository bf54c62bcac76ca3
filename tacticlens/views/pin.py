"""Pins as text: what is pinned, what was applied, what held."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

import polars as pl

from tacticlens.errors.pinning import lack
from tacticlens.pin.application import Application, Applied
from tacticlens.pin.notes import Note
from tacticlens.pin.planning import Plan, Planned
from tacticlens.pin.tactic_replay import Replay
from tacticlens.pin.verification import Verdict, Verification
from tacticlens.views.blocks import Block, Cell, Column, Gap, Heading, Style, line, table
from tacticlens.views.pin_notes import sentence
from tacticlens.views.result import Result, frame_of
from tacticlens.views.tactics import tile
from tacticlens.words import count, milliseconds, plain, short

ROWS = 60
_FIRST = ("not_held", "not_evaluated", "absent", "refused", "no_such_key")
"""What one looks for comes first."""
_STATUS: dict[str, Style] = {
    "held": "good", "same_kernel": "good", "not_held": "bad", "not_evaluated": "bad", "absent": "warn",
    "applied": "good", "already_so": "good", "no_such_key": "warn", "refused": "bad",
}  # fmt: skip
_KEY, _OP = 10, Column("op", name=True, keep=True)


class PlanResult(Result):
    """The pins of a log.

    Args:
        plan: the pins.
        target: file to which they were written; None = they were not.
    """

    kind: ClassVar[str] = "pins"

    def __init__(self, plan: Plan, *, target: str | None = None) -> None:
        self._plan = plan
        self._target = target

    def blocks(self) -> Iterator[Block]:
        """Yield what is pinned and where it was written."""
        pins = self._plan.pins
        version = f"TensorRT {pins.tensorrt_version}" if pins.tensorrt_version else "TensorRT version unknown"
        yield Heading(f"{count(len(pins.pins), 'pin')} of {plain(pins.source)}")
        yield line(f"{version} · {plain(pins.gpu) if pins.gpu else 'GPU unknown'}")
        yield Gap()
        grid = table(
            _OP, "tactic", "time", "rank", "tile", "key", "line", Column("kernel", name=True),
            right=("time", "rank", "line"),
        )  # fmt: skip
        for planned in self._plan.planned[:ROWS]:
            grid.add(*_planned(planned))
        yield grid
        yield from _rest(len(self._plan.planned))
        yield from _other(self._plan.planned)
        yield from _notes(self._plan.notes)
        yield line(
            f"Written to {plain(self._target)}."
            if self._target
            else "Not written: -o pins.json writes the pins."
        )

    def document(self) -> dict[str, Any]:
        """Return the file of pins."""
        return self._plan.pins.model_dump(mode="json")

    def rows(self) -> pl.DataFrame:
        """Return one row per pin."""
        return frame_of(self.document()["pins"])


def _planned(planned: Planned) -> list[str]:
    pin = planned.pin
    ranked = sorted(row.time_ms for row in planned.table.rows if row.time_ms is not None)
    place = f"{ranked.index(pin.time_ms) + 1}/{len(ranked)}" if pin.time_ms in ranked else "–"
    other = " *" if pin.tactic_hash != planned.chosen else ""
    return [
        pin.op or "–", pin.tactic_hash + other, milliseconds(pin.time_ms), place, tile(pin.kernel),
        f"{pin.key[:_KEY]}…", str(pin.line), pin.kernel or "–",
    ]  # fmt: skip


def _other(planned: Sequence[Planned]) -> Iterator[Block]:
    """Say where a pin is not what the log took."""
    moved = [one for one in planned if one.pin.tactic_hash != one.chosen]
    if moved:
        lost = [
            one.pin.time_ms - one.table.chosen.time_ms
            for one in moved
            if one.pin.time_ms is not None and one.table.chosen and one.table.chosen.time_ms is not None
        ]
        slower = f"; by its times they take {milliseconds(sum(lost))} more" if sum(lost) > 0 else ""
        yield line(f"* not what the build took: {count(len(moved), 'pin')}{slower}")


class VerifyResult(Result):
    """Which pins held in a later build."""

    kind: ClassVar[str] = "verification"

    def __init__(self, found: Verification) -> None:
        self._found = found

    def blocks(self) -> Iterator[Block]:
        """Yield the counts, and the pins with those that did not hold first."""
        counts = self._found.counts()
        outcome = ", ".join(f"{counts[status]} {status}" for status in counts if counts[status])
        yield Heading(
            f"{count(len(self._found.verdicts), 'pin')} of {plain(self._found.pins.source)}: {outcome}"
        )
        yield Gap()
        grid = table(
            Column("", keep=True), _OP, "pinned", "selected", "it took", "pinned took", "line",
            right=("it took", "pinned took", "line"),
        )  # fmt: skip
        for verdict in sorted(self._found.verdicts, key=lambda verdict: _order(verdict.status))[:ROWS]:
            grid.add(Cell(verdict.status, _STATUS[verdict.status]), *_verdict(verdict))
        yield grid
        yield from _rest(len(self._found.verdicts))
        yield from _notes(self._found.notes)

    def document(self) -> dict[str, Any]:
        """Return the verdicts as plain data."""
        return {**self._found.as_dict(), "notes": [sentence(note) for note in self._found.notes]}

    def rows(self) -> pl.DataFrame:
        """Return one row per pin."""
        return frame_of({**row, **row.pop("pin")} for row in self.document()["verdicts"])


def _order(status: str) -> int:
    return _FIRST.index(status) if status in _FIRST else len(_FIRST)


def _verdict(verdict: Verdict) -> list[str]:
    if verdict.tactic_hash is not None:
        selected = verdict.tactic_hash + ("" if verdict.printed else " (fastest)")
    elif verdict.kernel is not None:
        selected = f"kernel {verdict.kernel}"
    else:
        selected = "–"
    number = str(verdict.line) if verdict.line is not None else "–"
    return [
        verdict.pin.op or "–", verdict.pin.tactic_hash, selected, milliseconds(verdict.time_ms),
        milliseconds(verdict.pinned_ms), number,
    ]  # fmt: skip


class ApplyResult(Result):
    """What became of each pin in a timing cache.

    Args:
        done: the outcome.
        target: file to which the cache was written; None = it was not.
    """

    kind: ClassVar[str] = "application"

    def __init__(self, done: Application, *, target: str | None) -> None:
        self._done = done
        self._target = target

    def blocks(self) -> Iterator[Block]:
        """Yield the counts, and the pins with those that were refused first."""
        counts = self._done.counts()
        outcomes = ", ".join(f"{counts[outcome]} {outcome}" for outcome in counts if counts[outcome])
        entries = count(self._done.entries, "entry", "entries")
        pins = f"{count(len(self._done.results), 'pin')} of {plain(self._done.pins.source)}"
        yield Heading(f"{pins} for a cache of {entries}: {outcomes}")
        yield Gap()
        grid = table(Column("", keep=True), _OP, "pinned", "before", "key")
        for result in sorted(self._done.results, key=lambda result: _order(result.outcome))[:ROWS]:
            grid.add(Cell(result.outcome, _STATUS[result.outcome]), *_result(result))
        yield grid
        yield from _rest(len(self._done.results))
        yield from _notes(self._done.notes)
        yield line(f"Written to {plain(self._target)}." if self._target else "Nothing was written.")

    def document(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        notes = [sentence(note) for note in self._done.notes]
        return {**self._done.as_dict(), "notes": notes, "written": self._target}

    def rows(self) -> pl.DataFrame:
        """Return one row per pin."""
        return frame_of({**row, **row.pop("pin")} for row in self.document()["results"])


def _result(result: Applied) -> list[str]:
    return [result.pin.op or "–", result.pin.tactic_hash, result.before or "–", result.pin.key]


class ReplayResult(Result):
    """A replay file of Polygraphy.

    Args:
        made: what it holds and what it leaves out.
        target: file to which it was written; None = it was not.
    """

    kind: ClassVar[str] = "replay"

    def __init__(self, made: Replay, *, target: str | None) -> None:
        self._made = made
        self._target = target

    def blocks(self) -> Iterator[Block]:
        """Yield how many layers it has, and those that it leaves out."""
        yield Heading(f"Polygraphy tactic replay of {count(len(self._made.layers), 'layer')}")
        if self._made.skipped:
            yield line(f"Left out: {count(len(self._made.skipped), 'layer')}; TensorRT chooses for them")
            for one in self._made.skipped[:ROWS]:
                lacks = plain(lack(one.lacks, one.data_type))
                yield line(f"{short(one.layer, 60)}: the log lacks {lacks}", indent=2)
            yield from _rest(len(self._made.skipped))
        yield line(
            f"Written to {plain(self._target)}." if self._target else "Not written: -o replay.json writes it."
        )

    def document(self) -> dict[str, Any]:
        """Return the replay file."""
        return self._made.document

    def rows(self) -> pl.DataFrame:
        """Return one row per layer that is left out."""
        skipped = self._made.skipped
        return frame_of({"layer": one.layer, "lacks": lack(one.lacks, one.data_type)} for one in skipped)


def _notes(notes: Iterable[Note]) -> Iterator[Block]:
    yield from (line(f"Note: {plain(sentence(note))}", style="warn") for note in notes)


def _rest(rows: int) -> Iterator[Block]:
    if rows > ROWS:
        yield line(f"… and {rows - ROWS:,} more: --format json shows all")
