"""Hypothesis strategies: hostile but legal plans, and the logs composed from them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from .dialects import DIALECTS
from .fixtures import Composed, compose
from .legal import check, ends_with_choice
from .plan import (
    FLT_MAX,
    MEMORY,
    ONLY_OPTION,
    SENTINEL,
    BuildPlan,
    CachedResult,
    CombinationPlan,
    EngineLayerPlan,
    EnginePlan,
    EngineTensor,
    LayerPlan,
    LogPlan,
    OpTablePlan,
    OpTacticPlan,
    ReformatSetPlan,
    RunnerPlan,
    TacticPlan,
)
from .prefixes import PREFIXES

if TYPE_CHECKING:
    from .render import Dialect

#: Parts of names that have broken readers of such logs, or could.
NAME_PARTS = (
    "conv1/7x7_s2", "Conv_0", "x:0", "(Unnamed Layer* 6) [Shuffle]", "PWN(PWN(a, b), PWN(c, PWN(d)))",
    "{ForeignNode[first.weight...last/Softmax]}", "[HostToDeviceCopy]", "[trainStation1]", '"quoted"',
    "%0 : Tensor = aten::_convolution(%x.1)", "2-layer MLP: a -> b", "<script>alert(1)</script>", "&amp;",
    "[SHUFFLE]-[aten_ops.view.default]-[net/view]", "層/畳み込み", "naïve/Ω", "back\\slash", "50%", "a||b",
    "__myl_Fc_0", "{}", "$HOME", "# 4:2", "...", "(", "]",
    "conv(14)", "it's", "-1",
)  # fmt: skip
JOINTS = (" + ", " || ", ", ", "/", " ", ": ", "...")
KERNELS = (
    "volta_scudnn_128x64_relu_small_nn_v1",
    "ampere_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1",
    "sm80_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize32x32x64_stage3_warpsize2x1x2_tensor16x8x8",
    "sm90_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize128x64x64_cgasize1x1x1_stage4_gmmastage1",
    "__myl_MulSumFc_0x9b491439b1ec4f930b7aee6b500a5b14",
    "turing_fp16_s1688cudnn_fp16_128x64_sliced1x2_ldg8_relu_f2f_exp_small_nhwc_tn_v1",
)
FORMATS = (
    "Float(784,784,28,1)", "Half(784,1:8,28,1)", "Int8(1600:32,1600,40,1)", "Int32()", "FP8(16,1)", "Bool(1)",
    "BFloat16(1048576,4096,64,1)", "Float((* 64 (# 0 (SHAPE input))),1)", "Int64((# 1 (SHAPE ids:0)),1)",
    "Float(1:4,(* 64 E0),E0)", "Half((* 768 (BROADCAST_SIZE (# 1 (SHAPE a b)) E1)),1)",
    "Float(1,(CEIL_DIV (# 3 (SHAPE x:0)) 2),(* 64 (* 2 3)))",
)  # fmt: skip
WHERES = ("E0=(CEIL_DIV (# 0 (SHAPE input)) 4)", "E0=(* 2 (# 1 (SHAPE a))) E1=(# 1 (SHAPE b, c))")
RUNNERS = {
    "CaskConvolution": 0x80000009, "CudnnConvolution": 0x80000000, "CaskGemmConvolution": 0x8000002E,
    "PointWiseV2": 0x80000028, "Shuffle": 0x8000000D, "PluginV3": 0x80000049,
}  # fmt: skip

names = st.lists(st.sampled_from(NAME_PARTS), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(JOINTS).map(lambda joint: joint.join(parts))
)
tactic_ids = st.one_of(
    st.sampled_from((0, 1, 0x3E8, 2**63 - 1, 2**63, 2**64 - 1)), st.integers(0, 2**64 - 1)
).filter(lambda tactic: tactic != SENTINEL)
times = st.one_of(
    st.sampled_from((0.0, 1e-05, 0.00452, 1.0, 12.5, 123456.0, 1.5e06)),
    st.floats(1e-6, 1e4, allow_subnormal=False),
)
sizes = st.integers(1, 2**40)


@st.composite
def tactics(draw: st.DrawFn, dialect: Dialect) -> TacticPlan:
    """Draw one candidate in any state that the dialect can print."""
    tactic = draw(tactic_ids)
    states = ["timed"] * 5 + ["scratch", "never"]
    states += ["memory"] * dialect.has_memory_skip + ["exception"] * dialect.has_exceptions
    state = draw(st.sampled_from(states))
    kernel = draw(st.none() | st.sampled_from(KERNELS)) if dialect.has_kernels else None
    if state == "memory":
        budget = draw(sizes) if dialect.has_op_tables else None
        return TacticPlan(tactic, None, None, "skipped", draw(sizes), budget, MEMORY)
    if state == "exception":
        reason = draw(st.sampled_from(("canImplement1", "[a.cpp:12: f] no a -> b. In run at /_src/x.cpp:3")))
        return TacticPlan(tactic, status="failed", reason=reason)
    if state == "scratch":
        kernel = None if dialect.has_runner_ids else kernel
        return TacticPlan(tactic, kernel, None, "skipped", draw(sizes), draw(sizes))
    if state == "never":
        return TacticPlan(tactic, kernel, draw(st.sampled_from((None, FLT_MAX))), "failed")
    split = draw(st.none() | st.tuples(*[st.integers(0, 32)] * 3)) if dialect.has_split_k and kernel else None
    fast = dialect.has_fast_skip and draw(st.booleans())
    return TacticPlan(tactic, kernel, draw(times), fast_skip=fast, split_k=split)


@st.composite
def op_tables(draw: st.DrawFn) -> OpTablePlan:
    """Draw a table of the foreign-node compiler."""
    row = st.builds(
        OpTacticPlan,
        st.integers(0, 99999),
        st.sampled_from(KERNELS),
        st.integers(1, 10**8).map(lambda units: units / 10**7),
        st.integers(1, 2**52),
        st.floats(0, 6000, allow_subnormal=False),
        st.none() | st.just("0"),
    )
    rows = draw(st.lists(row, min_size=1, max_size=4))
    op = draw(st.sampled_from(("node_linear", "__mye12", "head/fc.1+relu")))
    key = draw(st.none() | st.integers(0, 2**128 - 1))
    nodes = draw(st.lists(st.sampled_from(("a", "b/c", "d:0")), max_size=2))
    selected = None if key is None else draw(st.none() | st.sampled_from([item.tactic_hash for item in rows]))
    return OpTablePlan(op, tuple(sorted(rows, key=lambda item: item.time_ms)), tuple(nodes), key, selected)


@st.composite
def runners(draw: st.DrawFn, dialect: Dialect, kind: str | None = None) -> RunnerPlan:
    """Draw a runner with some candidates, or without a valid one."""
    if kind is None:
        kinds = [*RUNNERS, *(["Myelin"] if dialect.has_op_tables else [])]
        kind = draw(st.sampled_from(kinds))
        tried = draw(st.lists(tactics(dialect), max_size=4))
    else:
        tried = draw(st.lists(tactics(dialect), min_size=1, max_size=3))
    tables = draw(st.lists(op_tables(), max_size=2)) if kind == "Myelin" and tried else []
    number = {**RUNNERS, "Myelin": 0x80000023, "Reformat": 0x80000006}[kind]
    word = kind if dialect.has_combination_lines else str(number & 0xFF)
    runner_id = number if dialect.has_runner_ids else None
    return RunnerPlan(word, runner_id, tuple(tried), tuple(tables), no_valid=not tried)


@st.composite
def combinations(draw: st.DrawFn, dialect: Dialect, *, measured: bool) -> CombinationPlan:
    """Draw a combination; a measured one has at least one runner."""
    inputs = tuple(draw(st.lists(st.sampled_from(FORMATS), max_size=3)))
    outputs = tuple(draw(st.lists(st.sampled_from(FORMATS), min_size=1, max_size=2)))
    where = draw(st.none() | st.sampled_from(WHERES))
    keys = st.just("None") | st.integers(0, 2**128 - 1).map(lambda number: f"0x{number:032x}")
    key = draw(st.none() | keys) if dialect.has_op_tables else None
    if dialect.has_only_option and draw(st.integers(0, 7)) == 0:
        only = TacticPlan(draw(tactic_ids), status="skipped", reason=ONLY_OPTION)
        return CombinationPlan(
            inputs, outputs, (replace(draw(runners(dialect)), tactics=(only,), no_valid=False),)
        )
    if dialect.has_cached and draw(st.integers(0, 4)) == 0:
        hit = CachedResult(draw(st.sampled_from(sorted(RUNNERS))), draw(tactic_ids), draw(times))
        return CombinationPlan(inputs, outputs, (), hit, where, key=key)
    least = 1 if measured else 0
    tried = draw(st.lists(runners(dialect), min_size=least, max_size=3))
    return CombinationPlan(inputs, outputs, tuple(tried), None, where, key=key)


@st.composite
def layers(draw: st.DrawFn, dialect: Dialect, name: str) -> LayerPlan:
    """Draw a layer. Where heads have no name, its first combination must tell it."""
    if dialect.names_layers:
        return LayerPlan(name, tuple(draw(st.lists(combinations(dialect, measured=False), max_size=3))))
    first = draw(combinations(dialect, measured=True))
    if not dialect.has_combination_lines:
        return LayerPlan(name, (first,))
    return LayerPlan(name, (first, *draw(st.lists(combinations(dialect, measured=False), max_size=2))))


@st.composite
def reformats(draw: st.DrawFn, dialect: Dialect) -> ReformatSetPlan:
    """Draw the reformat trials of a tensor."""

    def trial() -> CombinationPlan:
        formats = draw(st.tuples(st.sampled_from(FORMATS), st.sampled_from(FORMATS)))
        known = dialect.has_reformat_formats and draw(st.booleans())
        tried = () if known else (draw(runners(dialect, "Reformat")),)
        return CombinationPlan(formats[:1], formats[1:], tried, purpose="reformat")

    trials = tuple(trial() for _ in range(draw(st.integers(0, 2))))
    copy = dialect.has_copy_nodes and draw(st.booleans())
    return ReformatSetPlan(draw(names), trials, into=draw(st.booleans()), copy_node=copy)


@st.composite
def engine_layers(draw: st.DrawFn, dialect: Dialect, *, detailed: bool, profiles: int) -> EngineLayerPlan:
    """Draw a layer of the finished engine."""
    dims = st.sampled_from(("-1,3,28,28", "1,64:8,14,14", "-2147483643,3", ""))
    tensor = st.builds(EngineTensor, names, st.sampled_from(("Float", "Half", "Int8", "Int32")), dims)
    tensors = st.lists(tensor, max_size=2).map(tuple)
    ids = st.none() | tactic_ids if detailed else tactic_ids
    kind = draw(st.sampled_from(("CaskConvolution", "Reformat", "Myelin", "Constant", "gemm", "kgen")))
    profile = draw(st.integers(0, profiles - 1))
    inputs, outputs = draw(tensors), draw(st.lists(tensor, min_size=1, max_size=2).map(tuple))
    kernel = draw(st.none() | st.sampled_from(KERNELS))
    # Only the engine has such layers; what is tuned is called otherwise.
    copied = "Reformatting CopyNode for Input Tensor 0 to " if kind == "Reformat" else ""
    return EngineLayerPlan(
        f"{copied}{draw(names)}", kind, draw(ids), inputs, outputs, profile, kernel, ("a", "b + c")
    )


@st.composite
def engines(draw: st.DrawFn, dialect: Dialect) -> EnginePlan:
    """Draw one engine with its strategies and profiles."""
    strategies: list[int | None] = [None]
    if dialect.has_verdicts:
        strategies = list(draw(st.sampled_from(((2,), (4, 3, 2), (3, 2)))))
    elif dialect.has_strategies:
        strategies = [2]
    profiles = draw(st.integers(1, 2)) if dialect.has_profiles else 1
    builds = []
    for strategy in strategies:
        estimate = draw(st.floats(1e-3, 10)) if len(strategies) > 1 else None
        for profile in range(profiles):
            called = draw(st.lists(names, min_size=1, max_size=2, unique=True))
            drawn = tuple(draw(layers(dialect, name)) for name in called)
            # TensorRT 4 and 5 log no reformat trials, 7 only such as `check` describes.
            shown = dialect.has_reformat_formats or all(map(ends_with_choice, drawn))
            shown = shown and dialect.has_combination_lines
            moves = draw(st.lists(reformats(dialect), max_size=2)) if shown else []
            builds.append(BuildPlan(drawn, tuple(moves), strategy, profile, estimate))
    detailed = dialect.has_detailed_layers and draw(st.booleans())
    finished: list[EngineLayerPlan] = []
    if dialect.has_engine_layers:
        finished = draw(st.lists(engine_layers(dialect, detailed=detailed, profiles=profiles), max_size=3))
    return EnginePlan(tuple(builds), tuple(finished), detailed)


@st.composite
def log_plans(draw: st.DrawFn, dialect: Dialect) -> LogPlan:
    """Draw a whole log of one or two engines; some end in the middle of a runner."""
    log = LogPlan(tuple(draw(st.lists(engines(dialect), min_size=1, max_size=2))))
    if draw(st.integers(0, 3)) == 0:
        cut = LogPlan((*log.engines[:-1], replace(log.engines[-1], cut=True)))
        try:
            check(cut, dialect)
        except ValueError:
            return log
        return cut
    return log


@st.composite
def composed_logs(draw: st.DrawFn, dialect: str | None = None, prefix: str | None = None) -> Composed:
    """Draw a log of any dialect and producer, or of those given."""
    spoken = dialect or draw(st.sampled_from(sorted(DIALECTS)))
    producer = prefix or draw(st.sampled_from(sorted(PREFIXES)))
    return compose(draw(log_plans(DIALECTS[spoken])), spoken, producer)
