"""Measure tacticlens on long logs and print one table, all of it from one run.

python scripts/bench.py                  # 200 MB, growth to 1 GB, memory: some minutes, 1 GB of temporary disk
python scripts/bench.py --hostile        # two sizes of everything that may grow in a log: ratios of time
python scripts/bench.py --quick          # 20 MB only
python scripts/bench.py --json           # the same figures as JSON instead of the table
python scripts/bench.py --cores          # 200 MB on 1, 2, 4, 8, 16 cores, as far as there are so many
python scripts/bench.py --start-up               # CPU seconds of short commands; --against too
python scripts/bench.py --cores --against ../old    # the same for another checkout, in turns with this one

Long logs are made by writing the logs of the corpus one after the other until the size is reached, and are
removed at the end. The corpus is the folder given with --corpus or TACTICLENS_CORPUS (a folder with logs/*.log);
without one the fixtures of the tests are repeated. Repeating favours a reader that remembers the texts it has
seen, as this one does; real logs repeat themselves too, though less exactly. With --varied, and beside the others with
--cores, every copy has times and names of its own.

Every case runs in a process of its own, is run once unless --repeats says more (then the fastest counts), and is
timed from the call of `read_log` until the last table is made. A small log is read first, so that imports and the
building of the parsers are not in the time of the long log; they have a line of their own. Helper processes build
their parsers within the time. 1 MB is 1,000,000 bytes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bench_start
from long_logs import MB, ROOT, source_logs, write_log, write_sample

SMALL_LOG = ROOT / "tests" / "fixtures" / "composed" / "trt10.log"
Figures = dict[str, Any]


# -- one case, in a process of its own ---------------------------------------------------------------------------


def read_case(source: str, execution: str, processes: int | None, on_cores: int | None) -> Figures:
    """Read a log into all tables in this process and say what that took."""
    if on_cores is not None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:on_cores])
    begin = time.perf_counter()
    from tacticlens.grammar import reference
    from tacticlens.log import read_log

    scan = reference.scan if execution == "lalr" else None
    all_tables(read_log(SMALL_LOG, scan=scan, processes=0))
    start, cpu = time.perf_counter(), cpu_seconds()
    log = read_log(source, scan=scan, processes=processes)
    read = time.perf_counter() - start
    rows = all_tables(log)
    seconds = time.perf_counter() - start
    while multiprocessing.active_children():  # the time of a helper counts once it has ended
        time.sleep(0.05)
    cpu = cpu_seconds() - cpu
    facts = log.tables.log.row(0, named=True)
    return {
        "seconds": seconds,
        "read_seconds": read,
        "cpu_seconds": cpu,
        "first_small_log": start - begin,
        "bytes": facts["bytes"],
        "lines": facts["lines"],
        "rows": rows,
    }


def cpu_seconds() -> float:
    """Return the time that this process and its ended helpers have computed, in seconds."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def all_tables(log: Any) -> int:
    """Make every table of a log and let go of it, as an export does; return the number of rows."""
    from tacticlens.schema.registry import TABLE_NAMES

    rows = 0
    # checkouts of November 2026 and before have no portions
    portions = getattr(log.tables, "portions", None) or (lambda name: [log.tables[name]])
    for name in TABLE_NAMES:
        rows += sum(map(len, portions(name)))
        log.tables.forget(name)
    return rows


def sampled_memory(process: subprocess.Popen[bytes]) -> Figures:
    """Return the largest size of a process together with its helpers until it ends, in bytes.

    Pages that several of them share count once (Pss; where the system does not tell it, the resident size).
    """
    import psutil

    peak = parent = helpers = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            own = size(watched)
            others = [size(helper) for helper in watched.children(recursive=True)]
        except psutil.Error:
            continue  # one of them ended meanwhile
        peak, parent, helpers = max(peak, own + sum(others)), max(parent, own), max(helpers, len(others))
        time.sleep(0.05)
    return {"peak": peak, "peak_parent": parent, "helpers": helpers}


def size(process: Any) -> int:
    """Return the size of one process, in bytes."""
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.rss))


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def measure(
    log: Path,
    *,
    execution: str = "scanner",
    processes: int | None = None,
    stdin: bool = False,
    memory: bool = False,
    repeats: int = 1,
    on_cores: int | None = None,
    checkout: Path = ROOT,
) -> Figures:
    """Run one case in a process of its own; the fastest of several runs counts. Watching memory costs some time."""
    source = "-" if stdin else str(log)
    case = json.dumps(
        {"source": source, "execution": execution, "processes": processes, "on_cores": on_cores}
    )
    command = [sys.executable, str(Path(__file__).resolve()), "--case", case]
    runs = []
    for _ in range(repeats):
        with log.open("rb") as stream:
            pipe = subprocess.PIPE
            process = subprocess.Popen(
                command, stdin=stream, stdout=pipe, stderr=pipe, env=environment(checkout)
            )
            watched = sampled_memory(process) if memory else {}
            printed, errors = process.communicate()
        if process.returncode:
            raise SystemExit(f"bench.py: the case {case} failed:\n{errors.decode(errors='replace')}")
        runs.append({**json.loads(printed), **watched})
    best: Figures = min(runs, key=lambda run: run["seconds"])
    best["mb_per_s"] = best["bytes"] / MB / best["seconds"]
    best["read_mb_per_s"] = best["bytes"] / MB / best["read_seconds"]
    return best


def environment(checkout: Path = ROOT) -> dict[str, str]:
    """Return an environment in which a checkout is imported, installed or not."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(checkout), os.environ.get("PYTHONPATH", "")])}


# -- the figures -------------------------------------------------------------------------------------------------


def compare_executions(log: Path, folder: Path, options: argparse.Namespace) -> Figures:
    """Time the default, one process, and LALR on the same lines."""
    repeats = options.repeats
    found: Figures = {
        "default": measure(log, repeats=repeats),
        "one_process": measure(log, processes=0, repeats=repeats),
    }
    total = found["default"]["bytes"]
    if options.full_lalr:
        found["lalr"] = measure(log, execution="lalr", processes=0)
        return found
    sample = folder / "sample.log"
    write_sample(sample, log, min(options.lalr_sample * MB, total))
    found["lalr_sample"] = measure(sample, execution="lalr", processes=0, repeats=repeats)
    found["one_process_sample"] = measure(sample, processes=0, repeats=repeats)
    speed = found["lalr_sample"]["mb_per_s"]
    found["lalr"] = {"seconds": total / MB / speed, "mb_per_s": speed, "scaled": True}
    return found


def compare_logs(log: Path, folder: Path) -> Figures:
    """Time the whole command `tacticlens diff` on a log and the same under another name, which is read again."""
    other = folder / "other.log"
    other.unlink(missing_ok=True)
    other.symlink_to(log)
    start = time.perf_counter()
    command = [sys.executable, "-m", "tacticlens", "diff", str(log), str(other)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, env=environment())
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"bench.py: diff failed:\n{done.stderr.decode(errors='replace')}")
    return {"bytes": log.stat().st_size, "seconds": seconds, "reading": 2 * measure(log)["read_seconds"]}


def run(options: argparse.Namespace) -> Figures:
    """Make the logs, run all cases, remove the logs."""
    words, logs = source_logs(options.corpus)
    figures: Figures = {
        "python": platform.python_version(), "cores": cores(), "machine": platform.machine(),
        "source": words, "source_bytes": sum(path.stat().st_size for path in logs),
        "repeats": options.repeats, "growth": [],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="tacticlens-bench-", dir=options.temp) as name:
        folder = Path(name)
        log = folder / "long.log"
        figures["diff"] = []
        for size in sorted({10, options.size}):
            progress(f"diff, {size} MB twice ...")
            write_log(log, logs, size * MB, varied=options.varied)
            figures["diff"].append(compare_logs(log, folder))
        for size in sorted({options.size, options.memory_size, *options.sizes}):
            progress(f"{size} MB ...")
            write_log(log, logs, size * MB, varied=options.varied)
            if size == options.size:
                figures["executions"] = compare_executions(log, folder, options)
                whole = figures["executions"]["default"]
            else:
                whole = measure(log, repeats=options.repeats)
            if size in options.sizes:
                figures["growth"].append(whole)
            if size == options.memory_size:
                figures["memory"] = {
                    "file": measure(log, memory=True),
                    "stdin": measure(log, stdin=True, memory=True),
                }
    figures["start_up"] = run_start_up(options)
    return figures


def checkouts(options: argparse.Namespace) -> dict[str, Path]:
    """Return what is measured: this checkout, and another one if it is named."""
    return {"this": ROOT, **({"other": options.against.resolve()} if options.against else {})}


def run_start_up(options: argparse.Namespace) -> Figures:
    """Measure short commands, with this checkout and another one in turns."""
    progress("start-up ...")
    return bench_start.start_up(checkouts(options), options.corpus)


def run_on_cores(options: argparse.Namespace) -> Figures:
    """Read both kinds of log on ever more cores, with this checkout and another one in turns."""
    words, logs = source_logs(options.corpus)
    figures: Figures = {
        "python": platform.python_version(), "cores": cores(), "machine": platform.machine(), "source": words,
        "source_bytes": sum(path.stat().st_size for path in logs), "repeats": options.repeats, "runs": [],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="tacticlens-bench-", dir=options.temp) as name:
        log = Path(name) / "long.log"
        for kind in ("repeated", "varied"):
            write_log(log, logs, options.size * MB, varied=kind == "varied")
            for number in [number for number in (1, 2, 4, 8, 16) if number <= cores()]:
                for which, checkout in checkouts(options).items():
                    progress(f"{options.size} MB {kind}, {number} cores, {which} checkout ...")
                    found = measure(log, repeats=options.repeats, on_cores=number, checkout=checkout)
                    figures["runs"].append({"kind": kind, "on_cores": number, "checkout": which, **found})
    return figures


def report_cores(figures: Figures) -> Iterator[str]:
    """Yield the table of `run_on_cores`."""
    yield f"Python {figures['python']}, {figures['cores']} cores ({figures['machine']}), {figures['source']}"
    yield ""
    yield from heading("Log into all tables", "cores", "seconds", "CPU s", "MB/s")
    for found in figures["runs"]:
        label = f"{mb(found['bytes'])} {found['kind']}, {found['checkout']} checkout"
        numbers = (f"{found['seconds']:.2f}", f"{found['cpu_seconds']:.2f}", f"{found['mb_per_s']:.1f}")
        yield row(label, str(found["on_cores"]), *numbers)


def progress(text: str) -> None:
    """Say on a terminal what is being measured."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


# -- the table ---------------------------------------------------------------------------------------------------


def report(figures: Figures) -> Iterator[str]:
    """Yield the lines of the table."""
    runs = "each case run once" if figures["repeats"] == 1 else f"fastest of {figures['repeats']} runs"
    yield f"Python {figures['python']}, {figures['cores']} cores ({figures['machine']}), {runs}"
    yield f"Input: {figures['source']}, {figures['source_bytes'] / MB:.1f} MB, repeated up to the stated size"
    yield from report_executions(figures["executions"])
    yield ""
    yield from heading("Growth, default execution", "seconds", "MB/s", "lines")
    for case in figures["growth"]:
        yield row(
            mb(case["bytes"]), f"{case['seconds']:.2f}", f"{case['mb_per_s']:.1f}", f"{case['lines']:,}"
        )
    yield from report_diff(figures["diff"])
    yield from report_memory(figures["memory"])
    yield ""
    yield from bench_start.report(figures["start_up"], row)


def report_executions(found: Figures) -> Iterator[str]:
    """Yield the comparison of the executions."""
    default, single, lalr = found["default"], found["one_process"], found["lalr"]
    note = " *" if lalr.get("scaled") else ""
    yield ""
    yield from heading(f"{mb(default['bytes'])} into all tables", "seconds", "MB/s", "LALR =1")
    for label, case in (
        ("helper processes (the default)", default),
        ("one process", single),
        (f"LALR, one process{note}", lalr),
    ):
        ratio = lalr["seconds"] / case["seconds"]
        yield row(label, f"{case['seconds']:.2f}", f"{case['mb_per_s']:.1f}", f"{ratio:.2f}")
    read = default["read_seconds"]
    yield row("  of it until all rows are in columns", f"{read:.2f}", f"{default['read_mb_per_s']:.1f}", "")
    first = SMALL_LOG.stat().st_size / 1000
    yield f"  (before that: imports, parsers and a log of {first:.0f} kB took {single['first_small_log']:.2f} s)"
    if lalr.get("scaled"):
        sample, same = found["lalr_sample"], found["one_process_sample"]
        yield (
            f"* not run on all lines: measured on {mb(sample['bytes'])} of whole lines spread evenly over the log"
            f" ({sample['seconds']:.2f} s)"
        )
        yield (
            f"  and scaled by size. One process without LALR on the same sample: {same['seconds']:.2f} s,"
            f" {sample['seconds'] / same['seconds']:.2f} times faster."
        )


def report_diff(found: list[Figures]) -> Iterator[str]:
    """Yield the times of comparisons."""
    yield ""
    yield from heading("tacticlens diff, the whole command", "seconds", "reading", "ratio")
    for case in found:
        ratio = f"{case['seconds'] / case['reading']:.2f}"
        yield row(f"{mb(case['bytes'])} twice", f"{case['seconds']:.2f}", f"{case['reading']:.2f}", ratio)
    yield "  reading: both logs into columns, without the start of the program and without tables"


def report_memory(found: Figures) -> Iterator[str]:
    """Yield the peaks."""
    yield ""
    yield from heading("Peak memory, default execution", "parent", "helpers", "together")
    for label, case in found.items():
        yield row(
            f"{mb(case['bytes'])} from {label}",
            mb(case["peak_parent"]),
            str(case["helpers"]),
            mb(case["peak"]),
        )
    yield "  together: parent and helpers at one moment; pages that they share count once"


def heading(*cells: str) -> Iterator[str]:
    """Yield the head of a table and a rule under it."""
    line = row(*cells)
    yield line
    yield "-" * len(line)


def row(label: str, *cells: str) -> str:
    """Return one line of a table."""
    return f"{label:36}" + "".join(f"{cell:>12}" for cell in cells)


def mb(size: float) -> str:
    """Return a size in words."""
    return f"{size / MB:,.0f} MB" if size >= 10 * MB else f"{size / MB:.1f} MB"


# -- command line ------------------------------------------------------------------------------------------------


def sizes(text: str) -> list[int]:
    """Read a list of sizes in MB."""
    return [int(part) for part in text.split(",") if part]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = Path(os.environ.get("TACTICLENS_CORPUS") or ROOT.parent / "shared" / "corpus")
    made.add_argument("--corpus", type=Path, default=corpus, help="folder with logs/*.log")
    made.add_argument("--size", type=int, default=200, metavar="MB", help="log for the executions (200)")
    made.add_argument(
        "--sizes", type=sizes, default=[50, 200, 1000], metavar="MB,MB", help="growth (50,200,1000)"
    )
    made.add_argument("--memory-size", type=int, default=1000, metavar="MB", help="log for the memory (1000)")
    made.add_argument("--lalr-sample", type=int, default=8, metavar="MB", help="what LALR is measured on (8)")
    made.add_argument("--full-lalr", action="store_true", help="run LALR on all lines")
    made.add_argument("--repeats", type=int, default=1, help="runs per case (1)")
    made.add_argument("--temp", type=Path, help="folder for the long logs")
    made.add_argument("--quick", action="store_true", help="20 MB for everything")
    made.add_argument(
        "--hostile", action="store_true", help="does cost grow linearly in every dimension of a log?"
    )
    made.add_argument("--start-up", action="store_true", help="only what short commands cost")
    made.add_argument("--cores", action="store_true", help="only how the time falls with the number of cores")
    made.add_argument(
        "--against", type=Path, metavar="FOLDER", help="another checkout to measure, for --cores and start-up"
    )
    made.add_argument(
        "--varied", action="store_true", help="every copy of a log with times and names of its own"
    )
    made.add_argument("--json", action="store_true", help="print JSON instead of the table")
    made.add_argument("--case", help=argparse.SUPPRESS)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    options = parser().parse_args(arguments)
    if options.hostile:
        import bench_hostile

        return bench_hostile.main(["--json"] if options.json else [])
    if options.case:
        print(json.dumps(read_case(**json.loads(options.case))))
        return 0
    if options.quick:
        options.size = options.memory_size = 20
        options.sizes = [20]
    if options.start_up:
        figures = run_start_up(options)
        print(json.dumps(figures) if options.json else "\n".join(bench_start.report(figures, row)))
        return 0
    figures = run_on_cores(options) if options.cores else run(options)
    lines = report_cores if options.cores else report
    print(json.dumps(figures, indent=2) if options.json else "\n".join(lines(figures)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
