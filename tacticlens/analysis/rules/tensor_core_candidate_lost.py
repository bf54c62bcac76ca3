"""TL003: a matrix layer runs on CUDA cores although a Tensor Core kernel was timed for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import share, total

KIND = FindingKind(
    "TL003",
    "tensor-core-candidate-lost",
    "Matrix layer off Tensor Cores, with a Tensor Core candidate",
    what="A matrix product or convolution of the engine runs on CUDA cores, although kernels with Tensor "
    "Core instructions were timed for it. The fastest of them, over all format combinations of the layer, "
    "is compared with the kernel taken, both measured alone in the build. One finding for layers whose "
    "candidate was faster by more than 2 %, one for the others.",
    why="A candidate that was faster lost because its formats would have cost reformats: a change of the "
    "neighbours saves that time. One that was slower shows that the shape or the type does not suit Tensor "
    "Cores; then nothing is at stake.",
    action="Faster: `tacticlens explain` shows the reformats that the candidate would have needed; bring "
    "the neighbours into its layout. Slower: leave it, or change the shape: larger batch, more channels.",
    example="The first convolution of a small network in FP32 (TensorRT 8.5.1, RTX 3080) took an `ffma` "
    "kernel of 0.00515 ms; a `tf32 .. tensor16x8x8` kernel took 0.00388 ms for `Float(4096,1:4,64,1)`. Its "
    "last layer has a Tensor Core candidate that was 33 % slower, and nothing at stake.",
)
NOISE = 0.02


class _Lost(NamedTuple):
    layer: Layer
    own_ms: float
    own_line: int | None
    best: dict[str, Any]

    @property
    def gain_ms(self) -> float:
        return self.own_ms - float(self.best["time_ms"])

    @property
    def faster(self) -> bool:
        return self.gain_ms > NOISE * self.own_ms


def find(context: Context) -> list[Finding]:
    best = _best(context)
    found = []
    for engine in context.engines:
        costed = context.costed(engine)
        lost = []
        for layer in engine.layers:
            row = best.get(costed.get(layer.position, -1))
            own = _own(context, layer)
            if layer.matrix and layer.tensor_core == "no" and row is not None and own is not None:
                lost.append(_Lost(layer, *own, row))
        faster = sorted((one for one in lost if one.faster), key=lambda one: -one.gain_ms)
        slower = sorted((one for one in lost if not one.faster), key=lambda one: -one.own_ms)
        found += [_finding(engine, part) for part in (faster, slower) if part]
    return found


def _best(context: Context) -> dict[int, dict[str, Any]]:
    """Return the fastest Tensor Core candidate per costed layer."""
    rows = context.candidates.filter(pl.col("tensor_core") == "yes", pl.col("time_ms").is_not_null())
    fastest = rows.sort("time_ms", "line").group_by("layer", maintain_order=True).first()
    return {row["layer"]: row for row in fastest.iter_rows(named=True)}


def _own(context: Context, layer: Layer) -> tuple[float, int | None] | None:
    """Return (time, line) of the layer's own kernel: a profile cannot be compared with candidates."""
    own = context.own_candidate(layer)
    if own is not None:
        return own
    return None if layer.time_ms is None or layer.time_source == "profile" else (layer.time_ms, None)


def _finding(engine: EngineView, lost: list[_Lost]) -> Finding:
    first, faster = lost[0], lost[0].faster
    layers = [one.layer for one in lost]
    facts = {
        "layers": len(lost), "layer": first.layer.name, "kernel": first.layer.kernel or first.layer.layer_type,
        "own_ms": first.own_ms, "other": first.best["kernel"], "best_ms": float(first.best["time_ms"]),
        "formats": str(first.best["formats"]).partition(" where ")[0], "evidence": first.layer.evidence,
        "layers_share": share(engine, total(layers)) or 0.0,
    }  # fmt: skip
    measured = (
        "{layer:name} runs {kernel} in {own_ms}, not on Tensor Cores ({evidence}); {other} took {best_ms} "
        "for {formats}."
    )
    return KIND.found(
        title="{layers:matrix layer} lost a faster Tensor Core kernel to reformats"
        if faster
        else "{layers:matrix layer} gained nothing from Tensor Cores when timed",
        why=(measured, "{layers:=It takes/They take} {layers_share} of the engine's time."),
        action=(
            "The candidate needs other formats than the neighbours have, and the reformats cost more than it "
            "saves: tacticlens explain shows them. Bring the neighbours into its layout."
            if faster
            else "The builder chose right for these shapes; a larger batch or more channels suit Tensor Cores better."
        ),
        facts=facts,
        cause="faster" if faster else "slower",
        stake_ms=sum(one.gain_ms for one in lost) if faster else 0.0,
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in layers],
        lines=[line for one in lost for line in (one.layer.line, int(one.best["line"]), one.own_line)],
        rows=[
            row
            for one in lost
            for row in (
                one.layer.row(kernel=one.layer.kernel),
                {"table": "tactics", "combination": one.best["measured"], "runner": one.best["runner"],
                 "tactic": one.best["tactic"], "kernel": one.best["kernel"], "time_ms": one.best["time_ms"],
                 "line": one.best["line"]},
            )
        ],
    )  # fmt: skip
