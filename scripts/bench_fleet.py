"""Measure `collect`: against reading alone, from 100 to 2,000 logs, one and two workers, local and Dask.

CPU seconds (user and system, of all processes) say what work it is, whatever else the machine does.

    python scripts/bench_fleet.py              # composed logs
    python scripts/bench_fleet.py FOLDER       # the logs of a folder
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from compose.fleet import fleet, write  # noqa: E402  the composer is a package of the tests

ALONE = """
import sys
from tacticlens.fleet.places import find
from tacticlens.log import read_log
for log in find([sys.argv[1]]):
    for name, rows in read_log(log.address, processes=0).tables:
        rows.height
"""
"""Reading alone: every table of every log, one process, nothing written."""


def run(*command: str) -> tuple[float, float, float]:
    """Run a command; return wall seconds, CPU seconds, and MB of its largest process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, env={"POLARS_MAX_THREADS": "1", "PATH": ""}
    )
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1000


def alone(folder: Path) -> tuple[float, float, float]:
    return run(sys.executable, "-c", ALONE, str(folder))


def collected(folder: Path, place: Path, *options: str) -> tuple[float, float, float]:
    shutil.rmtree(place, ignore_errors=True)
    return run(sys.executable, "-m", "tacticlens", "collect", str(folder), "-o", str(place), *options)


def told(what: str, logs: int, size: int, measured: tuple[float, float, float]) -> None:
    wall, cpu, most = measured
    print(
        f"{what:34} {logs:5} logs {size / 1e6:6.1f} MB: {wall:6.1f} s, {cpu:6.1f} CPU s, {logs / cpu:5.1f} logs and "
        f"{size / 1e6 / cpu:4.2f} MB per CPU s, largest process so far {most:,.0f} MB",
        flush=True,
    )


def measure(folder: Path, place: Path, *, only_one: bool) -> None:
    files = [path for path in folder.rglob("*.log") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    told("read alone, 1 process", len(files), size, alone(folder))
    told("collect, 1 worker", len(files), size, collected(folder, place, "-j", "1"))
    if not only_one:
        told("collect, 2 workers", len(files), size, collected(folder, place, "-j", "2"))
        told(
            "collect, Dask, 2 workers",
            len(files),
            size,
            collected(folder, place, "--engine", "dask", "-j", "2"),
        )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        if len(sys.argv) > 1:
            measure(Path(sys.argv[1]), work / "dataset", only_one=False)
        else:
            for number in (100, 500, 2000):
                write(fleet(number), work / f"logs{number}")
                measure(work / f"logs{number}", work / "dataset", only_one=number == 500)
