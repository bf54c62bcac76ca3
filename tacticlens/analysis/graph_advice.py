"""What to edit in the ONNX graph: findings that concern it, the rewrites that are safe, and what they can win."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tacticlens.analysis.finding import Finding
from tacticlens.analysis.onnx_map import OnnxMap
from tacticlens.network.mending import Step

GRAPH_FINDINGS = frozenset({"TL004", "TL005", "TL006", "TL007", "TL008", "TL014", "TL015", "TL016"})
"""Kinds of findings that an edit of the graph can answer."""


@dataclass(frozen=True)
class Advice:
    """One rewrite of the graph.

    Attributes:
        step: the rewrite, and whether it is in the new model.
        layers: positions of the engine layers that do nothing but what it takes out or lets fuse.
        gain_ms: what these layers take, the most that it can win; None where not all of them have a time.
        findings: codes of the findings that are about the same nodes.
    """

    step: Step
    layers: tuple[int, ...]
    gain_ms: float | None
    findings: tuple[str, ...]


@dataclass(frozen=True)
class OpenFinding:
    """A finding about the graph that no safe rewrite answers.

    Attributes:
        finding: the finding.
        nodes: the nodes of its layers.
    """

    finding: Finding
    nodes: tuple[str, ...]


@dataclass(frozen=True)
class AdviceList:
    """All advice for a log and its model."""

    rewrites: tuple[Advice, ...]
    open: tuple[OpenFinding, ...]


def advise(steps: Sequence[Step], mapped: OnnxMap, found: Iterable[Finding]) -> AdviceList:
    """Join rewrites of a model with what the log says about its nodes.

    Args:
        steps: rewrites that were tried.
        mapped: the map from the engine's layers to the model's nodes.
        found: findings of the log.
    """
    nodes_of: dict[str, list[str]] = {}
    for layer in mapped.layers:
        nodes_of.setdefault(layer.name, []).extend(layer.nodes)
    about = {
        finding: tuple(dict.fromkeys(node for name in finding.layers for node in nodes_of.get(name, ())))
        for finding in map(_Once, found) if finding.code in GRAPH_FINDINGS
    }  # fmt: skip
    rewrites = []
    answered: set[_Once] = set()
    for step in steps:
        nodes = set(step.rewrite.nodes)
        related = [finding for finding, own in about.items() if nodes & set(own)]
        if step.refused is None:
            answered.update(related)
        layers = [
            layer for layer in mapped.layers if layer.nodes and set(layer.nodes) <= nodes and not layer.gemm
        ]
        times = [layer.time_ms for layer in layers]
        gain = None if None in times or not times else sum(time for time in times if time is not None)
        codes = tuple(sorted({finding.code for finding in related}))
        rewrites.append(Advice(step, tuple(layer.position for layer in layers), gain, codes))
    left = tuple(
        OpenFinding(finding.finding, nodes) for finding, nodes in about.items() if finding not in answered
    )
    return AdviceList(tuple(rewrites), left)


class _Once:
    """A finding as a key: its rows are dicts, which cannot be hashed."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.code, self.layers = finding.code, finding.layers
