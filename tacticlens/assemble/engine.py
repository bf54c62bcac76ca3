"""Room of the finished engine: its layers, in the short and in the detailed form.

An engine may be printed twice (by the builder and by ``--dumpLayerInfo``) and in two forms; the lists
are kept as printed, and `tables.engine_layers` merges them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.state import tactic_id
from tacticlens.grammar.pattern import Values


@dataclass(slots=True)
class PrintedLayer:
    """One layer of a printed list."""

    name: str
    layer_type: str | None
    tactic: str | None
    tensors: str | None
    detail: str | None
    line: int


class BuildOfEngine(NamedTuple):
    """A build that an engine may be made of, with its optimization profile; -1 = the log names none."""

    build: int
    profile: int


@dataclass
class PrintedList:
    """One list of engine layers, as printed."""

    line: int
    detailed: bool
    builds: tuple[BuildOfEngine, ...]
    engine: int | None
    layers: list[PrintedLayer] = field(default_factory=list)


class EngineRoom:
    """Collects the printed lists of engine layers."""

    def __init__(self, builds: BuildRoom) -> None:
        self._builds = builds
        self.lists: list[PrintedList] = []
        self._once: dict[str, str] = {}
        self._open: PrintedList | None = None
        self._in_bindings = False
        self._names_only = False
        self._broken = False

    def _begin(self, line: int, *, detailed: bool) -> PrintedList:
        builds = tuple(BuildOfEngine(build.build, build.profile) for build in self._builds.engine_seen(line))
        self._open = PrintedList(line, detailed, builds, self._builds.network_number())
        self.lists.append(self._open)
        self._in_bindings = self._broken = False
        return self._open

    def title(self, line: int, _: Values) -> None:
        self._begin(line, detailed=False)

    def detailed_title(self, line: int, _: Values) -> None:
        self._begin(line, detailed=True)
        self._names_only = True

    def bindings_title(self, line: int, _: Values) -> None:
        self._in_bindings = True

    def engine_layer(self, line: int, values: Values) -> None:
        layer_type, name, tactic, tensors = values
        current = self._open
        if current is None or current.detailed:
            current = self._begin(line, detailed=False)
        current.layers.append(
            PrintedLayer(
                self._kept(name) or "", self._kept(layer_type), self._kept(tactic_id(tactic or "0")),
                self._kept(tensors), None, line,
            )
        )  # fmt: skip

    def detailed_layer(self, line: int, values: Values) -> None:
        name, layer_type, detail = values
        current = self._open
        if current is None or not current.detailed or self._in_bindings:
            current = self._begin(line, detailed=True)
        self._names_only = False
        current.layers.append(
            PrintedLayer(self._kept(name) or "", self._kept(layer_type), None, None, self._kept(detail), line)
        )

    def _kept(self, text: str | None) -> str | None:
        """Intern a text: engines of one network repeat them, and they are long."""
        return None if text is None else self._once.setdefault(text, text)

    def continuation(self, line: int, text: str) -> str | None:
        """Take a line without prefix after a layer list; return its kind, or None if it is no part of the list."""
        if self._in_bindings:
            return "binding"
        if text.startswith("Layer("):
            self._broken = True
            return "unread"
        if self._broken:
            self._broken = False
            return "unread" if "->" in text else None
        current = self._open
        if (
            current is not None
            and current.detailed
            and self._names_only
            and current.line + len(current.layers) + 1 == line
        ):
            current.layers.append(PrintedLayer(text, None, None, None, None, line))
            return "layer_name_only"
        return None
