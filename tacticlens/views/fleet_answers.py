"""Answers to the ready questions about a fleet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from tacticlens.views.blocks import Block, Column, Gap, Heading, Table, line, table
from tacticlens.views.frame import FrameResult
from tacticlens.words import (
    between,
    count,
    delta,
    duration_range,
    listed,
    milliseconds,
    percent,
    plain,
    short,
    spread,
)

if TYPE_CHECKING:
    from tacticlens.fleet.tactics import Found

_ROWS = 20
_SHAPES = 3


class _Answer(FrameResult):
    """Rows of an answer; text shows the first of them, data all that were asked for."""

    def __init__(self, rows: pl.DataFrame, top: int | None = None) -> None:
        super().__init__(rows if top is None else rows.head(top))
        self._rows = rows
        self._top = top or _ROWS


class OperationResult(_Answer):
    """The candidates of an operation, those in engines first, under their GPU, version and shapes."""

    def __init__(self, found: Found, *, top: int | None = None) -> None:
        super().__init__(found.rows, top)
        self._found = found

    def blocks(self) -> Iterator[Block]:
        """Yield how many there are, and a table per GPU, version, shape and types."""
        found = self._found
        gpus = found.rows.select("gpu").n_unique()
        asked = "like" if found.asked == "like" else "with the shapes of"
        answer = f"{count(found.layers, 'engine layer')} {asked} {plain(found.text)}"
        if len(found.rows):
            answer += f": {count(len(found.rows), 'candidate')} on {count(gpus, 'GPU')}"
        yield Heading(answer)
        if not found.layers:
            yield line(
                "Fewer words match more layers, as in --like conv; --layer-of LOG:LAYER takes those of a layer."
            )
        if found.undecided:
            layers = count(found.undecided, "layer")
            yield line(f"{layers} left out: neither name nor kernel says which filter they have")
        if len(found.shapes) > 1:
            yield line(f"Shapes: {listed([plain(shape) for shape in found.shapes], _SHAPES, between='; ')}")
        place: tuple[Any, ...] | None = None
        grid: Table | None = None
        for row in found.rows.head(self._top).iter_rows(named=True):
            here = (row["gpu"], row["tensorrt_version"], row["shape"], row["types"])
            if here != place or grid is None:
                if grid is not None:
                    yield grid
                place, grid = here, Table(_CANDIDATES)
                yield Gap()
                gpu, version, *others = map(_known, here)
                yield line(" · ".join([gpu, f"TensorRT {version}", *others]))
            grid.add(
                milliseconds(row["median_ms"]), _number(row["low_ms"]), _number(row["high_ms"]), str(row["logs"]),
                str(row["won"]), str(row["in_engine"]), row["kernel"] or f"{row['runner']} {row['tactic']}",
                style="strong" if row["in_engine"] else "",
            )  # fmt: skip
        if grid is not None:
            yield grid
        yield from _rest(len(found.rows), self._top, "candidate")


_CANDIDATES = (
    Column("time", right=True, keep=True), Column("low", right=True, keep=True), Column("high", right=True, keep=True),
    Column("logs", right=True, keep=True), Column("won", right=True, keep=True),
    Column("engine", right=True, keep=True), Column("kernel", name=True, keep=True),
)  # fmt: skip


class NoiseResult(_Answer):
    """How far measurements stray, a line per GPU, version and duration."""

    def blocks(self) -> Iterator[Block]:
        """Yield a table per GPU and version."""
        rows = self._rows
        if rows.is_empty():
            yield line(
                "No tactic was timed twice: noise needs repeated builds of one network on one machine."
            )
            return
        measured, tactics = rows["measurements"].sum(), rows["tactics"].sum()
        yield Heading(f"{measured:,} times of {tactics:,} tactics that were measured more than once")
        right = ("80 % within", "98 % within", "extremes", "times")
        for (gpu, version), group in rows.group_by("gpu", "tensorrt_version", maintain_order=True):
            place = (
                f"{_known(gpu)} · TensorRT {_known(version)}" if gpu or version else "GPU and version unknown"
            )
            pace = float(group["pace"].max() or 0)  # type: ignore[arg-type]
            grid = table("duration", *right, right=right)
            for row in group.iter_rows(named=True):
                grid.add(
                    duration_range(row["from_ms"], row["to_ms"]), between(row["p10"], row["p90"]),
                    between(row["p01"], row["p99"]), between(row["least"], row["most"]), f"{row['measurements']:,}",
                )  # fmt: skip
            yield Gap()
            yield line(f"{place}: whole builds differ by up to {spread(pace)}")
            yield grid


class OutliersResult(_Answer):
    """The layers with an unusual choice, what it costs first."""

    def blocks(self) -> Iterator[Block]:
        """Yield how many there are, and what each got and what is usual."""
        rows = self._rows
        if rows.is_empty():
            yield line(
                "No layer has another kernel than most logs of its GPU and version, where three or more have it."
            )
            return
        logs = rows["sha256"].n_unique()
        answer = (
            f"{count(len(rows), 'layer')} of {count(logs, 'log')} got another kernel than most of the fleet"
        )
        known = rows["cost_ms"].drop_nulls()
        slower = known.filter(known > 0)
        if len(slower):
            by = milliseconds(float(slower.sum()))
            answer += (
                f"; 1 is slower, by {by}"
                if len(slower) == 1
                else f"; {len(slower)} are slower, by {by} together"
            )
        yield Heading(answer)
        labels = rows.columns[rows.columns.index("tensorrt_version") + 1 : rows.columns.index("name")]
        for row in rows.head(self._top).iter_rows(named=True):
            cost = "cost unknown" if row["cost_ms"] is None else delta(row["cost_ms"])
            share = f"{percent(row['usual_share'])} of {row['usual_logs']:,} logs"
            place = [short(row["address"].rpartition("/")[2], 40), _known(row["gpu"])]
            place += [f"TensorRT {_known(row['tensorrt_version'])}"]
            place += [f"{plain(label)} {plain(row[label])}" for label in labels if row[label] is not None]
            yield Gap()
            yield line((cost, "strong"), f"  {plain(row['name'] or '–')}", hang=2)
            yield line(", ".join(place), indent=2, hang=2)
            grid = Table((Column(""), Column("", right=True), Column("", name=True)), header=False, indent=2)
            grid.add("got", milliseconds(row["time_ms"]), row["choice"] or "–")
            grid.add("usual", milliseconds(row["usual_ms"]), row["usual"] or "–")
            yield grid
            yield line(f"({share} of this GPU and version have the usual one)", indent=2)
        yield from _rest(len(rows), self._top, "layer")


class CoverageResult(_Answer):
    """What the fleet has seen, and what was not read, most logs first."""

    def __init__(self, rows: pl.DataFrame, *, top: int | None = None) -> None:
        super().__init__(rows)
        self._top = top or _ROWS

    def blocks(self) -> Iterator[Block]:
        """Yield versions and GPUs, shapes of lines that were not read, and logs that failed."""
        logs, unread, failed = (self._rows.filter(kind=kind) for kind in ("logs", "unread", "failed"))
        versions, gpus = (logs[name].drop_nulls().n_unique() for name in ("tensorrt_version", "gpu"))
        total, missed = int(logs["lines"].sum()), int(logs["unread"].sum())
        answer = (
            f"{count(int(logs['logs'].sum()), 'log')}, {count(versions, 'version')}, {count(gpus, 'GPU')}: "
        )
        yield Heading(f"{answer}{missed:,} of {total:,} lines not read")
        numbers = ("logs", "passed", "lines", "not read")
        grid = table("version", "GPU", *numbers, right=numbers)
        for row in logs.head(self._top).iter_rows(named=True):
            grid.add(
                _known(row["tensorrt_version"]), _known(row["gpu"]), f"{row['logs']:,}", f"{row['passed']:,}",
                f"{row['lines']:,}", f"{row['unread']:,}",
            )  # fmt: skip
        if len(logs):
            yield Gap()
            yield grid
        yield from _rest(len(logs), self._top, "version and GPU", "versions and GPUs")
        if len(unread):
            shapes = table("logs", "lines", "version", "line that is not read", right=("logs", "lines"),
                           names=("version", "line that is not read"))  # fmt: skip
            for row in unread.head(self._top).iter_rows(named=True):
                version = _known(row["tensorrt_version"])
                shapes.add(f"{row['logs']:,}", f"{row['unread']:,}", version, row["text"] or "–")
            yield Gap()
            yield shapes
            yield from _rest(len(unread), self._top, "shape of line", "shapes of lines")
        if len(failed):
            yield Gap()
            yield Heading("Logs that could not be read:")
            for row in failed.iter_rows(named=True):
                yield line(f"{row['logs']:,}  {plain(row['text'] or '–')}", indent=2, hang=3)


def _rest(rows: int, top: int, one: str, many: str | None = None) -> Iterator[Block]:
    if rows > top:
        more = count(rows - top, f"more {one}", many and f"more {many}")
        yield line(f"… and {more}: --top {rows} or --format csv shows all")


def _known(value: Any) -> str:
    return "unknown" if value is None else plain(str(value))


def _number(value: float | None) -> str:
    return milliseconds(value).removesuffix(" ms")
