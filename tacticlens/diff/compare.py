"""What is different between the layers of one match."""

from __future__ import annotations

from collections.abc import Callable

from tacticlens.diff.model import KINDS, Layer, Match, types_of
from tacticlens.diff.totals import CONVERTING
from tacticlens.tables.shares import IDLE_FAMILIES

Between = tuple[tuple[Layer, ...], tuple[Layer, ...]]
"""Layers of the old and of the new side."""


def kinds_of(match: Match, between: Between = ((), ())) -> list[str]:
    """Return the kinds of difference that need no measurement, in the order of `KINDS`.

    Args:
        match: the layers of both sides.
        between: of a fusion, the layers of each side without a counterpart that belong to it.
    """
    if not match.old or not match.new:
        return [_alone(match)]
    if len(match.old) > 1 or len(match.new) > 1:
        found = {"fusion", *_merged(match, between)}
    else:
        old, new = match.old[0], match.new[0]
        found = {*_winner(old, new), *_merged(match, between), *_tensors(old, new)}
        if match.how == "onnx_nodes" and not match.renamed and set(old.nodes) != set(new.nodes):
            found.add("fusion")
        if old.family == "noop" and new.family in CONVERTING:
            found.add("reformat_added")
        if old.family in CONVERTING and new.family == "noop":
            found.add("reformat_removed")
    return [kind for kind in KINDS if kind in found]


def time_of(layers: tuple[Layer, ...]) -> float | None:
    """Return the time of layers together; None if that of one is not known."""
    times = [0.0 if layer.family in IDLE_FAMILIES else layer.time_ms for layer in layers]
    known = [time for time in times if time is not None]
    return sum(known) if len(known) == len(times) else None


def comparable(match: Match) -> bool:
    """Tell whether the times of both sides were measured in one way: profiles with profiles, tactics with tactics."""
    sources = {
        layer.time_source
        for layer in (*match.old, *match.new)
        if layer.time_source != "none" and layer.time_ms
    }
    return len(sources) <= 1


def _alone(match: Match) -> str:
    layer = (match.old or match.new)[0]
    what = "reformat" if layer.family in CONVERTING else "layer"
    if match.how != "none":
        what = "combination"  # the layer has its counterpart, these formats of it have none
    return f"{what}_removed" if match.old else f"{what}_added"


def _winner(old: Layer, new: Layer) -> set[str]:
    """Return what is different in the implementation; where a name is missing only the ids show it."""
    found = set()
    if old.kernel and new.kernel:
        if old.kernel != new.kernel:
            found.add("kernel")
        elif _differ(old, new, lambda layer: layer.tactic):
            found.add("tactic_id")
    elif _differ(old, new, lambda layer: layer.tactic):
        found.add("tactic")
    if _differ(old, new, _runner) and len({(layer.runner or "").isdigit() for layer in (old, new)}) == 1:
        found.add("runner")  # TensorRT 5 and older print a number for it, later ones a name
    return found


def _runner(layer: Layer) -> str | None:
    return layer.runner


def _tensors(old: Layer, new: Layer) -> set[str]:
    found = set()
    if _differ(old, new, lambda layer: layer.shape):
        found.add("shape")  # strides are other ones too: that is no change of format
    elif old.formats_source == new.formats_source and _differ(old, new, lambda layer: layer.formats):
        found.add("formats")
    return found


def _merged(match: Match, between: Between) -> set[str]:
    """Return what is different in the sides taken together."""
    found = set()
    if _differ_in_types(match, between):
        found.add("precision")
    families = [{layer.family for layer in side} for side in (match.old, match.new)]
    if families[0] != families[1] and not any("unknown" in side for side in families):
        found.add("family")
    cores = [[layer.tensor_core for layer in side] for side in (match.old, match.new)]
    if "yes" in cores[0] and all(core == "no" for core in cores[1]):
        found.add("tensor_core_lost")
    if "yes" in cores[1] and all(core == "no" for core in cores[0]):
        found.add("tensor_core_gained")
    return found


def _differ_in_types(match: Match, between: Between) -> bool:
    """Tell whether known types differ; a fusion's tensors are compared as sets, not in order."""
    old, new = types_of(match.old, between[0]), types_of(match.new, between[1])
    if old is None or new is None or old == new:
        return False
    if len(match.old) == len(match.new) == 1 and set(match.old[0].nodes) == set(match.new[0].nodes):
        return True
    sides = [[set(part.split(", ")) - {""} for part in text.split(" -> ")] for text in (old, new)]
    return sides[0] != sides[1]


def _differ(old: Layer, new: Layer, value: Callable[[Layer], str | None]) -> bool:
    """Tell whether both sides are known and not the same."""
    left, right = value(old), value(new)
    return left is not None and right is not None and left != right
