"""Answers to the ready questions about a fleet, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, percent, plain, short

if TYPE_CHECKING:
    from tacticlens.fleet.tactics import Found

_ROWS = 20
_SHAPES = 3


def tactics_text(found: Found, *, top: int = _ROWS, width: int = 110, color: bool = False) -> str:
    """Return the candidates of an operation, those in engines first, under their GPU, version and shapes."""
    gpus = found.rows.select("gpu").n_unique()
    answer = f"{count(found.layers, 'engine layer')} {plain(found.asked)}"
    if len(found.rows):
        answer += f": {count(len(found.rows), 'candidate')} on {count(gpus, 'GPU')}"
    parts: list[RenderableType] = [heading(answer)]
    if found.undecided:
        layers = count(found.undecided, "layer")
        parts.append(Text(f"{layers} left out: neither name nor kernel says which filter they have"))
    if len(found.shapes) > 1:
        rest = len(found.shapes) - _SHAPES
        more = f" and {rest} more" if rest > 0 else ""
        parts.append(Text(f"Shapes: {'; '.join(map(plain, found.shapes[:_SHAPES]))}{more}"))
    place: tuple[Any, ...] | None = None
    room = max(20, width - 52)
    for row in found.rows.head(top).iter_rows(named=True):
        here = (row["gpu"], row["tensorrt_version"], row["shape"], row["types"])
        if here != place:
            place = here
            grid = table(
                "time",
                "low",
                "high",
                "logs",
                "won",
                "engine",
                "kernel",
                right=("time", "low", "high", "logs", "won", "engine"),
            )
            parts += [
                Text(),
                Text(" · ".join(_known(value) for value in here), no_wrap=True, overflow="ellipsis"),
                grid,
            ]
        grid.add_row(
            milliseconds(row["median_ms"]), _number(row["low_ms"]), _number(row["high_ms"]), str(row["logs"]),
            str(row["won"]), str(row["in_engine"]), short(row["kernel"] or f"{row['runner']} {row['tactic']}", room),
            style="bold" if row["in_engine"] else None,
        )  # fmt: skip
    return render([*parts, *_rest(len(found.rows), top, "candidate")], width=width, color=color)


def noise_text(rows: pl.DataFrame, *, width: int = 110, color: bool = False) -> str:
    """Return how far measurements stray, a line per GPU, version and duration."""
    if rows.is_empty():
        said = (
            "No tactic was timed twice: noise shows where builds of one network are repeated on one machine."
        )
        return render([Text(said)], width=width, color=color)
    measured, tactics = rows["measurements"].sum(), rows["tactics"].sum()
    parts: list[RenderableType] = [
        heading(f"{measured:,} times of {tactics:,} tactics that were measured more than once"),
        Text(),
    ]
    right = ("80 % within", "98 % within", "extremes", "times")
    for (gpu, version), group in rows.group_by("gpu", "tensorrt_version", maintain_order=True):
        place = f"{_known(gpu)} · {_known(version)}" if gpu or version else "GPU and version unknown"
        pace = float(group["pace"].max() or 0)  # type: ignore[arg-type]
        grid = table("duration", *right, right=right)
        grid.columns[0].width = 14
        for row in group.iter_rows(named=True):
            grid.add_row(
                _duration(row["from_ms"], row["to_ms"]), _between(row["p10"], row["p90"]),
                _between(row["p01"], row["p99"]), _between(row["least"], row["most"]), f"{row['measurements']:,}",
            )  # fmt: skip
        parts += [Text(f"{place}: whole builds differ by up to {pace * 100:.1f} %"), grid, Text()]
    return render(parts[:-1], width=width, color=color)


def outliers_text(rows: pl.DataFrame, *, top: int = _ROWS, width: int = 110, color: bool = False) -> str:
    """Return the layers with an unusual choice, what it costs first."""
    logs = rows["sha256"].n_unique()
    answer = (
        f"{count(len(rows), 'layer')} of {count(logs, 'log')} got another kernel than the fleet mostly has"
    )
    known = rows["cost_ms"].drop_nulls()
    slower = known.filter(known > 0)
    if len(slower):
        answer += f"; {len(slower)} are slower, by {milliseconds(float(slower.sum()))} together"
    parts: list[RenderableType] = [heading(answer)]
    for row in rows.head(top).iter_rows(named=True):
        cost = "cost unknown" if row["cost_ms"] is None else f"{row['cost_ms']:+.3g} ms"
        share = f"{percent(row['usual_share'])} of {row['usual_logs']:,} logs"
        place = f"{short(row['address'].rpartition('/')[2], 40)}, {_known(row['gpu'])}"
        parts += [
            Text(),
            heading(f"{cost}  {short(row['name'], max(20, width - 16))}"),
            Text(f"  {place}, TensorRT {_known(row['tensorrt_version'])}"),
            Text(f"  got   {milliseconds(row['time_ms']):>9}  {short(row['choice'], width - 20)}"),
            Text(f"  usual {milliseconds(row['usual_ms']):>9}  {short(row['usual'], width - 20)}"),
            Text(f"  ({share} of this GPU and version have the usual one)"),
        ]
    return render([*parts, *_rest(len(rows), top, "layer")], width=width, color=color)


def coverage_text(rows: pl.DataFrame, *, top: int = _ROWS, width: int = 110, color: bool = False) -> str:
    """Return what the fleet has seen, and what was not read, most logs first."""
    logs, unread, failed = (rows.filter(kind=kind) for kind in ("logs", "unread", "failed"))
    versions, gpus = (logs[name].drop_nulls().n_unique() for name in ("tensorrt_version", "gpu"))
    total, missed = int(logs["lines"].sum()), int(logs["unread"].sum())
    answer = f"{count(int(logs['logs'].sum()), 'log')}, {count(versions, 'version')}, {count(gpus, 'GPU')}: "
    answer += f"{missed:,} of {total:,} lines not read"
    grid = table(
        "version", "GPU", "logs", "passed", "lines", "not read", right=("logs", "passed", "lines", "not read")
    )
    for row in logs.head(top).iter_rows(named=True):
        grid.add_row(
            _known(row["tensorrt_version"]), _known(row["gpu"]), f"{row['logs']:,}", f"{row['passed']:,}",
            f"{row['lines']:,}", f"{row['unread']:,}",
        )  # fmt: skip
    parts: list[RenderableType] = [
        heading(answer),
        Text(),
        grid,
        *_rest(len(logs), top, "version and GPU", "versions and GPUs"),
    ]
    if len(unread):
        shapes = table("logs", "lines", "version", "line that is not read", right=("logs", "lines"))
        room = max(30, width - 34)
        for row in unread.head(top).iter_rows(named=True):
            version = short(_known(row["tensorrt_version"]), 14)
            shapes.add_row(f"{row['logs']:,}", f"{row['unread']:,}", version, short(row["text"], room))
        parts += [Text(), shapes, *_rest(len(unread), top, "shape of line", "shapes of lines")]
    if len(failed):
        parts += [Text(), heading("Logs that could not be read:")]
        parts += [
            Text(f"  {row['logs']:,}  {short(row['text'], width - 10)}")
            for row in failed.iter_rows(named=True)
        ]
    return render(parts, width=width, color=color)


def _rest(all_: int, top: int, one: str, many: str | None = None) -> list[RenderableType]:
    if all_ <= top:
        return []
    return [
        Text(
            f"… and {count(all_ - top, f'more {one}', many and f'more {many}')}: --top {all_} or --format csv shows all"
        )
    ]


def _known(value: str | None) -> str:
    return "unknown" if value is None else plain(value)


def _number(value: float | None) -> str:
    return milliseconds(value).removesuffix(" ms")


def _between(low: float, high: float) -> str:
    return f"{low * 100:+.1f}..{high * 100:+.1f} %"


def _duration(low: float, high: float | None) -> str:
    if high is None:
        return f"{low * 1000:.0f} µs and more"
    return f"below {high * 1000:.0f} µs" if low == 0 else f"{low * 1000:.0f} to {high * 1000:.0f} µs"
