"""A small invented network, built from what a dialect can express: the plans of the fixtures."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from .legal import ends_with_choice
from .plan import (
    FLT_MAX,
    MEMORY,
    ONLY_OPTION,
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

if TYPE_CHECKING:
    from .render import Dialect

RUNNER_IDS = {
    "CaskConvolution": 0x80000009,
    "CudnnConvolution": 0x80000000,
    "CaskFlattenConvolution": 0x80000036,
    "CaskGemmConvolution": 0x8000002E,
    "PointWiseV2": 0x80000028,
    "Shuffle": 0x8000000D,
    "Reformat": 0x80000006,
    "Myelin": 0x80000023,
    "LogSoftmaxTopK": 0x80000047,
}
#: TensorRT 5 knows runners by number only.
RUNNER_NUMBERS = {
    "CaskConvolution": "14",
    "CudnnConvolution": "1",
    "CaskFlattenConvolution": "33",
    "PointWiseV2": "2",
}
OLD_KERNELS = (
    "volta_scudnn_128x64_relu_small_nn_v1",
    "volta_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1",
)
NEW_KERNELS = (
    "ampere_scudnn_128x32_relu_small_nn_v1",
    "sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize128x64x64_stage3_warpsize2x2x1_g1_tensor16x8x16",
)
STEM = "stem/conv 3x3 + stem/relu"
POINTWISE = 'PWN(PWN(neck/mul, neck/"q:1"), PWN((Unnamed Layer* 7) [ElementWise])) || neck/gate'
GEMM = "head/dense:0"
SHAPE = "shape_of_x, (const) [Shuffle]"
TORCH = "%12 : Tensor = aten::_convolution(%x.1, %w.3) # <net>.py:4:2"
FOREIGN = "{ForeignNode[head/dense.weight...head/softmax]}"
CONSTANT = "head/dense.bias + Broadcast"
WHERE = "E0=(* (# 1 (SHAPE x)) (CEIL_DIV (# 2 (SHAPE x)) 4))"


def number(*words: object, bits: int = 64) -> int:
    """Make a number that looks random and never changes."""
    digest = blake2b(repr(words).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)


def milliseconds(*words: object) -> float:
    """Make a plausible time."""
    return float(f"{0.002 + number('ms', *words, bits=20) / 2**20:.6g}")


class Sample:
    """Makes the parts of the sample network for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect

    def formats(self, dtype: str, channels: int, size: int, vector: int | None = None) -> str:
        """Print the format of an image: dense and slowest first, or channels last in vectors."""
        groups = -(-channels // (vector or 1))
        dense = (channels * size * size, size * size, size, 1)
        strides = dense if vector is None else (groups * size * size, f"1:{vector}", groups * size, groups)
        words = [str(stride) for stride in strides]
        return f"{dtype}({','.join(reversed(words) if self.dialect.fastest_first else words)})"

    def runner(self, kind: str, *tactics: TacticPlan, tables: tuple[OpTablePlan, ...] = ()) -> RunnerPlan:
        """Make a runner; without tactics it has no valid one."""
        name = kind if self.dialect.has_combination_lines else RUNNER_NUMBERS[kind]
        runner_id = RUNNER_IDS[kind] if self.dialect.has_runner_ids else None
        return RunnerPlan(name, runner_id, tactics, tables, no_valid=not tactics)

    def named(self, where: str) -> tuple[TacticPlan, ...]:
        """Make candidates with kernel names, the second of them skipped in advance by 8.6.1."""
        dialect = self.dialect
        kernels = OLD_KERNELS if dialect.fastest_first or dialect.name in {"trt80", "trt82"} else NEW_KERNELS
        return tuple(
            TacticPlan(
                number(kernel),
                kernel if dialect.has_kernels else None,
                milliseconds(where, kernel),
                fast_skip=dialect.has_fast_skip and index == 1,
            )
            for index, kernel in enumerate(kernels)
        )

    def unnamed(self, where: str, *ids: int) -> tuple[TacticPlan, ...]:
        """Make candidates without kernel names."""
        return tuple(TacticPlan(item, time_ms=milliseconds(where, item)) for item in ids)

    def stem(self) -> LayerPlan:
        """A convolution: timed twice, once without any valid tactic, once repeated."""
        scratch = TacticPlan(4, status="skipped", needed_bytes=7527202816, available_bytes=1073741824)
        cudnn = (
            *self.unnamed("cudnn", 0, 1),
            scratch,
            TacticPlan(5, time_ms=1e-05 if not self.old else 12.5),
        )
        # the engine prints the tensors of the combination that its tactic won: plain ones in, vectors out
        plain_in, plain_out = (self.formats("Float", 3, 28),), (self.formats("Float", 16, 28),)
        half = (self.formats("Half", 16, 28, vector=8),)
        first = CombinationPlan(
            plain_in,
            half if self.old else plain_out,
            (
                self.runner("CaskFlattenConvolution"),
                self.runner("CudnnConvolution", *cudnn),
                self.runner("CaskConvolution", *self.named("stem 1")),
            ),
        )
        if not self.dialect.has_combination_lines:
            return LayerPlan(STEM, (first,))
        second = CombinationPlan(
            half if self.old else plain_in, half, (self.runner("CaskConvolution", *self.named("stem 2")),)
        )
        third = CombinationPlan(
            half, plain_out, (self.runner("CaskConvolution"), self.runner("CudnnConvolution"))
        )
        known = CombinationPlan(plain_in, plain_out) if self.old else CombinationPlan(half, half)
        if not self.dialect.has_reformat_formats:
            # What follows a choice cannot be read as one more runner of an open combination.
            return LayerPlan(STEM, (first, third, known, second))
        return LayerPlan(STEM, (first, second, third, known))

    @property
    def old(self) -> bool:
        """Say whether the version is older than 8.4.1."""
        return self.dialect.name in {"trt5", "trt70", "trt7", "trt80", "trt82"}

    def pointwise(self) -> LayerPlan:
        """A fused pointwise layer with a hostile name, two inputs and a tactic that never ran."""
        never = TacticPlan(0x8000000000000001, time_ms=FLT_MAX if self.old else None, status="failed")
        tactics = (*self.unnamed("pointwise", 0, 1, 0x1C), never)
        both = (self.formats("Float", 16, 14), self.formats("Float", 16, 14))
        plain = CombinationPlan(both, both[:1], (self.runner("PointWiseV2", *tactics),))
        if not self.dialect.has_combination_lines:
            return LayerPlan(POINTWISE, (plain,))
        symbolic = "(* 64 (# 0 (SHAPE x)))"
        dynamic = CombinationPlan(
            (f"Float({symbolic},1)",),
            ("Float(1:4,(* 64 E0),E0)",),
            (self.runner("PointWiseV2", never),),
            where=WHERE,
        )
        return LayerPlan(
            POINTWISE, (plain, dynamic) if self.dialect.has_reformat_formats else (dynamic, plain)
        )

    def gemm(self) -> LayerPlan:
        """A matrix product with split-K kernels."""
        kernel = "sm86_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize32x32x64_stage6_warpsize2x2x1_tensor16x8x8"
        tactics = tuple(
            TacticPlan(
                0x20386 + (split << 24), kernel, milliseconds(kernel, split), split_k=(split, split - 1, 2)
            )
            for split in (1, 4)
        )
        formats = (self.formats("Float", 64, 1),)
        return LayerPlan(
            GEMM, (CombinationPlan(formats, formats, (self.runner("CaskGemmConvolution", *tactics),)),)
        )

    def shape(self) -> LayerPlan:
        """No inputs and an empty stride list; a single tactic that needs no timing where versions say so."""
        only = TacticPlan(0, status="skipped", reason=ONLY_OPTION)
        tactics = (only,) if self.dialect.has_only_option else self.unnamed("shape", 0)
        return LayerPlan(SHAPE, (CombinationPlan((), ("Int32()",), (self.runner("Shuffle", *tactics),)),))

    def torch(self) -> LayerPlan:
        """A name as TorchScript makes it, and a tactic for which memory was short."""
        short = TacticPlan(3, status="skipped", reason=MEMORY, needed_bytes=8589934592)
        tactics = (*self.unnamed("torch", 0), *((short,) if self.dialect.has_memory_skip else ()))
        if self.dialect.has_memory_skip and self.dialect.has_op_tables:
            # The newer form tells both numbers.
            tactics = (*tactics[:1], TacticPlan(3, None, None, "skipped", 8589934592, 1073741824, MEMORY))
        formats = (self.formats("Float", 8, 7),)
        return LayerPlan(
            TORCH, (CombinationPlan(formats, formats, (self.runner("CudnnConvolution", *tactics),)),)
        )

    def foreign(self) -> LayerPlan:
        """A foreign node: tables, a second try with less memory, one that failed, an exception."""
        kernels = (NEW_KERNELS[1].replace("fprop_implicit_", ""), "__myl_MulSumFc_0x" + "5a" * 16)
        rows = tuple(
            OpTacticPlan(
                item,
                kernel,
                0.004 + item / 10**4,
                number(kernel, item, bits=50),
                0.9,
                "0" if item == 7 else None,
            )
            for item, kernel in ((3, kernels[0]), (7, kernels[1]), (12, kernels[0]))
        )
        table = OpTablePlan("head/dense", rows, ("head/dense", "head/relu"))
        keyed = OpTablePlan("__mye12", rows[:1], (), number("key") << 64 | number("low"))
        again = TacticPlan(0, status="skipped", needed_bytes=984576, available_bytes=1024)
        short = TacticPlan(0, None, None, "skipped", 852992, 2688, MEMORY)
        reason = "[autotuner.cpp:3296: get_best_tactics] Autotuner: no tactics to implement operation: a -> b"
        source, target = self.formats("Float", 64, 1), self.formats("Half", 10, 1)
        timed = self.unnamed("foreign", 0)
        combinations = (
            CombinationPlan(
                (source,), (target,), (self.runner("Myelin", again, *timed, tables=(table, keyed)),)
            ),
            CombinationPlan((target,), (target,), (self.runner("Myelin", short),)),
            CombinationPlan(
                (target,), (source,), (self.runner("Myelin", TacticPlan(0, status="failed", reason=reason)),)
            ),
        )
        return LayerPlan(FOREIGN, combinations)

    def layers(self) -> tuple[LayerPlan, ...]:
        """All layers that the dialect can print."""
        dialect = self.dialect
        layers = [self.stem(), self.pointwise()]
        if dialect.has_combination_lines:
            layers += [self.shape(), self.torch()]
        if dialect.has_split_k:
            layers.append(self.gemm())
        if dialect.has_op_tables:
            layers += [self.foreign(), LayerPlan(CONSTANT)]
        return tuple(layers)

    def reformats(self) -> tuple[ReformatSetPlan, ...]:
        """Trials of three tensors; the second trial of the first tensor was measured before."""
        if not self.dialect.has_combination_lines:
            return ()
        plain, vectorised = self.formats("Float", 3, 28), self.formats("Half", 3, 28, vector=4)

        def trial(source: str, target: str, *, known: bool = False) -> CombinationPlan:
            runners = (
                () if known else (self.runner("Reformat", *self.unnamed(source + target, 1000, 1002, 0)),)
            )
            return CombinationPlan((source,), (target,), runners, purpose="reformat")

        known = self.dialect.has_reformat_formats
        first = ReformatSetPlan("x", (trial(plain, vectorised), trial(vectorised, plain, known=known)))
        sets = [first, ReformatSetPlan("stem/out:0", (trial(plain, plain),), into=True), ReformatSetPlan("y")]
        if self.dialect.has_copy_nodes:
            sets.insert(0, ReformatSetPlan("in::x", (trial(plain, plain),), copy_node=True))
        return tuple(sets)

    def cached(self, layers: tuple[LayerPlan, ...]) -> tuple[LayerPlan, ...]:
        """Build the same layers again: what was timed now comes from the cache."""
        return tuple(LayerPlan(layer.name, tuple(map(from_cache, layer.combinations))) for layer in layers)

    def engine_layers(self, profile: int = 0) -> tuple[EngineLayerPlan, ...]:
        """A part of the finished engine."""
        if not self.dialect.has_engine_layers:
            return ()
        x, y, z = (
            EngineTensor("x", "Float", "-2,3,28,28"),
            EngineTensor("y:0", "Half", "-2,16:8,28,28"),
            EngineTensor("z (1)", "Int32", ""),
        )
        kernel = self.named("stem 1")[0]
        stem = EngineLayerPlan(
            STEM,
            "scudnn" if self.dialect.fastest_first else "CaskConvolution",
            kernel.tactic,
            (x,),
            (y,),
            profile,
            kernel.kernel,
            ("conv", "relu"),
        )
        copy = EngineLayerPlan(
            f"Reformatting CopyNode for Input Tensor 0 to {STEM}", "Reformat", 1002, (x,), (x,), profile
        )
        shape = EngineLayerPlan(SHAPE, "Shuffle", 0, (), (z,), profile)
        return (copy, stem, EngineLayerPlan(POINTWISE, "PointWiseV2", 0x1C, (y, y), (y, z), profile), shape)


def from_cache(combination: CombinationPlan) -> CombinationPlan:
    """Replace a measurement by what the cache remembers of it; failures are tried again."""
    winner = combination.winner()
    if winner is None or winner[1].time_ms is None:
        return combination
    hit = CachedResult(winner[0].kind, winner[1].tactic, winner[1].time_ms)
    return CombinationPlan(
        combination.inputs,
        combination.outputs,
        (),
        hit,
        combination.where,
        combination.purpose,
        combination.key,
    )


def sample_plan(dialect: Dialect) -> LogPlan:
    """One engine with everything that the dialect has, and a second, small one that is cut."""
    sample = Sample(dialect)
    strategy = 2 if dialect.has_strategies else None
    layers, reformats = sample.layers(), sample.reformats()
    if not dialect.has_reformat_formats:
        # Not after the layer that has an only option: nothing closes it there.
        layers = tuple(layer for layer in layers if ends_with_choice(layer))
    build = BuildPlan(layers, reformats, strategy, selection_s=3.71546)
    cut = LayerPlan("late/conv", (sample.stem().combinations[0],))
    early = (sample.shape(),) if dialect.has_combination_lines else ()
    second = EnginePlan((BuildPlan((*early, cut), (), strategy),), cut=True)
    return LogPlan((EnginePlan((build,), sample.engine_layers()), second))


def strategies_plan(dialect: Dialect) -> LogPlan:
    """Strategies 4, 3 and 2 in one engine; the second wins, the third lives from the cache."""
    sample = Sample(dialect)
    layers = tuple(layer for layer in sample.layers() if layer.name != SHAPE)
    reformats = sample.reformats()
    quick = tuple(
        ReformatSetPlan(item.tensor, tuple(map(from_cache, item.combinations)), item.into)
        for item in reformats
    )
    builds = (
        BuildPlan(layers, reformats, 4, estimated_ms=0.3344, selection_s=14.8108),
        BuildPlan((sample.foreign(),), quick, 3, estimated_ms=0.310688, selection_s=7.70415),
        BuildPlan(sample.cached(layers), quick, 2, estimated_ms=0.32816, selection_s=0.395312),
    )
    return LogPlan((EnginePlan(builds, sample.engine_layers()),))


def profiles_plan(dialect: Dialect) -> LogPlan:
    """Two profiles in one engine with detailed layers, then the same network built once more."""
    sample = Sample(dialect)
    layers, reformats = (sample.stem(), sample.foreign()), sample.reformats()[:1]
    quick = tuple(
        ReformatSetPlan(item.tensor, tuple(map(from_cache, item.combinations)), item.into)
        for item in reformats
    )
    builds = (BuildPlan(layers, reformats, 2), BuildPlan(sample.cached(layers), quick, 2, profile=1))
    fused = EngineLayerPlan("__myl_MulSumFc_myl7_3", "kgen", None, kernel="__myl_MulSumFc_0x" + "5a" * 16)
    detailed = (*sample.engine_layers(), fused, *sample.engine_layers(profile=1))
    again = EnginePlan((BuildPlan((sample.pointwise(),), (), 2),), sample.engine_layers()[2:])
    return LogPlan((EnginePlan(builds, detailed, detailed=True), again))
