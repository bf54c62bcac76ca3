"""Run small PyTorch models on a GPU and keep what profilers saw: the fixtures of ``--nsys`` and of kernel names.

Writes for each model:

- NAME.onnx: its export. The scope of a node (``/block/conv1/Conv``) is the module it came from (``block.conv1``).
- NAME.trace.json: torch.profiler's trace, only its kernels and the ranges around them. A range is named after a module.
- NAME.nsys.csv: the same kernels in the columns of ``nsys stats --report cuda_gpu_kern_sum``.
- NAME.tensor.csv, with ``--ncu``: how many Tensor Core instructions the hardware counted for each kernel.
- NAME.sqlite, with ``--nsys``: the export of Nsight Systems, its kernels, launches and NVTX ranges only. NAME.nsys.csv
  is then what ``nsys stats`` itself printed.

Needs a GPU, torch and onnx, nothing of tacticlens. Exit code 2 where one of them is missing.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

COLUMNS = (
    "Time (%)", "Total Time (ns)", "Instances", "Avg (ns)", "Med (ns)", "Min (ns)", "Max (ns)", "StdDev (ns)", "Name",
)  # fmt: skip
COUNTED = ("kernel", "launches", "instructions")
METRICS = {
    f"sm__inst_executed_pipe_tensor_op_{kind}.sum": sign
    for kind, sign in (("hmma", 1), ("gmma", 1), ("imma", 1), ("dmma", 1), ("hmma_type_hfma2", -1))
}
"""Counters of the Tensor Cores' pipe. Hopper sends FP16 multiply-adds (HFMA2) there too: they are taken out."""
KEPT = ("kernel", "gpu_user_annotation")
WARM_UP = 20


def convnet(nn: Any) -> Any:
    """Return convolutions of all sorts: of an image, in a residual block, depthwise, 1x1, transposed."""

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.relu1 = nn.Conv2d(64, 64, 3, padding=1), nn.ReLU()
            self.conv2, self.relu2 = nn.Conv2d(64, 64, 3, padding=1), nn.ReLU()

        def forward(self, x: Any) -> Any:
            return self.relu2(x + self.conv2(self.relu1(self.conv1(x))))

    return nn.Sequential(OrderedDict(
        stem=nn.Conv2d(3, 64, 7, stride=2, padding=3), norm=nn.BatchNorm2d(64), stem_relu=nn.ReLU(),
        pool=nn.MaxPool2d(3, 2, 1), block=Block(), depthwise=nn.Conv2d(64, 64, 3, padding=1, groups=64),
        pointwise=nn.Conv2d(64, 128, 1), silu=nn.SiLU(), up=nn.ConvTranspose2d(128, 32, 2, stride=2),
        average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), classes=nn.Linear(32, 64), softmax=nn.Softmax(dim=-1),
    ))  # fmt: skip


def transformer(nn: Any) -> Any:
    """Return one block of a transformer, 4 heads of 32."""

    class Attention(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.query, self.key, self.value = (nn.Linear(128, 128) for _ in range(3))
            self.project = nn.Linear(128, 128)

        def forward(self, x: Any) -> Any:
            heads = [
                part(x).unflatten(-1, (4, 32)).transpose(1, 2) for part in (self.query, self.key, self.value)
            ]
            mixed = nn.functional.scaled_dot_product_attention(*heads)
            return x + self.project(mixed.transpose(1, 2).flatten(2))

    return nn.Sequential(OrderedDict(
        embed=nn.Linear(64, 128), norm1=nn.LayerNorm(128), attention=Attention(), norm2=nn.LayerNorm(128),
        expand=nn.Linear(128, 512), gelu=nn.GELU(), contract=nn.Linear(512, 64),
    ))  # fmt: skip


Maker = Callable[[Any], Any]
MODELS: dict[str, tuple[Maker, str, tuple[int, ...]]] = {
    "convnet-fp16": (convnet, "float16", (16, 3, 128, 128)),
    "convnet-fp32": (convnet, "float32", (16, 3, 128, 128)),
    "transformer-bf16": (transformer, "bfloat16", (16, 256, 64)),
    "transformer-fp16": (transformer, "float16", (16, 256, 64)),
}
"""Name -> (what makes the model, type of all numbers, shape of the input). FP32 is computed without TF32."""


def made(torch: Any, name: str) -> tuple[Any, Any]:
    """Return a model on the GPU and an input; the same numbers whenever it is made."""
    maker, dtype, shape = MODELS[name]
    torch.manual_seed(0)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    model = maker(torch.nn).to("cuda", getattr(torch, dtype)).eval()
    data = torch.randn(*shape, device="cuda").to(getattr(torch, dtype))
    if len(shape) == 4:
        model, data = (one.to(memory_format=torch.channels_last) for one in (model, data))
    return model, data


def in_ranges(model: Any, make: Callable[[str], Any]) -> None:
    """Put each module of a model into a range of its name; ``make`` returns one to enter."""
    open_ranges: list[Any] = []

    def enter(name: str) -> Callable[..., None]:
        def begin(*_: Any) -> None:
            open_ranges.append(make(name))
            open_ranges[-1].__enter__()

        return begin

    def leave(*_: Any) -> None:
        open_ranges.pop().__exit__(None, None, None)

    for name, module in model.named_modules():
        if name:
            module.register_forward_pre_hook(enter(name))
            module.register_forward_hook(leave)


def profile(torch: Any, model: Any, data: Any, runs: int, trace: Path) -> None:
    """Run the model, each module in a range of its name, and write the whole trace."""
    from torch.profiler import ProfilerActivity, record_function

    in_ranges(model, record_function)
    with torch.inference_mode():
        for _ in range(WARM_UP):
            model(data)
        torch.cuda.synchronize()
        with torch.profiler.profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
            for _ in range(runs):
                model(data)
            torch.cuda.synchronize()
    profiler.export_chrome_trace(str(trace))


def smaller(trace: dict[str, Any], about: dict[str, str]) -> dict[str, Any]:
    """Return a trace with its kernels and their ranges only, its clock beginning at 0."""
    events = [event for event in trace["traceEvents"] if event.get("cat") in KEPT and event.get("ph") == "X"]
    first = min(event["ts"] for event in events)
    kept = [
        {
            "ph": "X", "cat": event["cat"], "name": event["name"], "pid": event["pid"], "tid": event["tid"],
            "ts": round(event["ts"] - first, 3), "dur": event["dur"],
        }
        for event in sorted(events, key=lambda event: event["ts"])
    ]  # fmt: skip
    return {"about": about, "traceEvents": kept}


def one_line_each(trace: dict[str, Any]) -> str:
    """Return a trace as JSON with a line per event."""
    events = ",\n".join(json.dumps(event, separators=(",", ":")) for event in trace["traceEvents"])
    return f'{{"about": {json.dumps(trace["about"])}, "traceEvents": [\n{events}\n]}}\n'


def summary(trace: dict[str, Any]) -> list[list[str]]:
    """Return the rows of the kernel summary, most time first."""
    times: dict[str, list[float]] = defaultdict(list)
    for event in trace["traceEvents"]:
        if event["cat"] == "kernel":
            times[event["name"]].append(event["dur"] * 1000)
    total = sum(map(sum, times.values()))
    rows = []
    for name, each in sorted(times.items(), key=lambda item: -sum(item[1])):
        spread = statistics.stdev(each) if len(each) > 1 else 0.0
        rows.append([
            f"{100 * sum(each) / total:.1f}", f"{sum(each):.0f}", str(len(each)), f"{statistics.mean(each):.1f}",
            f"{statistics.median(each):.1f}", f"{min(each):.0f}", f"{max(each):.0f}", f"{spread:.1f}", name,
        ])  # fmt: skip
    return rows


def once(torch: Any, name: str, runs: int) -> None:
    """Run a model, each module in an NVTX range of its name, while another program watches."""
    model, data = made(torch, name)
    in_ranges(model, torch.cuda.nvtx.range)
    with torch.inference_mode():
        for _ in range(runs):
            model(data)
    torch.cuda.synchronize()


def counted(ncu: str, name: str) -> list[list[str]]:
    """Run a model once under ncu; return per kernel its launches and Tensor Core instructions."""
    command = [ncu, "--csv", "--page", "raw", "--clock-control", "none", "--metrics", ",".join(METRICS)]
    command += [sys.executable, __file__, "--once", name, "--runs", "1"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = said.stdout.splitlines()
    head = next((at for at, line in enumerate(lines) if line.startswith('"ID"')), None)
    if head is None:
        message = f"ncu gave no table: {(said.stderr or said.stdout).strip()[-400:]}"
        raise SystemExit(message)
    launches: dict[str, int] = defaultdict(int)
    instructions: dict[str, float] = defaultdict(float)
    for row in csv.DictReader(lines[head:]):
        if not row["ID"]:  # the line of units
            continue
        launches[row["Kernel Name"]] += 1
        for metric, sign in METRICS.items():
            text = (row.get(metric) or "").replace(",", "")
            instructions[row["Kernel Name"]] += sign * float(text) if text[:1].isdigit() else 0
    return [[kernel, str(launches[kernel]), f"{instructions[kernel]:.0f}"] for kernel in sorted(launches)]


def traced(nsys: str, importer: str | None, name: str, runs: int, target: Path) -> None:
    """Run a model under Nsight Systems and write the part of its export that tells which range ran which kernel.

    The nsys that comes with Nsight Compute leaves a raw file: ``importer`` makes a report of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.nsys-rep"
        command = [nsys, "profile", "--trace=cuda,nvtx", "--sample=none", "--cpuctxsw=none"]
        command += ["--output", str(report.with_suffix("")), sys.executable, __file__, "--once", name]
        _run([*command, "--runs", str(runs)])
        if importer and not report.exists():
            _run([importer, "-i", str(report.with_suffix(".qdstrm")), "-o", str(report)])
        stats = [nsys, "stats", "--report", "cuda_gpu_kern_sum", "--format", "csv", "--force-export=true"]
        printed = _run([*stats, str(report)])  # and leaves the export beside the report
        for place in (folder, str(Path(shutil.which(nsys) or nsys).parent)):
            printed = printed.replace(f"{place}/", "")
        target.with_suffix(".nsys.csv").write_text(printed, encoding="utf-8")
        smaller_sqlite(report.with_suffix(".sqlite"), target)


def smaller_sqlite(whole: Path, target: Path) -> None:
    """Copy the tables of kernels, their launches and NVTX ranges, and the texts that they use."""
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    connection.execute("ATTACH ? AS whole", (str(whole),))
    kernels = "SELECT correlationId FROM whole.CUPTI_ACTIVITY_KIND_KERNEL"
    names = "SELECT demangledName FROM whole.CUPTI_ACTIVITY_KIND_KERNEL UNION SELECT textId FROM whole.NVTX_EVENTS"
    for table, rows in (
        ("CUPTI_ACTIVITY_KIND_KERNEL", "1"), ("CUPTI_ACTIVITY_KIND_RUNTIME", f"correlationId IN ({kernels})"),
        ("NVTX_EVENTS", "1"), ("StringIds", f"id IN ({names})"),
    ):  # fmt: skip
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM whole.{table} WHERE {rows}")
    connection.commit()
    connection.execute("DETACH whole")
    connection.execute("VACUUM")
    connection.close()


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        message = f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-400:]}"
        raise SystemExit(message)
    return done.stdout


def write_csv(path: Path, head: tuple[str, ...], rows: list[list[str]]) -> None:
    """Write a table with its header."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def record(torch: Any, name: str, options: argparse.Namespace, about: dict[str, str]) -> None:
    """Write the files of one model."""
    stem = options.out / name
    model, data = made(torch, name)
    torch.onnx.export(model, (data,), f"{stem}.onnx", dynamo=False, input_names=["x"], output_names=["y"])
    trace_file = Path(f"{stem}.trace.json")
    profile(torch, model, data, options.runs, trace_file)
    trace = smaller(json.loads(trace_file.read_text(encoding="utf-8")), about)
    trace_file.write_text(one_line_each(trace), encoding="utf-8")
    write_csv(Path(f"{stem}.nsys.csv"), COLUMNS, summary(trace))
    if options.ncu:
        write_csv(Path(f"{stem}.tensor.csv"), COUNTED, counted(options.ncu, name))
    if options.nsys:
        traced(options.nsys, options.importer, name, options.runs, Path(f"{stem}.sqlite"))
    print(f"{stem}: {len(trace['traceEvents'])} events of {about['gpu']}")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="record_torch_trace", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(MODELS)}; all by default")
    parser.add_argument("--out", type=Path, default=Path(), help="directory of the files")
    parser.add_argument("--runs", type=int, default=10, help="inferences that are profiled")
    parser.add_argument(
        "--ncu", nargs="?", const="ncu", help="count Tensor Core instructions with this program"
    )
    parser.add_argument("--nsys", nargs="?", const="nsys", help="trace with this program too")
    parser.add_argument("--importer", help="QdstrmImporter, where nsys itself makes no report")
    parser.add_argument("--once", metavar="MODEL", help="only run this model, for the two programs above")
    options = parser.parse_args()
    for package in ("torch", "onnx"):
        if importlib.util.find_spec(package) is None:
            print(f"record_torch_trace: {package} is not installed: pip install {package}", file=sys.stderr)
            return 2
    import torch

    if not torch.cuda.is_available():
        print("record_torch_trace: torch sees no GPU; run this where there is one", file=sys.stderr)
        return 2
    if options.once:
        once(torch, options.once, options.runs)
        return 0
    for program in filter(None, (options.ncu, options.nsys)):
        if shutil.which(program) is None:
            print(
                f"record_torch_trace: {program} is not there; NVIDIA's Nsight tools have it", file=sys.stderr
            )
            return 2
    options.out.mkdir(parents=True, exist_ok=True)
    about = {
        "gpu": torch.cuda.get_device_name(0), "torch": torch.__version__, "cuda": str(torch.version.cuda),
        "runs": str(options.runs),
    }  # fmt: skip
    for name in options.models or MODELS:
        record(torch, name, options, about)
    return 0


if __name__ == "__main__":
    sys.exit(main())
