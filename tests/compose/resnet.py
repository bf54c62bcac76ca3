"""A network like ResNet-50, as trtexec 8.6.1 would build and profile it on an A10: 59 layers with believable times.

The logs are for people: the demo and the README show them. Times follow from the operations of each layer and what
kernels of its kind reach; nothing is taken from a real log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

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

BATCH = 8
GPU = "NVIDIA A10"
Precision = Literal["fp32", "fp16", "fp16-again"]

_TFLOPS = {"scudnn": 15.0, "winograd": 20.0, "tf32": 33.0, "f16": 72.0}
"""What kernels of a kind reach on a large convolution, in 10^12 operations a second."""
_GBPS = 480.0
_LAUNCH_MS = 0.0028


@dataclass(frozen=True)
class Conv:
    """A convolution with its ReLU, and with the addition of the shortcut where one ends in it."""

    name: str
    channels: int
    filters: int
    size: int
    kernel: int = 1
    stride: int = 1
    adds: bool = False
    relu: bool = True

    @property
    def out(self) -> int:
        """Return height and width of the output."""
        return self.size // self.stride

    @property
    def flops(self) -> float:
        """Return the operations of a batch."""
        return 2.0 * BATCH * self.out**2 * self.filters * self.channels * self.kernel**2

    @property
    def layer(self) -> str:
        """Return the name of the layer that the builder fuses."""
        parts = [self.name]
        parts += [self.name.rsplit("/", 1)[0] + "/Add"] if self.adds else []
        parts += [self.name.replace("Conv", "Relu")] if self.relu else []
        return " + ".join(parts)


def network() -> Iterator[Conv]:
    """Yield the convolutions, in order."""
    yield Conv("/conv1/Conv", 3, 64, 224, 7, 2)
    channels, size = 64, 56
    for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 1 else 1
            place = f"/layer{stage}/layer{stage}.{block}"
            yield Conv(f"{place}/conv1/Conv", channels, width, size)
            yield Conv(f"{place}/conv2/Conv", width, width, size, 3, stride)
            if block == 0:
                yield Conv(f"{place}/downsample/Conv", channels, 4 * width, size, 1, stride, relu=False)
            size //= stride
            channels = 4 * width
            yield Conv(f"{place}/conv3/Conv", width, channels, size, adds=True)


def _dense(dtype: str, channels: int, size: int) -> str:
    return f"{dtype}({channels * size * size},{size * size},{size},1)"


def _packed(channels: int, size: int) -> str:
    groups = -(-channels // 8)
    return f"Half({groups * size * size},1:8,{groups * size},{groups})"


def _kernels(conv: Conv, kind: str) -> Iterator[tuple[str, float]]:
    """Yield the kernels of a kind with their efficiency for this convolution, 0 to 1."""
    wide = conv.filters >= 256
    small = conv.out <= 7
    filters = f"t1r{conv.kernel}s{conv.kernel}"
    if kind == "scudnn":
        yield "ampere_scudnn_128x64_relu_medium_nn_v1", 0.92
        yield "ampere_scudnn_128x128_relu_small_nn_v1", 0.97 if wide else 0.71
        yield "ampere_scudnn_128x32_relu_interior_nn_v1", 0.66
        if conv.kernel == 3 and conv.stride == 1:
            yield "ampere_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1", 1.45 if not small else 0.8
    elif kind == "tf32":
        head = "sm80_xmma_fprop_implicit_gemm_tf32f32_tf32f32_f32_nhwckrsc_nchw"
        yield f"{head}_tilesize128x128x16_stage4_warpsize2x2x1_g1_tensor16x8x8", 0.95 if wide else 0.78
        yield f"{head}_tilesize64x64x32_stage4_warpsize2x2x1_g1_tensor16x8x8", 0.86 if not small else 0.9
        yield f"{head}_tilesize256x64x16_stage4_warpsize4x1x1_g1_tensor16x8x8", 0.7
    else:
        head = "sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc"
        yield (
            f"{head}_tilesize128x128x32_stage4_warpsize2x2x1_g1_tensor16x8x16_{filters}",
            0.93 if wide else 0.74,
        )
        yield (
            f"{head}_tilesize64x64x64_stage3_warpsize2x2x1_g1_tensor16x8x16_{filters}",
            0.84 if not small else 0.9,
        )
        yield f"{head}_tilesize128x64x64_stage4_warpsize2x2x1_g1_tensor16x8x16", 0.88
        yield f"{head}_tilesize256x64x32_stage4_warpsize4x1x1_g1_tensor16x8x16_{filters}", 0.69


def _time(conv: Conv, kind: str, efficiency: float, *word: str) -> float:
    """Return a time: operations or memory, whichever takes longer, and what a launch takes."""
    width = 2 if kind == "f16" else 4
    moved = (
        BATCH * width * (conv.channels * conv.size**2 + (2 if conv.adds else 1) * conv.filters * conv.out**2)
    )
    compute = conv.flops / (_TFLOPS[kind] * 1e9 * efficiency)
    # three input channels do not fill the tiles of a kernel
    compute *= 2.4 if conv.channels < 8 else 1.0
    noise = 1 + (number("noise", conv.name, *word, bits=10) / 1024 - 0.5) * 0.03
    return float(f"{(max(compute, moved / (_GBPS * 1e6)) + _LAUNCH_MS) * noise:.6g}")


def _runner(kind: str, *tactics: TacticPlan) -> RunnerPlan:
    return RunnerPlan(kind, RUNNER_IDS[kind], tactics, no_valid=not tactics)


def _tactics(conv: Conv, precision: Precision, *kinds: str) -> tuple[TacticPlan, ...]:
    return tuple(
        TacticPlan(number(kernel), kernel, _time(conv, kind, efficiency, kernel, precision))
        for kind in kinds
        for kernel, efficiency in _kernels(conv, kind)
    )


def _combination(inputs: str, outputs: str, conv: Conv, *tactics: TacticPlan) -> CombinationPlan:
    add = (outputs,) if conv.adds else ()
    cudnn = () if conv.adds else (_runner("CudnnConvolution"),)
    return CombinationPlan((inputs, *add), (outputs,), (*cudnn, _runner("CaskConvolution", *tactics)))


def _costed(conv: Conv, precision: Precision) -> LayerPlan:
    dense = _dense("Float", conv.channels, conv.size), _dense("Float", conv.filters, conv.out)
    combinations = [_combination(*dense, conv, *_tactics(conv, precision, "scudnn", "tf32"))]
    if precision != "fp32":
        packed = _packed(conv.channels, conv.size), _packed(conv.filters, conv.out)
        combinations.append(_combination(*packed, conv, *_tactics(conv, precision, "f16")))
    return LayerPlan(conv.layer, tuple(combinations))


def _other(name: str, kind: str, formats: tuple[str, str], ms: float, kernel: str | None) -> LayerPlan:
    tactic = TacticPlan(number(name, bits=32), kernel, ms)
    return LayerPlan(name, (CombinationPlan((formats[0],), (formats[1],), (_runner(kind, tactic),)),))


RUNNER_IDS.setdefault("CaskPooling", 0x8000003D)
RUNNER_IDS.setdefault("CaskGemmMatrixMultiply", 0x8000002C)


def plan(precision: Precision) -> LogPlan:
    """Return what happens in the build."""
    half = precision != "fp32"
    dtype = "Half" if half else "Float"

    def image(channels: int, size: int) -> str:
        return _packed(channels, size) if half else _dense("Float", channels, size)

    def tensor(name: str, channels: int, size: int) -> EngineTensor:
        dims = f"{BATCH},{channels}:8,{size},{size}" if half else f"{BATCH},{channels},{size},{size}"
        return EngineTensor(name, dtype, dims)

    layers: list[LayerPlan] = []
    engine: list[EngineLayerPlan] = []
    source = EngineTensor("input", "Float", f"{BATCH},3,224,224")
    last = source
    if half:
        copied = tensor("Reformatted Input Tensor 0 to /conv1/Conv + /conv1/Relu", 3, 224)
        engine.append(
            EngineLayerPlan(
                "Reformatting CopyNode for Input Tensor 0 to /conv1/Conv + /conv1/Relu", "Reformat", 1002, (source,),
                (copied,),
            )
        )  # fmt: skip
        last = copied
    for conv in network():
        costed = _costed(conv, precision)
        layers.append(costed)
        won = costed.combinations[-1].winner()
        assert won is not None
        made = tensor(f"{conv.name}_output_0", conv.filters, conv.out)
        shortcut = (last,) if conv.adds else ()
        engine.append(
            EngineLayerPlan(conv.layer, "CaskConvolution", won[1].tactic, (last, *shortcut), (made,))
        )
        last = made
        if conv.name == "/conv1/Conv":
            kernel = "sm50_xmma_pooling_coalescedC_NHWC_kMAX_3_False" if half else None
            images = image(64, 112), image(64, 56)
            pool = _other("/maxpool/MaxPool", "CaskPooling", images, 0.0291 if half else 0.0552, kernel)
            layers.append(pool)
            pooled = tensor("/maxpool/MaxPool_output_0", 64, 56)
            engine.append(_run(pool, "CaskPooling", last, pooled))
            last = pooled
    mean = _other("/avgpool/GlobalAveragePool", "CaskPooling", (image(2048, 7), image(2048, 1)), 0.0094, None)
    logits = _other("/fc/Gemm", "CaskGemmMatrixMultiply", (image(2048, 1), image(1000, 1)), 0.0213 if half else 0.0312,
                    _FC["fp16" if half else "fp32"])  # fmt: skip
    softmax = _other(
        "/Softmax", "LogSoftmaxTopK", (_dense("Float", 1000, 1), _dense("Float", 1000, 1)), 0.0049, None
    )
    flat, scores = (
        tensor("/Flatten_output_0", 2048, 1),
        EngineTensor("/fc/Gemm_output_0", "Float", f"{BATCH},1000"),
    )
    engine.append(_run(mean, "CaskPooling", last, flat))
    engine.append(_run(logits, "CaskGemmMatrixMultiply", flat, scores))
    engine.append(_run(softmax, "LogSoftmaxTopK", scores, EngineTensor("output", "Float", f"{BATCH},1000")))
    reformats = ()
    if half:
        tries = tuple(
            TacticPlan(item, time_ms=ms) for item, ms in ((1000, 0.0417), (1002, 0.0274), (0, 0.0688))
        )
        trial = CombinationPlan((_dense("Float", 3, 224),), (_packed(3, 224),), (_runner("Reformat", *tries),),
                                purpose="reformat")  # fmt: skip
        reformats = (ReformatSetPlan("input", (trial,)),)
    build = BuildPlan((*layers, mean, logits, softmax), reformats, 2, selection_s=41.7 if half else 24.6)
    return LogPlan((EnginePlan((build,), tuple(engine)),))


_FC: dict[Precision, str] = {
    "fp32": "sm80_xmma_gemm_tf32f32_tf32f32_f32_tn_n_tilesize64x64x32_stage4_warpsize2x2x1_tensor16x8x8",
    "fp16": "sm80_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize64x64x64_stage4_warpsize2x2x1_tensor16x8x16",
}


def _run(costed: LayerPlan, kind: str, source: EngineTensor, made: EngineTensor) -> EngineLayerPlan:
    won = costed.combinations[-1].winner()
    assert won is not None
    return EngineLayerPlan(costed.name, kind, won[1].tactic, (source,), (made,))


def log(precision: Precision) -> str:
    """Return the text of a log: what trtexec says, what the library says, a profile, measurements."""
    made = plan(precision)
    flags = " --fp16" if precision != "fp32" else ""
    command = f"trtexec --onnx=resnet50.onnx{flags} --shapes=input:{BATCH}x3x224x224 --verbose --dumpProfile"
    banner = f"TensorRT.trtexec [TensorRT v8601] # {command} --separateProfileRun"
    times = dict(_profiled(made))
    gpu = sum(times.values()) * 0.965
    return "".join([
        f"&&&& RUNNING {banner}\n",
        *(f"[05/06/2024-07:08:09] [I] {line}\n" for line in _echo(precision)),
        compose(made, "trt861").text,
        *(f"[05/06/2024-07:09:30] [I] {line}\n" for line in (*_profile(times), *_measured(gpu))),
        f"&&&& PASSED {banner}\n",
    ])  # fmt: skip


def _profiled(made: LogPlan) -> Iterator[tuple[str, float]]:
    """Yield what each layer takes in the engine: somewhat less than alone."""
    won = {
        (layer.name, best[1].tactic): best[1].time_ms or 0.0
        for layer in made.builds[0].layers
        for combination in layer.combinations
        if (best := combination.winner()) is not None
    }
    for layer in made.engines[0].layers:
        alone = won.get((layer.name, layer.tactic), 0.0274)
        yield layer.name, alone * (0.94 + number("profile", layer.name, bits=8) / 256 * 0.05)


def _echo(precision: Precision) -> Iterator[str]:
    yield "=== Model Options ==="
    yield "Format: ONNX"
    yield "Model: resnet50.onnx"
    yield "=== Build Options ==="
    yield "Max batch: explicit batch"
    yield "Memory Pools: workspace: 4096 MiB, dlaSRAM: default, dlaLocalDRAM: default, dlaGlobalDRAM: default"
    yield f"Precision: {'FP32+FP16' if precision != 'fp32' else 'FP32'}"
    yield "Sparsity: Disabled"
    yield "=== Inference Options ==="
    yield "CUDA Graph: Disabled"
    yield "Separate profiling: Enabled"
    yield "=== Device Information ==="
    yield f"Selected Device: {GPU}"
    yield "Compute Capability: 8.6"
    yield "SMs: 72"
    yield ""
    yield "TensorRT version: 8.6.1"


def _profile(times: dict[str, float]) -> Iterator[str]:
    runs = 240
    total = sum(times.values())
    yield f"=== Profile ({runs} iterations ) ==="
    yield "   Time(ms)     Avg.(ms)   Median(ms)   Time(%)   Layer"
    for name, ms in times.items():
        yield f"{ms * runs * 1.03:11.2f} {ms * 1.03:12.4f} {ms:12.4f} {100 * ms / total:9.1f}   {name}"
    yield f"{total * runs * 1.03:11.2f} {total * 1.03:12.4f} {total:12.4f} {100.0:9.1f}   Total"
    yield ""


def _measured(gpu: float) -> Iterator[str]:
    def row(name: str, ms: float) -> str:
        spread = [ms * 0.985, ms * 1.06, ms * 1.004, ms, ms * 1.012, ms * 1.02, ms * 1.04]
        low, high, mean, median, *percentiles = (f"{value:.6g}" for value in spread)
        shares = ", ".join(
            f"percentile({share}%) = {value} ms"
            for share, value in zip((90, 95, 99), percentiles, strict=True)
        )
        return f"{name}: min = {low} ms, max = {high} ms, mean = {mean} ms, median = {median} ms, {shares}"

    yield "=== Performance summary ==="
    yield f"Throughput: {1000 / (gpu * 1.01):.6g} qps"
    yield row("Latency", gpu + 0.42)
    yield row("Enqueue Time", gpu * 0.31)
    yield row("H2D Latency", 0.413)
    yield row("GPU Compute Time", gpu)
    yield row("D2H Latency", 0.0068)
    yield ""
