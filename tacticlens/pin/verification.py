"""Pins against a later log: which of them its build kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl

from tacticlens.errors.pinning import no_pins, nothing_to_verify
from tacticlens.grammar.layer_name import without_profile
from tacticlens.pin.choices import KeyedOp, choices, keyed_ops
from tacticlens.pin.model import Pin, Pins
from tacticlens.pin.notes import Note, OnlyKernelKept, OtherOrigin, PinAbsent
from tacticlens.tables.table_set import TableSet
from tacticlens.tables.validate import check_build

Status = Literal["held", "same_kernel", "not_held", "not_evaluated", "absent"]
STATUSES: tuple[Status, ...] = ("held", "same_kernel", "not_held", "not_evaluated", "absent")
KEPT: tuple[Status, ...] = ("held", "same_kernel")
"""What does not fail the gate."""


@dataclass(frozen=True)
class Verdict:
    """What became of one pin.

    Attributes:
        pin: the pin.
        status: held = the build selected the pinned tactic; same_kernel = the key was not tuned, as for a
            tactic that is read from the cache, and the engine has the pinned kernel; not_held = another
            tactic was selected, or the engine has another kernel; not_evaluated = another one was
            selected and the pinned one is not among the evaluated; absent = the log shows neither.
        tactic_hash: what was selected instead or as well; None = not known.
        kernel: its kernel.
        time_ms: what it took, in milliseconds.
        pinned_ms: what the pinned tactic took in this build.
        printed: the log prints the selection; False = it is the fastest row, or the engine's kernel.
        build: where it was tuned.
        line: where it stands in the log; None = nowhere.
    """

    pin: Pin
    status: Status
    tactic_hash: str | None = None
    kernel: str | None = None
    time_ms: float | None = None
    pinned_ms: float | None = None
    printed: bool = False
    build: int | None = None
    line: int | None = None


@dataclass(frozen=True)
class Verification:
    """What became of all pins.

    Attributes:
        pins: the pins.
        source: name of the log.
        verdicts: one per pin, in their order.
        notes: what a reader must know about them.
    """

    pins: Pins
    source: str
    verdicts: tuple[Verdict, ...]
    notes: tuple[Note, ...]

    @property
    def ok(self) -> bool:
        """Every pin was kept, as far as the log shows it."""
        return all(verdict.status in KEPT for verdict in self.verdicts)

    def counts(self) -> dict[Status, int]:
        """Return how many pins there are of each status."""
        found = Counter(verdict.status for verdict in self.verdicts)
        return {status: found[status] for status in STATUSES}

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON shows."""
        rows = [{**asdict(verdict), "pin": verdict.pin.model_dump(mode="json")} for verdict in self.verdicts]
        return {
            "ok": self.ok, "pins": self.pins.source, "log": self.source, "counts": self.counts(),
            "verdicts": rows,
        }  # fmt: skip


def verify(pins: Pins, log: Any, *, build: int | None = None) -> Verification:
    """Return which pins a build kept.

    Args:
        pins: what was to be selected.
        log: the later log that was read, or its tables.
        build: only look at this build.

    Raises:
        UsageError: there are no pins, or the log shows neither keys nor kernels of its engine.
    """
    tables: TableSet = getattr(log, "tables", log)
    info = tables["log"].row(0, named=True)
    check_build(tables, build)
    if not pins.pins:
        raise no_pins(pins.source, "verify")
    ops = keyed_ops(tables, build)
    kernels = _engine_kernels(tables, build)
    verdicts = tuple(_judge(pin, ops, kernels) for pin in pins.pins)
    if not ops and all(verdict.status == "absent" for verdict in verdicts):
        raise nothing_to_verify(info["source"])
    wanted = {pin.key for pin in pins.pins}
    _, conflicts = choices(ops)
    ambiguous = (conflict for conflict in conflicts if conflict.taken.key in wanted)
    notes = (*_origin(pins, info), *ambiguous, *_notes(verdicts))
    return Verification(pins, info["source"], verdicts, notes)


def _judge(pin: Pin, ops: list[KeyedOp], kernels: dict[str, list[tuple[str, int]]]) -> Verdict:
    decided, _ = choices([op for op in ops if op.key == pin.key])
    op = decided.get(pin.key)
    if op is None or op.chosen is None:
        return _judge_by_kernel(pin, kernels)
    chosen, pinned = op.chosen, op.row(pin.tactic_hash)
    status: Status = "not_evaluated" if pinned is None else "not_held"
    if chosen.tactic_hash == pin.tactic_hash:
        status = "held"
    return Verdict(
        pin, status, chosen.tactic_hash, chosen.kernel, chosen.time_ms, pinned.time_ms if pinned else None, op.printed,
        op.build, chosen.line,
    )  # fmt: skip


def _judge_by_kernel(pin: Pin, kernels: dict[str, list[tuple[str, int]]]) -> Verdict:
    """Judge a pin whose key was not tuned: what is read from the cache is not printed, its kernel may be."""
    found = kernels.get(without_profile(pin.op), []) if pin.op is not None else []
    if not found or pin.kernel is None:
        return Verdict(pin, "absent")
    other = next(((kernel, line) for kernel, line in found if kernel != pin.kernel), None)
    kernel, line = other or found[0]
    return Verdict(pin, "not_held" if other else "same_kernel", kernel=kernel, line=line)


def _engine_kernels(tables: TableSet, build: int | None) -> dict[str, list[tuple[str, int]]]:
    """Return the kernels of the engine by the operation that their layer's name repeats.

    The detailed form prints ``node_linear_myl7_1`` with the kernel of the operation ``node_linear``.
    """
    layers = tables["engine_layers"].filter(pl.col("kernel").is_not_null())
    if build is not None:
        layers = layers.filter(pl.col("build") == build)
    elif len(layers):
        layers = layers.filter(pl.col("engine").eq_missing(pl.lit(layers["engine"][-1])))
    found: dict[str, list[tuple[str, int]]] = {}
    for name, kernel, line in layers.select("name", "kernel", "line").iter_rows():
        op, inside, _ = name.rpartition("_myl")
        if inside:
            found.setdefault(without_profile(op), []).append((kernel, line))
    return found


def _origin(pins: Pins, info: dict[str, Any]) -> Iterator[Note]:
    """Yield that pins are of another version or GPU: tactic hashes do not carry over."""
    sides: tuple[tuple[Literal["tensorrt", "gpu"], str | None, str | None], ...] = (
        ("tensorrt", pins.tensorrt_version, info["tensorrt_version"]),
        ("gpu", pins.gpu, info["gpu"]),
    )
    for what, old, new in sides:
        if old is not None and new is not None and old != new:
            yield OtherOrigin(what, old, new)


def _notes(verdicts: tuple[Verdict, ...]) -> Iterator[Note]:
    if any(verdict.status == "same_kernel" for verdict in verdicts):
        yield OnlyKernelKept()
    if any(verdict.status == "absent" for verdict in verdicts):
        yield PinAbsent()
