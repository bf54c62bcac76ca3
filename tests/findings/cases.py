"""For every kind of finding: composed tables in which it is found, and nearly the same ones in which it must not be."""

from __future__ import annotations

# ruff: noqa: FBT001 - a case is made with its pattern or without it, nothing else
from collections.abc import Callable
from typing import NamedTuple

from small_tables import OFF, ON, VECTOR, Row, ampere, combination, layer, small, tactic, tensors

from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.tables.table_set import StoredTables

TURING = {"gpu": "Tesla T4", "compute_capability": "7.5", "tensorrt_version": "8.6.1", "producer": "trtexec"}
WIDE = ON.replace("tilesize128x64x64", "tilesize128x32x64")


class Case(NamedTuple):
    """The same tables, made with the pattern and without it."""

    tables: Callable[[bool], StoredTables]
    differs: str
    elsewhere: Callable[[bool], list[Elsewhere]] = lambda _: []


def engine(*rows: Row, log: Row | None = None, **more: list[Row]) -> StoredTables:
    return small(log or ampere(), engine_layers=list(rows), **more)


def conv(position: int, ms: float = 5.0, **more: object) -> Row:
    return layer(
        position, f"conv{position}", "implicit_gemm", ms, **{"tensor_core": "yes", "kernel": ON, **more}
    )


def echo(value: str) -> list[Row]:
    return [{"run": 1, "section": "Build Options", "key": "Precision", "value": value, "line": 10}]


def measured(*times: float, kernels: str = "ab", **more: object) -> dict[str, list[Row]]:
    """One costed layer with a candidate per time; the first one is the engine's."""
    return {
        "layers": [{"build": 1, "layer": 1, "name": "conv1"}],
        "combinations": [combination(1, 1, time_ms=times[0], tactic=f"0x{1:016x}")],
        "tactics": [tactic(1, n + 1, ms, kernels[n]) for n, ms in enumerate(times)],
        **more,  # type: ignore[dict-item]
    }


def chosen(**more: object) -> Row:
    return conv(1, **{"combination": 1, "tactic": f"0x{1:016x}", **more})


def lost(fires: bool) -> StoredTables:
    rows = measured(0.8)
    rows["combinations"].append(combination(2, 1, "Half(1:8) -> Half(1:8)"))
    rows["tactics"] = [tactic(1, 1, 0.8, OFF), tactic(2, 2, 0.5, ON)]
    return engine(chosen(tensor_core="no" if fires else "yes", kernel=OFF), **rows)


def none_tried(fires: bool) -> StoredTables:
    rows = measured(0.8)
    rows["tactics"] = [tactic(1, 1, 0.8, OFF)] + ([] if fires else [tactic(1, 2, 0.9, ON)])
    return engine(chosen(tensor_core="no", kernel=OFF), **rows)


def moved(family: str) -> Callable[[bool], StoredTables]:
    def make(fires: bool) -> StoredTables:
        move = layer(2, "Transpose_1", family if fires else "noop", 1.0, inputs=tensors("t1", "Float"))
        return engine(conv(1), move, conv(3))

    return make


def pair(fires: bool) -> StoredTables:
    last = layer(4, "Transpose_2" if fires else "Reshape_2", "shuffle", 0.7)
    return engine(
        conv(1),
        layer(2, "Transpose_1", "shuffle", 0.5),
        layer(3, "PWN(Relu)", "pointwise", 0.3),
        last,
        conv(5),
    )


def unfused(fires: bool) -> StoredTables:
    more = [] if fires else [layer(4, "second reader", "pooling", 1.0, takes="t1")]
    return engine(conv(1), layer(2, "Add", "pointwise", 0.6), layer(3, "pool", "pooling", 1.0), *more)


def fell_back(fires: bool) -> StoredTables:
    softmax = layer(2, "softmax", "softmax", 1.0, dtype="Float" if fires else "Half")
    return engine(conv(1), softmax, options=echo("FP32+FP16"))


def tie(fires: bool) -> StoredTables:
    return engine(chosen(), **measured(1.0, 1.02 if fires else 1.03))


def skipped(fires: bool) -> StoredTables:
    rows = measured(1.0, 2.0)
    rows["tactics"].append(tactic(1, 9, None, layer=1, reason="scratch memory", needed_bytes=5 << 20))
    if not fires:
        rows["tactics"].append(tactic(1, 9, 3.0))
    return engine(chosen(), **rows)


def alone(fires: bool) -> StoredTables:
    return engine(chosen(), **(measured(1.0) if fires else measured(1.0, 2.0)))


def plugged(fires: bool) -> StoredTables:
    plugin = layer(3, "norm", "plugin", 1.0, tensor_core="unknown")
    return engine(conv(1), layer(2, "cast", "reformat" if fires else "softmax", 0.3), plugin, conv(4))


def slow_build(fires: bool) -> StoredTables:
    spent = [6.0, 3.0, 1.0] if fires else [4.0, 3.0, 3.0]
    runners = [
        {"build": 1, "combination": n, "runner": f"R{n}", "result": "timed", "profiling_s": s, "line": 40 + n}
        for n, s in enumerate(spent, 1)
    ]
    names = [{"build": 1, "layer": n, "name": f"layer {n}"} for n in (1, 2, 3)]
    return small(ampere(), runners=runners, layers=names, combinations=[combination(n, n) for n in (1, 2, 3)])


def cache(fires: bool) -> StoredTables:
    return small(ampere(), timing_cache=[{"build": 1, "event": "local" if fires else "global", "line": 5}])


def tiny(fires: bool) -> StoredTables:
    return engine(*(layer(n, f"tiny {n}", "pointwise", 0.004) for n in range(1, 11 if fires else 10)))


def fp32_only(fires: bool) -> StoredTables:
    return engine(conv(1, dtype="Float"), log=TURING, options=echo("FP32" if fires else "FP32+FP16"))


def dominating(fires: bool) -> StoredTables:
    return engine(*(conv(n, 1.0) for n in range(2, 17)), conv(1, 4.0 if fires else 3.0))


def narrow(fires: bool) -> StoredTables:
    heads = [
        conv(n, 1.0, kernel=WIDE, takes="t1", outputs=tensors(f"t{n}", dims=("1", "2", "8", "8")))
        for n in (2, 3)
    ]
    if not fires:
        heads[1]["inputs"] = tensors("another")
    return engine(conv(1), *heads)


def far(fires: bool) -> StoredTables:
    """Three layers with a profile; the first one's tactic was timed three times as long, or not quite twice."""
    times = [0.3 if fires else 0.19, 0.1, 0.1]
    return engine(
        *(
            conv(n, 0.1, time_source="profile", combination=n, tactic=f"0x{n:016x}") for n in (1, 2, 3)
        ),
        layers=[{"build": 1, "layer": n, "name": f"conv{n}"} for n in (1, 2, 3)],
        combinations=[combination(n, n) for n in (1, 2, 3)],
        tactics=[tactic(n, n, ms, ON) for n, ms in enumerate(times, 1)],
    )  # fmt: skip


def file_differs(fires: bool) -> StoredTables:
    row = {"file": "p.json", "kind": "profile", "engine": 1, "name": "conv1", "column": "time_ms", "log_value": "1",
           "file_value": "2", "result": "disagrees" if fires else "agrees"}  # fmt: skip
    return engine(conv(1), joined=[row])


def beaten(fires: bool) -> list[Elsewhere]:
    there = Elsewhere(1, 1, 1, "conv1", 1, OFF, 5.0, ON, 3.0, 2.9, 3.2, 7, 8, ("8.6.1",), ("/logs/a.log",))
    return [there] if fires else []


def failed(fires: bool) -> StoredTables:
    """The layer under way has no implementation; or the error came, and a build after it succeeded."""
    end = {"build": 2, "engine": 2, "in_engine": not fires, "first_line": 2001, "last_line": 3000}
    text = "Error Code 10: Internal Error (Could not find any implementation for node conv1.)"
    return small(
        {**ampere(), "outcome": "failed"},
        builds=[end],
        layers=[{"build": 2, "layer": 1, "name": "conv1", "line": 2002}],
        combinations=[combination(1, 1, build=2, result="failed")],
        tactics=[tactic(1, 1, None, layer=1, build=2, status="failed", reason="exception out of registers")],
        messages=[
            {"line": 2900, "severity": "error", "kind": "no_implementation", "node": "conv1", "text": text}
        ],
    )


CASES: dict[str, Case] = {
    "TL001": Case(lambda fires: engine(conv(1, 7.0 if fires else 9.0), layer(2, "pool", "pooling", 1.0)), "share"),
    "TL002": Case(
        lambda fires: engine(
            conv(1, 7.0), layer(2, "r", "myelin", 2.0 if fires else 0.5, tensor_core="unknown", layer_type="Myelin")
        ),
        "time of the region",
    ),
    "TL003": Case(lost, "the kernel taken is on Tensor Cores"),
    "TL004": Case(none_tried, "a Tensor Core kernel was tried"),
    "TL005": Case(moved("reformat"), "the reformat does nothing"),
    "TL006": Case(moved("shuffle"), "the Shuffle does nothing"),
    "TL007": Case(pair, "the last Shuffle is not known to transpose"),
    "TL008": Case(unfused, "the product has a second reader"),
    "TL009": Case(fell_back, "the layer runs in FP16"),
    "TL010": Case(
        lambda fires: engine(conv(1, kernel=ON if fires else ON.replace("f16f16_f16f16_f16", "f16f16_f16f32_f32"))),
        "the accumulator",
    ),
    "TL011": Case(tie, "the runner-up is 3 % slower"),
    "TL012": Case(skipped, "the tactic was timed right after"),
    "TL013": Case(alone, "a second candidate"),
    "TL014": Case(
        lambda fires: engine(layer(1, "a", "depthwise", 0.2 if fires else 0.04), conv(2)), "time of the layer"
    ),
    "TL015": Case(lambda fires: engine(layer(1, "fc", "gemm", 1.0, kernel=VECTOR if fires else OFF)), "the kernel"),
    "TL016": Case(plugged, "the layer beside the plugin computes"),
    "TL017": Case(slow_build, "nobody has half"),
    "TL018": Case(cache, "the cache has a file"),
    "TL019": Case(tiny, "nine layers"),
    "TL020": Case(file_differs, "the file agrees"),
    "TL021": Case(fp32_only, "FP16 is allowed"),
    "TL022": Case(dominating, "17 %, not 21"),
    "TL023": Case(narrow, "they read different tensors"),
    "TL024": Case(far, "1.9 times"),
    "TL025": Case(lambda _: engine(conv(1)), "no other log has the layer", beaten),
    "TL026": Case(failed, "an engine was made after all"),
}  # fmt: skip
