"""How the times of an engine fit together, in one or two sentences."""

from __future__ import annotations

from typing import Final

from tacticlens.analysis.time_relation import TimeRelation
from tacticlens.tables.intervals import Interval
from tacticlens.words import count, milliseconds

_LAYERS: Final = {
    "profile_median": "The layers of the profile (medians)",
    "profile_average": "The layers of the profile (averages)",
    "nsys": "The kernels seen by the profiler",
    "tactic": "The tactics, each timed alone,",
    "mixed": "The layers, some profiled and some timed alone,",
}
_REASONS: Final = {
    "profiler": "a profile times each layer by itself, which adds overhead to each",
    "cuda_graph": "the inference ran as one CUDA graph, the profile did not",
    "average": "averages carry spikes",
    "isolated": "the builder times each tactic alone, with other cache contents and clocks",
    "launch_gaps": "launching the kernels takes so long that the GPU waits between them",
    "other_run": "the two were measured one after the other, and clocks may differ",
}


def relation_text(relation: TimeRelation) -> str:
    """Return how the sum of the layers and the measured time relate, and which counts; empty if only one is known."""
    inference = relation.inference
    if inference is None or relation.time.clock == "none":
        return ""
    gpu = milliseconds(inference.gpu_ms)
    text = f"{_LAYERS[relation.time.clock]} add up to {_sum(relation.time.total_ms)}"
    if relation.relation == "about":
        return f"{text}, about the {gpu} that the GPU takes for an inference."
    ratio = relation.ratio
    if ratio is not None and ratio.known and ratio.high is not None:
        text += f", {ratio.high:.1f} times the {gpu} that the GPU takes for an inference"
    else:
        text += f"; the GPU takes {gpu} for an inference"
    reasons = [_REASONS[reason] for reason in relation.reasons if reason in _REASONS]
    if reasons:
        text += f": {'; '.join(reasons)}"
    missing = ""
    if "untimed" in relation.reasons and relation.relation != "more":
        missing = f" {count(relation.time.untimed_layers, 'layer')} without a time may take the rest."
    return f"{text}. The {gpu} count.{missing}"


def _sum(total: Interval) -> str:
    if total.known:
        return milliseconds(total.low)
    if total.high is None:
        return f"at least {milliseconds(total.low)}"
    low, high = milliseconds(total.low), milliseconds(total.high)
    return low if low == high else f"{low} to {high}"
