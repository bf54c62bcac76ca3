"""Does cost grow linearly in every dimension of a log? Two sizes each; `scripts/bench.py --hostile` runs this.

Each log is made here, of lines that no builder would print in this number, and read by a command in a process of its
own. The ratio is that of the CPU seconds above those of the same command on a small log; where the size doubles it
should be 2. Memory is the peak of the process and of its largest helper.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "fixtures" / "composed" / "trt861.log"
MOST = 2.3
"""Ratio for doubled size that is allowed."""
V = "[01/01/2026-00:00:00] [V] [TRT] "
FORMATS = "Half(2352,784,28,1) -> Half(2352,784,28,1)"
KERNEL = "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x32_stage4_warpsize2x2x1_tensor16x8x16"


@dataclass(frozen=True)
class Dimension:
    """What grows.

    Attributes:
        name: in words.
        size: the smaller size; the other is its double.
        lines: the log of a size.
        command: arguments; {} is the log.
    """

    name: str
    size: int
    lines: Callable[[int], Iterator[str]]
    command: tuple[str, ...] = ("findings", "{}")


def layer(
    name: str, kernels: tuple[str, ...] = (KERNEL,), formats: str = FORMATS, runner: str = "CaskConvolution"
) -> Iterator[str]:
    """Yield the lines that time a layer."""
    yield f"{V}*************** Autotuning format combination: {formats} ***************"
    yield f"{V}--------------- Timing Runner: {name} ({runner})"
    for number, kernel in enumerate(kernels):
        tactic = f"0x{abs(hash((name, number))) % 2**64:016x}"
        yield f"{V}{name} Set Tactic Name: {kernel} Tactic: {tactic}"
        yield f"{V}Tactic: {tactic} Time: 0.{number + 1:04}"
    yield f"{V}Fastest Tactic: 0x{abs(hash((name, 0))) % 2**64:016x} Time: 0.0001"
    yield f"{V}>>>>>>>>>>>>>>> Chose Runner Type: {runner} Tactic: 0x{abs(hash((name, 0))) % 2**64:016x}"


def engine(names: Iterator[str]) -> Iterator[str]:
    """Yield the lines of an engine."""
    yield f"{V}Engine Layer Information:"
    for name in names:
        tactic = f"0x{abs(hash((name, 0))) % 2**64:016x}"
        yield (
            f"Layer(CaskConvolution): {name}, Tactic: {tactic}, {name}_in (Half[1,3,28,28]) -> "
            f"{name}_out (Half[1,3,28,28])"
        )


def build(names: list[str]) -> Iterator[str]:
    """Yield a whole build."""
    for name in names:
        yield from layer(name)
    yield from engine(iter(names))


def layers(size: int) -> Iterator[str]:
    """Yield a build of many layers."""
    yield from build([f"block{number}/conv" for number in range(size)])


def lines(size: int) -> Iterator[str]:
    """Yield the same few lines again and again."""
    once = list(build([f"block{number}/conv" for number in range(100)]))
    for number in range(size):
        yield once[number % len(once)]


def unread(size: int) -> Iterator[str]:
    """Yield lines that no rule reads, each of its own shape."""
    for number in range(size):
        yield f"{V}word{number:x} nobody{number % 977:x} knows ({number}) [x{number:o}]"


def foreign(size: int) -> Iterator[str]:
    """Yield lines of another program."""
    yield f"{V}Using cublas as a tactic source"
    for number in range(size):
        yield f"step {number} loss=0.{number}"


def messages(size: int) -> Iterator[str]:
    """Yield warnings, all different."""
    for number in range(size):
        yield f"[01/01/2026-00:00:00] [W] [TRT] {number:x} of tensor t{number} is odd"


def long_line(size: int) -> Iterator[str]:
    """Yield a layer with a long name."""
    yield from build(["a/" * (size // 2)])


def many_tensors(size: int) -> Iterator[str]:
    """Yield an engine layer with many tensors."""
    yield from layer("conv")
    yield f"{V}Engine Layer Information:"
    inputs = ", ".join(f"in{number} (Half[1,3,28,28])" for number in range(size))
    yield f"Layer(CaskConvolution): conv, Tactic: 0x{1:016x}, {inputs} -> out (Half[1,3,28,28])"


def nested_name(opening: str, closing: str) -> Callable[[int], Iterator[str]]:
    """Return a function that yields a build with a nested layer name."""
    return lambda size: build([opening * size + "a, b" + closing * size, "other/conv"])


def nested_format(size: int) -> Iterator[str]:
    """Yield a layer with nested formats."""
    yield from layer("conv", formats="(" * size + FORMATS + ")" * size)
    yield from layer("conv2", formats="Half(" + "(" * size + "1,2" + ")" * size + ") -> Half(1,1)")
    yield from engine(iter(["conv", "conv2"]))


def nested_kernel(size: int) -> Iterator[str]:
    """Yield layers with nested kernel names."""
    yield from layer("conv", (KERNEL + "<" * size + "f16" + ">" * size,))
    yield from layer("conv2", ("void cutlass::Kernel<" + "a<" * size + ">" * size + ">", KERNEL))
    yield from layer("conv3", ("_" * size + KERNEL + "(" * size,))
    yield from engine(iter(["conv", "conv2", "conv3"]))


def kernels(size: int) -> Iterator[str]:
    """Yield many kernels, all different."""
    for start in range(0, size, 100):
        names = tuple(f"{KERNEL}_v{number}" for number in range(start, min(start + 100, size)))
        yield from layer(f"block{start % 7}/conv", names)


def names(size: int) -> Iterator[str]:
    """Yield distinct names of layers in lines that nothing else is told about."""
    for number in range(size):
        yield f"{V}--------------- Timing Runner: name{number} (CaskConvolution)"


def builds(size: int) -> Iterator[str]:
    """Yield many builds without much in them."""
    for number in range(size):
        yield f"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=m{number}.onnx --verbose"
        yield f"&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=m{number}.onnx --verbose"


def engines(size: int) -> Iterator[str]:
    """Yield many small builds with an engine."""
    for number in range(size):
        yield f"&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=m{number}.onnx --verbose"
        yield from build([f"m{number % 50}/conv", "other"])


def findings(size: int) -> Iterator[str]:
    """Yield a build in which every layer is worth a finding."""
    names = [f"block{number}/conv" for number in range(size)]
    for number, name in enumerate(names):
        yield from layer(name, ("ampere_scudnn_128x32_relu_small_nn_v1", KERNEL), runner=f"Cask{number % 9}")
        yield from layer(
            f"Reformatting CopyNode for Input Tensor 0 to {name}", ("reformat",), runner="Reformat"
        )
    yield from engine(
        one for name in names for one in (name, f"Reformatting CopyNode for Input Tensor 0 to {name}")
    )


def blank(size: int) -> Iterator[str]:
    """Yield blank lines with a prefix between others."""
    for number in range(size):
        yield V if number % 3 else f"{V}Using cublas as a tactic source"


PWN = nested_name("PWN(", ")")
DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("lines", 500_000, lines),
    Dimension("lines that no rule reads", 300_000, unread, ("parse", "--strict", "{}")),
    Dimension("lines of others", 300_000, foreign, ("parse", "{}")),
    Dimension("blank lines", 4_000_000, blank, ("parse", "{}")),
    Dimension("warnings", 100_000, messages),
    Dimension("distinct layers, parse", 50_000, layers, ("parse", "{}")),
    Dimension("distinct layers, findings", 50_000, layers),
    Dimension("distinct layers, tactics", 50_000, layers, ("tactics", "{}")),
    Dimension("distinct layers, explain", 50_000, layers, ("explain", "{}", "block77/conv")),
    Dimension("distinct layers, diff", 20_000, layers, ("diff", "{}", "{}:1")),
    Dimension("distinct layers, JSON", 50_000, layers, ("parse", "{}", "--format", "json")),
    Dimension("characters of a layer name", 1_000_000, long_line),
    Dimension("tensors of a layer", 50_000, many_tensors),
    Dimension("PWN( in a layer name", 100_000, PWN),
    Dimension("( in a layer name", 100_000, nested_name("(", ")")),
    Dimension("open { in a layer name", 100_000, nested_name("{ForeignNode[", "")),
    Dimension("brackets in formats", 100_000, nested_format),
    Dimension("brackets in kernel names", 100_000, nested_kernel),
    Dimension("distinct kernels", 100_000, kernels),
    Dimension("distinct names", 500_000, names, ("parse", "{}")),
    Dimension("builds", 200_000, builds, ("parse", "{}")),
    Dimension("builds, findings", 200_000, builds),
    Dimension("builds with an engine", 5_000, engines),
    Dimension("layers with findings", 20_000, findings),
    Dimension("layers with findings, Markdown", 20_000, findings, ("findings", "{}", "--format", "markdown")),
)


def measure(command: tuple[str, ...], log: Path, limit: float) -> dict[str, float]:
    """Run a command in a process of its own; return its CPU seconds and its peak memory in MB."""
    arguments = [one.replace("{}", str(log)) for one in command]
    code = "import sys; from tacticlens.__main__ import main; sys.argv[0] = 'tacticlens'; main()"
    watcher = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(done.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            [sys.executable, "-c", watcher, sys.executable, "-c", code, *arguments],
            capture_output=True, text=True, env=environment, timeout=limit, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"code": -1, "seconds": float("inf"), "mb": 0}
    exit_code, seconds, kilobytes = done.stdout.split()
    return {"code": int(exit_code), "seconds": float(seconds), "mb": int(kilobytes) * 1024 / 1e6}


def run(wanted: str = "", *, scale: float = 1.0, limit: float = 300) -> Iterator[dict[str, Any]]:
    """Yield the figures of each dimension."""
    with tempfile.TemporaryDirectory(prefix="tacticlens-hostile-") as folder:
        log = Path(folder) / "build.log"
        start = measure(("findings", "{}"), SMALL, limit)["seconds"]
        for one in DIMENSIONS:
            if wanted not in one.name:
                continue
            size = max(1, int(one.size * scale))
            figures = []
            for times in (1, 2):
                with log.open("w") as out:
                    out.writelines(f"{line}\n" for line in one.lines(size * times))
                figures.append(
                    {"size": size * times, "bytes": log.stat().st_size, **measure(one.command, log, limit)}
                )
            first, second = (max(case["seconds"] - start, 0.01) for case in figures)
            yield {"name": one.name, "cases": figures, "start": start, "ratio": second / first}


def report(figures: dict[str, Any]) -> str:
    """Return the line of a dimension."""
    small, large = figures["cases"]
    over = " !" if figures["ratio"] > MOST else ""
    return (
        f"{figures['name']:32}{small['size']:>12,}{small['seconds']:>9.2f}{large['size']:>12,}{large['seconds']:>9.2f}"
        f"{figures['ratio']:>7.2f}{large['mb']:>8.0f}{large['code']:>5}{over}"
    )


def main(arguments: list[str]) -> int:
    """Print the table; 1 if a ratio is too large."""
    wanted = next((one for one in arguments if not one.startswith("-")), "")
    scale = next((float(one.partition("=")[2]) for one in arguments if one.startswith("--scale=")), 1.0)
    as_json, worst = "--json" in arguments, 0.0
    if not as_json:
        print(
            f"{'':32}{'size':>12}{'CPU s':>9}{'size':>12}{'CPU s':>9}{'ratio':>7}{'MB':>8}{'exit':>5}",
            flush=True,
        )
    for figures in run(wanted, scale=scale):
        worst = max(worst, figures["ratio"])
        print(json.dumps(figures) if as_json else report(figures), flush=True)
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
