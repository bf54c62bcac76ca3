"""The part of TensorRT's Python package that edits timing caches, as its documentation describes it.

Update of an unknown key: False. A time that is not a number: the entry is deleted, True. A negative time:
False. Query of an unknown key: an invalid value. Bytes that are no cache: a cache without entries.
"""

from __future__ import annotations

import json
import math
from types import ModuleType, SimpleNamespace
from typing import Any

INVALID = 2**64 - 1


class TimingCacheKey:
    """Opaque; only its text tells it from others."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()

    def __str__(self) -> str:
        return self._text

    @staticmethod
    def parse(text: str) -> TimingCacheKey:
        if len(text) != 34:
            raise ValueError("The text should have exactly 34 characters.")
        return TimingCacheKey(text)


class TimingCacheValue:
    """A tactic and its time."""

    def __init__(self, tactic_hash: int, timing: float) -> None:
        self.tacticHash = tactic_hash
        self.timingMSec = timing


class TimingCache:
    """Entries by key; `refused` tactics are refused, `ignored` ones accepted and not kept."""

    def __init__(self, entries: dict[str, tuple[int, float]], refused: set[int], ignored: set[int]) -> None:
        self.entries, self.refused, self.ignored = entries, refused, ignored
        self.updates: list[tuple[str, int, float]] = []

    def queryKeys(self) -> list[TimingCacheKey]:  # noqa: N802  the library's name
        return [TimingCacheKey(key) for key in self.entries]

    def query(self, key: TimingCacheKey) -> TimingCacheValue:
        return TimingCacheValue(*self.entries.get(str(key), (INVALID, -1.0)))

    def update(self, key: TimingCacheKey, value: TimingCacheValue) -> bool:
        self.updates.append((str(key), value.tacticHash, value.timingMSec))
        if str(key) not in self.entries:
            return False
        if math.isnan(value.timingMSec):
            del self.entries[str(key)]
            return True
        if value.timingMSec < 0 or value.tacticHash in {INVALID, *self.refused}:
            return False
        if value.tacticHash not in self.ignored:
            self.entries[str(key)] = (value.tacticHash, value.timingMSec)
        return True

    def serialize(self) -> bytes:
        return b"ptrt" + json.dumps(self.entries).encode()


class BuilderConfig:
    """Creates caches; entries can be listed in editable mode only."""

    def __init__(self, module: FakeTensorRT) -> None:
        self._module = module
        self._flags: set[Any] = set()

    def set_flag(self, flag: Any) -> None:
        self._flags.add(flag)

    def create_timing_cache(self, data: bytes) -> TimingCache | None:
        if data == b"other version":
            return None
        editable = "editable" in self._flags and data.startswith(b"ptrt")
        entries = (
            {key: (value[0], value[1]) for key, value in json.loads(data[4:]).items()} if editable else {}
        )
        self._module.opened = TimingCache(entries, self._module.refused, self._module.ignored)
        return self._module.opened


class Logger:
    """Says nothing."""

    INTERNAL_ERROR = 0

    def __init__(self, severity: int) -> None:
        self.severity = severity


class FakeTensorRT(ModuleType):
    """A module named tensorrt."""

    def __init__(self, version: str = "10.16.1.11", *, gpu: bool = True) -> None:
        super().__init__("tensorrt")
        self.__version__ = version
        self.refused: set[int] = set()
        self.ignored: set[int] = set()
        self.opened: TimingCache | None = None
        self.BuilderFlag = SimpleNamespace(EDITABLE_TIMING_CACHE="editable")
        self.TimingCacheKey, self.TimingCacheValue = TimingCacheKey, TimingCacheValue
        self.Logger, self.Builder = Logger, self._builder
        self._gpu = gpu

    def _builder(self, logger: Logger) -> Any:
        assert isinstance(logger, Logger)
        if not self._gpu:
            raise TypeError("pybind11::init(): factory function returned nullptr")
        return SimpleNamespace(create_builder_config=lambda: BuilderConfig(self))


def cache_file(entries: dict[str, tuple[str, float]]) -> bytes:
    """Return the bytes of a cache; tactics as 0x and hexadecimal digits."""
    return (
        b"ptrt"
        + json.dumps({key: (int(tactic, 16), time) for key, (tactic, time) in entries.items()}).encode()
    )
