"""Kill collectors and workers at random moments, let two collectors loose on one dataset: is anything lost or twice?

    python scripts/kill_collect.py                                        # everything, 50 rounds each: about an hour
    python scripts/kill_collect.py --what worker --engine dask --rounds 5 --seed 7

Each round collects a few small logs with processes of their own, disturbs that, and then compares the dataset with the
rows of an undisturbed run. A disturbed dataset must read at once, with whole logs only; after one more run it must have
each log once. The first difference ends the script with 1, and the dataset stays where it says.

what     collector: kill -9 of the collector with all its processes
         worker: kill -9 of one or two of its workers; the collector itself must end well
         two: two collectors at once; in every other round one of them is killed
engine   local, dask (a cluster that collect starts), standing (a scheduler and workers that run before and after)
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "fleet")]

from collecting import COMMIT_EACH, difference, is_worker, rows  # noqa: E402  helpers of the tests
from compose.fleet import fleet, write  # noqa: E402

from tacticlens.fleet.dataset import Dataset  # noqa: E402
from tacticlens.fleet.entries import Entries  # noqa: E402

LOGS = 24
WORKERS = 2
PATIENCE_SECONDS = 300


class WrongError(Exception):
    """A dataset is not what it must be."""


class Round:
    """One round: a dataset, and the collectors that write it."""

    def __init__(self, place: Path, logs: Path, engine: str, scheduler: str | None) -> None:
        self.dataset = place
        self._logs = logs
        self._options = ["--engine", "local" if engine == "local" else "dask"]
        self._options += ["--scheduler", scheduler] if scheduler else ["-j", str(WORKERS)]

    def start(self) -> subprocess.Popen[bytes]:
        """Start a collector, with what it says in a file: a pipe that nobody reads would stop it."""
        said = Path(f"{self.dataset}.txt").open("ab")  # noqa: SIM115  the process has it
        return subprocess.Popen(
            [
                sys.executable, "-c", COMMIT_EACH, "collect", str(self._logs), "--manifest",
                str(self._logs / "manifest.csv"), "-o", str(self.dataset), *self._options,
            ],
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip

    def end(self, run: subprocess.Popen[bytes]) -> None:
        """Wait for a collector, which must end well."""
        try:
            code = run.wait(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            kill_group(run)
            message = f"the collector has not ended after {PATIENCE_SECONDS} s"
            raise WrongError(message) from None
        if code != 0:
            message = f"the collector ended with {code}"
            raise WrongError(message)

    def read(self) -> Dataset | None:
        """Return the dataset, if something was published."""
        return Dataset(str(self.dataset)) if (self.dataset / "collected" / "_delta_log").exists() else None


def kill_group(run: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):  # it has ended
        os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def check(dataset: Dataset, truth: Dataset) -> int:
    """Compare a dataset with the undisturbed one, as far as it goes; return the number of its logs."""
    found = difference(rows(dataset), rows(truth), dataset.logs["sha256"].to_list())
    if found:
        raise WrongError(found)
    return len(dataset.logs)


def kill_collector(
    this: Round, truth: Dataset, usual: float, chance: random.Random, tally: Counter[str]
) -> None:
    run = this.start()
    time.sleep(chance.uniform(0, 1.1 * usual))
    tally["killed while they ran"] += run.poll() is None
    kill_group(run)
    dataset = this.read()
    if dataset is not None:
        tally["with some logs published"] += 0 < check(dataset, truth) < LOGS
    this.end(this.start())


def kill_workers(
    this: Round, truth: Dataset, usual: float, chance: random.Random, tally: Counter[str]
) -> None:
    del truth
    run = this.start()
    while (
        not (this.dataset / "tables").exists() and run.poll() is None
    ):  # they are at work, no longer starting
        time.sleep(0.01)
    for _ in range(chance.choice([1, 1, 2])):
        time.sleep(chance.uniform(0, 0.15 * usual))
        workers = _workers(run)
        if workers and run.poll() is None:
            chance.choice(workers).kill()
            tally["workers killed"] += 1
    this.end(run)
    dataset = this.read()
    if (
        dataset is None or len(dataset.logs) < LOGS
    ):  # a portion was given up after several deaths: the next run has it
        tally["rounds that needed another run"] += 1
        this.end(this.start())


def two_at_once(
    this: Round, truth: Dataset, usual: float, chance: random.Random, tally: Counter[str]
) -> None:
    runs = [this.start()]
    time.sleep(chance.choice([0, chance.uniform(0, usual)]))
    runs.append(this.start())
    if chance.choice([True, False]):
        time.sleep(chance.uniform(0, usual))
        victim = runs.pop(chance.randrange(2))
        tally["rounds with one killed"] += victim.poll() is None
        kill_group(victim)
        dataset = this.read()
        if dataset is not None:
            check(dataset, truth)
    for run in runs:
        this.end(run)
    read = Entries(str(this.dataset)).read().filter(status="collected")
    tally["logs that both had read"] += len(read) - read["sha256"].n_unique()


WAYS = {"collector": kill_collector, "worker": kill_workers, "two": two_at_once}


_standing: list[subprocess.Popen[bytes]] = []
"""Those who have the workers of a standing cluster as children."""


def _workers(run: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the workers of the standing cluster, or of a collector."""
    try:
        return [
            child
            for parent in _standing or [run]
            for child in psutil.Process(parent.pid).children(recursive=True)
            if is_worker(child)
        ]
    except psutil.Error:
        return []


@contextmanager
def standing_cluster(place: Path) -> Iterator[str]:
    """Run a scheduler and workers, as a site would; yield the address of the scheduler."""
    file, said = place / "scheduler.json", (place / "cluster.txt").open("ab")
    dask = [sys.executable, "-m", "dask"]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)],
        stdout=said,
        stderr=said,
    )
    workers = subprocess.Popen(
        [
            *dask, "worker", "--scheduler-file", str(file), "--nworkers", str(WORKERS), "--nthreads", "1",
            "--no-dashboard",
        ],
        stdout=said, stderr=said, env=environment, cwd=place,
    )  # fmt: skip
    _standing.append(workers)
    try:
        while not file.exists():
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"]
    finally:
        _standing.clear()
        for process in (workers, scheduler):
            process.terminate()
        for process in (workers, scheduler):
            process.wait(timeout=60)


def play(what: str, engine: str, rounds: int, seed: int, place: Path) -> None:
    """Play some rounds and print the tally."""
    logs, tally = place / "logs", Counter[str]()
    with standing_cluster(place) if engine == "standing" else nullcontext(None) as scheduler:
        first = Round(place / "truth", logs, engine, scheduler)
        began = time.monotonic()
        first.end(first.start())
        usual = time.monotonic() - began
        truth = Dataset(str(first.dataset))
        assert len(truth.logs) == LOGS
        for number in range(rounds):
            this = Round(place / f"{what}-{engine}-{number}", logs, engine, scheduler)
            try:
                WAYS[what](this, truth, usual, random.Random(f"{seed} {what} {engine} {number}"), tally)
                dataset = this.read()
                if dataset is None or check(dataset, truth) != LOGS:
                    message = "logs are missing"
                    raise WrongError(message)
            except Exception as error:
                print(
                    f"{what}, {engine}, round {number} of seed {seed}: {error}; see {this.dataset}*",
                    flush=True,
                )
                raise
            shutil.rmtree(this.dataset)
    shutil.rmtree(first.dataset)
    told = "".join(f"; {count} {name}" for name, count in sorted(tally.items()))
    print(f"{what}, {engine}: {rounds} rounds of seed {seed}, each log once after each{told}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--what", choices=[*WAYS, "all"], default="all")
    parser.add_argument("--engine", choices=["local", "dask", "standing", "all"], default="all")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="kill_collect-"))
    write(fleet(LOGS), place / "logs")
    try:
        for what in WAYS if asked.what == "all" else [asked.what]:
            for engine in ["local", "dask", "standing"] if asked.engine == "all" else [asked.engine]:
                play(what, engine, asked.rounds, asked.seed, place)
    except Exception:  # noqa: BLE001  it was told, and the files stay
        return 1
    shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
