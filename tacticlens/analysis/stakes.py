"""What can be at stake at most: times of layers measured alone against the time of the whole engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tacticlens.analysis.engine_view import EngineView
from tacticlens.analysis.finding import Finding, Scale
from tacticlens.analysis.time_relation import inference_of
from tacticlens.tables.table_set import TableSet


def scale_of(tables: TableSet, engine: EngineView) -> Scale | None:
    """Return the scale of an engine; None where no GPU compute time is known to be its own.

    Of an engine with several optimization profiles the log does not say which one was measured.
    """
    inference = inference_of(tables, engine.number) if engine.build is None else None
    return None if inference is None else Scale(engine.time_ms, inference.gpu_ms)


def scaled(found: Iterable[Finding], tables: TableSet, engines: Iterable[EngineView]) -> list[Finding]:
    """Return findings whose stakes are no more than their engines take."""
    scales = {(engine.number, engine.build): scale_of(tables, engine) for engine in engines}
    kept = []
    for finding in found:
        # a finding that names no build still concerns the one profile that its engine has
        scale = scales.get((finding.engine, finding.build)) or scales.get((finding.engine, None))
        if finding.stake_ms is not None and scale is not None:
            kept.append(replace(finding, stake_ms=scale.of(finding.stake_ms), scale=scale))
        else:
            kept.append(finding)
    return kept
