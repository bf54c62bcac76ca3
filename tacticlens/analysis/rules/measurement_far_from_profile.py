"""TL024: the time of a tactic in the build is far from its time in the profile."""

from __future__ import annotations

from typing import NamedTuple

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL024",
    "measurement-far-from-profile",
    "Tactic times far from those of the profile",
    what="Layers whose tactic took at least twice or at most half as long in the build as in the profile, "
    "relative to the median layer, and differs by at least 0.005 ms. Needs a profile (`--dumpProfile`) and "
    "the tactics in one log, and three layers that have both.",
    why="The GPU was busy, throttled or at other clocks while tactics were timed, or the timing cache "
    "comes from such a "
    "build. The choice between candidates that were timed then may be wrong.",
    action="Build again with nothing else on the GPU, with locked clocks, and without the timing cache of that build.",
    example="A quantised ResNet-18 (TensorRT 8.5.10, RTX 2000 Ada): seven layers were timed up to 12 times "
    "as long as in "
    "the profile, 0.117 ms against 0.0095 ms.",
)
_FACTOR, _LEAST_MS, _ENOUGH = 2.0, 0.005, 3


class _Timed(NamedTuple):
    layer: Layer
    own_ms: float
    own_line: int

    @property
    def ratio(self) -> float:
        return self.own_ms / (self.layer.time_ms or 1.0)


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        timed = [
            _Timed(layer, *own)
            for layer in engine.layers
            if layer.time_source == "profile"
            and layer.time_ms
            and (own := context.own_candidate(layer))
            and own[0]
        ]
        if len(timed) < _ENOUGH:
            continue
        from statistics import median

        middle = median(one.ratio for one in timed)
        far = [one for one in timed if abs(one.own_ms - middle * (one.layer.time_ms or 0.0)) >= _LEAST_MS]
        slow = sorted((one for one in far if one.ratio >= _FACTOR * middle), key=lambda one: -one.ratio)
        fast = sorted((one for one in far if one.ratio <= middle / _FACTOR), key=lambda one: one.ratio)
        found += [_finding(context, engine, part, middle, slow=part is slow) for part in (slow, fast) if part]
    return found


def _finding(
    context: Context, engine: EngineView, far: list[_Timed], middle: float, *, slow: bool
) -> Finding:
    first = far[0]
    cache = context.advice.value("--timingCacheFile")
    return KIND.found(
        title="{layers:layer was/layers were} timed {layers:=/up to }{worst_times} as long as in the profile"
        if slow
        else "{layers:layer runs/layers run} {layers:=/up to }{worst_times} as long as when timed alone",
        why=(
            "{layer:name}: {own_ms} when its tactic was timed, {profile_ms} in the profile.",
            "For the median layer the build's time is {middle_times} the profile's.",
            "The GPU was busy or slow while these tactics were timed: the times that they were compared with may "
            "be wrong, too."
            if slow
            else "Alone on the GPU its inputs stay in the cache; in the engine they come from memory.",
        ),
        action=(
            "Build again with nothing else on the GPU and with locked clocks ({clocks})." if slow else
            "Judge {layers:=this layer/these layers} by the profile, not by the candidates' times.",
            "Delete {cache} first: it keeps these times." if slow and cache else "",
        ),
        facts={
            "layers": len(far), "worst_times": first.ratio if slow else 1 / first.ratio, "layer": first.layer.name,
            "own_ms": first.own_ms, "profile_ms": first.layer.time_ms, "middle_times": middle, "cache": cache,
            "clocks": context.advice.clocks,
        },
        cause="slow" if slow else "fast",
        engine=engine.number,
        build=engine.build,
        layers=[one.layer.name for one in far],
        lines=[line for one in far for line in (one.layer.line, one.own_line)],
        rows=[one.layer.row(tactic_ms=one.own_ms) for one in far],
    )  # fmt: skip
