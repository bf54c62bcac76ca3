"""A dataset of logs -> what a fleet page holds: the answers of the `fleet` commands, and the times behind them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from tacticlens.fleet.coverage import coverage
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.heat import HeatRow
from tacticlens.fleet.noise import noise
from tacticlens.fleet.outliers import outliers
from tacticlens.fleet.overview import Overview, overview
from tacticlens.report import contract, fleet_contract
from tacticlens.report.packing import texts
from tacticlens.views.blocks import Block, Column, Heading, Line, Table
from tacticlens.views.colours import HEAT
from tacticlens.views.fleet import OverviewResult, TrendsResult
from tacticlens.views.fleet_answers import CoverageResult, NoiseResult, OutliersResult
from tacticlens.views.heat import LABELS, level, name_of
from tacticlens.words import delta, milliseconds, percent, plain

MOST_TRENDS = 500
"""Series that a page holds at most: those with steps, then those that stray most."""
MOST_POINTS = 400
"""Points of each: the last ones."""
_MOST_ROWS = 200
_NAMES = 4
_LEVELS = {name: place for place, name in enumerate(HEAT)}


def fleet_page(dataset: Dataset, address: str) -> fleet_contract.Fleet:
    """Return what a page shows of a dataset; `address`: where it is."""
    found = overview(dataset)
    moved = found.trends
    shown = found.heat[:MOST_TRENDS]
    points = moved.points[-MOST_POINTS:] if moved is not None else []
    first = len(moved.points) - len(points) if moved is not None else 0
    keys = list(shown[0].series.key) if shown else []
    lines = _lines(TrendsResult(moved).blocks()) if moved is not None else []
    about = _lines(OverviewResult(found, "").blocks())
    return fleet_contract.Fleet(
        headline=(lines or about)[0],
        facts=list(_facts(found, address)),
        notes=lines[1:2] if moved is not None and moved.short else [] if moved is not None else about[-1:],
        over=moved.over if moved is not None else None,
        points=[plain(point) for point in points],
        keys=keys,
        levels=[
            fleet_contract.Level(label=LABELS[name], light=of.light, dark=of.dark)
            for name, of in HEAT.items()
        ],
        trends=[_trend(row, moved.points if moved else [], first) for row in shown],
        left_out=len(found.heat) - len(shown),
        sections=[
            _section("Noise", NoiseResult(noise(dataset)).blocks()),
            _outliers(outliers(dataset)),
            _section("Coverage", CoverageResult(coverage(dataset), top=_MOST_ROWS).blocks()),
        ],
    )


def _facts(found: Overview, address: str) -> Iterator[contract.Fact]:
    facts = {
        "dataset": address, "logs": f"{found.logs:,}", "not read": f"{found.failed:,}" if found.failed else "",
        "lines": f"{found.lines:,}", "GPUs": _first(found.gpus), "TensorRT": _first(found.versions),
        "labels": ", ".join(f"{name} ({number:,})" for name, number in found.labels.items()),
    }  # fmt: skip
    for label, value in facts.items():
        if value:
            yield contract.Fact(label=label, value=plain(value))


def _first(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{', '.join(names[:_NAMES])}{rest}"


def _trend(row: HeatRow, points: list[str], first: int) -> fleet_contract.Trend:
    """Return a series with a value per point from the one at `first` on."""
    series = row.series
    times = dict(zip(series.points, series.times_ms, strict=True))
    kernels = dict(zip(series.points, series.kernels, strict=True))
    ratios = row.ratios[first:]
    places = {point: place - first for place, point in enumerate(points)}
    return fleet_contract.Trend(
        name=plain(name_of(series)),
        kind="layer" if series.kind == "layer" else "model",
        key=[plain(value) if value is not None else "–" for value in series.key.values()],
        source=series.time_source,
        usual_ms=row.usual_ms,
        times_ms=[times.get(point) for point in points[first:]],
        ratios=[None if ratio is None else round(ratio, 5) for ratio in ratios],
        levels=[None if ratio is None else _LEVELS[level(ratio)] for ratio in ratios],
        kernels=texts(kernels.get(point) for point in points[first:]),
        steps=[
            fleet_contract.Step(
                at=places[step.at], since=plain(step.at), change=step.change, before_ms=step.before_ms,
                after_ms=step.after_ms, kernel_before=_shown(step.kernel_before),
                kernel_after=_shown(step.kernel_after),
            )
            for step in row.steps
            if places[step.at] >= 0
        ],
    )  # fmt: skip


def _shown(kernel: str | None) -> str | None:
    return None if kernel is None else plain(kernel)


def _lines(blocks: Iterable[Block]) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Heading | Line)]


def _section(title: str, blocks: Iterable[Block]) -> fleet_contract.Section:
    """Return what a command prints."""
    return fleet_contract.Section(title=title, parts=list(_parts(blocks)))


def _parts(blocks: Iterable[Block]) -> Iterator[fleet_contract.Part]:
    for block in blocks:
        if isinstance(block, Table):
            yield fleet_contract.Part(text=None, strong=False, grid=_grid(block))
        elif isinstance(block, Heading | Line):
            yield fleet_contract.Part(text=plain(block.text), strong=isinstance(block, Heading), grid=None)


def _grid(table: Table) -> contract.Grid:
    return contract.Grid(
        titles=[column.title for column in table.columns],
        right=[column.right for column in table.columns],
        rows=[[plain(cell.text) for cell in row.cells] for row in table.rows],
        lines=[None] * len(table.rows),
        places=[],
        left_out=0,
    )


def _outliers(rows: pl.DataFrame) -> fleet_contract.Section:
    """Return the answer of `fleet outliers` with a row per layer."""
    answer = _lines(OutliersResult(rows, top=1).blocks())[:1]
    table = Table(
        tuple(
            Column(title, right=title in {"cost", "time", "usual time", "usual in"})
            for title in (
                "cost",
                "layer",
                "time",
                "kernel",
                "usual time",
                "usual kernel",
                "usual in",
                "log",
                "GPU",
            )
        )
    )
    for row in rows.head(_MOST_ROWS).iter_rows(named=True):
        table.add(
            delta(row["cost_ms"]), row["name"] or "–", milliseconds(row["time_ms"]), row["choice"] or "–",
            milliseconds(row["usual_ms"]), row["usual"] or "–",
            f"{percent(row['usual_share'])} of {row['usual_logs']:,}", row["address"].rpartition("/")[2],
            row["gpu"] or "–",
        )  # fmt: skip
    parts = [fleet_contract.Part(text=plain(text), strong=True, grid=None) for text in answer]
    if table.rows:
        grid = _grid(table).model_copy(update={"left_out": max(0, len(rows) - _MOST_ROWS)})
        parts.append(fleet_contract.Part(text=None, strong=False, grid=grid))
    return fleet_contract.Section(title="Outliers", parts=parts)
