"""Room of memory and the timing cache: what a build took and what it could reuse."""

from __future__ import annotations

from collections.abc import Callable

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.columns import NULL, ColumnKind, Columns
from tacticlens.assemble.state import State, number
from tacticlens.grammar.pattern import Values

MEMORY_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "what": "text", "layer": "text", "bytes": "bytes", "line": "count",
}  # fmt: skip
CACHE_COLUMNS: dict[str, ColumnKind] = {
    "build": "count", "event": "text", "entries": "count", "hits": "count", "line": "count",
}  # fmt: skip


class ResourceRoom:
    """Reads memory totals, memory per layer, and the lines of the timing cache."""

    def __init__(self, state: State, builds: BuildRoom) -> None:
        self._state = state
        self._builds = builds
        self.memory = Columns(MEMORY_COLUMNS)
        self.cache = Columns(CACHE_COLUMNS)

    def handlers(self) -> dict[str, Callable[[int, Values], None]]:
        """Return the handlers of this room by kind of line."""
        return {
            "memory_total": self.total,
            "memory_of_layer": self.of_layer,
            "timing_cache_local": self._cache("local"),
            "timing_cache_global": self._cache("global"),
            "timing_cache_disabled": self._cache("disabled"),
            "timing_cache_deleted": self._cache("deleted"),
            "timing_cache_serialized": self._cache("serialized"),
            "timing_cache_loaded": self._cache("loaded"),
        }

    def total(self, line: int, values: Values) -> None:
        text = self._state.texts.number
        what, size = values[0] or "", number(values[1])
        self.memory.add((self._state.build, text(what.strip().lower()), NULL, size, line))

    def of_layer(self, line: int, values: Values) -> None:
        text = self._state.texts.number
        layer = text(values[0])
        for what, value in zip(("host persistent", "device persistent", "scratch"), values[1:], strict=False):
            if value is not None:
                self.memory.add((self._state.build, text(what), layer, number(value), line))

    def _cache(self, event: str) -> Callable[[int, Values], None]:
        def handler(line: int, values: Values) -> None:
            if event in {"local", "global", "disabled"}:
                self._builds.cache_announced(line)
            entries = number(values[0]) if values and (values[0] or "").isdigit() else NULL
            hits = number(values[1]) if len(values) > 1 else NULL
            self.cache.add((self._state.build, self._state.texts.number(event), entries, hits, line))

        return handler
