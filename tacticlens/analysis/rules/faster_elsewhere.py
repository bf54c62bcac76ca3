"""TL025: other logs have a faster kernel for the operation of a layer."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.analysis.finding import Finding, FindingKind

KIND = FindingKind(
    "TL025",
    "faster-elsewhere",
    "Other logs have a faster kernel for this operation",
    what="With `--fleet DATASET`: at least three other logs of the same GPU have a layer with the same shapes "
    "and types, most of them with another kernel, and even the slowest time there is below the time here. Only "
    "times of the same source are compared. The stake is the time here minus the median there.",
    why="The operation ran faster on the same GPU. The cause is another version, another setting or an unlucky "
    "measurement; the logs named show which.",
    action="Compare with one of the named logs (`tacticlens diff`). Where both have an editable timing cache, "
    "`tacticlens pin --fleet` proposes the tactic; else build again with more averaging and locked clocks.",
    example="`stem/conv` takes 0.9 ms here; 7 of 8 other logs on NVIDIA A10 got another kernel in 0.31 ms.",
)
SHOWN = 5


def find(context: Context) -> list[Finding]:
    by_engine: dict[int, list[Elsewhere]] = {}
    for one in context.elsewhere:
        by_engine.setdefault(one.engine, []).append(one)
    return [_finding(context, engine, layers) for engine, layers in by_engine.items()]


def _finding(context: Context, engine: int, layers: list[Elsewhere]) -> Finding:
    layers = sorted(layers, key=lambda one: one.ms - one.here_ms)
    stake = sum(one.here_ms - one.ms for one in layers)
    facts: dict[str, object] = {
        "layers": len(layers), "stake_ms": stake, "gpu": context.tables.log["gpu"][0], "clocks": context.advice.clocks
    }  # fmt: skip
    why = []
    for number, one in enumerate(layers[:SHOWN]):
        facts |= {
            f"layer{number}": one.layer, f"here{number}_ms": one.here_ms, f"kernel{number}": one.kernel,
            f"there{number}_ms": one.ms, f"logs{number}": one.logs, f"of{number}": one.of,
            f"low{number}_ms": one.low_ms, f"high{number}_ms": one.high_ms, f"example{number}": one.examples[0],
            f"versions{number}": ", ".join(one.versions),
        }  # fmt: skip
        why.append(
            f"{{layer{number}:name}} takes {{here{number}_ms}} here; elsewhere this operation got "
            f"{{kernel{number}:name}} in {{there{number}_ms}} on this GPU "
            f"({{low{number}_ms}} to {{high{number}_ms}}, {{logs{number}}} of {{of{number}}} other logs, "
            f"TensorRT {{versions{number}}}), for example in {{example{number}:name}}."
        )
    return KIND.found(
        title="{layers:layer has/layers have} a faster kernel in other logs of this GPU",
        why=why,
        action=(
            "Compare with one of the logs named: tacticlens diff.",
            "If the kernel was tried here and lost by accident, build again with locked clocks ({clocks}).",
        ),
        facts=facts,
        stake_ms=stake,
        engine=engine,
        build=layers[0].build,
        layers=[one.layer for one in layers],
        lines=[one.line for one in layers],
        rows=[
            {
                "table": "engine_layers", "engine": one.engine, "position": one.position, "name": one.layer,
                "time_ms": one.here_ms, "kernel": one.here, "elsewhere_kernel": one.kernel, "elsewhere_ms": one.ms,
                "elsewhere_logs": one.logs, "elsewhere_of": one.of, "elsewhere_examples": list(one.examples),
                "line": one.line,
            }
            for one in layers
        ],
    )  # fmt: skip
