"""Record verbose build logs of small ONNX networks with a real TensorRT builder.

The logs are fixtures: the builder printed every [TRT] message in them. All that this script adds or changes:

- The line prefix of trtexec, ``[MM/DD/YYYY-hh:mm:ss] [V] [TRT] ``. It comes once per message, also when the
  message has several lines; the builder hands messages to a logger without any prefix.
- The clock in that prefix stands still (``FIXED_TIME``), so that two recordings can be compared. What the
  builder measured (durations, peak memory of the process) stays as printed and differs from run to run; a
  fixture that would change in nothing else is left as it is on disk.
- Paths of the machine that records (home, working, temporary and package directories), should a message hold
  one, become ``<path>``. A log in which something that looks like a personal path remains is not written.

Networks have fixed seeds and tiny weights. TensorRT-RTX (``pip install tensorrt-rtx-cu12 onnx numpy``) builds
for a stated compute capability without any GPU; it measures no tactic, so its logs hold no tactic times. With
``--builder tensorrt`` the same networks go through TensorRT itself, which needs a GPU.

The engine inspector needs a loaded engine, hence a GPU. Where loading works, its two forms are written next
to the log of every network with detailed profiling verbosity, as NAME.inspector.txt and NAME.inspector.json.

Exit codes: 0 all recorded, 1 a builder answered otherwise than the fixture is there to show, 2 cannot record.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

Clock = Callable[[], datetime]
Shape = Sequence[int | str]
Profile = Mapping[str, Sequence[Sequence[int]]]  # input -> its min, opt and max shape

FIXED_TIME = datetime(2025, 1, 1, 12, 0, 0)
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "recorded"
PATH_PLACEHOLDER = "<path>"

# ILogger severities; the letters are trtexec's.
SEVERITY_LETTERS = {"INTERNAL_ERROR": "F", "ERROR": "E", "WARNING": "W", "INFO": "I", "VERBOSE": "V"}

# --builder value -> (module, what to install). Both modules have the same API as far as it is used here.
BUILDERS = {
    "tensorrt-rtx": ("tensorrt_rtx", "tensorrt-rtx-cu12"),
    "tensorrt": ("tensorrt", "tensorrt"),
}

# Numbers that no two runs share. The peak grows with all that the process has built before.
_MEASURED = re.compile(
    r"\d+(?:\.\d+)?(?:e[+-]?\d+)?(?= ?(?:seconds|microseconds|ms)\b)"
    r"|(?<=allocators: )CPU \d+ MiB, GPU \d+ MiB"
)
_PERSONAL_PATH = re.compile(r"(?<![\w.])/(?:home|root|tmp|Users)/|[A-Za-z]:\\Users\\")


class RecordError(Exception):
    """Nothing can be recorded; the text is one line with the remedy."""


def fixed_clock() -> datetime:
    """Return the time that stands in every fixture."""
    return FIXED_TIME


class LogText:
    """Messages in trtexec's line format."""

    def __init__(self, clock: Clock = fixed_clock) -> None:
        self._clock = clock
        self._lines: list[str] = []

    def add(self, severity: str, message: str, *, library: bool = True) -> None:
        """Append one message; trtexec's own messages (``library=False``) have no [TRT].

        As in trtexec the prefix comes once per message, whatever line ends the message holds, and a message
        that ends in one leaves an empty line.
        """
        letter = SEVERITY_LETTERS.get(severity, "V")
        source = "[TRT] " if library else ""
        self._lines.append(f"[{self._clock():%m/%d/%Y-%H:%M:%S}] [{letter}] {source}{message}\n")

    def text(self) -> str:
        """Return all lines so far."""
        return "".join(self._lines)


def builder_logger(trt: Any, log: LogText) -> Any:
    """Return an ILogger of module ``trt`` that writes to ``log``.

    The class is made here because its base exists only once the builder's module is imported.
    """

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # the binding demands this call by name, not through super()

        def log(self, severity: Any, msg: str) -> None:
            log.add(severity.name, msg)

    return Logger()


def local_roots(*packages: Any) -> list[str]:
    """Return the directories of this machine that must not be seen in a fixture, longest first."""
    roots = [Path.home(), Path.cwd(), Path(tempfile.gettempdir()), Path(sys.prefix), DEFAULT_OUT.parents[2]]
    roots += [Path(file).resolve().parent for package in packages if (file := package.__file__)]
    return sorted({str(root) for root in roots if len(root.parts) > 1}, key=len, reverse=True)


def without_paths(text: str, roots: Iterable[str]) -> str:
    """Replace every path under ``roots`` by the placeholder; raise when a personal path remains."""
    for root in roots:
        text = re.sub(rf"(?<![\w.]){re.escape(root)}(?![\w.-])[^\s,;:'\")\]]*", PATH_PLACEHOLDER, text)
    if left := _PERSONAL_PATH.search(text):
        excerpt = text[max(0, left.start() - 40) : left.end() + 40]
        raise RecordError(f"a path of this machine is in the log: {excerpt!r}; extend local_roots()")
    return text


class Graph:
    """A small ONNX model under construction; weights come from a generator with a fixed seed."""

    def __init__(self, onnx: Any, numpy: Any, name: str) -> None:
        self._onnx, self._numpy, self._name = onnx, numpy, name
        self._random = numpy.random.default_rng(20250101)
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._weights: list[Any] = []

    def input(self, name: str, shape: Shape, dtype: str = "FLOAT") -> str:
        """Declare a network input."""
        self._inputs.append(self._value(name, shape, dtype))
        return name

    def output(self, name: str, shape: Shape, dtype: str = "FLOAT") -> None:
        """Declare a network output."""
        self._outputs.append(self._value(name, shape, dtype))

    def weight(self, name: str, *shape: int, dtype: str = "float32") -> str:
        """Add a random weight."""
        return self.constant(name, (0.1 * self._random.standard_normal(shape)).astype(dtype), dtype)

    def constant(self, name: str, values: Any, dtype: str) -> str:
        """Add a weight with given values."""
        self._weights.append(self._onnx.numpy_helper.from_array(self._numpy.array(values, dtype=dtype), name))
        return name

    def zero(self, name: str, dtype: str) -> str:
        """Add the zero point of a quantization; its ONNX type (FLOAT8E4M3FN) may be one that numpy lacks."""
        data_type = getattr(self._onnx.TensorProto, dtype)
        self._weights.append(self._onnx.helper.make_tensor(name, data_type, [], b"\0", raw=True))
        return name

    def node(self, op: str, inputs: Sequence[str], output: str, name: str, **attributes: Any) -> str:
        """Add a node with one output."""
        self._nodes.append(self._onnx.helper.make_node(op, list(inputs), [output], name=name, **attributes))
        return output

    def branch(self, op: str, source: str, output: str, shape: Shape) -> Any:
        """Return a subgraph of one node, for If."""
        node = self._onnx.helper.make_node(op, [source], [output], name=f"{output}_{op.lower()}")
        outputs = [self._value(output, shape, "FLOAT")]
        return self._onnx.helper.make_graph([node], f"{output}_branch", [], outputs)

    def serialize(self) -> bytes:
        """Check the model and return it as bytes."""
        helper = self._onnx.helper
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, self._weights)
        # Opset 19 is the first with FP8 and IR version 9 belongs to it; fixed, because the log prints both.
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9, producer_name="record_fixtures"
        )
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _value(self, name: str, shape: Shape, dtype: str) -> Any:
        data_type = getattr(self._onnx.TensorProto, dtype)
        return self._onnx.helper.make_tensor_value_info(name, data_type, list(shape))


# --- the networks


def conv_bn_relu(g: Graph) -> None:
    x = g.input("image", [1, 3, 32, 32])
    for i, (channels_in, channels_out) in enumerate([(3, 16), (16, 16)], start=1):
        weight = g.weight(f"conv{i}.weight", channels_out, channels_in, 3, 3)
        x = g.node("Conv", [x, weight], f"c{i}", f"/conv{i}/Conv", pads=[1] * 4)
        scale, shift, mean = (g.weight(f"bn{i}.{part}", channels_out) for part in ("weight", "bias", "mean"))
        variance = g.constant(f"bn{i}.var", [1.0] * channels_out, "float32")
        x = g.node("BatchNormalization", [x, scale, shift, mean, variance], f"b{i}", f"/bn{i}/BatchNorm")
        x = g.node("Relu", [x], f"r{i}", f"/relu{i}/Relu")
    g.output(x, [1, 16, 32, 32])


def conv_transpose_relu(g: Graph) -> None:
    x = g.input("image", [1, 3, 32, 32])
    x = g.node("Conv", [x, g.weight("stem.weight", 16, 3, 3, 3)], "stem", "stem/Conv2D", pads=[1] * 4)
    x = g.node("Transpose", [x], "nhwc", "stem/Conv2D__to_nhwc", perm=[0, 2, 3, 1])
    x = g.node("Relu", [x], "act", "stem/Relu")
    x = g.node("Transpose", [x], "nchw", "branch/Conv2D__to_nchw", perm=[0, 3, 1, 2])
    x = g.node("Conv", [x, g.weight("branch.weight", 32, 16, 1, 1)], "embedding", "branch/Conv2D")
    g.output(x, [1, 32, 32, 32])


def mlp(g: Graph) -> None:
    x = g.input("x", [8, 64])
    for i, (width_in, width_out) in enumerate([(64, 128), (128, 64)], start=1):
        x = g.node("MatMul", [x, g.weight(f"fc{i}.weight", width_in, width_out)], f"m{i}", f"/fc{i}/MatMul")
        x = g.node("Add", [x, g.weight(f"fc{i}.bias", width_out)], f"a{i}", f"/fc{i}/Add")
        x = g.node("Relu", [x], f"r{i}", f"/act{i}/Relu")
    g.output(x, [8, 64])


def attention(g: Graph) -> None:
    tokens, width, heads = 16, 64, 2
    x = g.input("tokens", [1, tokens, width], "FLOAT16")
    split = g.constant("split_shape", [1, tokens, heads, width // heads], "int64")
    merge = g.constant("merge_shape", [1, tokens, width], "int64")
    parts = {}
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        weight = g.weight(f"{part}.weight", width, width, dtype="float16")
        y = g.node("MatMul", [x, weight], f"{part}_linear", f"/attn/{part}/MatMul")
        y = g.node("Reshape", [y, split], f"{part}_split", f"/attn/{part}/Reshape")
        parts[part] = g.node("Transpose", [y], part, f"/attn/{part}/Transpose", perm=order)
    y = g.node("MatMul", [parts["q"], parts["k"]], "scores", "/attn/MatMul_qk")
    y = g.node("Mul", [y, g.constant("scale", (width // heads) ** -0.5, "float16")], "scaled", "/attn/Mul")
    y = g.node("Softmax", [y], "probabilities", "/attn/Softmax", axis=-1)
    y = g.node("MatMul", [y, parts["v"]], "context", "/attn/MatMul_pv")
    y = g.node("Transpose", [y], "context_t", "/attn/Transpose", perm=[0, 2, 1, 3])
    y = g.node("Reshape", [y, merge], "merged", "/attn/Reshape")
    weight = g.weight("out.weight", width, width, dtype="float16")
    y = g.node("MatMul", [y, weight], "projected", "/attn/out/MatMul")
    y = g.node("Add", [y, x], "y", "/attn/residual/Add")
    g.output(y, [1, tokens, width], "FLOAT16")


def depthwise_separable(g: Graph) -> None:
    x = g.input("image", [1, 16, 32, 32], "FLOAT16")
    depthwise = g.weight("dw.weight", 16, 1, 3, 3, dtype="float16")
    pointwise = g.weight("pw.weight", 32, 16, 1, 1, dtype="float16")
    limits = [g.constant("zero", 0, "float16"), g.constant("six", 6, "float16")]
    x = g.node("Conv", [x, depthwise], "dw", "/dw/Conv", pads=[1] * 4, group=16)
    x = g.node("Clip", [x, *limits], "act", "/dw/Clip")
    x = g.node("Conv", [x, pointwise], "pw", "/pw/Conv")
    g.output(x, [1, 32, 32, 32], "FLOAT16")


def quantized_conv(g: Graph, zero_type: str) -> None:
    zero = g.zero("zero_point", zero_type)
    sources = {"input": g.input("x", [1, 32, 16, 16]), "weight": g.weight("conv.weight", 32, 32, 3, 3)}
    sides = []
    for side, source in sources.items():
        step, prefix = g.constant(f"{side}_scale", 0.02, "float32"), f"/conv/{side}_quantizer"
        q = g.node("QuantizeLinear", [source, step, zero], f"{side}_q", f"{prefix}/QuantizeLinear")
        sides.append(g.node("DequantizeLinear", [q, step, zero], f"{side}_dq", f"{prefix}/DequantizeLinear"))
    y = g.node("Conv", sides, "c", "/conv/Conv", pads=[1] * 4)
    g.output(g.node("Relu", [y], "y", "/relu/Relu"), [1, 32, 16, 16])


def dynamic_batch(g: Graph) -> None:
    x = g.input("x", ["batch", 64], "FLOAT16")
    x = g.node("MatMul", [x, g.weight("fc.weight", 64, 64, dtype="float16")], "m", "/fc/MatMul")
    g.output(g.node("Relu", [x], "y", "/fc/Relu"), ["batch", 64], "FLOAT16")


def dynamic_shape(g: Graph) -> None:
    x = g.input("image", ["batch", 3, "height", "width"])
    x = g.node("Conv", [x, g.weight("conv.weight", 8, 3, 3, 3)], "c", "/conv/Conv", pads=[1] * 4)
    x = g.node("Transpose", [x], "nhwc", "/head/Transpose", perm=[0, 2, 3, 1])
    g.output(g.node("Softmax", [x], "classes", "/head/Softmax", axis=-1), ["batch", "height", "width", 8])


def branch(g: Graph) -> None:
    x, condition = g.input("x", [4, 8]), g.input("condition", [], "BOOL")
    then, other = g.branch("Relu", x, "then", [4, 8]), g.branch("Neg", x, "else", [4, 8])
    g.output(g.node("If", [condition], "y", "choice", then_branch=then, else_branch=other), [4, 8])


def lstm(g: Graph) -> None:
    x = g.input("sequence", [4, 1, 8])
    weights = [g.weight("lstm.W", 1, 32, 8), g.weight("lstm.R", 1, 32, 8)]
    g.output(g.node("LSTM", [x, *weights], "states", "lstm", hidden_size=8), [4, 1, 1, 8])


def hostile_names(g: Graph) -> None:
    x = g.input("in -> out, Tactic: 0x0", [4, 32])
    x = g.node("Relu", [x], "a (Float[1,2])", "<script>alert(1)</script> & <b>bold</b>")
    x = g.node("MatMul", [x, g.weight('weight "quoted" | `tick`', 32, 32)], "b", "a -> b, Tactic: 0x1234, c")
    x = g.node("Add", [x, g.weight("偏置", 32)], "c", "畳み込み + größe + {ForeignNode[x...y]} (Myelin[0x1])")
    g.output(g.node("Sigmoid", [x], "d]", "' OR 1=1; -- ${HOME} $(id)"), [4, 32])


def non_max_suppression(g: Graph) -> None:
    boxes, scores = g.input("boxes", [1, 10, 4]), g.input("scores", [1, 2, 10])
    limits = [g.constant("max_boxes", [4], "int64"), g.constant("iou", [0.5], "float32")]
    g.output(g.node("NonMaxSuppression", [boxes, scores, *limits], "kept", "nms"), ["n", 3], "INT64")


def non_zero(g: Graph) -> None:
    x = g.node("Relu", [g.input("x", [4, 8])], "r", "relu")
    g.output(g.node("NonZero", [x], "where", "nonzero"), [2, "n"], "INT64")


@dataclass(frozen=True)
class Network:
    """One fixture: a network, how to build it, and what it is there to show."""

    name: str
    make: Callable[[Graph], None]
    shows: str
    detailed: bool = False
    profiles: tuple[Profile, ...] = ()
    capabilities: tuple[str, ...] = ("SM89",)
    refused: bool = False  # the builder must answer with an error
    load: bool = False  # load the engine again, into the same log
    builders: tuple[str, ...] = tuple(BUILDERS)


INT8_CONV = partial(quantized_conv, zero_type="INT8")
FP8_CONV = partial(quantized_conv, zero_type="FLOAT8E4M3FN")
TWO_PROFILES: tuple[Profile, ...] = ({"x": ((1, 64), (4, 64), (8, 64))}, {"x": ((8, 64), (16, 64), (32, 64))})
IMAGE_PROFILE: Profile = {"image": ((1, 3, 8, 8), (2, 3, 16, 16), (4, 3, 32, 32))}
OLD_GPU = ("SM75",)
THREE_GPUS = ("SM86", "SM89", "SM120")
RTX = ("tensorrt-rtx",)  # for what only this builder refuses, or a target that need not be there
NETWORKS = (
    Network("conv-bn-relu", conv_bn_relu, "two conv + batch norm + ReLU, detailed", detailed=True),
    Network("conv-transpose-relu", conv_transpose_relu, "Transposes around a ReLU, detailed", detailed=True),
    Network("mlp", mlp, "two MatMul + Add + ReLU for three GPUs, layer names only", capabilities=THREE_GPUS),
    Network("attention", attention, "self-attention in fp16, detailed", detailed=True),
    Network("depthwise-separable", depthwise_separable, "two convs in fp16, detailed", detailed=True),
    Network("qdq-int8-conv", INT8_CONV, "Q/DQ around an int8 conv, detailed", detailed=True),
    Network("qdq-fp8-conv", FP8_CONV, "Q/DQ around an FP8 conv, detailed", detailed=True),
    Network("dynamic-batch", dynamic_batch, "two profiles, detailed", detailed=True, profiles=TWO_PROFILES),
    Network("dynamic-shape", dynamic_shape, "symbolic strides, layer names only", profiles=(IMAGE_PROFILE,)),
    Network("branch", branch, "If: a scalar's format, names of subgraphs in the metadata"),
    Network("lstm", lstm, "layers without an ONNX name"),
    Network("hostile-names", hostile_names, "markup, arrows and log words in names, detailed", detailed=True),
    Network("load-engine", mlp, "engine built, then loaded, which fails without a GPU", load=True),
    Network("missing-profile", dynamic_batch, "build refused: no optimization profile", refused=True),
    Network("fp8-on-sm75", FP8_CONV, "build refused", refused=True, capabilities=OLD_GPU, builders=RTX),
    Network("non-max-suppression", non_max_suppression, "no runner for it", refused=True, builders=RTX),
    Network("non-zero", non_zero, "parser refuses a node", refused=True, builders=RTX),
)


# --- building


def build(trt: Any, network: Network, model: bytes, log: LogText) -> Any:
    """Build the model, its messages going to ``log``; return the plan, or None when it is refused."""
    logger = builder_logger(trt, log)
    builder = trt.Builder(logger)
    # TensorRT 7 to 9 parse ONNX only with the first flag; the second keeps the types that the networks state,
    # as TensorRT-RTX does anyway. Each version knows some of them.
    flags = trt.NetworkDefinitionCreationFlag.__members__
    known = [flags[name] for name in ("EXPLICIT_BATCH", "STRONGLY_TYPED") if name in flags]
    definition = builder.create_network(sum(1 << int(flag) for flag in known))
    if not trt.OnnxParser(definition, logger).parse(model):
        return None
    config = builder.create_builder_config()
    if network.detailed:
        config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if trt.__name__ == BUILDERS["tensorrt-rtx"][0]:
        # Without a target the builder would look for a GPU.
        config.num_compute_capabilities = len(network.capabilities)
        for index, capability in enumerate(network.capabilities):
            config.set_compute_capability(getattr(trt.ComputeCapability, capability), index)
    for shapes in network.profiles:
        profile = builder.create_optimization_profile()
        for tensor, (low, best, high) in shapes.items():
            profile.set_shape(tensor, low, best, high)
        config.add_optimization_profile(profile)
    return builder.build_serialized_network(definition, config)


def inspect(trt: Any, plan: Any, log: LogText) -> dict[str, str]:
    """Load the plan and return the inspector's texts by file suffix; none where no GPU can load it."""
    engine = trt.Runtime(builder_logger(trt, log)).deserialize_cuda_engine(plan)
    if engine is None:
        return {}
    inspector = engine.create_engine_inspector()
    formats = trt.LayerInformationFormat
    return {
        "inspector.txt": inspector.get_engine_information(formats.ONELINE),
        "inspector.json": inspector.get_engine_information(formats.JSON),
    }


def record(trt: Any, network: Network, model: bytes, clock: Clock = fixed_clock) -> dict[str, str]:
    """Return the fixture's texts by file suffix; raise RecordError when the builder's answer is another."""
    log = LogText(clock)
    plan = build(trt, network, model, log)
    if (plan is None) != network.refused:
        answer = "refused it" if plan is None else "built it"
        errors = [line for line in log.text().split("\n") if "] [E] " in line] or ["no error line"]
        raise RecordError(f"{network.name}: the builder {answer} ({errors[-1]}); nothing written")
    texts: dict[str, str] = {}
    if network.load:
        if layers := inspect(trt, plan, log).get("inspector.txt"):
            for message in ("Layer Information:", layers):  # as trtexec --dumpLayerInfo does
                log.add("INFO", message, library=False)
    elif network.detailed and plan is not None:
        texts = inspect(trt, plan, LogText(clock))  # what loading prints is not part of this build's log
    return {"log": log.text(), **texts}


def import_modules(builder: str) -> tuple[Any, Any, Any]:
    """Return the builder's module, onnx and numpy; raise RecordError when one is missing or fails."""
    module, package = BUILDERS[builder]
    try:
        trt, onnx, _, numpy = (
            importlib.import_module(name) for name in (module, "onnx", "onnx.numpy_helper", "numpy")
        )
    except (ImportError, OSError) as error:  # OSError: the package is there, a library of it is not
        remedy = f"python -m pip install {package} onnx numpy"
        raise RecordError(f"cannot record with {builder} ({error}); install: {remedy}") from error
    try:
        trt.Builder(builder_logger(trt, LogText()))
    except TypeError as error:  # the binding's answer to a null pointer
        raise RecordError(
            f"{module} does not start: it may lack a GPU; --builder tensorrt-rtx needs none"
        ) from error
    return trt, onnx, numpy


def write(path: Path, text: str) -> str:
    """Write the fixture unless it would change in nothing but measured numbers; say which of both."""
    # Bytes, because text mode would turn the line ends that messages hold into those of the platform.
    if path.exists() and _MEASURED.sub("", path.read_bytes().decode()) == _MEASURED.sub("", text):
        return "unchanged"
    path.write_bytes(text.encode())
    return "written"


def record_all(builder: str, networks: Sequence[Network], out: Path) -> int:
    """Record the networks into ``out``; return the exit code."""
    trt, onnx, numpy = import_modules(builder)
    roots = local_roots(trt, onnx, numpy)
    version = ".".join(trt.__version__.split(".")[:3])
    out.mkdir(parents=True, exist_ok=True)
    failures, uninspected = 0, 0
    for network in networks:
        graph = Graph(onnx, numpy, network.name)
        network.make(graph)
        try:
            texts = record(trt, network, graph.serialize())
            for suffix, text in texts.items():
                path = out / f"{builder}-{version}-{network.name}.{suffix}"
                answer = write(path, without_paths(text, roots))
                print(f"{answer:<9} {path.stat().st_size:>7} B  {path.name}")
        except RecordError as error:
            failures += 1
            print(f"record_fixtures: {error}", file=sys.stderr)
            continue
        uninspected += network.detailed and "inspector.json" not in texts
    if uninspected:
        print(f"record_fixtures: no GPU to load engines, no inspector output: {uninspected}", file=sys.stderr)
    return 1 if failures else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="record_fixtures", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="default: tests/fixtures/recorded")
    parser.add_argument("--only", action="append", metavar="NAME", help="record this one; may be repeated")
    parser.add_argument("--builder", choices=sorted(BUILDERS), default="tensorrt-rtx")
    parser.add_argument("--list", action="store_true", help="print the networks of this builder and stop")
    options = parser.parse_args(arguments)
    networks = {network.name: network for network in NETWORKS if options.builder in network.builders}
    if unknown := sorted(set(options.only or ()) - set(networks)):
        parser.error(f"no network {', '.join(unknown)} for {options.builder}; --list shows the names")
    if options.only:
        networks = {name: network for name, network in networks.items() if name in options.only}
    if options.list:
        for name, network in networks.items():
            print(f"{name:<22} {network.shows}")
        return 0
    try:
        return record_all(options.builder, list(networks.values()), options.out)
    except (RecordError, OSError) as error:
        print(f"record_fixtures: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
