"""Run a small PyTorch model on a GPU and keep what the profiler saw: the fixtures of ``--nsys``.

Writes two files that hold the same runs of the same kernels:

- NAME.trace.json: torch.profiler's trace, its kernels and the ranges around them only. Each range has the name of a
  module of the model, so that it can be joined with an engine built from the same network.
- NAME.nsys.csv: the summary of the kernels in the columns of ``nsys stats --report cuda_gpu_kern_sum``.

Needs a GPU and torch, nothing else of tacticlens. Exit code 2 where one of them is missing.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

COLUMNS = (
    "Time (%)", "Total Time (ns)", "Instances", "Avg (ns)", "Med (ns)", "Min (ns)", "Max (ns)", "StdDev (ns)", "Name",
)  # fmt: skip
KEPT = ("kernel", "gpu_user_annotation")
BATCH, WARM_UP = 8, 20


def model(torch: Any) -> list[tuple[str, Callable[[Any], Any]]]:
    """Return the steps of the network, each with the name that its ONNX node has."""
    nn, functional = torch.nn, torch.nn.functional
    modules = {
        "stem": nn.Conv2d(3, 64, 7, stride=2, padding=3), "body": nn.Conv2d(64, 128, 3, padding=1),
        "depthwise": nn.Conv2d(128, 128, 3, padding=1, groups=128), "expand": nn.Linear(128, 1024),
        "project": nn.Linear(1024, 128),
    }  # fmt: skip
    for module in modules.values():
        module.to("cuda", torch.float16).eval()
        if isinstance(module, nn.Conv2d):
            module.to(memory_format=torch.channels_last)
    return [
        ("stem", modules["stem"]), ("stem_relu", functional.relu), ("body", modules["body"]),
        ("body_relu", functional.relu), ("depthwise", modules["depthwise"]),
        ("tokens", lambda x: x.flatten(2).transpose(1, 2).contiguous()), ("expand", modules["expand"]),
        ("gelu", functional.gelu), ("project", modules["project"]),
        ("attention", lambda x: functional.scaled_dot_product_attention(x, x, x)),
        ("softmax", lambda x: functional.softmax(x, dim=-1)),
    ]  # fmt: skip


def profile(torch: Any, runs: int, trace: Path) -> None:
    """Run the model and write the whole trace."""
    from torch.profiler import ProfilerActivity, record_function

    torch.manual_seed(0)
    image = torch.randn(BATCH, 3, 64, 64, device="cuda", dtype=torch.float16)
    image = image.to(memory_format=torch.channels_last)
    steps = model(torch)

    def run() -> None:
        x = image
        for name, step in steps:
            with record_function(name):
                x = step(x)

    with torch.inference_mode():
        for _ in range(WARM_UP):
            run()
        torch.cuda.synchronize()
        with torch.profiler.profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
            for _ in range(runs):
                run()
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


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="record_torch_trace", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--out", type=Path, default=Path(), help="directory of the two files")
    parser.add_argument("--name", help="their name; the GPU's by default")
    parser.add_argument("--runs", type=int, default=10, help="inferences that are profiled")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("record_torch_trace: torch is not installed: pip install torch", file=sys.stderr)
        return 2
    if not torch.cuda.is_available():
        print("record_torch_trace: torch sees no GPU; run this where there is one", file=sys.stderr)
        return 2
    gpu = torch.cuda.get_device_name(0)
    name = options.name or f"torch-{gpu.removeprefix('NVIDIA ').replace(' ', '-').lower()}"
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{name}.trace.json"
    profile(torch, options.runs, path)
    about = {
        "gpu": gpu,
        "torch": torch.__version__,
        "cuda": str(torch.version.cuda),
        "runs": str(options.runs),
    }
    trace = smaller(json.loads(path.read_text(encoding="utf-8")), about)
    path.write_text(json.dumps(trace, indent=0) + "\n", encoding="utf-8")
    with (options.out / f"{name}.nsys.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        writer.writerows(summary(trace))
    print(f"{path}: {len(trace['traceEvents'])} events of {gpu}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
