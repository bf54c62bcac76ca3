"""Room of memory and the timing cache."""

from __future__ import annotations

from collections.abc import Callable

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.state import State, number
from tacticlens.grammar.pattern import Values


class ResourceRoom:
    """Reads memory totals, memory per layer, and the lines of the timing cache."""

    def __init__(self, state: State, builds: BuildRoom) -> None:
        self._state = state
        self._builds = builds

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
        what, state = values[0] or "", self._state
        state.memory.add(build=state.build, what=what.strip().lower(), bytes=number(values[1]), line=line)

    def of_layer(self, line: int, values: Values) -> None:
        state = self._state
        for what, value in zip(("host persistent", "device persistent", "scratch"), values[1:], strict=False):
            if value is not None:
                state.memory.add(
                    build=state.build, what=what, layer=values[0], bytes=number(value), line=line
                )

    def _cache(self, event: str) -> Callable[[int, Values], None]:
        def handler(line: int, values: Values) -> None:
            if event in {"local", "global", "disabled"}:
                self._builds.cache_announced(line)
            state = self._state
            entries = number(values[0]) if values and (values[0] or "").isdigit() else None
            hits = number(values[1]) if len(values) > 1 else None
            state.timing_cache.add(build=state.build, event=event, entries=entries, hits=hits, line=line)

        return handler
