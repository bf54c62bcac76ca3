"""Builds side by side, for engines whose layers were dropped, renamed, split and changed at random."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shown import shown

from tacticlens.diff.align import align
from tacticlens.diff.changes import diff
from tacticlens.diff.matrix import matrix
from tacticlens.diff.matrix_model import Matrix
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.table_set import StoredTables, TableSet
from tacticlens.views.matrix import MatrixResult

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "composed" / "trt861.log"


@cache
def plain() -> TableSet:
    return read_log(FIXTURE, processes=0).tables


def engine(rows: list[tuple[str, list[str], float, str]], *, alike: bool = True) -> TableSet:
    """The fixture with an engine of these layers: name, ONNX nodes, time, kernel; of one type if they are alike."""
    one = plain().engine_layers.filter(pl.col("layer_type") == "CaskConvolution")[:1]
    layers = [
        one.with_columns(
            pl.lit(position, dtype=pl.Int64).alias("position"), pl.lit(name).alias("name"),
            pl.lit("CaskConvolution" if alike else name).alias("layer_type"),
            pl.lit(nodes, dtype=pl.List(pl.String)).alias("onnx_nodes"), pl.lit(ms).alias("time_ms"),
            pl.lit(kernel).alias("kernel"), pl.lit(None, dtype=pl.Int64).alias("combination"),
            pl.col("outputs").list.eval(pl.element().struct.with_fields(name=pl.lit(f"of {name}"))),
        )
        for position, (name, nodes, ms, kernel) in enumerate(rows, 1)
    ]  # fmt: skip
    return StoredTables({**dict(iter(plain())), "engine_layers": pl.concat(layers)})


NODES = [f"n{number}" for number in range(8)]
SPANS = st.lists(st.integers(1, 3), min_size=3, max_size=8)


@st.composite
def engines(draw: st.DrawFn) -> TableSet:
    """Engines of one chain of nodes, cut into layers anywhere; names may be of the builder's own making."""
    rows, at = [], draw(st.integers(0, 2))
    for span in draw(SPANS):
        nodes = NODES[at : at + span]
        if not nodes:
            break
        at += span
        name = " + ".join(nodes) if draw(st.booleans()) else f"__myl_{draw(st.integers(0, 9))}"
        rows.append((name, nodes, draw(st.sampled_from([0.1, 0.2, 5.0])), draw(st.sampled_from("ABC"))))
    return engine(rows)


@st.composite
def named_engines(draw: st.DrawFn) -> TableSet:
    """Engines whose layers have names of their own and nodes of their own, the first always among them."""
    chosen = [NODES[0], *draw(st.lists(st.sampled_from(NODES[1:]), unique=True, max_size=7))]
    return engine(
        [(node, [node], draw(st.sampled_from([0.1, 5.0])), "A") for node in sorted(chosen)], alike=False
    )


def pairs(found: Matrix, one: int, other: int) -> set[tuple[frozenset[int], frozenset[int]]]:
    """Positions of the layers that share a row in two columns."""
    return {
        (
            frozenset(layer.position for layer in row.cells[one].layers),
            frozenset(layer.position for layer in row.cells[other].layers),
        )
        for row in found.rows
        if row.cells[one].layers or row.cells[other].layers
    }


@QUICK
@given(old=engines(), new=engines())
def test_a_matrix_of_two_pairs_layers_as_a_comparison_of_two(old: TableSet, new: TableSet) -> None:
    try:
        two = diff(old, new)
    except UsageError:
        return
    many = matrix(old, new)
    matches = align([*_layers(many, 0)], [*_layers(many, 1)])

    assert pairs(many, 0, 1) == {
        (
            frozenset(layer.position for layer in match.old),
            frozenset(layer.position for layer in match.new),
        )
        for match in matches
    }
    assert {cell.change for row in many.rows for cell in row.cells} - {None} == set(two.changes)


def _layers(found: Matrix, at: int) -> list[object]:
    layers = [layer for row in found.rows for layer in row.cells[at].layers]
    return sorted(layers, key=lambda layer: layer.position)  # type: ignore[return-value]


@QUICK
@given(log=engines(), times=st.integers(2, 5))
def test_a_log_beside_itself_never_differs(log: TableSet, times: int) -> None:
    assert matrix(*[log] * times).differing == 0


@QUICK
@given(first=engines(), others=st.lists(engines(), min_size=2, max_size=3), data=st.data())
def test_rows_of_the_first_log_do_not_depend_on_the_order_of_the_others(
    first: TableSet, others: list[TableSet], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(others))))
    try:
        there, back = matrix(first, *others), matrix(first, *(others[number] for number in order))
    except UsageError:
        return
    for at, number in enumerate(order):
        seen = {pair for pair in pairs(back, 0, at + 1) if pair[0]}
        assert {pair for pair in pairs(there, 0, number + 1) if pair[0]} == seen


@QUICK
@given(logs=st.lists(named_engines(), min_size=2, max_size=4), data=st.data())
def test_layers_of_one_name_and_node_share_a_row_in_any_order(
    logs: list[TableSet], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(logs))))
    there, back = matrix(*logs), matrix(*(logs[number] for number in order))

    def rows(found: Matrix, numbers: list[int]) -> set[frozenset[tuple[int, tuple[str, ...]]]]:
        return {
            frozenset(
                (number, tuple(layer.name for layer in cell.layers))
                for number, cell in zip(numbers, row.cells, strict=True)
            )
            for row in found.rows
        }

    assert rows(there, list(range(len(logs)))) == rows(back, order)


@QUICK
@given(logs=st.lists(engines(), min_size=2, max_size=4), width=st.integers(60, 200))
def test_every_layer_is_in_one_cell_and_the_text_keeps_to_its_width(logs: list[TableSet], width: int) -> None:
    try:
        found = matrix(*logs)
    except UsageError:
        return
    for number, log in enumerate(logs):
        positions = sorted(layer.position for row in found.rows for layer in row.cells[number].layers)
        assert positions == list(range(1, log.engine_layers.height + 1))
    assert found.frame().height == len(found.rows) * len(logs)
    assert max(map(len, shown(MatrixResult(found, top=99), width).splitlines())) <= width
