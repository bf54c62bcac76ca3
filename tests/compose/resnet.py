"""A network of residual blocks as trtexec 8.6.1 builds it in FP16, about 60 layers: for pictures and demonstrations.

Nothing of it was measured. A time follows the work of its layer; kernels, ids and noise are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .fixtures import compose
from .plan import (
    BuildPlan,
    CombinationPlan,
    EngineLayerPlan,
    EnginePlan,
    EngineTensor,
    LayerPlan,
    LogPlan,
    ReformatSetPlan,
    RunnerPlan,
    TacticPlan,
)
from .samples import RUNNER_IDS, number

_MMA = "stage{stages}_warpsize2x2x1_g1_tensor16x8x16"
_HALF = "sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize{tile}_" + _MMA
_FLOAT = (
    "sm80_xmma_fprop_implicit_gemm_tf32f32_tf32f32_f32_nhwckrsc_nhwc_tilesize{tile}_stage3_warpsize2x2x1_g1_"
    "tensor16x8x8"
)
_TILES = (("64x64x64", 4), ("128x64x32", 4), ("128x128x32", 3), ("256x64x32", 3), ("64x32x64", 5))
_SCUDNN = ("ampere_scudnn_128x64_relu_medium_nn_v1", "ampere_scudnn_128x128_relu_small_nn_v1")
_OVERTAKEN = "stage3/block2/conv2"
"""A layer whose kernel changes from one build to the other."""
_SHORT, _BEHIND_SHORT = "stage4/block1/conv2", "stage4/block1/conv3"
"""A layer that loses its Tensor Core kernels for want of memory, and the one behind it, which needs a reformat then."""
_HEAD = """\
&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=resnet.onnx --fp16 --verbose
[05/06/2024-07:08:01] [I] === Build Options ===
[05/06/2024-07:08:01] [I] Precision: FP32+FP16
[05/06/2024-07:08:01] [I] === Device Information ===
[05/06/2024-07:08:01] [I] Selected Device: NVIDIA A10
[05/06/2024-07:08:01] [I] Compute Capability: 8.6
"""
_TAIL = """\
[05/06/2024-07:09:40] [I] === Performance summary ===
[05/06/2024-07:09:40] [I] Throughput: {qps:.6g} qps
[05/06/2024-07:09:40] [I] Latency: min = {low:.6g} ms, max = {high:.6g} ms, mean = {mean:.6g} ms, median = {mean:.6g} ms, percentile(90%) = {high:.6g} ms, percentile(95%) = {high:.6g} ms, percentile(99%) = {high:.6g} ms
[05/06/2024-07:09:40] [I] GPU Compute Time: min = {low:.6g} ms, max = {high:.6g} ms, mean = {gpu:.6g} ms, median = {gpu:.6g} ms, percentile(90%) = {high:.6g} ms, percentile(95%) = {high:.6g} ms, percentile(99%) = {high:.6g} ms
&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=resnet.onnx --fp16 --verbose
"""  # noqa: E501


@dataclass(frozen=True)
class Conv:
    """A convolution: its name, channels in and out, size of the image, filter, and whether an input is added."""

    name: str
    channels: tuple[int, int]
    size: int
    filter: int = 1
    adds: bool = False

    @property
    def work_ms(self) -> float:
        """What it takes on Tensor Cores."""
        products = self.channels[0] * self.channels[1] * self.filter**2 * self.size**2
        moved = (self.channels[0] + self.channels[1] * (2 if self.adds else 1)) * self.size**2
        return 0.0035 + products / 2.1e10 + moved / 2.4e8


def convolutions() -> list[Conv]:
    """Return the convolutions in order."""
    found = [Conv("stem/conv + stem/relu", (3, 64), 112, 7)]
    width, size, before = 64, 56, 64
    for stage, blocks in enumerate((3, 4, 6, 3), 1):
        for block in range(blocks):
            at = f"stage{stage}/block{block}"
            if block == 0:
                found.append(Conv(f"{at}/shortcut/conv", (before, width * 4), size))
            found.append(Conv(f"{at}/conv1 + {at}/relu1", (before, width), size))
            found.append(Conv(f"{at}/conv2 + {at}/relu2", (width, width), size, 3))
            found.append(Conv(f"{at}/conv3 + {at}/add + {at}/relu3", (width, width * 4), size, adds=True))
            before = width * 4
        width, size = width * 2, size // 2
    return found


class _Network:
    """The plans of one build; `later` is the build of another night, in which some choices differ."""

    def __init__(self, *, later: bool) -> None:
        self.later = later
        self.layers: list[LayerPlan] = []
        self.engine: list[EngineLayerPlan] = []
        self.reformats: list[ReformatSetPlan] = []
        self.added: list[str] = []
        self.total_ms = 0.0
        self.last = EngineTensor("input", "Float", "1,3,224,224")

    def noise(self, *words: object, by: float = 0.05) -> float:
        """Return a factor near 1 that words decide; another night adds a little of its own."""
        steady = 1 + by * (number("steady", *words, bits=16) / 2**16 - 0.5)
        night = 1 + 0.012 * (number("night", self.later, *words, bits=16) / 2**16 - 0.5)
        return steady * night

    def formats(self, dtype: str, channels: int, size: int, vector: int = 1) -> str:
        """Print a format, dense or with vectors of channels."""
        if vector == 1:
            return f"{dtype}({channels * size**2},{size**2},{size},1)"
        groups = -(-channels // vector)
        return f"{dtype}({groups * size**2},1:{vector},{groups * size},{groups})"

    def runner(self, kind: str, *tactics: TacticPlan) -> RunnerPlan:
        return RunnerPlan(kind, RUNNER_IDS[kind], tactics, no_valid=not tactics)

    def tactic(self, kernel: str, time_ms: float, *words: object) -> TacticPlan:
        return TacticPlan(number(kernel), kernel, float(f"{time_ms * self.noise(kernel, *words):.6g}"))

    def tensor(self, name: str, channels: int, size: int) -> EngineTensor:
        return EngineTensor(name, "Half", f"1,{channels}:8,{size},{size}")

    def slower(self, layer: str, place: int) -> float:
        """Return how much slower a tactic is in the later build: there the old winner of one layer loses."""
        return 1.45 if self.later and layer.startswith(_OVERTAKEN) and place == number(layer, bits=2) else 1.0

    def add(self, layer: EngineLayerPlan, time_ms: float) -> None:
        self.engine.append(layer)
        self.total_ms += time_ms
        self.last = layer.outputs[0]

    def reformat(self, before: str, after: str, target: str, tensor: EngineTensor, time_ms: float) -> None:
        """Add a reformat in front of a layer."""
        tactic = TacticPlan(1002, time_ms=float(f"{time_ms:.6g}"))
        slower = TacticPlan(0, time_ms=float(f"{time_ms * 1.31:.6g}"))
        trial = CombinationPlan(
            (before,), (after,), (self.runner("Reformat", tactic, slower),), purpose="reformat"
        )
        self.reformats.append(ReformatSetPlan(self.last.name, (trial,)))
        tensor = EngineTensor(f"Reformatted Input Tensor 0 to {target}", tensor.dtype, tensor.dims)
        self.added.append(f"Adding reformat layer: {tensor.name} ({self.last.name}) from {before} to {after}")
        name = f"Reformatting CopyNode for Input Tensor 0 to {target}"
        self.add(EngineLayerPlan(name, "Reformat", 1002, (self.last,), (tensor,)), time_ms)

    def conv(self, conv: Conv) -> None:
        """Add a convolution with the combinations that the builder tries."""
        (come, go), size, out = conv.channels, conv.size, conv.size
        at, base = conv.name, conv.work_ms
        half = (self.formats("Half", come, size, 8),), (self.formats("Half", go, out, 8),)
        plain = (self.formats("Float", come, size),), (self.formats("Float", go, out),)
        mixed = (self.formats("Half", come, size, 8),), (self.formats("Half", go, out),)
        fast = [
            self.tactic(
                _HALF.format(tile=tile, stages=stages),
                base * (1 + 0.16 * abs(place - number(at, bits=2))) * self.slower(at, place), at, "half",
            )
            for place, (tile, stages) in enumerate(_TILES)
        ]  # fmt: skip
        scratch = TacticPlan(7, status="skipped", needed_bytes=5368709120, available_bytes=1073741824)
        short = self.later and at.startswith(_SHORT)
        if short:
            fast = [replace(scratch, tactic=one.tactic) for one in fast]
        elif at.startswith(("stage2/block1/conv2", "stage4/block1/conv2")):
            fast.append(scratch)
        cuda = [self.tactic(kernel, base * 4.1, at, kernel) for kernel in _SCUDNN]
        tf32 = [self.tactic(_FLOAT.format(tile=tile), base * 2.2, at, "tf32", tile) for tile, _ in _TILES[:3]]
        cudnn = (TacticPlan(0, time_ms=float(f"{base * 3.4 * self.noise(at, 0):.6g}")),)
        combinations = (
            CombinationPlan(
                *plain, (self.runner("CudnnConvolution", *cudnn), self.runner("CaskConvolution", *cuda[1:], *tf32))
            ),
            CombinationPlan(*mixed, (self.runner("CudnnConvolution"), self.runner("CaskConvolution", *cuda[:1]))),
            CombinationPlan(*half, (self.runner("CaskFlattenConvolution"), self.runner("CaskConvolution", *fast))),
        )  # fmt: skip
        self.layers.append(LayerPlan(at, combinations))
        _, best = combinations[1 if short else 2].winner() or (None, fast[0])
        nodes = tuple(part.strip() for part in at.split(" + "))
        inputs = (self.last, self.shortcut) if conv.adds else (self.last,)
        made = self.tensor(f"{nodes[-1]}/out", go, out)
        if short:
            made = replace(made, dims=f"1,{go},{out},{out}")
        layer = EngineLayerPlan(
            at, "CaskConvolution", best.tactic, inputs, (made,),
            kernel=best.kernel, onnx_nodes=nodes,
        )  # fmt: skip
        self.add(layer, best.time_ms or 0.0)

    shortcut: EngineTensor

    def simple(
        self, name: str, kind: str, tensor: EngineTensor, time_ms: float, formats: tuple[str, str]
    ) -> None:
        """Add a layer whose runner prints no kernel."""
        tactics = [
            TacticPlan(id_, time_ms=float(f"{time_ms * factor:.6g}")) for id_, factor in ((1, 1), (4, 1.12))
        ]
        combination = CombinationPlan(formats[:1], formats[1:], (self.runner(kind, *tactics),))
        self.layers.append(LayerPlan(name, (combination,)))
        self.add(EngineLayerPlan(name, kind, 1, (self.last,), (tensor,), onnx_nodes=(name,)), time_ms)

    def build(self) -> LogPlan:
        """Return the plan of the whole log."""
        first, *rest = convolutions()
        self.reformat(
            self.formats("Float", 3, 224), self.formats("Half", 3, 224, 8), first.name,
            EngineTensor("input/half", "Half", "1,3:8,224,224"), 0.0113,
        )  # fmt: skip
        self.conv(first)
        self.simple("stem/transpose", "Shuffle", self.tensor("stem/turned", 64, 112), 0.0164,
                    (self.formats("Half", 64, 112, 8), self.formats("Half", 64, 112, 8)))  # fmt: skip
        self.shortcut = self.last
        for conv in rest:
            block_input = self.last
            if conv.name.endswith("shortcut/conv"):
                self.conv(conv)
                self.shortcut, self.last = self.last, block_input
                continue
            if conv.name.startswith("stage3") and "conv1" in conv.name:
                swish = f"{conv.name.partition('/conv1')[0]}/swish"
                self.simple(swish, "PointWiseV2", self.tensor(f"{swish}/out", 1024, 14), 0.0139 * self.noise(swish),
                            (self.formats("Half", 1024, 14, 8), self.formats("Half", 1024, 14, 8)))  # fmt: skip
            if self.later and conv.name.startswith(_BEHIND_SHORT):
                half = self.formats("Half", 512, 7)
                self.reformat(half, self.formats("Half", 512, 7, 8), conv.name,
                              EngineTensor("stage4/packed", "Half", "1,512:8,7,7"), 0.0049)  # fmt: skip
            self.conv(conv)
            if conv.adds:
                self.shortcut = self.last
        self.simple("head/pool", "Shuffle", self.tensor("head/pooled", 2048, 1), 0.0051,
                    (self.formats("Half", 2048, 7, 8), self.formats("Half", 2048, 1, 8)))  # fmt: skip
        self.reformat(self.formats("Half", 2048, 1, 8), self.formats("Float", 2048, 1), "head/dense",
                      EngineTensor("head/float", "Float", "1,2048,1,1"), 0.0042)  # fmt: skip
        build = BuildPlan(tuple(self.layers), tuple(self.reformats), 2, selection_s=96.4)
        return LogPlan((EnginePlan((build,), tuple(self.engine)),))


_SELECTED = "Formats and tactics selection completed"


def resnet_log(*, later: bool = False) -> str:
    """Return the text of the log; `later` is the build of another night."""
    network = _Network(later=later)
    body = compose(network.build(), "trt861").text
    gpu = network.total_ms * 1.06
    tail = _TAIL.format(qps=1000 / (gpu + 0.1), low=gpu * 0.98, high=gpu * 1.09, mean=gpu + 0.14, gpu=gpu)
    added = "".join(f"[05/06/2024-07:08:51] [V] [TRT] {text}\n" for text in network.added)
    selected = body.rindex("\n", 0, body.index(_SELECTED)) + 1
    return _HEAD + body[:selected] + added + body[selected:] + tail
