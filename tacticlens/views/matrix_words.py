"""What a matrix of builds says, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_uppercase

from tacticlens.diff.matrix_model import Cell, Column, Matrix, Row
from tacticlens.diff.model import WINNER_KINDS, Layer
from tacticlens.views.diff_words import VERDICTS, WORDS, cores
from tacticlens.words import change, count, listed, milliseconds, percent, plain, short
from tacticlens.words import spread as spread_of

HEAD = (
    "log", "source", "TensorRT", "GPU", "precision", "layers", "time", "GEMM", "Tensor Cores", "GPU compute", "latency",
)  # fmt: skip
"""Facts of a build, in the order of their columns."""
RIGHT = ("log", "layers", "time", "GEMM", "Tensor Cores", "GPU compute", "latency")
_MARKS = (
    "≠ another kernel or tactic than the log before, with the verdict; TC+, TC- Tensor Cores gained, lost; ~75 % how "
    "sure it is the same layer, where not by name."
)
LEGEND = f"Letters stand for the kernels below each row. {_MARKS}"
PAGE_LEGEND = f"Letters stand for the kernels of a row; choose a row to read their names. {_MARKS}"
TOP = 15
"""Rows that are shown if nobody asks for another number."""
_NAME, _KERNEL = 90, 100
_GROUP = 4
_UNSURE = frozenset({"onnx_nodes", "tensors", "structure"})
_OPTIONS = 4


@dataclass(frozen=True)
class Kernel:
    """A kernel of a row: its letter, its name and its family."""

    letter: str
    name: str
    family: str


@dataclass(frozen=True)
class CellText:
    """What a cell says: time, letters and verdict; and what else there is to say."""

    text: str
    more: tuple[str, ...] = ()


def head(found: Matrix) -> tuple[list[str], list[list[str]]]:
    """Return the names of the facts that some log has, and a row of them per log."""
    rows = [_facts(number, column) for number, column in enumerate(found.columns, 1)]
    folder = max((0, *_folders([row[1] for row in rows])))
    rows = [[row[0], row[1][folder:], *row[2:]] for row in rows]
    known = [at for at in range(len(HEAD)) if {row[at] for row in rows} != {"–"}]
    return [HEAD[at] for at in known], [[row[at] for at in known] for row in rows]


def _folders(sources: list[str]) -> Iterator[int]:
    """Yield the lengths of the folders that all sources share."""
    first = sources[0]
    for at, letter in enumerate(first, 1):
        if letter in "/\\" and all(source.startswith(first[:at]) for source in sources):
            yield at


def _facts(number: int, column: Column) -> list[str]:
    side = column.side
    build = f" build {side.build}" if side.engines > 1 and side.build is not None else ""
    source = f"{plain(side.source or '–')}{build}"
    gpu = side.gpu and side.gpu.removeprefix("NVIDIA ").removeprefix("GeForce ")
    untimed = f", {side.untimed_layers} untimed" if side.untimed_layers else ""
    time = (
        "–" if side.time_source == "none" else f"{milliseconds(side.time_ms)} ({side.time_source}{untimed})"
    )
    return [
        str(number), source, *(plain(value) if value else "–" for value in
        (side.tensorrt_version, gpu, side.precision)), str(side.layers), time, percent(side.gemm),
        cores(side), milliseconds(side.gpu_compute_ms), milliseconds(side.latency_ms),
    ]  # fmt: skip


def notes(found: Matrix) -> Iterator[str]:
    """Yield sentences about the matrix as a whole."""
    for number, column in enumerate(found.columns, 1):
        options = [
            f"{plain(one.key)}: {plain(one.old or '–')} → {plain(one.new or '–')}" for one in column.options
        ]
        if options:
            rest = f" and {len(options) - _OPTIONS} more (--format json)" if len(options) > _OPTIONS else ""
            yield f"Options of {number}: {'; '.join(short(text, _KERNEL) for text in options[:_OPTIONS])}{rest}"
    moved = [
        f"{number} {change(column.movement.median)} ± {spread_of(column.movement.p90)}"
        for number, column in enumerate(found.columns, 1)
        if column.movement and column.movement.median is not None and column.movement.p90 is not None
    ]
    if moved:
        yield f"Tactics against the log before (median, and what 90 % keep to): {', '.join(moved)}"
    ways = {
        "name": "by name", "onnx_nodes": "by ONNX nodes", "tensors": "by the tensors that they make",
        "structure": "by structure",
    }  # fmt: skip
    unlike = [
        f"{number}: {', '.join(f'{column.matched[way]} {word}' for way, word in ways.items() if way in column.matched)}"
        for number, column in enumerate(found.columns, 1)
        if set(column.matched) & _UNSURE
    ]
    if unlike:
        yield f"Aligned {'; '.join(unlike)}"
    if len({column.side.time_source for column in found.columns} - {"none"}) > 1:
        yield "Times measured in different ways (profile, tactics) are not compared"


def title(row: Row) -> str:
    """Return what the row stands for: the names of its layers."""
    names = [short(layer.name, _NAME) for layer in row.reference]
    return listed(names, _GROUP, between=" | ")


def spread(row: Row) -> str:
    """Return how far the times of a row are apart."""
    if row.spread_ms is not None:
        return milliseconds(row.spread_ms)
    sources = {layer.time_source for cell in row.cells if cell.time_ms is not None for layer in cell.layers}
    return "times not compared" if len(sources) > 1 else "time not known"


def kernels(row: Row) -> list[Kernel]:
    """Return the kernels of a row in the order in which they appear."""
    first: dict[str, Layer] = {}
    for cell in row.cells:
        for layer in cell.layers:
            first.setdefault(_implementation(layer), layer)
    return [Kernel(_letter(at), _name(layer), layer.family) for at, layer in enumerate(first.values())]


def cells(row: Row) -> list[CellText]:
    """Return what each cell says: time, letters, what differs from the cell before, how sure."""
    letters: dict[str, str] = {}
    for cell in row.cells:
        for layer in cell.layers:
            letters.setdefault(_implementation(layer), _letter(len(letters)))
    return [_cell(cell, letters) for cell in row.cells]


def _cell(cell: Cell, letters: dict[str, str]) -> CellText:
    if not cell.layers:
        return CellText("absent")
    taken = [letters[_implementation(layer)] for layer in cell.layers[:_GROUP]]
    first, *more = _marks(cell)
    parts = [milliseconds(cell.time_ms), "+".join(taken) + ("+…" if len(cell.layers) > _GROUP else ""), first]
    if cell.how in _UNSURE:
        more.append(f"~{percent(cell.sure)}")
    return CellText(" ".join(part for part in parts if part), tuple(more))


def _marks(cell: Cell) -> Iterator[str]:
    """Yield the mark of what changed from the cell to the left, "" for none, then what else there is in words."""
    found = cell.change
    kinds = set(found.kinds) if found else set[str]()
    verdict = f" {VERDICTS[found.verdict]}" if found and found.verdict else ""
    moved = " TC+" if "tensor_core_gained" in kinds else " TC-" if "tensor_core_lost" in kinds else ""
    changed = f"≠{verdict}" if kinds & WINNER_KINDS else f"time{verdict}" if "time" in kinds else ""
    yield f"{changed}{moved}".strip()
    for kind in ("fusion", "precision", "shape", "formats"):
        if kind in kinds:
            yield WORDS[kind].removesuffix(" changed")


def rest(found: Matrix, shown: int) -> str | None:
    """Say what is not listed."""
    parts = []
    if found.differing > shown:
        parts.append(f"{count(found.differing - shown, 'more row differs', 'more rows differ')}")
    equal = found.rows[max(shown, found.differing) :]
    if equal:
        far = max((row.spread_ms or 0.0 for row in equal), default=0.0)
        apart = f" (times at most {milliseconds(far)} apart)" if far else ""
        parts.append(f"{count(len(equal), 'row is', 'rows are')} the same in all logs{apart}")
    return f"… {' and '.join(parts)}: --top {len(found.rows)} shows all" if parts else None


def _implementation(layer: Layer) -> str:
    """Return what identifies an implementation; the same kernel has other ids in other versions."""
    return layer.kernel or f"{layer.runner} {layer.tactic}"


def _name(layer: Layer) -> str:
    parts = [layer.kernel or layer.runner or "unknown implementation"]
    parts += [layer.tactic] if layer.tactic and not layer.kernel else []
    return plain(" ".join(parts))


def _letter(at: int) -> str:
    high, low = divmod(at, len(ascii_uppercase))
    return (_letter(high - 1) if high else "") + ascii_uppercase[low]
