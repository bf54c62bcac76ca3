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
            layer(2, middle, inputs=("t",), outputs=(f"{middle} out",), shape=shape),
            layer(3, "last", ("last",), inputs=(f"{middle} out",)),
        ]

    matches = align(chain("__myl_1", "1x8"), chain("__myl_2", "1x8"))
    assert said(matches)[-1] == (["__myl_1"], ["__myl_2"], "structure")
    assert matches[-1].sure == 0.9
    assert align(chain("__myl_1", "1x8"), chain("__myl_2", "1x9"))[-1].how == "none"


def test_a_chain_without_names_is_matched_from_its_ends() -> None:
    def chain(prefix: str) -> list[Layer]:
        inner = [
            layer(n, f"{prefix}{n}", inputs=(f"{prefix}t{n - 1}",), outputs=(f"{prefix}t{n}",), shape="1x8")
            for n in range(2, 7)
        ]
        return [layer(1, "first", ("first",), outputs=(f"{prefix}t1",)), *inner]

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


def test_a_renamed_layer_that_makes_the_tensor_of_the_same_name_and_shape_is_the_same_layer() -> None:
    def network(middle: str, shape: str, out: str) -> list[Layer]:
        return [layer(1, "first", ("first",)), layer(2, middle, (middle,), outputs=(out,), shape=shape)]

    old = network("MatMul_3", "1x8 -> 1x9", "logits")
    assert said(align(old, network("dense", "7x7 -> 1x9", "logits")))[-1] == (
        ["MatMul_3"],
        ["dense"],
        "tensors",
    )
    assert align(old, network("dense", "1x8 -> 1x5", "logits"))[-1].how == "none"
    for made_up in ("585", "(Unnamed Layer* 3) [Shuffle]_output", "Reformatted Input Tensor 0 to x"):
        numbered = network("MatMul_3", "1x8 -> 1x9", made_up)
        other = network("dense", "7x7 -> 1x9", made_up)
        assert "tensors" not in {match.how for match in align(numbered, other)}


def test_a_reformat_is_not_the_layer_that_computed_the_tensor() -> None:
    old = [layer(1, "conv", ("conv",), outputs=("out",), shape="1 -> 2")]
    new = [layer(1, "copy", outputs=("out",), shape="1 -> 2", family="reformat")]

    assert {match.how for match in align(old, new)} == {"none"}


def test_a_prefix_before_all_names_of_a_side_is_taken_away_where_no_name_is_common() -> None:
    def network(prefix: str, *, more: tuple[str, ...] = ()) -> list[Layer]:
        names = ("stem/conv + stem/relu", "neck/conv", *more)
        made = [
            layer(
                n,
                " + ".join(prefix + node for node in name.split(" + ")),
                tuple(prefix + node for node in name.split(" + ")),
            )
            for n, name in enumerate(names)
        ]
        return [*made, layer(9, f"Reformatting CopyNode for Input Tensor 0 to {prefix}neck/conv")]

    matches = align(network("x7f3/"), network("model_91."))
    assert [(len(match.old), len(match.new), match.how) for match in matches] == [
        (1, 1, "onnx_nodes"), (1, 1, "onnx_nodes"), (1, 1, "name"),
    ]  # fmt: skip
    assert all(match.old[0].position == match.new[0].position for match in matches)
    assert anchored(matches)
    assert [match.how for match in align(network("x7f3/", more=("head/fc",)), network(""))][-1] == "none"


def test_what_a_prefix_hides_is_less_sure_and_renamed_only_where_all_nodes_are_the_same() -> None:
    def network(prefix: str, *fusions: tuple[str, ...]) -> list[Layer]:
        return [
            layer(at, " + ".join(prefix + one for one in nodes), tuple(prefix + one for one in nodes))
            for at, nodes in enumerate((("stem",), ("neck",), ("head",), *fusions))
        ]

    matches = align(network("x7f3/", ("a", "b", "c")), network("model_91.", ("a", "b")))

    assert [(match.how, match.sure, match.renamed) for match in matches] == [
        *[("onnx_nodes", 0.9, True)] * 3,
        ("onnx_nodes", 0.6, False),
    ]


def test_parts_of_one_network_that_differ_by_a_prefix_are_not_taken_for_each_other() -> None:
    old = [layer(1, "stem", ("stem",)), layer(2, "block3/conv", ("block3/conv",), shape="1x8")]
    new = [layer(1, "stem", ("stem",)), layer(2, "block4/conv", ("block4/conv",), shape="1x9")]

    assert [match.how for match in align(old, new)] == ["name", "none", "none"]
    assert not anchored(align(old[1:], [layer(1, "x/pool", ("x/pool",))]))


def test_one_common_tensor_at_the_end_ties_no_networks_together() -> None:
    def network(prefix: str, same: int) -> list[Layer]:
        return [
            layer(
                n,
                f"{prefix}{n}",
                (f"{prefix}{n}",),
                outputs=(f"{prefix if n > same else ''}t{n}",),
                shape=f"1x{n}",
            )
            for n in range(1, 6)
        ]

    assert not anchored(align(network("a", 1), network("b", 1)))
    assert anchored(align(network("a", 3), network("b", 3)))
