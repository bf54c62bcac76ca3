"""The sentences of a finding: its templates with numbers, units and names filled in.

A name in a template says by its unit how its value is shown: `time_ms`, `off_share`, `build_s`, `need_bytes`. What
follows a colon is a noun to count (`{layers:layer}`, `{copies:copy/copies}`), words that agree with a number which is
not shown (`{layers:=It takes/They take}`), or `name`: the name of a layer, shortened if the room is short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any

from tacticlens.analysis.finding import Finding
from tacticlens.views.names import ShortNames
from tacticlens.words import agree, count, gap, memory, milliseconds, percent, plain, seconds, times

TITLE = 64
"""Columns of a title: with code and time at stake in front it fits a terminal of 80."""
_NAME = 60
_UNITS: dict[str, Callable[[Any], str]] = {
    "ms": milliseconds,
    "share": percent,
    "s": seconds,
    "bytes": memory,
    "gap": gap,
    "times": times,
}


@dataclass(frozen=True)
class FindingText:
    """The sentences of one finding."""

    title: str
    why: str
    action: str


def text_of(finding: Finding, *, room: int = TITLE, names: Sequence[str] = ()) -> FindingText:
    """Return the sentences of a finding.

    Args:
        finding: what was found.
        room: columns of the title; only names are shortened for it.
        names: the names of the engine's layers, from which shortened ones must differ.
    """
    short = ShortNames([*finding.layers, *names])
    title = _Filled(short, room)
    body = _Filled(short, None)
    why = [body.fill(sentence, finding.facts) for sentence in finding.why]
    if len(finding.engines) > 1:
        why.append(
            f"The same in {count(len(finding.engines), 'engine')}; the numbers are of engine {finding.engine}."
        )
    return FindingText(
        title.fill(finding.title, finding.facts),
        " ".join(why),
        " ".join(body.fill(sentence, finding.facts) for sentence in finding.action),
    )


class _Filled(Formatter):
    """Fills templates; a title's names share the room that its other words leave."""

    def __init__(self, names: ShortNames, room: int | None) -> None:
        self._names, self._room = names, room
        self._of_name = _NAME

    def fill(self, template: str, facts: Mapping[str, Any]) -> str:
        """Return the template with its facts."""
        if self._room is not None:
            self._of_name = self._share(template, facts, self._room)
        return self.vformat(template, (), facts)

    def _share(self, template: str, facts: Mapping[str, Any], room: int) -> int:
        fields = [key for _, key, spec, _ in self.parse(template) if key is not None and spec == "name"]
        if not fields:
            return _NAME
        self._of_name = 10_000
        full = [len(self._names.short(facts[key], 10_000)) for key in fields]
        others = len(self.vformat(template, (), facts)) - sum(full)
        left, of_name = room - others, 0
        # short names leave their room to long ones
        for nth, length in enumerate(sorted(full)):
            of_name = max(of_name, left // (len(full) - nth))
            left -= min(length, of_name)
        return of_name

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, Any]:  # noqa: ARG002
        """Return the value with its key, which says its unit."""
        return str(key), kwargs[str(key)]

    def format_field(self, value: tuple[str, Any], spec: str) -> str:
        """Return a value as a reader sees it."""
        key, fact = value
        if spec == "name":
            return self._names.short(str(fact), self._of_name)
        if spec:
            one, _, many = spec.removeprefix("=").partition("/")
            if spec.startswith("="):
                return agree(int(fact), one, many)
            return count(int(fact), one, many or None)
        unit = _UNITS.get(key.rpartition("_")[2])
        if unit is not None and not isinstance(fact, str):
            return unit(fact)
        return plain(f"{fact:,}" if isinstance(fact, int) else str(fact))


def as_dict(finding: Finding, names: Iterable[str] = ()) -> dict[str, Any]:
    """Return the finding as plain lists and dicts, ready for JSON; names are not shortened."""
    text = text_of(finding, room=100_000, names=tuple(names))
    return {
        "code": finding.code,
        "name": finding.name,
        "title": text.title,
        "why": text.why,
        "action": text.action,
        "stake_ms": finding.stake_ms,
        "engine": finding.engine,
        "engines": list(finding.engines),
        "build": finding.build,
        "layers": list(finding.layers),
        "lines": list(finding.lines),
        "rows": [dict(row) for row in finding.rows],
        "facts": dict(finding.facts),
    }
