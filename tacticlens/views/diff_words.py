"""What a comparison says, in words and numbers; text and Markdown share it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tacticlens.diff.model import CANDIDATE_KINDS, Baseline, BuildSummary, Change, Judgement, Layer
from tacticlens.diff.result import Diff
from tacticlens.views.diff_reasons import reason_text
from tacticlens.words import (
    agree,
    count,
    delta,
    line_numbers,
    listed,
    milliseconds,
    percent,
    plain,
    points,
    seconds,
    short,
    size,
    spread,
)
from tacticlens.words import change as by

_NAME, _KERNEL, _NODE = 90, 74, 50
_OPTIONS = 8
_GROUP = 4
_ROUNDING = 1e-9
TWO = 2
"""Builds that show how far times are apart, and not which of them is the usual one."""

WORDS = {
    "fusion": "fusion changed", "layer_added": "layer added", "layer_removed": "layer removed",
    "combination_added": "format combination added", "combination_removed": "format combination removed",
    "reformat_added": "reformat added", "reformat_removed": "reformat removed",
    "tensor_core_lost": "left Tensor Cores", "tensor_core_gained": "reached Tensor Cores",
    "precision": "precision changed", "shape": "shape changed", "formats": "formats changed",
    "kernel": "kernel changed", "tactic": "tactic changed", "runner": "runner changed", "family": "family changed",
    "tactic_id": "only the id changed", "time": "time moved", "candidates": "other candidates",
}  # fmt: skip
_ALIGNED = {
    "name": "name without its prefix", "onnx_nodes": "onnx nodes", "tensors": "the tensor that it makes",
    "structure": "structure",
}  # fmt: skip
VERDICTS = {"real": "real", "tie": "tie", "noise": "noise", "cannot_tell": "cannot tell"}


@dataclass(frozen=True)
class Fact:
    """One row of the comparison as a whole."""

    name: str
    old: str
    new: str
    change: str = ""

    @property
    def different(self) -> bool:
        """Tell whether the sides differ."""
        return self.old != self.new


@dataclass(frozen=True)
class Total:
    """All changes of one cause."""

    cause: str
    changes: int
    delta_ms: float | None
    verdicts: str


def facts(found: Diff) -> list[Fact]:
    """Return what is known of both sides, without rows that neither log has."""
    old, new = found.old, found.new
    engines = found.summary.basis == "engine"
    rows = [
        Fact("TensorRT", _text(old.tensorrt_version), _text(new.tensorrt_version)),
        Fact("GPU", _text(old.gpu), _text(new.gpu)),
        Fact("precision", _text(old.precision), _text(new.precision)),
        Fact("build", _build(old, engines=engines), _build(new, engines=engines)),
        Fact(
            "layers" if engines else "layers tuned",
            str(old.layers),
            str(new.layers),
            _more(old.layers, new.layers),
        ),
        _counted("winners of combinations", old.combinations, new.combinations),
        _counted("reformats", old.reformats, new.reformats),
        Fact("sum of layers", _time(old), _time(new), _relative(old.time_ms, new.time_ms, found)),
        Fact("GEMM", percent(old.gemm), percent(new.gemm), points(old.gemm, new.gemm)),
        Fact("on Tensor Cores", cores(old), cores(new), points(old.tensor_core, new.tensor_core)),
        _measured("GPU compute", old.gpu_compute_ms, new.gpu_compute_ms),
        _measured("latency", old.latency_ms, new.latency_ms),
        _bytes("weights", old.weights_bytes, new.weights_bytes),
        _bytes("activations", old.activation_bytes, new.activation_bytes),
        _bytes("scratch", old.scratch_bytes, new.scratch_bytes),
        Fact("building took", seconds(old.build_s), seconds(new.build_s), _ratio(old.build_s, new.build_s)),
    ]
    return [row for row in rows if {row.old, row.new} != {"–"}]


def _bytes(name: str, old: int | None, new: int | None) -> Fact:
    before, after = (size(value) if value is not None else "–" for value in (old, new))
    return Fact(name, before, after, _ratio(old, new))


def basis(found: Diff) -> str | None:
    """Say what is compared where it is not the engines."""
    if found.summary.basis == "engine":
        return None
    sides = [
        (word, side)
        for word, side in (("old", found.old), ("new", found.new))
        if word in found.summary.no_engine
    ]
    if len(sides) > 1 and not any(side.engines for _, side in sides):
        where = "The engine is in neither log"
    else:
        where = " and ".join(
            f"build {side.build} of the {word} log has no engine layers"
            if side.engines
            else f"the engine is not in the {word} log"
            for word, side in sides
        )
    return (
        f"{where[0].upper()}{where[1:]}: winners of format "
        f"combinations{' of both sides' if len(sides) == 1 else ''} are compared, not the engine's choice. Which "
        "of them an engine took is not known, so shares and sums of time are left out"
    )


def notes(found: Diff) -> Iterator[str]:
    """Yield sentences about the comparison as a whole."""
    options = [
        f"{plain(change.key)}: {_text(change.old)} → {_text(change.new)}" for change in found.summary.options
    ]
    if options:
        rest = f" and {len(options) - _OPTIONS} more (--format json)" if len(options) > _OPTIONS else ""
        yield f"Options: {'; '.join(short(option, _KERNEL) for option in options[:_OPTIONS])}{rest}"
    moved = found.summary.movement
    if moved.median is not None and moved.p90 is not None:
        yield (
            f"{count(moved.measurements, 'tactic')} timed in both builds moved by {by(moved.median)} (median); "
            f"around that, 90 % of them by less than {spread(moved.p90)}"
        )
    else:
        yield "No tactic was timed in both builds: nothing measures the noise between them"
    for only in found.summary.only_runners:
        yield f"{plain(only.runner)}: timed in the {only.side} build only, {count(only.candidates, 'candidate')}"
    if found.summary.baseline is not None:
        yield _baseline(found.summary.baseline)
    matched = found.summary.matched
    ways = {
        "name": "by name",
        "onnx_nodes": "by ONNX nodes",
        "tensors": "by the tensors that they make",
        "structure": "by structure",
        "none": "on one side only",
    }
    yield "Aligned: " + ", ".join(f"{matched[way]} {word}" for way, word in ways.items() if way in matched)
    if not {"name", "onnx_nodes", "tensors"} & set(matched):
        yield "No layer of one build is in the other, by name or ONNX node: they cannot be compared layer by layer"
    if found.summary.basis == "engine" and any(
        side.gpu_compute_ms is not None and side.time_ms is not None for side in (found.old, found.new)
    ):
        yield (
            "GPU compute and latency were measured on the whole engine: these count, and the sum of layers shows "
            "where the time goes"
        )
    loaded = [
        word for word, side in (("old", found.old), ("new", found.new)) if side.loaded and side.gpu_compute_ms
    ]
    if loaded:
        yield (
            f"Measured ({', '.join(loaded)}) by the run of trtexec after the build, which loaded an engine; the "
            "log does not say that it was this one"
        )
    for word, side in (("old", found.old), ("new", found.new)):
        if side.engines > 1 and found.summary.basis == "engine":
            yield f"The {word} log has {side.engines} engines; --{word}-build N chooses another"
    if not found.summary.comparable_times and "none" not in {found.old.time_source, found.new.time_source}:
        yield "The times of the two sides were measured in different ways (profile, tactics): they are not compared"
    if found.summary.comparable_times and not found.summary.untimed_alike:
        yield ("Other layers lack a time on each side: the sums cover different work and are not compared")


def _baseline(learned: Baseline) -> str:
    """Say which builds taught what noise is, and what they taught."""
    logs: dict[str, list[str]] = {}
    for one in learned.builds:
        numbers = logs.setdefault(plain(one.source or "–"), [])
        numbers += [str(one.build)] if one.build is not None else []
    builds = "; ".join(
        f"{source} {agree(len(numbers), 'build', 'builds')} {', '.join(numbers)}" if numbers else source
        for source, numbers in logs.items()
    )
    text = f"Baseline of {count(len(learned.builds), 'build')}, the old one included ({builds}): "
    if len(learned.builds) == TWO:
        text += "too few to know what is usual, so what moved between old and new counts as well; "
    return text + (
        f"{count(learned.measurements, 'tactic')}, 90 % of their times within {spread(learned.p90)} of each other, "
        f"the largest {percent(learned.rise)} above and {percent(learned.fall)} below what is usual"
    )


def totals(found: Diff) -> list[Total]:
    """Return the changes by cause, and what the other layers moved by, so that the sum is that of the engine."""
    causes: dict[str, list[Change]] = {}
    for change in shown(found):
        causes.setdefault(change.cause, []).append(change)
    rows = []
    for cause, changes in causes.items():
        known = [change.delta_ms for change in changes if change.delta_ms is not None]
        judged = [change.verdict for change in changes if change.verdict is not None]
        verdicts = ", ".join(
            f"{judged.count(name)} {word}" for name, word in VERDICTS.items() if name in judged
        )
        rows.append(Total(WORDS[cause], len(changes), sum(known) if known else None, verdicts))
    rows.sort(key=lambda row: -abs(row.delta_ms or 0.0))
    if found.summary.basis == "winners":
        # combinations are alternatives: their times add up to nothing
        return [replace(row, delta_ms=None) for row in sorted(rows, key=lambda row: -row.changes)]
    comparable = found.summary.comparable_times and found.summary.untimed_alike
    if comparable and found.old.time_ms is not None and found.new.time_ms is not None:
        rest = found.new.time_ms - found.old.time_ms - sum(row.delta_ms or 0.0 for row in rows)
        if abs(rest) > _ROUNDING * (found.old.time_ms + found.new.time_ms):
            rows.append(Total("all other layers", 0, rest, ""))
    return rows


def shown(found: Diff) -> list[Change]:
    """Return the changes that change how the engine runs."""
    return [change for change in found.changes if not set(change.kinds) <= CANDIDATE_KINDS]


def counted(found: Diff) -> str:
    """Count the changes, those that change how the engine runs apart from the others."""
    all_, runs = len(found.changes), len(shown(found))
    if not all_:
        return "No changes"
    if runs == all_:
        return count(all_, "change")
    others = "other candidates or ids only"
    return (
        f"{count(all_, 'change')}: {runs} in what runs, {all_ - runs} of {others}"
        if runs
        else (f"{count(all_, 'change')}, all of them {others}")
    )


def quiet(found: Diff) -> str | None:
    """Say how many layers run as before and were chosen among others."""
    number = len(found.changes) - len(shown(found))
    if not number:
        return None
    if found.summary.basis == "winners":
        what = count(number, "format combination has its winner", "format combinations have their winners")
        return f"{what} as before, and had other candidates or ids: --format json"
    what = count(number, "layer runs", "layers run")
    return f"{what} as before and had other candidates or ids: --format json"


def title(change: Change) -> str:
    """Return what happened: kinds, and which layers."""
    kinds = ", ".join(WORDS[kind] for kind in change.kinds if kind != "candidates")
    match = change.match
    if match.old and match.new and {layer.name for layer in match.old} != {layer.name for layer in match.new}:
        return f"{kinds}: {_names(match.old)} → {_names(match.new)}"
    return f"{kinds}: {_names(match.new or match.old)}"


def cost(change: Change) -> str:
    """Return `+0.604 ms (0.119 ms → 0.723 ms)`."""
    if change.old_ms is None and change.new_ms is None:
        return "time not known"
    if change.delta_ms is None and 0.0 in {change.old_ms, change.new_ms}:
        return "time not known"  # the one side has no such layer, or one that does nothing
    if change.delta_ms is None:
        return f"{milliseconds(change.old_ms)} → {milliseconds(change.new_ms)}"
    return f"{delta(change.delta_ms)} ({milliseconds(change.old_ms)} → {milliseconds(change.new_ms)})"


def details(change: Change) -> Iterator[str]:
    """Yield lines: what was and what is, the verdict with its numbers, how it was aligned, where to look."""
    match = change.match
    yield from _tensors(change)
    if change.cause == "fusion":
        yield from _fusion(change)
    did = [" | ".join(_implementation(layer) for layer in side[:_GROUP]) for side in (match.old, match.new)]
    if did[0] and did[1] and did[0] != did[1]:
        yield f"was: {did[0]}"
        yield f"is:  {did[1]}"
    elif any(did):
        yield did[1] or did[0]
    if change.judgement is not None:
        yield verdict(change.judgement)
    facts = []
    if match.how in _ALIGNED and (match.how != "name" or match.sure < 1):
        facts.append(f"aligned by {_ALIGNED[match.how]}, {percent(match.sure)} sure")
    if change.candidates_added or change.candidates_removed:
        facts.append(f"candidates: {change.candidates_added} more, {change.candidates_removed} gone")
    for word, side in (("old", match.old), ("new", match.new)):
        if side:
            facts.append(f"{word} {_lines(side)}")
    yield "; ".join(facts)


def _tensors(change: Change) -> Iterator[str]:
    """Yield what is different in types, shape and formats, and the formats of a combination."""
    match = change.match
    if match.old and match.new:
        one, other = match.old[0], match.new[0]
        values = {
            "precision": change.types,
            "shape": (one.shape, other.shape),
            "formats": (one.formats, other.formats),
        }
        for kind, (was, is_now) in values.items():
            if kind in change.kinds:
                yield f"{kind}: {_text(was)} → {_text(is_now)}"
        known = {one.formats_source, other.formats_source} == {"combination"}
        if known and (one.formats is None) != (other.formats is None):
            shown_formats = [plain(layer.formats) if layer.formats else "unknown" for layer in (one, other)]
            yield f"formats: {shown_formats[0]} → {shown_formats[1]}; the fastest winner of the layer on each side"
    if "formats" not in change.kinds and match.how != "none" and _is_combination(change):
        yield f"formats: {plain((match.new or match.old)[0].formats or '')}"


def _is_combination(change: Change) -> bool:
    """Tell whether a change is one of a format combination that the log tells, not of an engine layer."""
    layers = (*change.match.old, *change.match.new)
    return (
        all(layer.formats and not layer.inputs and not layer.outputs for layer in layers) and len(layers) < 3
    )


def _fusion(change: Change) -> Iterator[str]:
    """Yield why a fusion changed, as far as layers and nodes show it."""
    for word, layers in (("removed", change.old_between), ("added", change.new_between)):
        if layers:
            yield f"{word} with it: {_names(layers)} ({_lines(layers)})"
    nodes = [
        {node for layer in side for node in layer.nodes} for side in (change.match.old, change.match.new)
    ]
    for word, only in (("old", nodes[0] - nodes[1]), ("new", nodes[1] - nodes[0])):
        if only and nodes[0] & nodes[1]:
            yield f"nodes of the {word} only: {listed([short(node, _NODE) for node in sorted(only)], _GROUP)}"


def _lines(layers: tuple[Layer, ...]) -> str:
    lines = [layer.line for layer in layers if layer.line is not None]
    return line_numbers(lines, _GROUP) if lines else "from a file beside the log"


def verdict(judged: Judgement) -> str:
    """Return the verdict, why, and the numbers."""
    numbers = []
    if judged.gap_old is not None:
        numbers.append(f"new winner {by(judged.gap_old)} in the old build")
    if judged.gap_usual is not None:
        numbers.append(f"usually {by(judged.gap_usual)}")
    if judged.gap_new is not None:
        numbers.append(f"old winner {by(judged.gap_new)} in the new build")
    if judged.moved_old is not None:
        numbers.append(f"it moved {by(judged.moved_old)}")
    if judged.moved_new is not None:
        numbers.append(f"the new winner {by(judged.moved_new)}")
    numbers += _yardstick(judged)
    shown_numbers = f" ({', '.join(numbers)})" if numbers else ""
    return f"{VERDICTS[judged.verdict]}: {reason_text(judged)}{shown_numbers}"


def _yardstick(judged: Judgement) -> Iterator[str]:
    """Yield the numbers that a judgement holds others against, and where they were measured."""
    if judged.typical is None:
        return
    where = {
        "builds": "between the two builds",
        "builds_and_repeats": "between the two builds or the old one and its repeat",
        "repeats": f"in {judged.repeats} repeats",
    }[judged.yardstick]
    usual = f"usual {spread(judged.typical)}"
    if judged.largest_fall is not None:
        yield f"{usual}, largest rise {spread(judged.largest or 0.0)} and fall {spread(judged.largest_fall)} {where}"
    elif judged.largest is not None:
        yield f"{usual}, largest {spread(judged.largest)} {where}"
    else:
        yield f"{usual} {where}"


def _implementation(layer: Layer) -> str:
    runner = f"runner {layer.runner}" if layer.runner and layer.runner.isdigit() else layer.runner
    parts = [layer.kernel or runner or "unknown implementation"]
    parts += [layer.tactic] if layer.tactic and not layer.kernel else []
    return f"{short(' '.join(parts), _KERNEL)} [{layer.family}]"


def _names(layers: tuple[Layer, ...]) -> str:
    return listed([short(layer.name, _NAME) for layer in layers], _GROUP, between=" | ")


def _text(value: str | None) -> str:
    return plain(value) if value else "–"


def _build(side: BuildSummary, *, engines: bool) -> str:
    if not engines:
        return str(side.build)
    return (
        f"{side.build if side.build is not None else '–'} (engine {side.engine})" if side.engines > 1 else "–"
    )


def _time(side: BuildSummary) -> str:
    if side.time_source == "none":
        return "–"
    rest = f", {side.untimed_layers} untimed" if side.untimed_layers else ""
    return f"{milliseconds(side.time_ms)} ({side.time_source}{rest})"


def cores(side: BuildSummary) -> str:
    """Return the share of the time on Tensor Cores, from what is proven to what may be."""
    least, more = side.tensor_core, side.tensor_core_unknown
    return percent(least) if least is None or not more else f"{percent(least)} to {percent(least + more)}"


def _relative(old: float | None, new: float | None, found: Diff) -> str:
    if not found.summary.comparable_times or not found.summary.untimed_alike:
        return ""
    return _ratio(old, new)


def _measured(name: str, old: float | None, new: float | None) -> Fact:
    return Fact(name, milliseconds(old), milliseconds(new), _ratio(old, new))


def _ratio(old: float | None, new: float | None) -> str:
    """Return `+12.3%`; nothing where that cannot be said, or nothing is different."""
    return f"{by(new / old - 1)}" if old and new and old != new else ""


def _counted(name: str, old: int | None, new: int | None) -> Fact:
    if old is None or new is None:
        return Fact(name, "–", "–")
    return Fact(name, str(old), str(new), _more(old, new))


def _more(old: int, new: int) -> str:
    return f"{new - old:+d}" if new != old else ""
