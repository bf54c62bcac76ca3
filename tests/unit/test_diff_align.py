"""Alignment of layers made by hand."""

from __future__ import annotations

from typing import Any

from tacticlens.diff.align import align, anchored
from tacticlens.diff.model import Layer, Match


def layer(position: int, name: str, nodes: tuple[str, ...] = (), **other: Any) -> Layer:
    values: dict[str, Any] = {
        "layer_type": "CaskConvolution", "runner": None, "tactic": None, "kernel": None, "time_ms": None,
        "time_source": "none", "family": "implicit_gemm", "tensor_core": "unknown", "precision": None, "shape": None,
        "formats": None, "formats_source": "none", "measured_as": name, "inputs": (), "outputs": (), "line": position,
    }  # fmt: skip
    return Layer(position=position, name=name, nodes=nodes, **{**values, **other})


def said(matches: list[Match]) -> list[tuple[list[str], list[str], str]]:
    return [
        ([one.name for one in match.old], [one.name for one in match.new], match.how) for match in matches
    ]


def test_a_fusion_that_moved_is_one_match_of_many_to_many() -> None:
    old = [layer(1, "a + b", ("a", "b")), layer(2, "c", ("c",))]
    new = [layer(1, "a", ("a",)), layer(2, "b + c", ("b", "c"))]

    assert said(align(old, new)) == [(["a + b", "c"], ["a", "b + c"], "onnx_nodes")]


def test_nodes_that_many_layers_have_do_not_tie_them_together() -> None:
    old = [layer(n, f"old {n}", (f"node {n}", "scale")) for n in range(6)]
    new = [layer(n, f"new {n}", (f"node {n}", "scale")) for n in range(6)]

    assert all(len(match.old) == len(match.new) == 1 for match in align(old, new))


def test_a_name_that_stands_twice_is_matched_in_order() -> None:
    old = [layer(1, "same", line=10), layer(2, "same", line=20)]
    new = [layer(1, "same", line=30)]

    assert said(align(old, new)) == [(["same"], ["same"], "name"), (["same"], [], "none")]


def test_structure_needs_equal_type_and_shape_and_matched_neighbours() -> None:
    def chain(middle: str, shape: str) -> list[Layer]:
        return [
            layer(1, "first", ("first",), outputs=("t",)),
            layer(2, middle, inputs=("t",), outputs=("u",), shape=shape),
            layer(3, "last", ("last",), inputs=("u",)),
        ]

    matches = align(chain("__myl_1", "1x8"), chain("__myl_2", "1x8"))
    assert said(matches)[-1] == (["__myl_1"], ["__myl_2"], "structure")
    assert matches[-1].sure == 0.9
    assert align(chain("__myl_1", "1x8"), chain("__myl_2", "1x9"))[-1].how == "none"


def test_a_chain_without_names_is_matched_from_its_ends() -> None:
    def chain(prefix: str) -> list[Layer]:
        inner = [
            layer(n, f"{prefix}{n}", inputs=(f"t{n - 1}",), outputs=(f"t{n}",), shape="1x8")
            for n in range(2, 7)
        ]
        return [layer(1, "first", ("first",), outputs=("t1",)), *inner]

    pairs = [match for match in align(chain("a"), chain("b")) if match.how == "structure"]
    assert {(match.old[0].position, match.new[0].position) for match in pairs} == {
        (n, n) for n in range(2, 7)
    }


def test_made_up_names_tie_no_networks_together_where_there_are_others() -> None:
    old = [layer(1, "(Unnamed Layer* 3) [Shuffle]"), layer(2, "conv", ("conv",))]
    new = [layer(1, "(Unnamed Layer* 3) [Shuffle]"), layer(2, "gemm", ("gemm",))]

    assert not anchored(align(old, new))
    assert anchored(align(old, old))
    assert anchored(align(old[:1], new[:1]))  # there is nothing else to go by
