"""What a command costs before its log is long: CPU seconds of whole commands, beside those of another checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from long_logs import MB, source_logs, write_log

KERNEL = "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x64x32_stage4_warpsize2x2x1_tensor16x8x16"
_CODE = "from tacticlens.__main__ import main; main()"


def commands(log: str) -> dict[str, list[str]]:
    """Return what is measured: name -> arguments of Python; what the libraries cost alone stands below the commands."""
    return {
        "tacticlens parse, log of 1 MB": ["-c", _CODE, "parse", log],
        "tacticlens kernel NAME": ["-c", _CODE, "kernel", KERNEL],
        "tacticlens --help": ["-c", _CODE, "--help"],
        "import polars, numpy": ["-c", "import polars, numpy"],
        "import typer": ["-c", "import typer"],
    }


def start_up(checkouts: Mapping[str, Path], corpus: Path, rounds: int = 11) -> dict[str, Any]:
    """Return the CPU seconds, user and system, of each command: the least of several runs.

    Args:
        checkouts: name -> folder; they take turns.
        corpus: folder with logs/*.log.
        rounds: number of runs; one more comes before them, which leaves bytecode behind as an installation does.
    """
    seconds: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="tacticlens-bench-") as folder:
        log = Path(folder) / "start.log"
        nearest = min(source_logs(corpus)[1], key=lambda path: abs(path.stat().st_size - MB))
        write_log(log, [nearest], MB)
        for _ in range(rounds + 1):
            for name, arguments in commands(str(log)).items():
                for which, checkout in checkouts.items():
                    seconds.setdefault(name, {}).setdefault(which, []).append(cpu_of(arguments, checkout))
    least = {name: {which: min(runs[1:]) for which, runs in sides.items()} for name, sides in seconds.items()}
    return {"rounds": rounds, "cpu_seconds": least}


def cpu_of(arguments: list[str], checkout: Path) -> float:
    """Run Python with a checkout and return the CPU seconds that it took."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    null = subprocess.DEVNULL
    command = [sys.executable, *arguments]
    process = subprocess.Popen(command, stdout=null, stderr=null, env=environment, cwd=checkout)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"bench_start.py: {' '.join(arguments)} failed with {process.returncode} in {checkout}"
        )
    return used.ru_utime + used.ru_stime


def report(found: Mapping[str, Any], row: Any) -> Iterator[str]:
    """Yield the lines of the table.

    Args:
        found: what `start_up` returned.
        row: makes a line of a label and cells.
    """
    sides: Iterable[str] = next(iter(found["cpu_seconds"].values()))
    head = row(f"Start-up, CPU s, least of {found['rounds']}", *sides)
    yield head
    yield "-" * len(head)
    for name, least in found["cpu_seconds"].items():
        yield row(name, *(f"{value:.3f}" for value in least.values()))
