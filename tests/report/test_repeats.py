"""Blocks that repeat in an engine, which the page's graph folds."""

from __future__ import annotations

from pathlib import Path

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import Layer, Tensor
from tacticlens.analysis.goal import GOAL
from tacticlens.log import read_log
from tacticlens.report.repeats import repeats

RESNET = Path(__file__).parents[2] / "examples" / "resnet50" / "fp16.log"


def layer(
    name: str, family: str = "gemm", dims: tuple[str, ...] = ("1", "64"), time_ms: float = 0.5
) -> Layer:
    return Layer(
        engine=1, build=1, position=0, name=name, layer_type=None, tactic=None, kernel=None, time_ms=time_ms,
        time_source="tactic", combination=None, family=family, gemm=True, tensor_core="yes", evidence=None, line=None,
        inputs=(), outputs=(Tensor("x", "Half", dims, None),), onnx_nodes=(),
    )  # fmt: skip


def found(layers: list[Layer]) -> list[tuple[int, int, int]]:
    return [(one.first, one.size, one.times) for one in repeats(layers)]


def test_layers_that_differ_in_numbers_only_are_one_block_with_its_count() -> None:
    encoder = [
        layer(f"encoder/{block}/{part}") for block in range(12) for part in ("qkv", "attention", "mlp")
    ]
    layers = [layer("embedding"), *encoder, layer("head")]
    assert found(layers) == [(1, 3, 12)]
    assert repeats(layers)[0].time_ms == 18.0


def test_another_shape_or_family_ends_a_block() -> None:
    small, large = [
        [layer(f"stage/{block}/{part}", dims=dims) for block in range(3) for part in ("a", "b")]
        for dims in (("1", "64"), ("1", "128"))
    ]
    assert found([*small, *large]) == [(0, 2, 3), (6, 2, 3)]
    assert found([layer("a/1"), layer("b/1"), layer("a/2", "pointwise"), layer("b/2")]) == []


def test_a_layer_that_stands_twice_is_no_block() -> None:
    assert found([layer("conv1"), layer("conv2"), layer("pool")]) == []


def test_the_residual_blocks_of_a_resnet_are_found_and_none_overlaps() -> None:
    view = Context(read_log(RESNET, processes=0).tables, GOAL).engines[-1]
    blocks = found(list(view.layers))
    assert len(blocks) == 4
    assert all(size == 3 for _, size, _ in blocks)
    ends = [first + size * times for first, size, times in blocks]
    assert all(end <= first for end, (first, _, _) in zip(ends[:-1], blocks[1:], strict=True))
