"""The one-screen summary of a log: the answer, what it is, what the engine is made of, what was not read."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from tacticlens.analysis.goal import GOAL
from tacticlens.analysis.overview import EngineOverview, Overview, SlowLayer
from tacticlens.tables.profiles import profile_ms, statistic_of
from tacticlens.tables.shares import Shares
from tacticlens.tables.table_set import TableSet
from tacticlens.views.blocks import Block, Cell, Column, Gap, Heading, Line, Style, Table, line, table
from tacticlens.views.build_time import build_time_line
from tacticlens.views.findings import listing, scale_notes
from tacticlens.views.headline import engine_headline, headline, untimed
from tacticlens.views.joined import joined_lines
from tacticlens.views.log_gaps import gap_notes
from tacticlens.views.run_words import machine, run_title, settings_text
from tacticlens.views.time_relation import relation_text
from tacticlens.words import agree, bar, count, milliseconds, percent, plain, rate_number, seconds, size

_BUILDS = 8
_FAMILIES = 8
_FINDINGS = 3
_NAME, _KERNEL = 30, 26
_SOURCES = {
    "profile": "{statistic}s of the profile",
    "nsys": "kernels seen by a profiler",
    "framework": "PyTorch's kernels for the same nodes, not the engine's",
    "tactic": "tactics, each timed alone",
    "mixed": "{statistic}s of the profile, else tactics timed alone",
    "none": "no times in the log",
}
_CORES: dict[str, tuple[str, Style]] = {"yes": ("yes", "good"), "no": ("no", ""), "unknown": ("?", "")}


def summary(found: Overview, *, wide: bool = False) -> Iterator[Block]:
    """Yield the summary of a log.

    Args:
        found: what is in the log.
        wide: names and option values in full.
    """
    gap = False
    for block in _summary(found, wide=wide):
        if not (gap and isinstance(block, Gap)):
            yield block
        gap = isinstance(block, Gap)


def _summary(found: Overview, *, wide: bool) -> Iterator[Block]:
    tables = found.tables
    yield Heading(headline(found), 1, _mood(found))
    yield Gap()
    yield from _what(found, wide=wide)
    yield from _builds(tables)
    for engine in found.engines:
        yield from _engine(engine, tables, of=len(found.engines) + found.more_engines)
    if found.more_engines:
        yield line(f"… and {count(found.more_engines, 'earlier engine')}: --table engine_layers")
    if found.more_profiles:
        yield line(f"… and {count(found.more_profiles, 'more profile')}: --table engine_layers")
    yield Gap()
    yield from _performance(found)
    yield from joined_lines(tables)
    build_time = build_time_line(tables)
    if build_time is not None:
        yield line(build_time)
    yield from _cache(tables)
    yield from _findings(found)
    yield from _messages(tables)
    for note in gap_notes(found.gaps):
        yield line(f"Note: {plain(note)}", style="warn")
    yield _ledger(tables)


def _mood(found: Overview) -> Style:
    if found.failure is not None:
        return "bad"
    if not found.engines or found.engines[-1].shares.gemm is None:
        return "strong"
    bounds = found.engines[-1].shares.gemm_bounds
    return "good" if bounds is not None and bounds.low >= GOAL else "strong"


def _what(found: Overview, *, wide: bool) -> Iterator[Block]:
    tables = found.tables
    log = tables.log.row(0, named=True)
    how = f"{log['outcome']} · {count(log['lines'], 'line')} · {size(log['bytes'])}"
    source = plain(log["source"]) if wide else _ending(plain(log["source"]), 44)
    if len(found.runs) == 1:
        run = found.runs[0]
        program = f" · {plain(run.program)}" if run.program else ""
        yield line(f"{source}{program} · {how}")
        yield line(machine(run))
        options = settings_text(run.settings, wide=wide)
        if options:
            yield line(options)
    else:
        yield line(f"{source} · {count(len(found.runs), 'run')} · {how}")
        machines = {machine(run) for run in found.runs}
        if len(machines) == 1:
            yield line(machines.pop())
        for run in found.runs[:_BUILDS]:
            yield line(run_title(run), indent=2, hang=2)
            if len(machines) != 1 and len({machine(one) for one in found.runs}) > 1:
                yield line(machine(run), indent=4)
            options = settings_text(run.settings, wide=wide)
            if options:
                yield line(options, indent=4, hang=2)
        if len(found.runs) > _BUILDS:
            yield line(f"… and {count(len(found.runs) - _BUILDS, 'more run')}: --table runs", indent=2)


def _ending(text: str, columns: int) -> str:
    return text if len(text) <= columns else f"…{text[-(columns - 1) :]}"


def _builds(tables: TableSet) -> Iterator[Block]:
    builds = tables.builds
    if builds.is_empty():
        return
    if len(builds) > 1:
        yield from _build_table(tables)
    yield line(_tried(tables))


def _build_table(tables: TableSet) -> Iterator[Block]:
    builds = tables.builds
    made = builds.filter(pl.col("in_engine"))["engine"].n_unique()
    networks = count(builds["engine"].n_unique(), "network")
    yield Gap()
    yield Heading(f"{count(len(builds), 'build')} of {networks}, {count(made, 'engine')} finished")
    grid = table(
        Column("build", right=True, keep=True), "network", "strategy", "profile", Column("lines", keep=True),
        "estimated", "selection", "generation", Column("engine", keep=True), constants=True,
        right=("network", "strategy", "profile", "estimated", "selection", "generation"),
    )  # fmt: skip
    verdicts = {
        True: Cell("in the engine", "good"),
        False: Cell("not taken"),
        None: Cell("not decided in the log"),
    }
    firsts = builds["first_line"].to_list()
    for at, row in enumerate(builds.head(_BUILDS).iter_rows(named=True)):
        following = firsts[at + 1] if at + 1 < len(firsts) else None
        last = row["last_line"] if following is None else min(row["last_line"], following - 1)
        grid.add(
            str(row["build"]), str(row["engine"]), _number(row["strategy"]), _number(row["profile"]),
            f"{row['first_line']}–{last}", milliseconds(row["estimated_ms"]), seconds(row["selection_s"]),
            seconds(row["generation_s"]), verdicts[row["in_engine"]],
        )  # fmt: skip
    yield grid
    if len(builds) > _BUILDS:
        yield line(f"… and {count(len(builds) - _BUILDS, 'more build')}: --table builds")


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
    parts = [f"Tried: {count(status.get('timed', 0), 'tactic')} timed"]
    parts += [f"{status[word]:,} {word}" for word in ("skipped", "failed") if word in status]
    if "only option" in status:
        parts.append(f"{status['only option']:,} taken untimed as the only option")
    if ops := sum(map(len, tables.portions("op_tactics"))):  # counted and not kept: they may be many
        parts.append(f"{count(ops, 'op tactic')}")
    tried = ", ".join(parts)
    tried += f"; {count(of_layers, 'format combination')}, {count(reformats, 'reformat')}"
    words = {
        "cached": "from a timing cache", "repeated": "measured before", "no_tactic": "without a tactic",
        "unfinished": "unfinished",
    }  # fmt: skip
    known = [f"{results[name]:,} {word}" for name, word in words.items() if name in results]
    return f"{tried} ({', '.join(known)})" if known else tried


def _engine(engine: EngineOverview, tables: TableSet, *, of: int) -> Iterator[Block]:
    facts = engine.shares
    name = f"Engine {engine.number}" if engine.number is not None else "Engine (not built in this log)"
    title = name if of > 1 or engine.number is None else "Engine"
    if engine.several:
        title += f", optimization profile {_number(engine.profile)}"
    source = _SOURCES[facts.time_source].format(statistic=statistic_of(tables.profile))
    total = f"{milliseconds(facts.time_ms)} ({source})" if facts.time_source != "none" else source
    yield Gap()
    yield Heading(f"{title}: {count(facts.layers, 'layer')}, {total}")
    if facts.time_source == "none":
        families = engine.families.sort("layers", descending=True, maintain_order=True)
        kinds = [f"{row['layers']} {row['family']}" for row in families.head(_FAMILIES).iter_rows(named=True)]
        yield line(f"Layers by family: {', '.join(kinds)}")
        return
    if facts.untimed_layers * 2 > facts.working_layers:
        yield line(f"{untimed(facts)}: no shares")
        return
    if of > 1 or engine.several:
        yield line(engine_headline(engine))
    yield _families(engine.families)
    rest = _rest(facts)
    if rest is not None:
        yield rest
    if len(engine.slowest) > 1:
        yield Gap()
        yield Heading(f"Slowest {len(engine.slowest)} of {count(facts.layers, 'layer')}")
        yield _slowest(engine)


def _families(families: pl.DataFrame) -> Table:
    grid = table(
        Column("family", keep=True), "layers", "time", "share", Column("", keep=True), "on Tensor Cores",
        right=("layers", "time", "share", "on Tensor Cores"),
    )  # fmt: skip
    for row in families.head(_FAMILIES).iter_rows(named=True):
        on_cores = percent(row["tensor_core_ms"] / row["time_ms"]) if row["tensor_core_ms"] else ""
        timed = row["untimed"] < row["layers"]
        share = row["share"] if timed else None
        grid.add(
            row["family"], str(row["layers"]), milliseconds(row["time_ms"] if timed else None), percent(share),
            Cell(bar(share), row["family"]), on_cores,
        )  # fmt: skip
    rest = families.slice(_FAMILIES)
    if len(rest):
        share = float(rest["share"].fill_null(0.0).sum())
        time = float(rest["time_ms"].fill_null(0.0).sum())
        layers = str(rest["layers"].sum())
        grid.add(f"{len(rest)} more", layers, milliseconds(time), percent(share), bar(share), "")
    return grid


def _slowest(engine: EngineOverview) -> Table:
    grid = Table((
        Column("layer", name=True, keep=True), Column("time", right=True, keep=True), Column("share", right=True),
        Column("Tensor Cores", keep=True), Column("kernel", name=True, keep=True),
    ))  # fmt: skip
    for one in engine.slowest:
        grid.add(
            plain(one.name), milliseconds(one.time_ms), percent(one.share), Cell(*_CORES[one.tensor_core]),
            _kernel(one),
        )  # fmt: skip
    return grid


def _kernel(one: SlowLayer) -> str:
    return (
        plain(one.kernel)
        if one.kernel
        else "no name"
        if one.family == "unknown"
        else f"no name ({one.family})"
    )


def _rest(facts: Shares) -> Line | None:
    """Say what the shares leave open, and that the goal is met."""
    gemm = facts.gemm_bounds
    parts = []
    if facts.untold:
        parts.append(f"fused regions whose kernels are not named take {percent(facts.untold)}")
    if facts.untimed_layers:
        have = agree(facts.untimed_layers, "has", "have")
        parts.append(f"{count(facts.untimed_layers, 'working layer')} {have} no time")
    if gemm is not None and gemm.low >= GOAL:
        parts.append(f"the goal of {percent(GOAL)} GEMM is met")
    if not parts:
        return None
    text = "; ".join(parts)
    return line(f"{text[0].upper()}{text[1:]}.")


def _performance(found: Overview) -> Iterator[Block]:
    measured = found.tables.performance.filter(pl.col("statistic").is_in(["value", "median"]))
    runs = measured["run"].unique(maintain_order=True).to_list()
    if len(runs) > _BUILDS:
        yield line(f"{count(len(runs) - _BUILDS, 'more run')} measured before these: --table performance")
    for run in runs[-_BUILDS:]:
        own = measured.filter(pl.col("run").eq_missing(run))
        latest = {row["metric"]: row["value"] for row in own.iter_rows(named=True)}
        medians = []
        if "Latency" in latest:
            medians.append(f"latency {milliseconds(latest['Latency'])}")
        if "GPU Compute Time" in latest:
            medians.append(f"GPU compute {milliseconds(latest['GPU Compute Time'])}")
        if "Throughput" in latest:
            medians.append(f"{rate_number(latest['Throughput'])} inferences/s")
        if medians:
            where = f" in run {run}" if len(runs) > 1 else ""
            yield line(f"Measured{where} (medians): {', '.join(medians)}")
    several = len(found.engines) > 1
    for engine in found.engines:
        text = relation_text(engine.relation)
        if text:
            yield line(f"Engine {engine.number}: {text}" if several else text)


def _findings(found: Overview) -> Iterator[Block]:
    """Show what to look at first."""
    if found.findings is None:
        yield line("What to look at first: tacticlens findings LOG (left out here for a log of this length)")
        return
    if not found.findings:
        return
    shown = [finding for finding in found.findings if finding.counts][:_FINDINGS]
    yield Gap()
    yield Heading(f"Look at first ({count(len(found.findings), 'finding')}: tacticlens findings)")
    yield listing(shown)
    for note in scale_notes(shown):
        yield line(f"{note[0].upper()}{note[1:]}.", style="dim")
    yield Gap()


def _cache(tables: TableSet) -> Iterator[Block]:
    """Say what is known of timing caches and measured profiles in one line each."""
    profile = tables.profile
    if len(profile) and tables.engine_layers.is_empty():
        total = milliseconds(float(profile.select(profile_ms()).to_series().sum()))
        yield line(
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
        yield line(f"Timing cache: {'; '.join(parts)}")


def _messages(tables: TableSet) -> Iterator[Block]:
    counts = dict(tables.messages.group_by("severity").len().iter_rows())
    errors = counts.get("error", 0) + counts.get("internal_error", 0)
    if not counts:
        return
    yield line(
        f"Messages: {count(errors, 'error')}, {count(counts.get('warning', 0), 'warning')} (--table messages)"
    )
    bad = tables.messages.filter(pl.col("severity").is_in(["error", "internal_error"]))
    if len(bad):
        number, text = bad.select("line", "text").row(0)
        yield line(f"line {number}: {plain(text.splitlines()[0])}", style="bad", indent=2, hang=2)


def _ledger(tables: TableSet) -> Line:
    totals = dict(tables.ledger.group_by("outcome").agg(pl.col("lines").sum()).iter_rows())
    parts = [f"{totals.get(word, 0):,} {word}" for word in ("parsed", "known", "foreign", "unread")]
    text = f"Ledger: {' + '.join(parts)} = {count(sum(totals.values()), 'line')}"
    if totals.get("unread", 0):
        text += " (--strict lists what was not read)"
    return line(text, style="dim")
