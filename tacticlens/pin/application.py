"""Pins -> an edited timing cache. What TensorRT does stands behind `EditableCache`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

from tacticlens.errors.pinning import cache_without_entries, no_pins
from tacticlens.pin.model import Pin, Pins
from tacticlens.pin.notes import Note, OtherOrigin

Outcome = Literal["applied", "already_so", "no_such_key", "refused"]
OUTCOMES: tuple[Outcome, ...] = ("applied", "already_so", "no_such_key", "refused")
DONE: tuple[Outcome, ...] = ("applied", "already_so")


class EditableCache(Protocol):
    """A timing cache that can be edited, as TensorRT's ``ITimingCache`` is."""

    version: str
    """Version of the library that holds it."""

    def keys(self) -> frozenset[str]:
        """Return the keys as 0x and 32 lower-case digits."""

    def query(self, key: str) -> tuple[int, float] | None:
        """Return (tactic hash, milliseconds) of a key that the cache has, None if the entry is not valid."""

    def update(self, key: str, tactic_hash: int, time_ms: float) -> bool:
        """Write an entry; False if the library refuses it."""

    def serialize(self) -> bytes:
        """Return the cache as bytes."""


@dataclass(frozen=True)
class Applied:
    """What became of one pin.

    Attributes:
        before: the tactic hash that the cache had, as 0x%016x.
        before_ms: its time in the cache.
    """

    pin: Pin
    outcome: Outcome
    before: str | None = None
    before_ms: float | None = None


@dataclass(frozen=True)
class Application:
    """What became of all pins.

    Attributes:
        pins: the pins.
        results: one per pin, in their order.
        entries: number of entries of the cache.
        data: the edited cache; None where no pin was applied or found so already.
        notes: what a reader must know about them.
    """

    pins: Pins
    results: tuple[Applied, ...]
    entries: int
    data: bytes | None
    notes: tuple[Note, ...]

    @property
    def ok(self) -> bool:
        """The cache has every pin now."""
        return all(result.outcome in DONE for result in self.results)

    def counts(self) -> dict[Outcome, int]:
        """Return how many pins there are of each outcome."""
        found = Counter(result.outcome for result in self.results)
        return {outcome: found[outcome] for outcome in OUTCOMES}

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON shows."""
        rows = [{**asdict(result), "pin": result.pin.model_dump(mode="json")} for result in self.results]
        return {
            "ok": self.ok, "pins": self.pins.source, "entries": self.entries, "counts": self.counts(),
            "results": rows,
        }  # fmt: skip


def apply(pins: Pins, cache: EditableCache, source: str = "-") -> Application:
    """Edit a timing cache.

    Args:
        pins: which key should have which tactic.
        cache: the cache; it is changed.
        source: its name, for messages.

    Raises:
        UsageError: there are no pins, or the cache has no entries that can be edited.
    """
    if not pins.pins:
        raise no_pins(pins.source, "apply")
    keys = cache.keys()
    if not keys:
        raise cache_without_entries(source, cache.version)
    results = tuple(_apply(pin, cache, keys) for pin in pins.pins)
    done = any(result.outcome in DONE for result in results)
    other = pins.tensorrt_version is not None and not _same_version(pins.tensorrt_version, cache.version)
    notes = (OtherOrigin("library", pins.tensorrt_version or "", cache.version),) if other else ()
    return Application(pins, results, len(keys), cache.serialize() if done else None, notes)


def _apply(pin: Pin, cache: EditableCache, keys: frozenset[str]) -> Applied:
    if pin.key not in keys:
        return Applied(pin, "no_such_key")
    wanted, entry = int(pin.tactic_hash, 16), cache.query(pin.key)
    before, before_ms = (f"0x{entry[0]:016x}", entry[1]) if entry else (None, None)
    if entry and entry[0] == wanted:
        return Applied(pin, "already_so", before, before_ms)
    time = pin.time_ms if pin.time_ms is not None else before_ms
    # the library may accept a call and keep the old entry: what it answers afterwards counts
    written = time is not None and cache.update(pin.key, wanted, time)
    after = cache.query(pin.key) if written else None
    done = after is not None and after[0] == wanted
    return Applied(pin, "applied" if done else "refused", before, before_ms)


def _same_version(pins: str, library: str) -> bool:
    """Compare as many parts as both have: a log says 10.16.1, the library 10.16.1.11."""
    old, new = pins.split("."), library.split(".")
    parts = min(len(old), len(new), 3)
    return old[:parts] == new[:parts]
