"""Measure `collect`: against tables made alone, from 100 to 2,000 logs, one and two workers, local and Dask.

CPU seconds (user and system, of all processes) say what work it is. A machine that others use gives the same work more
of them at one time than at another, by a quarter and more, so commands that are compared run in turns of a second: one
goes on while the others are stopped.

    python scripts/bench_fleet.py              # composed logs
    python scripts/bench_fleet.py FOLDER       # the logs of a folder
    python scripts/bench_fleet.py --runs 3 --only 2000
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
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
"""Every table of every log, one process, nothing written."""
TURN_SECONDS = 1.0


class Running:
    """A command that goes on and stops as it is told, with its processes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, env={"POLARS_MAX_THREADS": "1", "PATH": ""}, start_new_session=True
        )  # fmt: skip
        self._tell(signal.SIGSTOP)
        self.used: resource.struct_rusage | None = None
        self.wall = 0.0

    def go_on(self, seconds: float) -> None:
        """Run for so long, or to the end."""
        self._tell(signal.SIGCONT)
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            pid, status, used = os.wait4(self._process.pid, os.WNOHANG)
            if pid:
                if status:
                    message = f"{self._process.args} ended with {os.waitstatus_to_exitcode(status)}"
                    raise SystemExit(message)
                self.used = used
                break
            time.sleep(0.01)
        else:
            self._tell(signal.SIGSTOP)
        self.wall += time.monotonic() - began

    def _tell(self, what: signal.Signals) -> None:
        os.killpg(self._process.pid, what)


def in_turns(commands: Mapping[str, Sequence[str]], logs: int, size: int) -> None:
    """Run commands in turns and print what each took; the first is what the others are compared with."""
    running = {what: Running(command) for what, command in commands.items()}
    while left := [one for one in running.values() if one.used is None]:
        for one in left:
            one.go_on(TURN_SECONDS)
    first = None
    for what, one in running.items():
        assert one.used is not None
        cpu = one.used.ru_utime + one.used.ru_stime
        first = first or cpu
        print(
            f"{what:26} {logs:5} logs {size / 1e6:6.1f} MB: {one.wall:6.1f} s, {cpu:6.1f} CPU s "
            f"({cpu / first - 1:+6.1%}), {logs / cpu:5.1f} logs and {size / 1e6 / cpu:5.2f} MB per CPU s, "
            f"largest process {one.used.ru_maxrss / 1000:,.0f} MB",
            flush=True,
        )


def measure(folder: Path, place: Path, *, every_way: bool) -> None:
    """Compare what can be done with the logs of a folder."""
    files = [path for path in folder.rglob("*.log") if path.is_file()]
    ways: dict[str, list[str]] = {"collect, 1 worker": ["-j", "1"]}
    if every_way:
        ways |= {
            "collect, 2 workers": ["-j", "2"],
            "collect, Dask, 2 workers": ["--engine", "dask", "-j", "2"],
        }
    commands = {"tables alone, 1 process": [sys.executable, "-c", ALONE, str(folder)]} | {
        way: [
            sys.executable,
            "-m",
            "tacticlens",
            "collect",
            str(folder),
            "-o",
            str(place / str(number)),
            *options,
        ]
        for number, (way, options) in enumerate(ways.items())
    }
    in_turns(commands, len(files), sum(path.stat().st_size for path in files))
    shutil.rmtree(place)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="logs to measure with instead of composed ones")
    parser.add_argument(
        "--only", type=int, nargs="+", default=[100, 500, 1000, 2000], help="numbers of composed logs"
    )
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--every-way", action="store_true", help="two workers and Dask too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for _ in range(asked.runs):
            for number in [None] if asked.folder else asked.only:
                folder = asked.folder or work / f"logs{number}"
                if number is not None and not folder.exists():
                    write(fleet(number), folder)
                measure(folder, work / "dataset", every_way=asked.every_way)


if __name__ == "__main__":
    main()
