"""The first line of a log: the answer in one sentence."""

from __future__ import annotations

from tacticlens.analysis.failure import Failure
from tacticlens.analysis.overview import EngineOverview, Overview
from tacticlens.analysis.rules.build_failed import TITLES
from tacticlens.tables.intervals import Interval
from tacticlens.tables.shares import Shares
from tacticlens.words import agree, count, milliseconds, percent, plain, share_range

_ALL = 0.995


def headline(found: Overview) -> str:
    """Return the answer: how much of the time is GEMM, whether it runs on Tensor Cores, what copying costs."""
    if found.failure is not None:
        return failure_headline(found.failure, last=bool(found.engines))
    if found.engines:
        several = f"{count(len(found.runs), 'run')}; the last engine: " if len(found.runs) > 1 else ""
        text = engine_headline(found.engines[-1])
        return f"{several}{text}" if several else text
    tables = found.tables
    timed = sum(
        number for status, number in tables.count_by("tactics", ["status"]).iter_rows() if status == "timed"
    )
    if timed:
        layers = len(tables.layers)
        where = f" for {count(layers, 'layer')}" if layers else ""
        return f"{count(timed, 'tactic')} timed{where}; no engine is in this log."
    if len(tables.profile):
        return (
            f"A profile of {count(len(tables.profile), 'layer')}; neither engine nor tactics are in this log."
        )
    if len(tables.layers):
        return f"{count(len(tables.layers), 'layer')} costed, no tactic timed; no engine is in this log."
    return "Neither tactics nor an engine are in this log."


def failure_headline(failed: Failure, *, last: bool) -> str:
    """Return where the build failed; `last`: earlier builds of the log gave engines."""
    text = TITLES[failed.cause].replace("The build", "The last build" if last else "The build", 1)
    where = f" (line {failed.line})" if failed.line is not None else ""
    return f"{text.replace('{name:name}', plain(failed.name or ''))}{where}."


def untimed(facts: Shares) -> str:
    """Say how many layers that do work have no time."""
    have = agree(facts.untimed_layers, "has", "have")
    return f"{facts.untimed_layers} of {count(facts.working_layers, 'working layer')} {have} no time"


def engine_headline(engine: EngineOverview) -> str:
    """Return the answer for one engine."""
    facts, time = engine.shares, engine.relation.time
    if facts.time_source == "none":
        return f"{count(facts.layers, 'engine layer')} without times: shares are not known."
    if facts.untimed_layers * 2 > facts.working_layers:
        return f"{untimed(facts)}: no shares."
    inference = engine.relation.inference
    whole = (
        f"the layers' time, {milliseconds(inference.gpu_ms)} on the GPU"
        if inference
        else _total(time.total_ms)
    )
    if time.total_ms.high == 0:
        return f"{count(facts.layers, 'engine layer')}, none of which takes time: no shares."
    gemm = time.gemm
    if gemm is not None and gemm.low < 1 - _ALL and (gemm.high is None or gemm.high > _ALL):
        parts = [f"How much of {whole} is GEMM is not known"]
    else:
        parts = [f"GEMM takes {_share(gemm, facts.gemm)} of {whole}, {_cores(engine)}"]
    moved = time.reformat
    if moved is not None and (moved.high is None or moved.high >= 0.005):
        parts.append(f"reformats and copies {_share(moved, facts.reformat)}")
    return f"{'; '.join(parts)}."


def _total(total: Interval) -> str:
    return milliseconds(total.low) if total.known else f"at least {milliseconds(total.low)}"


def _share(bounds: Interval | None, known: float | None) -> str:
    if bounds is None:
        return percent(known)
    return share_range(bounds.low, bounds.high)


def _cores(engine: EngineOverview) -> str:
    """Say how much of the GEMM runs on Tensor Cores."""
    if engine.tensor_cores is False:
        name = plain(engine.gpu) if engine.gpu else "this GPU"
        return f"none on Tensor Cores ({name} has none)"
    gemm, cores = engine.relation.time.gemm, engine.relation.time.tensor_core
    if cores is None or gemm is None or not gemm.high:
        return "Tensor Cores not known"
    if cores.known and gemm.known and gemm.low and cores.low >= gemm.low * _ALL:
        return "all on Tensor Cores"
    if cores.high is not None and cores.high < 0.005:
        return "none on Tensor Cores"
    return f"{_share(cores, None)} of the time on Tensor Cores"
