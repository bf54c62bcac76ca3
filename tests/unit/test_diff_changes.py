"""Comparisons of composed logs, and of these with one thing changed by hand."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from findings.small_tables import layer, small
from shown import shown

from tacticlens.diff.changes import diff
from tacticlens.diff.matrix import matrix
from tacticlens.diff.model import Change
from tacticlens.diff.result import SCHEMA, Diff
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.shares import shares
from tacticlens.tables.table_set import StoredTables, TableSet
from tacticlens.views.diff import DiffResult

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LOGS = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*.log"))
STEM = "stem/conv 3x3 + stem/relu"
REFORMAT = f"Reformatting CopyNode for Input Tensor 0 to {STEM}"


@cache
def tables_of(name: str) -> TableSet:
    return read_log(FIXTURES / name, processes=0).tables


PLAIN = "composed/trt861.log"


def with_layers(name: str, layers: pl.DataFrame) -> TableSet:
    """The tables of a fixture with other engine layers."""
    return StoredTables({**dict(iter(tables_of(name))), "engine_layers": layers})


def changed(column: str, value: Any, layer: str = STEM) -> TableSet:
    """The plain fixture with another value in one layer."""
    layers = tables_of(PLAIN).engine_layers
    there = pl.col("name") == layer
    other = pl.lit(value, dtype=layers.schema[column])
    return with_layers(
        PLAIN, layers.with_columns(pl.when(there).then(other).otherwise(pl.col(column)).alias(column))
    )


def prefixed(column: str) -> pl.Expr:
    return pl.concat_str(pl.lit("x7f3/"), column).alias(column)


def kinds(found: Diff) -> list[tuple[str, ...]]:
    return [change.kinds for change in found.changes]


def swapped(kind: str) -> str:
    for one, other in (("added", "removed"), ("lost", "gained")):
        if kind.endswith(one):
            return kind.removesuffix(one) + other
        if kind.endswith(other):
            return kind.removesuffix(other) + one
    return kind


@pytest.mark.parametrize("name", LOGS)
def test_a_log_is_like_itself_and_its_shares_are_those_of_the_summary(name: str) -> None:
    tables = tables_of(name)
    if tables.engine_layers.is_empty():
        if tables.combinations["tactic"].drop_nulls().is_empty():
            with pytest.raises(UsageError, match="layers of the engine are not in this log"):
                diff(tables, tables)
        else:
            assert diff(tables, tables).changes == ()
        return
    found = diff(tables, tables)
    told = shares(tables, found.old.engine, found.old.build)

    assert found.changes == ()
    assert found.old == found.new
    assert found.old.gemm == pytest.approx(told.gemm)
    assert found.old.tensor_core == pytest.approx(told.tensor_core)
    assert found.old.tensor_core_unknown == pytest.approx(told.tensor_core_unknown)
    assert (found.old.time_ms or 0.0) == pytest.approx(told.time_ms)
    assert (found.old.time_source, found.old.untimed_layers) == (told.time_source, told.untimed_layers)


@pytest.mark.parametrize("name", ["trt82", "trt80", "trt7", "trt10", "trt10-profiles"])
def test_the_other_way_round_is_the_mirror_image(name: str) -> None:
    other = f"composed/{name}.log"
    there, back = diff(tables_of(PLAIN), tables_of(other)), diff(tables_of(other), tables_of(PLAIN))
    mirrored = {
        (frozenset(change.kinds), change.match.old, change.match.new, change.verdict, change.delta_ms)
        for change in there.changes
    }
    seen = {
        (
            frozenset(swapped(kind) for kind in change.kinds), change.match.new, change.match.old, change.verdict,
            None if change.delta_ms is None else -change.delta_ms,
        )
        for change in back.changes
    }  # fmt: skip

    assert mirrored == seen
    assert (there.old, there.new) == (back.new, back.old)


def test_a_layer_that_one_side_lacks_is_the_only_change() -> None:
    tables = tables_of(PLAIN)
    without = with_layers(PLAIN, tables.engine_layers.filter(pl.col("name") != STEM))
    (gone,) = diff(tables, without).changes
    (come,) = diff(without, tables).changes

    assert (gone.kinds, gone.match.old[0].name, gone.match.new) == (("layer_removed",), STEM, ())
    assert gone.delta_ms == pytest.approx(-0.897748)
    assert (come.kinds, come.match.new[0].name, come.delta_ms) == (("layer_added",), STEM, 0.897748)


def test_a_reformat_that_one_side_lacks_is_named_as_such() -> None:
    tables = tables_of(PLAIN)
    without = with_layers(PLAIN, tables.engine_layers.filter(pl.col("name") != REFORMAT))

    assert kinds(diff(tables, without)) == [("reformat_removed",)]
    assert kinds(diff(without, tables)) == [("reformat_added",)]


def test_a_reformat_that_took_the_place_of_a_layer_without_work_was_added() -> None:
    idle = changed("family", "noop", REFORMAT)

    assert "reformat_added" in kinds(diff(idle, tables_of(PLAIN)))[0]
    assert "reformat_removed" in kinds(diff(tables_of(PLAIN), idle))[0]


def test_names_with_a_random_prefix_align_through_onnx_nodes() -> None:
    tables = tables_of(PLAIN)
    renamed = StoredTables(
        {
            **dict(iter(tables)),
            "engine_layers": tables.engine_layers.with_columns(prefixed("name")),
            "layers": tables.layers.with_columns(prefixed("name")),
            "combinations": tables.combinations.with_columns(prefixed("subject")),
            "log": tables.log.with_columns(prefixed("source")),
        }
    )
    found = diff(tables, renamed)

    assert found.changes == ()
    assert found.summary.matched["onnx_nodes"] == 3
    assert found.summary.matched.get("tensors") == 1  # the reformat has no nodes: what it makes tells
    assert found.summary.movement.measurements > 10  # candidates are found under their other names


def test_what_a_build_repeats_from_the_timing_cache_is_no_second_measurement() -> None:
    tables = tables_of(PLAIN)

    assert diff(tables, tables).summary.movement.measurements == 0
    other = StoredTables({**dict(iter(tables)), "log": tables.log.with_columns(prefixed("source"))})
    assert diff(tables, other).summary.movement.measurements > 10


def test_a_fusion_that_split_is_one_change_with_both_sides() -> None:
    tables = tables_of(PLAIN)
    layers = tables.engine_layers
    stem = layers.filter(pl.col("name") == STEM)
    parts = [
        stem.with_columns(
            pl.lit(node).alias("name"), pl.lit([node]).alias("onnx_nodes"),
            pl.lit(position, dtype=pl.Int64).alias("position"),
            pl.lit(0.5).alias("time_ms"),
        )
        for node, position in (("stem/conv 3x3", 2), ("stem/relu", 9))
    ]  # fmt: skip
    split = with_layers(PLAIN, pl.concat([layers.filter(pl.col("name") != STEM), *parts]))
    (change,) = diff(tables, split).changes

    assert change.cause == "fusion"
    assert change.verdict == "cannot_tell"  # one log, measured once: nothing says how much times move
    assert [layer.name for layer in change.match.new] == ["stem/conv 3x3", "stem/relu"]
    assert (change.match.how, change.match.sure) == ("onnx_nodes", 1.0)
    assert change.delta_ms == pytest.approx(1.0 - 0.897748)


@pytest.mark.parametrize(
    ("column", "value", "wanted"),
    [
        ("kernel", "sm80_xmma_fprop_implicit_gemm_f32f32_tf32f32_f32_tn_n", ("kernel",)),
        ("tactic", "0x0000000000000001", ("tactic_id",)),
        ("tensor_core", "yes", ("tensor_core_gained",)),
        ("family", "winograd", ("family",)),
        ("time_ms", 20.0, ("time",)),
        ("time_ms", 0.8977480001, None),
        ("kernel", None, None),  # what one side does not tell is not known to have changed
        ("tactic", None, None),
    ],
)
def test_what_is_different_in_a_layer_is_named(
    column: str, value: Any, wanted: tuple[str, ...] | None
) -> None:
    assert kinds(diff(tables_of(PLAIN), changed(column, value))) == ([wanted] if wanted else [])


def test_precision_and_shape_are_compared_where_the_engine_prints_tensors() -> None:
    layers = tables_of(PLAIN).engine_layers
    stem = layers.row(by_predicate=pl.col("name") == STEM, named=True)
    halves = [{**tensor, "dtype": "Half"} for tensor in stem["inputs"]]
    longer = [{**tensor, "dims": [*tensor["dims"], "7"]} for tensor in stem["inputs"]]
    unlike = [{**tensor, "dims": ["-9", *tensor["dims"][1:]]} for tensor in stem["inputs"]]

    assert kinds(diff(tables_of(PLAIN), changed("inputs", halves))) == [("precision",)]
    assert kinds(diff(tables_of(PLAIN), changed("inputs", longer))) == [("shape",)]
    if stem["inputs"][0]["dims"][0].startswith("-"):
        assert kinds(diff(tables_of(PLAIN), changed("inputs", unlike))) == []


def test_times_of_a_profile_are_not_compared_with_times_of_tactics() -> None:
    both = diff(tables_of(PLAIN), changed("time_source", "profile"))

    assert both.changes == ()
    assert both.summary.comparable_times is False


def test_a_change_of_kernel_between_times_of_two_kinds_has_no_times() -> None:
    profiled = changed("time_source", "profile")
    layers = profiled.engine_layers.with_columns(
        pl.when(pl.col("name") == STEM).then(pl.lit("another")).otherwise("kernel").alias("kernel")
    )
    (change,) = diff(tables_of(PLAIN), with_layers(PLAIN, layers)).changes

    assert (change.old_ms, change.new_ms, change.delta_ms) == (None, None, None)


def test_a_layer_whose_time_only_one_side_knows_makes_the_sums_unlike() -> None:
    assert diff(tables_of(PLAIN), changed("time_ms", 2.0)).summary.untimed_alike
    assert not diff(tables_of(PLAIN), changed("time_ms", None)).summary.untimed_alike
    idle = changed("family", "noop")
    gone = with_layers(
        PLAIN,
        idle.engine_layers.with_columns(
            pl.when(pl.col("name") == STEM).then(None).otherwise("time_ms").alias("time_ms")
        ),
    )
    assert diff(idle, gone).summary.untimed_alike


def on_gpu(tables: TableSet, gpu: str) -> TableSet:
    return StoredTables(
        {**dict(iter(tables)), "log": tables.log.with_columns(pl.lit(gpu).alias("gpu"), prefixed("source"))}
    )


def test_a_fusion_that_costs_the_same_on_another_gpu_is_not_called_a_tie() -> None:
    change = fusion(diff(on_gpu(tables_of(PLAIN), "A"), on_gpu(split(ms=0.897748 / 2), "B")))

    assert change.judgement is not None
    assert (change.cause, change.judgement.verdict, change.judgement.reason) == (
        "fusion",
        "cannot_tell",
        "other_gpu",
    )


def test_a_baseline_needs_the_engines_and_the_machine_of_both_builds() -> None:
    winners = with_layers(PLAIN, tables_of(PLAIN).engine_layers.clear())
    baseline = [(tables_of(PLAIN), None)]
    for sides, missing in (
        ((winners, tables_of(PLAIN)), "old"),
        ((tables_of(PLAIN), winners), "new"),
    ):
        with pytest.raises(UsageError, match=f"the engine of the {missing} build is not in its log"):
            diff(*sides, baseline=baseline)
    with pytest.raises(
        UsageError, match=r"how noisy builds on A are, and .*trt861.log was built on B; leave it out"
    ):
        diff(on_gpu(tables_of(PLAIN), "A"), on_gpu(tables_of(PLAIN), "B"), baseline=baseline)


def other_network() -> dict[str, pl.DataFrame]:
    """The plain fixture with other names of layers, nodes and tensors."""

    def renamed(tensors: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**tensor, "name": f"other {tensor['name']}"} for tensor in tensors]

    layers = tables_of(PLAIN).engine_layers
    rows = [
        {
            **row, "name": f"other {row['name']}", "onnx_nodes": ["other/node"],
            "inputs": renamed(row["inputs"]), "outputs": renamed(row["outputs"]),
        }
        for row in layers.iter_rows(named=True)
    ]  # fmt: skip
    frames = dict(iter(tables_of(PLAIN)))
    return {
        **frames,
        "engine_layers": pl.DataFrame(rows, schema=layers.schema),
        "log": frames["log"].with_columns(pl.lit("other.log").alias("source")),
    }


def test_engines_that_share_nothing_are_of_different_networks() -> None:
    with pytest.raises(UsageError, match=r"no layer of .* is in other.log.* logs of different networks"):
        diff(tables_of(PLAIN), StoredTables(other_network()))


def test_two_builds_of_one_log_are_compared_as_a_whole_even_if_they_share_nothing() -> None:
    other = {**other_network(), "log": tables_of(PLAIN).log}
    found = diff(tables_of(PLAIN), StoredTables(other))

    assert set(found.summary.kinds) == {"layer_added", "layer_removed", "reformat_added", "reformat_removed"}
    assert "they cannot be compared layer by layer" in shown(DiffResult(found))


def test_a_build_can_be_chosen_and_one_without_an_engine_is_compared_by_its_winners() -> None:
    profiles = tables_of("composed/trt10-profiles.log")
    found = diff(profiles, profiles, old_build=1, new_build=2)

    assert (found.old.build, found.new.build, diff(profiles, profiles).old.build) == (1, 2, 3)
    with pytest.raises(
        UsageError, match=r"trt10-profiles.log: no build 9 in this log; its builds are 1 to 3"
    ):
        diff(profiles, profiles, old_build=9)
    without = diff(tables_of(PLAIN), tables_of(PLAIN), new_build=2)
    assert (without.summary.basis, without.summary.no_engine) == ("winners", ("new",))
    with pytest.raises(UsageError, match=r"trt5.log: no build 9 in this log; its builds are"):
        diff(tables_of("composed/trt5.log"), profiles, old_build=9)
    no_builds = StoredTables({**dict(iter(profiles)), "builds": profiles.builds.clear()})
    with pytest.raises(UsageError, match=r"no build 1 in this log; it has none"):
        diff(no_builds, profiles, old_build=1)
    nothing_won = StoredTables(
        {
            **dict(iter(profiles)),
            "engine_layers": profiles.engine_layers.clear(),
            "combinations": profiles.combinations.filter(pl.col("build") != 2),
        }
    )
    with pytest.raises(
        UsageError, match=r"build 2 has neither engine layers nor winners; builds that have: 1, 3"
    ):
        diff(nothing_won, profiles, old_build=2)


def test_the_table_of_changes_has_its_columns_even_without_rows() -> None:
    found = diff(tables_of(PLAIN), tables_of("composed/trt82.log"))

    assert dict(found.frame(0).schema) == dict(found.frame().schema) == SCHEMA
    assert found.as_dict()["changes"] == found.frame().to_dicts()


@pytest.mark.slow
def test_the_package_exports_it_lazily_before_and_after_its_modules_are_imported() -> None:
    script = (
        "import sys, tacticlens as tl\n"
        "assert 'polars' not in sys.modules\n"
        f"log = tl.read_log({str(FIXTURES / PLAIN)!r}, processes=0)\n"
        "assert tl.diff(log, log.tables).changes == ()\n"
        "import tacticlens.diff.changes\n"
        "assert tl.diff(log, log, old_build=1).changes == ()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def split(tensors: tuple[str, str] = ("Float", "Half"), ms: float = 0.5) -> TableSet:
    """The plain fixture as another log, with its first fusion in two parts and a Constant that feeds the second."""
    tables = tables_of(PLAIN)
    layers = tables.engine_layers
    stem = layers.row(by_predicate=pl.col("name") == STEM, named=True)
    inside = {**stem["outputs"][0], "name": "inside"}
    weights = {**inside, "name": "weights"}
    rows = [
        {**stem, "name": "stem/conv 3x3", "onnx_nodes": ["stem/conv 3x3"], "time_ms": ms,
         "inputs": [{**stem["inputs"][0], "dtype": tensors[0]}], "outputs": [inside]},
        {**stem, "name": "stem/relu", "onnx_nodes": ["stem/relu"], "time_ms": ms, "position": 9,
         "inputs": [inside, weights], "outputs": [{**stem["outputs"][0], "dtype": tensors[1]}]},
        {**stem, "name": "weights of it", "onnx_nodes": ["w"], "family": "fill_constant", "position": 10,
         "layer_type": "Constant", "inputs": [], "outputs": [weights], "time_ms": 0.0, "time_source": "none"},
    ]  # fmt: skip
    parts = pl.DataFrame(rows, schema=layers.schema)
    frames = {
        **dict(iter(tables)),
        "engine_layers": pl.concat([layers.filter(pl.col("name") != STEM), parts]),
        "log": tables.log.with_columns(prefixed("source")),
    }
    return StoredTables(frames)


def fusion(found: Diff) -> Change:
    (change,) = (one for one in found.changes if one.cause == "fusion")
    return change


def test_a_fusion_that_split_is_judged_by_the_sums_of_its_parts() -> None:
    slower, same = (
        fusion(diff(tables_of(PLAIN), split())),
        fusion(diff(tables_of(PLAIN), split(ms=0.897748 / 2))),
    )

    assert (slower.verdict, same.verdict) == ("real", "tie")  # the other times did not move at all
    assert slower.delta_ms == pytest.approx(1.0 - 0.897748)


def test_a_fusion_names_the_layers_that_came_or_went_with_it() -> None:
    came, went = fusion(diff(tables_of(PLAIN), split())), fusion(diff(split(), tables_of(PLAIN)))

    assert (
        [layer.name for layer in came.new_between]
        == [layer.name for layer in went.old_between]
        == ["weights of it"]
    )
    between = [
        cell["between"]
        for row in matrix(tables_of(PLAIN), split()).as_dict()["rows"]
        for cell in row["cells"]
    ]
    assert ["weights of it"] in between
    assert "added with it: weights of it" in shown(DiffResult(diff(tables_of(PLAIN), split())))


def test_types_of_a_fusion_are_those_that_enter_and_leave_it() -> None:
    stem = tables_of(PLAIN).engine_layers.row(by_predicate=pl.col("name") == STEM, named=True)
    whole = (stem["inputs"][0]["dtype"], stem["outputs"][0]["dtype"])
    like = fusion(diff(tables_of(PLAIN), split(whole)))
    unlike = fusion(diff(tables_of(PLAIN), split((whole[0], "Int8"))))

    assert "precision" in unlike.kinds
    assert "precision" not in like.kinds


def profiled(source: str, *rows: dict[str, Any], others: int = 10) -> TableSet:
    """Layers with times of a profile: those given, and others that take the same in all logs."""
    same = [
        layer(at, f"other{at}", "implicit_gemm", 1.0, kernel="k", onnx_nodes=[f"o{at}"])
        for at in range(1, others + 1)
    ]
    layers = [{**row, "time_source": "profile"} for row in (*same, *rows)]
    return small({"source": source}, engine_layers=layers)


def one(ms: float | None, kernel: str = "k") -> dict[str, Any]:
    return layer(50, "one", "implicit_gemm", ms, kernel=kernel, onnx_nodes=["a", "b"])


def test_times_of_profiles_are_judged_by_the_profiles_of_layers_that_kept_their_tactic() -> None:
    another = layer(60, "another", "implicit_gemm", 1.0, kernel="x", onnx_nodes=["x"])
    found = diff(
        profiled("old", one(1.0), another),
        profiled("new", one(3.0), {**another, "kernel": "y", "time_ms": 9.0}),
    )
    moved = next(change for change in found.changes if change.match.old[0].name == "one")

    assert moved.kinds == ("time",)
    assert moved.judgement is not None
    assert (moved.judgement.verdict, moved.judgement.reason) == ("real", "moved_most")
    assert (moved.judgement.measurements, moved.judgement.largest) == (11, pytest.approx(0.0))
    assert len(found.changes) == 2


AS_BEFORE = [["a"], ["b"]]


@pytest.mark.parametrize(
    ("times", "nodes", "others", "verdict", "reason"),
    [
        ((0.5, 0.5), AS_BEFORE, 10, "tie", "same_sum"),
        ((0.5, 0.5), AS_BEFORE, 9, "cannot_tell", "few_measurements"),
        ((1.5, 1.5), AS_BEFORE, 10, "real", "moved_most"),
        ((1.5, 1.5), [["a"], ["a", "c"]], 10, "cannot_tell", "other_work"),
        ((0.5, None), AS_BEFORE, 10, "cannot_tell", "not_all_timed"),
    ],
)
def test_a_fusion_is_judged_by_profiles_as_a_whole(
    times: tuple[float, float | None], nodes: list[list[str]], others: int, verdict: str, reason: str
) -> None:
    parts = [
        layer(at, f"part{at}", "implicit_gemm", ms, kernel="k", onnx_nodes=part)
        for at, (ms, part) in enumerate(zip(times, nodes, strict=True), 50)
    ]
    change = fusion(diff(profiled("old", one(1.0), others=others), profiled("new", *parts, others=others)))

    assert change.judgement is not None
    assert (change.judgement.verdict, change.judgement.reason) == (verdict, reason)
    assert change.judgement.measurements == others
    assert change.judgement.typical == (pytest.approx(0.01) if others >= 10 else None)
    assert (change.old_ms, change.new_ms) == (1.0, None if None in times else pytest.approx(2 * times[0]))
