"""The one-screen summary of a log: what is in it, what the engine is made of, what was not read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from tacticlens.analysis.findings import findings
from tacticlens.analysis.nature import missing
from tacticlens.tables.profiles import profile_ms, statistic_of
from tacticlens.tables.shares import Shares, by_family, engines, profiles, shares
from tacticlens.tables.table_set import TableSet
from tacticlens.views.build_time import build_time_line
from tacticlens.views.finding_text import text_of
from tacticlens.views.findings import scale_notes
from tacticlens.views.joined import joined_lines
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import count, milliseconds, percent, plain, seconds, size

GOAL = 0.9
_BUILDS = 8
_ENGINES = 2
_PROFILES = 2
_FAMILIES = 8
_FINDINGS = 3
_TACTICS = 500_000
"""Above so many candidates the findings would take longer and more memory than the summary itself."""
_SOURCES = {
    "profile": "profile {statistic}",
    "nsys": "kernels seen by a profiler",
    "framework": "PyTorch's kernels for the same nodes, not the engine's",
    "tactic": "times of the tactics, each measured alone",
    "mixed": "profile {statistic}, else tactic measured alone",
    "none": "no times in the log",
}


def summary(tables: TableSet, *, width: int = 110, color: bool = False) -> str:
    """Return the summary as text of at most ``width`` columns."""
    return render(_parts(tables), width=width, color=color)


def _parts(tables: TableSet) -> Iterator[RenderableType]:
    yield from _what(tables)
    yield from _builds(tables)
    numbers = engines(tables)
    for number in numbers[-_ENGINES:]:
        yield from _engine(tables, number, of=len(numbers))
    if len(numbers) > _ENGINES:
        yield Text(f"… and {count(len(numbers) - _ENGINES, 'earlier engine')}: --table engine_layers")
    yield from _performance(tables)
    yield from joined_lines(tables)
    build_time = build_time_line(tables)
    if build_time is not None:
        yield Text(build_time)
    yield from _cache(tables)
    yield from _findings(tables)
    yield from _messages(tables)
    for note in missing(tables):
        yield Text(f"Note: {plain(note)}", style="yellow")
    yield _ledger(tables)


def _what(tables: TableSet) -> Iterator[RenderableType]:
    log = tables.log.row(0, named=True)
    version = (
        f"TensorRT {log['tensorrt_version']}" if log["tensorrt_version"] else "TensorRT version not told"
    )
    gpu = log["gpu"] or "GPU not told"
    if log["compute_capability"]:
        gpu += f" (compute capability {log['compute_capability']})"
    facts = [version, gpu, log["producer"] or "producer not told", log["outcome"]]
    yield heading(plain(log["source"]))
    yield Text(" · ".join(plain(fact) for fact in [*facts, count(log["lines"], "line"), size(log["bytes"])]))


def _builds(tables: TableSet) -> Iterator[RenderableType]:
    builds = tables.builds
    if builds.is_empty():
        return
    made = builds.filter(pl.col("in_engine"))["engine"].n_unique()
    networks = count(builds["engine"].n_unique(), "network")
    passes = f"{count(len(builds), 'build')} (passes of the builder) for {networks}"
    yield Text()
    yield heading(f"{passes}, {count(made, 'engine')} finished")
    grid = table("build", "network", "strategy", "profile", "lines", "estimated", "selection", "generation", "engine",
                 right=("build", "network", "strategy", "profile", "estimated", "selection", "generation"))  # fmt: skip
    verdicts = {True: "in the engine", False: "not taken", None: "not decided in the log"}
    for row in builds.head(_BUILDS).iter_rows(named=True):
        grid.add_row(
            str(row["build"]), str(row["engine"]), _number(row["strategy"]), _number(row["profile"]),
            f"{row['first_line']}–{row['last_line']}", milliseconds(row["estimated_ms"]), seconds(row["selection_s"]),
            seconds(row["generation_s"]), verdicts[row["in_engine"]],
        )  # fmt: skip
    yield grid
    if len(builds) > _BUILDS:
        yield Text(f"… and {count(len(builds) - _BUILDS, 'more build')}: --table builds")
    yield Text(_tried(tables))


def _number(value: int | None) -> str:
    return "–" if value is None else str(value)


def _tried(tables: TableSet) -> str:
    """Say what was tried: candidates, and the combinations that they were tried for."""
    status: dict[str, int] = {}
    for kind, reason, number in tables.count_by("tactics", ["status", "reason"]).iter_rows():
        word = "only option" if (reason or "").startswith("only option") else kind
        status[word] = status.get(word, 0) + number
    combinations = tables.count_by("combinations", ["purpose", "result"])
    of_layers = sum(number for purpose, _, number in combinations.iter_rows() if purpose == "layer")
    reformats = sum(number for _, _, number in combinations.iter_rows()) - of_layers
    results = dict(combinations.group_by("result").agg(pl.col("len").sum()).iter_rows())
    parts = [f"Tried: {count(status.get('timed', 0), 'timed tactic')}"]
    parts += [f"{count(status[word], f'{word} tactic')}" for word in ("skipped", "failed") if word in status]
    if "only option" in status:
        parts.append(f"{status['only option']:,} untimed as the only option")
    if len(tables.op_tactics):
        parts.append(f"{count(len(tables.op_tactics), 'op tactic')}")
    line = ", ".join(parts)
    line += f"; {count(of_layers, 'format combination')} and {count(reformats, 'reformat')}"
    known = [
        f"{results[word]:,} {word}"
        for word in ("cached", "repeated", "no_tactic", "unfinished")
        if word in results
    ]
    return f"{line} ({', '.join(known)})" if known else line


def _engine(tables: TableSet, number: int | None, *, of: int) -> Iterator[RenderableType]:
    name = f"Engine {number}" if number is not None else "Engine (not built in this log)"
    title = name if of > 1 or number is None else "Engine"
    builds = profiles(tables, number)
    if len(builds) < 2:
        yield from _times(tables, number, None, title)
        return
    # only one optimization profile runs at a time: their times are no sum
    for build in builds[:_PROFILES]:
        profile = tables.builds.filter(pl.col("build") == build)["profile"].to_list()
        yield from _times(
            tables, number, build, f"{title}, optimization profile {profile[0] if profile else '–'}"
        )
    if len(builds) > _PROFILES:
        yield Text(f"… and {count(len(builds) - _PROFILES, 'more profile')}: --table engine_layers")


def _times(tables: TableSet, number: int | None, build: int | None, title: str) -> Iterator[RenderableType]:
    facts = shares(tables, number, build)
    yield Text()
    total = milliseconds(facts.time_ms) if facts.time_source != "none" else "no times"
    source = _SOURCES[facts.time_source].format(statistic=statistic_of(tables.profile))
    yield heading(f"{title}: {count(facts.layers, 'layer')}, {total} ({source})")
    if facts.time_source == "none":
        families = by_family(tables, number, build).sort("layers", descending=True, maintain_order=True)
        kinds = [f"{row['layers']} {row['family']}" for row in families.head(_FAMILIES).iter_rows(named=True)]
        yield Text(f"Layers by family: {', '.join(kinds)}")
        return
    if facts.untimed_layers * 2 > facts.working_layers:
        yield Text(
            f"{facts.untimed_layers} of {count(facts.working_layers, 'working layer')} have no time: no shares"
        )
        return
    yield _families(by_family(tables, number, build))
    yield _verdict(facts)


def _families(families: pl.DataFrame) -> RenderableType:
    grid = table(
        "family",
        "layers",
        "time",
        "share",
        "on Tensor Cores",
        right=("layers", "time", "share", "on Tensor Cores"),
    )
    shown = families.filter(pl.col("time_ms") > 0)
    for row in shown.head(_FAMILIES).iter_rows(named=True):
        on_cores = percent(row["tensor_core_ms"] / row["time_ms"]) if row["tensor_core_ms"] else ""
        grid.add_row(
            row["family"], str(row["layers"]), milliseconds(row["time_ms"]), percent(row["share"]), on_cores
        )
    rest = shown.slice(_FAMILIES)
    if len(rest):
        grid.add_row(
            f"{len(rest)} more",
            str(rest["layers"].sum()),
            milliseconds(float(rest["time_ms"].sum())),
            percent(float(rest["share"].sum())),
            "",
        )
    return grid


def _verdict(facts: Shares) -> Text:
    """Say the shares against the goal; what is not known is said beside what is."""
    gemm = facts.gemm or 0.0
    parts = [
        f"GEMM {percent(facts.gemm)} of the time, goal {percent(GOAL)}",
        f"on Tensor Cores {percent(facts.tensor_core)}",
    ]
    if facts.tensor_core_unknown:
        parts.append(f"not known {percent(facts.tensor_core_unknown)}")
    parts.append(_reformats(facts))
    if facts.untold:
        parts.append(f"in fused regions, in no named operation {percent(facts.untold)}")
    if facts.untimed_layers:
        parts.append(f"{count(facts.untimed_layers, 'layer')} without a time")
    return Text("; ".join(parts), style="green" if gemm >= GOAL else "yellow")


def _reformats(facts: Shares) -> str:
    # times of a minority say nothing of the group
    if facts.untimed_reformats * 2 > facts.reformat_layers:
        return (
            f"reformats and copies: unknown ({facts.untimed_reformats} of {count(facts.reformat_layers, 'layer')} "
            f"{'has' if facts.reformat_layers == 1 else 'have'} no time)"
        )
    return f"reformats and copies {percent(facts.reformat)}"


def _performance(tables: TableSet) -> Iterator[RenderableType]:
    measured = tables.performance.filter(pl.col("statistic").is_in(["value", "median"]))
    wanted = {
        "Throughput": "{:,.6g} qps",
        "GPU Compute Time": "GPU compute {:.4g} ms median",
        "Latency": "latency {:.4g} ms median",
    }
    latest = {row["metric"]: row["value"] for row in measured.iter_rows(named=True)}
    said = [form.format(latest[name]) for name, form in wanted.items() if name in latest]
    if said:
        yield Text(f"Measured by trtexec: {', '.join(said)}")


def _findings(tables: TableSet) -> Iterator[RenderableType]:
    """Show what to look at first."""
    if int(tables.count_by("tactics", ["status"])["len"].sum()) > _TACTICS:
        yield Text("What to look at first: tacticlens findings LOG (left out here for a log of this length)")
        return
    found = findings(tables, goal=GOAL)
    if not found:
        return
    yield Text()
    yield heading(f"Look at first ({count(len(found), 'finding')}: tacticlens findings)")
    shown = [finding for finding in found if finding.counts][:_FINDINGS]
    for finding in shown:
        stake = f" ({milliseconds(finding.stake_ms)} at stake)" if finding.stake_ms else ""
        yield Text(f"  {finding.code} {text_of(finding).title}{stake}")
    for note in scale_notes(shown):
        yield Text(f"  {note[0].upper()}{note[1:]}")
    yield Text()


def _cache(tables: TableSet) -> Iterator[RenderableType]:
    """Say what is known of timing caches and measured profiles in one line each."""
    profile = tables.profile
    if len(profile) and tables.engine_layers.is_empty():
        total = milliseconds(float(profile.select(profile_ms()).to_series().sum()))
        yield Text(
            f"Profile of an engine: {count(len(profile), 'layer')}, {total} per inference as the sum of "
            f"{statistic_of(profile)}s (--table profile)"
        )
    cache = tables.timing_cache
    if cache.is_empty():
        return
    kinds = {"local": "local, not stored", "global": "global, stored", "disabled": "disabled"}
    events = cache["event"].unique(maintain_order=True).to_list()
    parts = [kinds[event] for event in events if event in kinds]
    deleted = cache.filter(pl.col("event") == "deleted")
    if len(deleted):
        parts.append(
            f"{count(int(deleted['entries'].sum()), 'entry', 'entries')}, {count(int(deleted['hits'].sum()), 'hit')}"
        )
    loaded = cache.filter(pl.col("event") == "loaded")
    if len(loaded):
        parts.append(f"{count(int(loaded['entries'].sum()), 'entry', 'entries')} loaded")
    if parts:
        yield Text(f"Timing cache: {'; '.join(parts)}")


def _messages(tables: TableSet) -> Iterator[RenderableType]:
    counts = dict(tables.messages.group_by("severity").len().iter_rows())
    errors = counts.get("error", 0) + counts.get("internal_error", 0)
    if not counts:
        return
    yield Text(
        f"Messages: {count(errors, 'error')}, {count(counts.get('warning', 0), 'warning')} (--table messages)"
    )
    bad = tables.messages.filter(pl.col("severity").is_in(["error", "internal_error"]))
    if len(bad):
        line, text = bad.select("line", "text").row(0)
        yield Text(f"  line {line}: {plain(text.splitlines()[0])[:90]}", style="red")


def _ledger(tables: TableSet) -> Text:
    totals = dict(tables.ledger.group_by("outcome").agg(pl.col("lines").sum()).iter_rows())
    parts = [f"{totals.get(word, 0):,} {word}" for word in ("parsed", "known", "foreign", "unread")]
    line = f"Ledger: {' + '.join(parts)} = {count(sum(totals.values()), 'line')}"
    if totals.get("unread", 0):
        line += " (--strict lists what was not read)"
    return Text(line, style="dim")
