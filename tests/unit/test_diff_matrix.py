"""Builds side by side: composed logs, and these with layers changed by hand."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from shown import in_markdown, shown

from tacticlens.diff.changes import diff
from tacticlens.diff.matrix import matrix
from tacticlens.diff.matrix_model import LONG, Matrix, Row
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.table_set import StoredTables, TableSet
from tacticlens.views.matrix import MatrixResult

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"
STEM = "stem/conv 3x3 + stem/relu"
REFORMAT = f"Reformatting CopyNode for Input Tensor 0 to {STEM}"


@cache
def tables_of(name: str) -> TableSet:
    return read_log(COMPOSED / f"{name}.log", processes=0).tables


def with_layers(layers: pl.DataFrame) -> TableSet:
    """The plain fixture with other engine layers."""
    return StoredTables({**dict(iter(tables_of("trt861"))), "engine_layers": layers})


def plain() -> TableSet:
    return tables_of("trt861")


def engine_layers() -> pl.DataFrame:
    return plain().engine_layers


def changed(column: str, value: Any, layer: str = STEM) -> TableSet:
    """The plain fixture with another value in one layer."""
    other = pl.lit(value, dtype=engine_layers().schema[column])
    return with_layers(
        engine_layers().with_columns(
            pl.when(pl.col("name") == layer).then(other).otherwise(pl.col(column)).alias(column)
        )
    )


def without(name: str) -> TableSet:
    return with_layers(engine_layers().filter(pl.col("name") != name))


def split() -> TableSet:
    """The plain fixture with its convolution and its activation as two layers."""
    parts = [
        engine_layers().filter(pl.col("name") == STEM).with_columns(
            pl.lit(node).alias("name"), pl.lit([node]).alias("onnx_nodes"),
            pl.lit(position, dtype=pl.Int64).alias("position"), pl.lit(0.5).alias("time_ms"),
        )
        for node, position in (("stem/conv 3x3", 2), ("stem/relu", 9))
    ]  # fmt: skip
    return with_layers(pl.concat([engine_layers().filter(pl.col("name") != STEM), *parts]))


def measured_on(gpu: str, version: str, precision: str) -> TableSet:
    """The plain fixture with a machine, a version and an option of trtexec."""
    frames = dict(iter(plain()))
    told = frames["log"].with_columns(pl.lit(gpu).alias("gpu"), pl.lit(version).alias("tensorrt_version"))
    option = {"run": 1, "section": "Build Options", "key": "Precision", "value": precision, "line": 1}
    options = pl.DataFrame([option], schema=frames["options"].schema)
    return StoredTables({**frames, "log": told, "options": options})


def names(row: Row) -> list[list[str]]:
    return [[layer.name for layer in cell.layers] for cell in row.cells]


def of(found: Matrix, name: str) -> Row:
    return next(row for row in found.rows if any(name in cell for cell in names(row)))


@pytest.mark.parametrize("name", ["trt80", "trt82", "trt861", "trt10", "trt11"])
def test_a_log_any_number_of_times_has_no_row_that_differs(name: str) -> None:
    found = matrix(*[tables_of(name)] * 4)

    assert found.differing == 0
    assert all(row.spread_ms in {0.0, None} for row in found.rows)
    assert len({column.side for column in found.columns}) == 1
    assert "no row differs" in shown(MatrixResult(found))


@pytest.mark.parametrize("other", ["trt80", "trt82", "trt7", "trt10", "trt10-profiles"])
@pytest.mark.parametrize("swap", [False, True])
def test_two_logs_pair_and_differ_as_in_a_comparison_of_two(other: str, *, swap: bool) -> None:
    sides = (plain(), tables_of(other))[:: -1 if swap else 1]
    two, many = diff(*sides), matrix(*sides)

    assert {cell.change for row in many.rows for cell in row.cells} - {None} == set(two.changes)
    assert many.columns[1].movement == two.summary.movement
    assert [column.side for column in many.columns] == [two.old, two.new]
    shown = [change for change in two.changes if not set(change.kinds) <= {"candidates", "tactic_id"}]
    assert many.differing == len(shown)


def test_a_kernel_that_comes_and_goes_differs_from_the_log_before_each_time() -> None:
    other = changed("kernel", "sm80_xmma_fprop_implicit_gemm_f32f32_tf32f32_f32_tn_n")
    row = of(matrix(plain(), plain(), other, plain()), STEM)

    assert [cell.change.kinds if cell.change else None for cell in row.cells] == [
        None,
        None,
        ("kernel",),
        ("kernel",),
    ]
    assert row.differs


def test_a_layer_that_a_log_lacks_is_an_empty_cell_that_takes_no_time() -> None:
    row = of(matrix(plain(), without(STEM), plain()), STEM)

    assert names(row) == [[STEM], [], [STEM]]
    assert [cell.how for cell in row.cells] == [None, "none", "name"]
    assert [cell.change.kinds if cell.change else None for cell in row.cells] == [
        None,
        ("layer_removed",),
        ("layer_added",),
    ]
    assert row.spread_ms == pytest.approx(0.897748)
    assert [cell.delta_ms for cell in row.cells] == [None, -0.897748, 0.897748]


def test_what_only_later_logs_have_is_aligned_among_them() -> None:
    found = matrix(without(STEM), plain(), without(REFORMAT), split())
    row = of(found, STEM)

    assert names(row) == [[], [STEM], [STEM], ["stem/conv 3x3", "stem/relu"]]
    assert [cell.how for cell in row.cells] == ["none", None, "name", "onnx_nodes"]
    assert row.cells[3].sure == 1.0
    assert names(of(found, REFORMAT)) == [[REFORMAT], [REFORMAT], [], [REFORMAT]]


def test_layers_that_one_log_fuses_share_a_row_in_all() -> None:
    found = matrix(split(), plain(), split())
    row = of(found, STEM)

    assert names(row) == [["stem/conv 3x3", "stem/relu"], [STEM], ["stem/conv 3x3", "stem/relu"]]
    assert [cell.time_ms for cell in row.cells] == [1.0, 0.897748, 1.0]
    assert row.cells[1].change is not None
    assert row.cells[1].change.cause == "fusion"
    assert len(found.rows) == 4


def test_every_layer_of_every_log_is_in_one_cell() -> None:
    logs = [plain(), split(), without(STEM), tables_of("trt82")]
    found = matrix(*logs)

    for number, log in enumerate(logs):
        layers = [layer.position for row in found.rows for layer in row.cells[number].layers]
        assert len(layers) == len(set(layers)) == found.columns[number].side.layers
        assert found.columns[number].side.layers <= log.engine_layers.height


def test_rows_that_differ_come_first_and_the_widest_spread_before_others() -> None:
    logs = [plain(), changed("time_ms", 20.0), changed("family", "winograd", layer=REFORMAT)]
    found = matrix(*logs)

    assert [names(row)[0] for row in found.rows[:2]] == [[STEM], [REFORMAT]]
    assert [row.differs for row in found.rows] == [True, True, False, False]


def test_times_measured_in_other_ways_are_not_compared() -> None:
    profile = changed("time_source", "profile")
    row = of(matrix(plain(), profile), STEM)
    three = of(matrix(plain(), profile, changed("time_ms", 1.897748)), STEM)

    assert row.spread_ms is None
    assert three.spread_ms == pytest.approx(1.0)
    assert [cell.delta_ms for cell in three.cells] == [None, None, None]


def test_a_log_of_another_network_is_refused_by_name() -> None:
    other = read_log(COMPOSED.parent / "recorded" / "tensorrt-rtx-1.7.1-mlp.log", processes=0).tables

    with pytest.raises(UsageError, match=r"tensorrt-rtx-1.7.1-mlp.log.* different networks"):
        matrix(plain(), plain(), other)


def test_a_matrix_needs_two_logs_and_a_build_for_each() -> None:
    for arguments, builds, given in (
        ((plain(),), None, "1 log and 1 build"),
        ((plain(), plain()), [2], "2 logs and 1 build"),
    ):
        with pytest.raises(
            UsageError, match=f"{given}: a matrix needs at least two logs, and one build of each"
        ):
            matrix(*arguments, builds=builds)


def test_builds_of_one_log_are_chosen_by_number() -> None:
    profiles = tables_of("trt10-profiles")
    found = matrix(profiles, profiles, profiles, builds=(1, 2, None))

    assert [column.side.build for column in found.columns] == [1, 2, 3]


def test_the_long_form_has_a_row_per_layer_and_log_and_its_columns_without_rows() -> None:
    found = matrix(plain(), without(STEM), split())
    table = found.frame()

    assert dict(table.schema) == dict(found.frame(top=0).schema) == LONG
    assert table.height == len(found.rows) * 3
    stem = table.filter(pl.col("row") == table.filter(pl.col("layers").list.contains(STEM))["row"][0])
    assert stem["log"].to_list() == [1, 2, 3]
    assert stem["layers"].to_list() == [[STEM], [], ["stem/conv 3x3", "stem/relu"]]
    assert stem["time_ms"].to_list() == [0.897748, None, 1.0]
    assert stem["spread_ms"].to_list() == [1.0] * 3
    assert stem["differs"].to_list() == [True] * 3
    assert stem["onnx_nodes"].to_list() == [["stem/conv 3x3", "stem/relu"]] * 3


def test_each_log_counts_its_cells_by_how_they_were_aligned() -> None:
    found = matrix(plain(), without(STEM), split())

    assert [column.matched for column in found.columns] == [
        {"reference": 4},
        {"name": 3, "none": 1},
        {"name": 3, "onnx_nodes": 1},
    ]
    assert all(cell.sure == 1.0 for row in found.rows for cell in row.cells)


def test_the_document_says_the_same_as_the_long_form() -> None:
    logs = measured_on("A", "8.6.1", "FP16"), measured_on("B", "10.0", "FP32")
    found = matrix(*logs, without(STEM), split(), tables_of("trt82"))
    document = found.as_dict()
    long = found.frame().to_dicts()

    assert list(document) == ["logs", "rows", "differing"]
    for line in long:
        row, log = document["rows"][line["row"] - 1], document["logs"][line["log"] - 1]
        cell = row["cells"][line["log"] - 1]
        assert {name: line[name] for name in cell} == cell
        for name in ("row", "differs", "spread_ms", "onnx_nodes"):
            assert line[name] == row[name]
        for name in ("log", "source", "build", "tensorrt_version", "gpu"):
            assert line[name] == log[name]
    assert [(log["gpu"], log["tensorrt_version"]) for log in document["logs"][:2]] == [
        ("A", "8.6.1"),
        ("B", "10.0"),
    ]
    for number, (log, column) in enumerate(zip(document["logs"], found.columns, strict=True)):
        assert log["matched"] == column.matched
        assert (log["movement"] is None) == (number == 0)
    assert document["logs"][1]["options"] == [
        {"section": "Build Options", "key": "Precision", "old": "FP16", "new": "FP32"}
    ]
    few = found.as_dict(top=1)["rows"]
    assert [row["row"] for row in few] == [1]


def test_a_layer_without_work_takes_no_time_however_the_others_were_measured() -> None:
    idle, profile = changed("time_ms", 0.0), changed("time_source", "profile")

    assert of(matrix(plain(), idle), STEM).spread_ms == pytest.approx(0.897748)
    assert of(matrix(profile, idle), STEM).spread_ms == pytest.approx(0.897748)
    assert of(matrix(profile, idle, changed("time_ms", 2.0)), STEM).spread_ms == pytest.approx(2.0)


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 110, 200])
@pytest.mark.parametrize("logs", [2, 3, 7, 30])
def test_the_text_keeps_to_the_width_whatever_the_number_of_logs(width: int, logs: int) -> None:
    variants = [plain(), split(), without(STEM), tables_of("trt82"), changed("time_ms", 20.0)]
    found = matrix(*(variants[number % len(variants)] for number in range(logs)))
    text = shown(MatrixResult(found, top=99), width)

    assert max(map(len, text.splitlines())) <= width
    for number in range(1, logs + 1):
        assert len(re.findall(rf"^ +{number}  ", text, re.MULTILINE)) >= len(found.rows)


def test_what_is_not_listed_is_counted_with_the_way_to_see_it() -> None:
    found = matrix(plain(), changed("time_ms", 20.0))

    assert "… 3 rows are the same in all logs" in shown(MatrixResult(found))
    assert "--top 4 shows all" in shown(MatrixResult(found))
    assert "shows all" not in shown(MatrixResult(found, top=4))
    both = matrix(plain(), changed("time_ms", 20.0), without(REFORMAT))
    assert "… 1 more row differs and 2 rows are the same in all logs" in shown(MatrixResult(both, top=1))


def test_letters_name_the_kernels_of_a_row_in_text_and_markdown() -> None:
    other = changed("kernel", "a_new_kernel")
    found = matrix(plain(), other, plain())

    for text in (shown(MatrixResult(found)), in_markdown(MatrixResult(found)).replace("\\", "")):
        assert "0.898 ms A" in text
        assert "0.898 ms B ≠" in text
        assert "B" in text.split("a_new_kernel", maxsplit=1)[0]


@pytest.mark.slow
def test_it_is_exported_lazily() -> None:
    script = (
        "import sys, tacticlens as tl\n"
        "assert 'polars' not in sys.modules\n"
        f"log = tl.read_log({str(COMPOSED / 'trt861.log')!r}, processes=0)\n"
        "assert tl.matrix(log, log.tables, log).differing == 0\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
