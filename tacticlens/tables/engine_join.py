"""Engine layers -> the combination that was taken, its kernel and its time.

The printed engine names a layer, its runner and tactic; its measurements stand further up in the log.
The two are joined by build, name and tactic, then by what the engine's lines say of the formats of its
tensors (`tacticlens.tables.choice`). A measured profile of the engine is preferred over the isolated time of
the tactic. What stays ambiguous is null, with its bounds in the table of choices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from tacticlens.assemble.columns import Columns, Texts
from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.schema.engine_rows import EngineChoice
from tacticlens.tables.choice.model import Exclusion, Node
from tacticlens.tables.choice.nodes import (
    IDLE,
    Likeness,
    Likenesses,
    Option,
    RequestedLayouts,
    fixed_by_reformats,
    nodes_of,
    options_of,
    requested_layouts,
    requested_of_network,
)
from tacticlens.tables.choice.propagate import solve
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.measured import Choice, Measured

_HASHED = 1 << 32
"""From here on a tactic id is a hash that names one kernel in every build; below, it numbers a runner's tactics."""

_Same = tuple[Likeness, str | None, str | None]


ONE_TIME = 1.1
"""Times of one kernel on equal tensors count as the same up to this ratio: measurements scatter as much."""


class _Time(NamedTuple):
    """The time of a combination, as far as the log has it.

    Attributes:
        first: the first measurement, in ms.
        low: the lowest, in ms.
        high: the highest, in ms.
        measured: the combination that holds its candidates; None if several differ by more than noise.
        of_equal: measured for an equal combination of a look-alike layer, not for this one.
    """

    first: float | None
    low: float | None
    high: float | None
    measured: int | None
    of_equal: bool


_UNKNOWN = _Time(None, None, None, None, of_equal=False)


class Matched(NamedTuple):
    """The result of the join.

    Attributes:
        rows: the engine layers, matched, in their order.
        choices: the rows of the table `choices`.
    """

    rows: list[EngineRow]
    choices: Columns


def match_engines(layers: Iterable[EngineRow], measured: Measured, program: pl.DataFrame) -> Matched:
    """Join engine layers to measurements, one engine at a time: only layers of its own engine decide a layer.

    Args:
        layers: the engine layers as printed.
        measured: combinations and tactics.
        program: the table `options`.
    """
    matched = Matched(list(layers), Columns(EngineChoice, Texts()))
    places: dict[int | None, list[int]] = defaultdict(list)
    for place, layer in enumerate(matched.rows):
        places[layer.engine].append(place)
    layouts = requested_layouts(program)
    for there in places.values():
        engine = [matched.rows[place] for place in there]
        join = EngineJoin(measured, layouts, engine)
        for place, row in zip(there, join.matched(matched.choices), strict=True):
            matched.rows[place] = row
    return matched


class EngineJoin:
    """Looks up the layers of one engine among the measurements.

    Args:
        measured: combinations and tactics.
        layouts: those that trtexec's options set for network inputs and outputs.
        layers: its layers as printed.
    """

    def __init__(self, measured: Measured, layouts: RequestedLayouts, layers: Sequence[EngineRow]) -> None:
        self._measured = measured
        self._layers = layers
        reformats = list(measured.added({layer.build for layer in layers}))
        self._added = {(added.build, added.tensor): added for added in reformats}
        pairs = {(layer.build, layer.name) for layer in layers if layer.build is not None}
        tactics = {layer.tactic for layer in layers}
        tried = measured.layers(
            pairs,
            None if None in tactics else tactics,
            reformats={layer.name for layer in layers if layer.layer_type == "Reformat"},
        )
        self._alike = Likenesses()
        self._options = options_of(layers, tried, self._alike)
        self._nodes = nodes_of(layers, self._options)
        solve(
            self._nodes,
            fixed_by_reformats(self._nodes, reformats),
            requested_of_network(self._nodes, layouts),
        )
        self._times = self._measured_times()
        self._reformats = measured.reformats(
            (added.build, f"{added.before} -> {added.after}")
            for added in reformats
            if added.build is not None
        )

    def matched(self, choices: Columns) -> Iterator[EngineRow]:
        """Yield the layers with combination, kernel and time, as far as the log has them.

        Args:
            choices: gets a row per combination that a layer may have.
        """
        for layer, options, node in zip(self._layers, self._options, self._nodes, strict=True):
            if layer.layer_type in IDLE:
                yield layer._replace(time_ms=0.0)
                continue
            taken = _only_one([options[at] for at in node.left])
            self._add_choices(choices, layer, options, node, taken)
            choice = taken.choice if taken is not None else None
            if layer.layer_type == "Reformat":
                choice = self._reformat(layer) or choice
            row = self._matched(layer, choice, own=taken is None or taken.own)
            if row.time_ms is None:
                low, high = _bounds([self._time_of(options[at].choice, layer) for at in node.left])
                row = row._replace(low_ms=low, high_ms=high)
            yield row

    def _matched(self, layer: EngineRow, choice: Choice | None, *, own: bool) -> EngineRow:
        if choice is not None:
            time = self._time_of(choice, layer)
            # where the log repeats a measurement, take the combination that has the candidates
            combination = time.measured if time.of_equal and time.measured else choice.combination
            layer = layer._replace(combination=combination)
            if time.measured is not None and time.first is not None:
                source = "tactic" if own and not time.of_equal else "twin"
                layer = layer._replace(time_ms=time.first, time_source=source)
        kernel = self._kernel(choice, layer) if layer.kernel is None else None
        return layer if kernel is None else layer._replace(kernel=kernel, kernel_source="log")

    def _add_choices(
        self, choices: Columns, layer: EngineRow, options: list[Option], node: Node, taken: Option | None
    ) -> None:
        """Add a row per combination that the tactic leaves, except for those equal to the taken one."""
        of_left = [self._time_of(options[at].choice, layer) for at in node.left] if taken is not None else []
        for option, out in zip(options, node.out, strict=True):
            if taken is not None and out is None and option is not taken:
                continue
            time = self._time_of(option.choice, layer)
            if option is taken:
                time = _spread(time, of_left)
            why = out or Exclusion("none", None, None)
            choices.add(
                engine=layer.engine, build=layer.build, position=layer.position,
                combination=option.choice.combination, own=option.own,
                verdict="taken" if option is taken else "open" if out is None else "excluded",
                reason=why.code, tensor=why.tensor, reason_line=why.line, measured=time.measured,
                low_ms=time.low, high_ms=time.high, line=layer.line,
            )  # fmt: skip

    def _time_of(self, choice: Choice, layer: EngineRow) -> _Time:
        """Return the time of a combination; the builder measures one of several equal ones of look-alike layers."""
        time = self._time(choice, layer)
        if time is not None or choice.result in {"timed", "untimed", "cached"}:
            return _Time(time, time, time, choice.origin or choice.combination, of_equal=False)
        return self._times.get((self._alike.of(layer), choice.formats, layer.tactic), _UNKNOWN)

    def _measured_times(self) -> dict[_Same, _Time]:
        """Return the measured times by likeness of the layer, formats and tactic."""
        found: dict[_Same, _Time] = {}
        for layer, options in zip(self._layers, self._options, strict=True):
            likeness = self._alike.of(layer)
            for choice, own in options:
                time = choice.time_ms
                if own and time is not None and choice.tactic is not None:
                    same = likeness, choice.formats, choice.tactic
                    measured = choice.origin or choice.combination
                    known = found.get(same, _Time(time, time, time, measured, of_equal=True))
                    low, high = min(known.low or time, time), max(known.high or time, time)
                    first = known.measured if high <= low * ONE_TIME else None
                    found[same] = _Time(known.first, low, high, first, of_equal=True)
        return found

    def _reformat(self, layer: EngineRow) -> Choice | None:
        read = (tensor for tensor in layer.inputs if tensor.name.startswith("Reformatted Output"))
        tensors: tuple[EngineTensor, ...] = (*layer.outputs, *read)
        for tensor in tensors:
            added = self._added.get((layer.build, tensor.name))
            if added is None:
                continue
            tried = self._reformats.get((layer.build, f"{added.before} -> {added.after}"), [])
            ends = f"({added.source} ->", f"-> {added.source})"
            named = [c for c in tried if any(end in (c.subject or "") for end in ends)] or tried
            return named[-1] if named else None
        return None

    def _time(self, choice: Choice, layer: EngineRow) -> float | None:
        if choice.tactic == layer.tactic and choice.time_ms is not None:
            return choice.time_ms
        if layer.tactic is None:
            return None
        runners = (layer.layer_type, choice.runner, "Reformat")
        for combination in _numbers(choice):
            for runner, _, time in self._measured.tries(combination, layer.tactic):
                if runner in runners and time is not None:
                    return time
        return None

    def _kernel(self, choice: Choice | None, layer: EngineRow) -> str | None:
        tactic = layer.tactic
        if tactic is None:
            return None
        for combination in _numbers(choice) if choice is not None else ():
            for _, kernel, _ in self._measured.tries(combination, tactic):
                if kernel is not None:
                    return kernel
        by_runner = self._measured.kernels(tactic)
        found = by_runner.get(layer.layer_type, set())
        if not found and int(tactic, 16) >= _HASHED:
            # TensorRT 7 prints a kernel group where others print the runner
            found = set().union(*by_runner.values())
        return next(iter(found)) if len(found) == 1 else None


def _numbers(choice: Choice) -> list[int]:
    return [c for c in (choice.combination, choice.origin) if c is not None]


def _bounds(left: list[_Time]) -> tuple[float | None, float | None]:
    """Return the lowest and highest time of the combinations that are left; None if one of them has no time."""
    lows = [time.low for time in left if time.low is not None]
    highs = [time.high for time in left if time.high is not None]
    whole = bool(left) and len(lows) == len(highs) == len(left)
    return (min(lows), max(highs)) if whole else (None, None)


def _spread(time: _Time, equal: list[_Time]) -> _Time:
    """Return a time whose bounds also cover equal combinations."""
    lows = [one.low for one in equal if one.low is not None]
    highs = [one.high for one in equal if one.high is not None]
    return time._replace(low=min(lows), high=max(highs)) if lows and highs else time


def _only_one(left: list[Option]) -> Option | None:
    """Return the option that is left; of several with equal formats and times the first."""
    if len(left) < 2:
        return left[0] if left else None
    if left[0].choice.formats is None or len({option.choice.formats for option in left}) > 1:
        return None  # without formats, equal times do not make two combinations equal
    times = [option.choice.time_ms for option in left if option.choice.time_ms is not None]
    return left[0] if len(times) == len(left) and max(times) <= min(times) * ONE_TIME else None
