"""How the time of an engine divides, and what is known of its fused regions, by small tables made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from findings.small_tables import ON, layer, small

from tacticlens.tables.engine_ops import engine_ops, judge_regions
from tacticlens.tables.intervals import Interval
from tacticlens.tables.shares import Shares, by_family, shares, work
from tacticlens.tables.table_set import TableSet

Row = dict[str, Any]


def conv(position: int, ms: float | None = 1.0, **more: Any) -> Row:
    return layer(
        position, f"conv{position}", "implicit_gemm", ms, **{"kernel": ON, "tensor_core": "yes", **more}
    )


def region(ms: float | None, **more: Any) -> Row:
    return layer(5, "region", "myelin", ms, layer_type="Myelin", tensor_core="unknown", **more)


def op(family: str, ms: float, **more: Any) -> Row:
    gemm = family == "gemm"
    row = {
        "engine": 1, "build": 1, "position": 5, "op": family, "family": family, "gemm": gemm,
        "tensor_core": "yes" if gemm else "no", "time_ms": ms, "line": 1,
    }  # fmt: skip
    return {**row, **more}


def of_region(row: Row, *ops: Row) -> list[tuple[str, float | None, float, float | None]]:
    """Family, time and bounds of each part of a region."""
    parts = work(small(engine_layers=[row], engine_ops=list(ops)), row["engine"])
    return parts.select("family", "time_ms", "low_ms", "high_ms").rows()


def test_operations_of_a_fused_region_take_what_they_cost_and_the_rest_stays_untold() -> None:
    assert of_region(region(1.0), op("gemm", 0.25), op("pointwise", 0.5)) == [
        ("myelin", 0.25, 0.25, 0.25),
        ("gemm", 0.25, 0.25, 0.25),
        ("pointwise", 0.5, 0.5, 0.5),
    ]


def test_operations_that_cost_more_than_their_region_are_scaled_down_to_it() -> None:
    assert of_region(region(0.5), op("gemm", 0.25), op("pointwise", 0.75)) == [
        ("myelin", 0.0, 0.0, 0.0),
        ("gemm", 0.125, 0.125, 0.125),
        ("pointwise", 0.375, 0.375, 0.375),
    ]


@pytest.mark.parametrize(
    ("bounds", "rest", "gemm"),
    [((0.125, 1.0), (0.0, 0.75), (0.125, 0.25)), ((None, None), (0.0, None), (0.0, 0.25))],
)
def test_operations_of_a_region_without_a_time_cost_what_they_cost_and_the_rest_has_bounds(
    bounds: tuple[float | None, float | None], rest: tuple[float, float | None], gemm: tuple[float, float]
) -> None:
    row = region(None, low_ms=bounds[0], high_ms=bounds[1])

    assert of_region(row, op("gemm", 0.25)) == [("myelin", None, *rest), ("gemm", 0.25, *gemm)]


def test_a_region_of_an_engine_without_a_number_is_divided_as_well() -> None:
    assert of_region(region(1.0, engine=None), op("gemm", 0.25, engine=None))[1:] == [
        ("gemm", 0.25, 0.25, 0.25)
    ]


def test_operations_that_cost_nothing_take_nothing() -> None:
    assert of_region(region(0.0), op("gemm", 0.0)) == [("myelin", 0.0, 0.0, 0.0), ("gemm", 0.0, 0.0, 0.0)]


def test_each_layer_counts_in_the_row_of_its_family_with_what_it_does_inside() -> None:
    tables = small(
        engine_layers=[
            conv(1, 2.0), conv(2, None, low_ms=1.0, high_ms=3.0), layer(3, "relu", "pointwise", 1.0, kernel="k"),
            layer(4, "const", "fill_constant"), region(1.0), layer(6, "plugin", "plugin", None),
        ],
        engine_ops=[op("gemm", 0.25), op("pointwise", 0.5)],
    )  # fmt: skip

    assert by_family(tables, 1).rows() == [
        # family, layers, untimed, time, bounds, in matrix products, on Tensor Cores, share
        ("implicit_gemm", 2, 1, 2.0, 3.0, 5.0, 2.0, 2.0, 0.5),
        ("pointwise", 1, 0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.25),
        ("myelin", 1, 0, 1.0, 1.0, 1.0, 0.25, 0.25, 0.25),
        ("fill_constant", 1, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ("plugin", 1, 1, 0.0, 0.0, None, 0.0, 0.0, 0.0),
    ]


def test_families_that_take_as_long_stand_by_their_number_of_layers() -> None:
    pools = [layer(at, f"pool{at}", "pooling", 0.5) for at in (2, 3)]

    assert by_family(small(engine_layers=[conv(1), *pools]), 1)["family"].to_list() == [
        "pooling",
        "implicit_gemm",
    ]


def test_without_any_time_families_have_no_share() -> None:
    assert by_family(small(engine_layers=[conv(1, None)]), 1)["share"].to_list() == [None]


def divided() -> TableSet:
    """An engine with layers of all kinds, and a second one."""
    return small(
        engine_layers=[
            conv(1, 2.0), conv(2, 1.0, tensor_core="unknown", time_source="twin"),
            layer(3, "copy", "copy", 0.5), layer(4, "shape", "fill_constant"), region(0.5),
            conv(1, 9.0, engine=2, build=2, tensor_core="no", time_source="profile"),
        ],
        engine_ops=[op("gemm", 0.25)],
    )  # fmt: skip


def test_shares_are_of_the_known_time_of_one_engine() -> None:
    found, other = shares(divided(), 1), shares(divided(), 2)

    assert found == Shares(
        engine=1, time_ms=4.0, time_source="tactic", layers=5, working_layers=4, untimed_layers=0,
        gemm=3.25 / 4, tensor_core=2.25 / 4, tensor_core_unknown=1.25 / 4, reformat=0.5 / 4, untold=0.25 / 4,
        total_bounds=Interval(4.0, 4.0), gemm_bounds=Interval(3.25 / 4, 3.5 / 4),
        tensor_core_bounds=Interval(2.25 / 4, 3.5 / 4), reformat_bounds=Interval(0.5 / 4, 0.75 / 4),
    )  # fmt: skip
    assert (other.time_ms, other.time_source, other.gemm, other.tensor_core) == (9.0, "profile", 1.0, 0.0)
    assert other.gemm_bounds == Interval(1.0, 1.0)
    assert other.reformat_bounds == Interval(0.0, 0.0)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (("tactic", "twin"), "tactic"), (("twin", "none"), "tactic"), (("profile", "tactic"), "mixed"),
        (("profile", "none"), "profile"), (("none", "none"), "none"),
    ],
)  # fmt: skip
def test_the_source_of_the_times_is_one_word(sources: tuple[str, str], said: str) -> None:
    rows = [
        conv(at, None if source == "none" else 1.0, time_source=source)
        for at, source in enumerate(sources, 1)
    ]
    idle = layer(9, "constant", "fill_constant", time_source="profile")
    found = shares(small(engine_layers=[*rows, idle]), 1)

    assert found.time_source == said
    assert found.untimed_layers == sources.count("none")


def test_one_profile_of_an_engine_has_its_layers_and_operations_only() -> None:
    tables = small(
        engine_layers=[
            conv(1),
            region(1.0),
            conv(6, 3.0, build=2),
            {**region(2.0), "position": 7, "build": 2},
        ],
        engine_ops=[op("gemm", 0.25), op("gemm", 0.5, build=2, position=7)],
    )
    whole, first, second = shares(tables, 1), shares(tables, 1, 1), shares(tables, 1, 2)

    assert [one.time_ms for one in (whole, first, second)] == [7.0, 2.0, 5.0]
    assert [one.gemm for one in (first, second)] == [1.25 / 2, 3.5 / 5]
    assert work(tables, 1, 2)["position"].to_list() == [6, 7, 7]


def test_an_engine_without_layers_has_no_shares() -> None:
    assert shares(divided(), 7) == Shares(7, 0.0, "none", 0, 0, 0, None, None, None, None, None)
    untimed = shares(small(engine_layers=[conv(1, None)]), 1)
    assert (untimed.time_ms, untimed.gemm, untimed.total_bounds) == (0.0, None, Interval(0.0, None))


@pytest.mark.parametrize(
    ("cores", "answer"),
    [
        (["no", "yes"], "yes"), (["unknown", "yes"], "yes"), (["no", "no"], "no"), (["no", "unknown"], "unknown"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", [1, None])
def test_a_fused_region_is_judged_by_its_matrix_products(
    cores: list[str], answer: str, engine: int | None
) -> None:
    rows = [conv(1, engine=engine, evidence="own"), region(1.0, engine=engine), {**region(1.0), "engine": 9}]
    ops = [
        *(
            op("gemm", 0.1, engine=engine, tensor_core=core, evidence=f"token {at}")
            for at, core in enumerate(cores)
        ),
        op("gemm", 0.1, engine=engine, tensor_core=cores[0], evidence="token 0"),
        op("pointwise", 0.1, engine=engine, tensor_core="yes", evidence="no product"),
    ]
    tables = small(engine_layers=rows, engine_ops=ops)
    judged = judge_regions(tables.engine_layers, tables.engine_ops)

    assert judged.columns == tables.engine_layers.columns
    assert judged.select("family", "gemm", "tensor_core", "evidence").rows() == [
        ("implicit_gemm", True, "yes", "own"),
        ("myelin", True, answer, "token 0, token 1"),
        ("myelin", False, "unknown", None),
    ]


def test_an_operation_runs_the_row_that_the_log_selects_else_the_fastest() -> None:
    def row(of: str, kernel: str, ms: float, line: int, *, chosen: bool | None = None) -> Row:
        return {"combination": 7, "op": of, "kernel": kernel, "time_ms": ms, "line": line, "chosen": chosen}

    tables = small(
        engine_layers=[region(1.0, combination=7), conv(6, combination=7), {**region(1.0), "position": 8}],
        op_tactics=[
            row("a", "slow", 0.3, 1), row("a", "fast", 0.1, 2), row("a", "as fast", 0.1, 3),
            row("b", "fast", 0.1, 4, chosen=False), row("b", "selected", 0.2, 5, chosen=True),
        ],
    )  # fmt: skip

    found = engine_ops(tables.engine_layers, tables["op_tactics"])
    assert found.select("engine", "build", "position", "op", "kernel").rows() == [
        (1, 1, 5, "a", "fast"),
        (1, 1, 5, "b", "selected"),
    ]
