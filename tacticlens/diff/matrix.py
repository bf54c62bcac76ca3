"""Any number of builds of one network side by side: a row per layer, a column per build.

How a row is formed: every build is aligned with the first one, by name, ONNX nodes and structure as two builds
are. Layers that a fusion ties together in any of the builds share a row. What the first build does not have is
aligned in the same way with what is left of the second, then of the third, and so on. A row stands for the
layers of the first build that has it, its reference; each cell says how and how surely it was found to belong
there. Changes are those from each column to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from tacticlens.diff.align import align
from tacticlens.diff.build_view import BuildView
from tacticlens.diff.changes import aligned, compare
from tacticlens.diff.compare import comparable, time_of
from tacticlens.diff.matrix_model import Cell, Column, Matrix, Row
from tacticlens.diff.model import (
    CANDIDATE_KINDS,
    Change,
    How,
    Layer,
    Match,
    Movement,
)
from tacticlens.diff.totals import options, options_changed, run_of
from tacticlens.errors.comparing import too_few_logs

_WEAKEST: tuple[How, ...] = ("none", "structure", "tensors", "onnx_nodes", "name")


def matrix(*logs: Any, builds: Sequence[int | None] | None = None) -> Matrix:
    """Return builds side by side.

    Args:
        logs: logs that were read, or their tables; two or more, the same one several times if it has several builds.
        builds: number of the build in each log; None = that of its last engine.

    Raises:
        UsageError: a log has no engine layers, or is of another network than the first.
    """
    tables = [getattr(log, "tables", log) for log in logs]
    numbers = list(builds) if builds is not None else [None] * len(tables)
    if len(tables) < 2 or len(numbers) != len(tables):
        raise too_few_logs(len(tables), len(numbers))
    all_built = [BuildView.of(one, number) for one, number in zip(tables, numbers, strict=True)]
    rows = _rows(all_built)
    changes: list[list[Change | None]] = [[None] * len(rows)]
    movements: list[Movement | None] = [None]
    for at, (left, this) in enumerate(pairwise(all_built), 1):
        there = [number for number, cells in enumerate(rows) if cells[at - 1].layers or cells[at].layers]
        compared = compare(left, this, [_pair(rows[number], at) for number in there])
        found = dict(zip(there, compared.found, strict=True))
        changes.append([found.get(number) for number in range(len(rows))])
        movements.append(compared.yardstick.movement)
    made = [
        _row([replace(cell, change=changes[at][number]) for at, cell in enumerate(cells)])
        for number, cells in enumerate(rows)
    ]
    return Matrix(_columns(all_built, made, movements), tuple(sorted(made, key=_weight)))


def _rows(all_built: Sequence[BuildView]) -> list[list[Cell]]:
    """Return the rows: those of the first build, then what each later build is the first to have."""
    left: list[list[Layer]] = [list(one.layers) for one in all_built]
    rows: list[list[Cell]] = []
    for at, one in enumerate(all_built):
        if not left[at]:
            continue
        pairs = [
            [
                match
                for match in (aligned(one, other) if at == 0 else align(left[at], left[number]))
                if match.old
            ]
            for number, other in enumerate(all_built)
            if number > at
        ]
        of = [{layer.position: match for match in found for layer in match.old} for found in pairs]
        for group in _groups(left[at], pairs):
            cells = [Cell((), "none", 1.0)] * at + [Cell(group, None, 1.0)]
            cells += [_cell([matches[layer.position] for layer in group]) for matches in of]
            rows.append(cells)
        for number, found in enumerate(pairs, at + 1):
            done = {layer.position for match in found for layer in match.new}
            left[number] = [layer for layer in left[number] if layer.position not in done]
    return rows


def _groups(layers: Sequence[Layer], pairs: Sequence[Sequence[Match]]) -> list[tuple[Layer, ...]]:
    """Return the layers that any alignment ties together, each in one group."""
    group = {layer.position: {layer.position} for layer in layers}
    for match in (match for found in pairs for match in found):
        together = set[int]().union(*(group[layer.position] for layer in match.old))
        group.update(dict.fromkeys(together, together))
    first = {min(members): members for members in group.values()}
    return [
        tuple(layer for layer in layers if layer.position in members) for _, members in sorted(first.items())
    ]


def _cell(matches: Sequence[Match]) -> Cell:
    """Return the cell of what was matched with the layers of a row: as sure as its weakest match."""
    there = [match for match in matches if match.new]
    if not there:
        return Cell((), "none", 1.0)
    found = {layer.position: layer for match in there for layer in match.new}
    layers = [found[position] for position in sorted(found)]
    how = min((match.how for match in there), key=_WEAKEST.index)
    return Cell(tuple(layers), how, min(match.sure for match in there))


def _pair(cells: Sequence[Cell], at: int) -> Match:
    """Return a cell and that to its left as a match."""
    left, this = cells[at - 1], cells[at]
    hows: list[How] = [cell.how for cell in (left, this) if cell.how is not None]
    return Match(left.layers, this.layers, min(hows, key=_WEAKEST.index), min(left.sure, this.sure))


def _row(cells: list[Cell]) -> Row:
    deltas = [_delta(left, this) for left, this in pairwise(cells)]
    done = [cells[0], *(replace(cell, delta_ms=delta) for cell, delta in zip(cells[1:], deltas, strict=True))]
    differs = any(cell.change is not None and not set(cell.change.kinds) <= CANDIDATE_KINDS for cell in cells)
    return Row(tuple(done), differs, _spread(cells))


def _delta(left: Cell, this: Cell) -> float | None:
    times = [time_of(cell.layers) if cell.layers else 0.0 for cell in (left, this)]
    if times[0] is None or times[1] is None or not (left.layers or this.layers):
        return None
    return times[1] - times[0] if comparable(Match(left.layers, this.layers, "none", 1.0)) else None


def _spread(cells: Sequence[Cell]) -> float | None:
    """Return the largest difference of times that were measured in one way."""
    times: dict[str, list[float]] = {}
    for cell in cells:
        sources = {
            layer.time_source for layer in cell.layers if layer.time_source != "none" and layer.time_ms
        }
        if cell.time_ms is not None and len(sources) <= 1:
            times.setdefault("".join(sources), []).append(cell.time_ms)
    if "" in times and len(times) > 1:  # layers without work take no time, however others were measured
        idle = times.pop("")
        times = {source: [*idle, *found] for source, found in times.items()}
    absent = [0.0] if any(not cell.layers for cell in cells) else []
    spreads = [
        max(found) - min(found) for one in times.values() for found in [[*one, *absent]] if len(found) > 1
    ]
    return max(spreads, default=None)


def _weight(row: Row) -> tuple[bool, float, int, int]:
    at = next(number for number, cell in enumerate(row.cells) if cell.layers)
    return not row.differs, -(row.spread_ms or 0.0), at, row.reference[0].position


def _columns(
    all_built: Sequence[BuildView], rows: Sequence[Row], movements: Sequence[Movement | None]
) -> tuple[Column, ...]:
    echoed = [options(one.tables, run_of(one.tables, one.chosen)) for one in all_built]
    columns = []
    for at, one in enumerate(all_built):
        matched: dict[str, int] = {}
        for row in rows:
            how = row.cells[at].how or "reference"
            matched[how] = matched.get(how, 0) + 1
        changed = options_changed(echoed[at - 1], echoed[at]) if at else ()
        columns.append(Column(one.side, matched, changed, movements[at]))
    return tuple(columns)
