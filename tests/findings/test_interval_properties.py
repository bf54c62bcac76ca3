"""Times that are not known: bounds contain the truth, and verdicts hold when more becomes known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_tables import layer, small

from tacticlens.analysis.check import check, state_of
from tacticlens.analysis.check_rules import Rules
from tacticlens.kernels import GEMM_FAMILIES
from tacticlens.tables.intervals import Interval
from tacticlens.tables.shares import by_family, shares

pytestmark = pytest.mark.slow

Row = dict[str, Any]

FAMILIES = ["implicit_gemm", "gemm", "pointwise", "reformat", "copy", "pooling", "noop", "myelin", "plugin"]
TIMES = st.floats(0.001, 10.0)


@st.composite
def known_layers(draw: st.DrawFn, position: int) -> tuple[Row, list[Row]]:
    """A layer with its time; a fused region may have operations with costs of their own."""
    family = draw(st.sampled_from(FAMILIES))
    kind = {"myelin": "Myelin", "plugin": "PluginV2"}.get(family, "CaskConvolution")
    row = layer(
        position, f"layer{position}", family, draw(TIMES), layer_type=kind, kernel="k",
        tensor_core=draw(st.sampled_from(["yes", "no", "unknown"])) if family in GEMM_FAMILIES else "no",
    )  # fmt: skip
    if family in {"myelin", "plugin"}:
        row["tensor_core"], row["kernel"] = "unknown", None
    ops = []
    if family == "myelin":
        for number in range(draw(st.integers(0, 2))):
            part = draw(st.sampled_from(["gemm", "pointwise", "reformat"]))
            ops.append({
                "engine": 1, "build": 1, "position": position, "op": f"op{number}", "family": part,
                "gemm": part == "gemm", "tensor_core": "yes" if part == "gemm" else "no",
                "time_ms": draw(TIMES), "line": 1,
            })  # fmt: skip
    return row, ops


@st.composite
def engines(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    drawn = [draw(known_layers(position)) for position in range(draw(st.integers(1, 6)))]
    return [row for row, _ in drawn], [op for _, ops in drawn for op in ops]


def within(inner: Interval, outer: Interval) -> bool:
    """Tell whether an interval lies in another, but for rounding."""
    above = outer.high is None or (inner.high is not None and inner.high <= outer.high + 1e-9)
    return above and inner.low >= outer.low - 1e-9


def hidden(row: Row, how: tuple[bool, bool, float, float]) -> Row:
    """The same layer without its time: with bounds that its candidates give, or with none."""
    hide, bounded, below, above = how
    if not hide or row["family"] == "noop":
        return row
    low, high = (row["time_ms"] * below, row["time_ms"] * above) if bounded else (None, None)
    return {**row, "time_ms": None, "time_source": "none", "low_ms": low, "high_ms": high}


QUICK = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
HIDING = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.floats(0.0, 1.0), st.floats(1.0, 3.0)), min_size=6, max_size=6
)


@QUICK
@given(engines(), HIDING)
def test_the_bounds_of_each_share_contain_the_share_of_the_whole_engine(
    engine: tuple[list[Row], list[Row]], how: list[tuple[bool, bool, float, float]]
) -> None:
    rows, ops = engine
    truth = shares(small(engine_layers=rows, engine_ops=ops), 1)
    blind = shares(
        small(engine_layers=[hidden(*pair) for pair in zip(rows, how, strict=False)], engine_ops=ops), 1
    )

    assert within(truth.total_bounds, blind.total_bounds)
    for name in ("gemm_bounds", "tensor_core_bounds", "reformat_bounds"):
        known, bounds = getattr(truth, name), getattr(blind, name)
        if known is not None and bounds is not None:
            assert within(known, bounds), (name, known, bounds)


@QUICK
@given(engines(), HIDING, st.floats(0, 1), st.floats(0, 1))
def test_a_verdict_holds_when_unknown_times_become_known(
    engine: tuple[list[Row], list[Row]], how: list[tuple[bool, bool, float, float]], least: float, most: float
) -> None:
    rows, ops = engine
    rules = Rules(min_gemm_share=least, min_tensor_core_share=least, max_reformat_share=most)
    before = None
    # one layer after the other becomes known
    for known in range(len(rows) + 1):
        now = [row if at < known else hidden(row, how[at]) for at, row in enumerate(rows)]
        states = {
            verdict.rule: verdict.state for verdict in check(small(engine_layers=now, engine_ops=ops), rules)
        }
        if before is not None:
            for rule, state in before.items():
                assert state == "undecided" or states[rule] == state, (rule, state, states[rule])
        before = states


@QUICK
@given(engines(), HIDING)
def test_each_layer_stands_in_one_row_of_the_families(
    engine: tuple[list[Row], list[Row]], how: list[tuple[bool, bool, float, float]]
) -> None:
    rows, ops = engine
    now = [hidden(*pair) for pair in zip(rows, how, strict=False)]
    families = by_family(small(engine_layers=now, engine_ops=ops), 1)

    assert dict(families.select("family", "layers").iter_rows()) == {
        family: sum(row["family"] == family for row in rows) for family in {row["family"] for row in rows}
    }
    assert families["untimed"].sum() == sum(row["time_ms"] is None for row in now)


@QUICK
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_decided_state_is_that_of_each_value_between_the_bounds(
    low: float, width: float, at: float, limit: float
) -> None:
    wide = Interval(low, low + width)
    inside = Interval(low + at * width, low + at * width)
    for rule in ({"least": limit}, {"most": limit}):
        assert state_of(wide, **rule) in {"undecided", state_of(inside, **rule)}
