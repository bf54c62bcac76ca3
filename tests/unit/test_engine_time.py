"""Shares of an engine's time with their bounds."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from tacticlens.analysis.engine_time import engine_time
from tacticlens.tables.intervals import Interval, share
from tacticlens.tables.table_set import TableSet


def test_a_share_of_known_times_has_no_width() -> None:
    assert share(Interval(3, 3), Interval(0, 0), Interval(1, 1)) == Interval(0.75, 0.75)


def test_what_may_belong_widens_the_share_to_both_sides() -> None:
    assert share(Interval(2, 2), Interval(1, 1), Interval(1, 1)) == Interval(0.5, 0.75)


def test_a_time_without_bound_in_the_rest_leaves_only_the_most() -> None:
    assert share(Interval(3, 3), Interval(0, 0), Interval(1, None)) == Interval(0.0, 0.75)


def test_a_time_without_bound_in_the_part_leaves_only_the_least() -> None:
    assert share(Interval(3, None), Interval(0, 0), Interval(1, 1)) == Interval(0.75, 1.0)


def test_a_whole_of_nothing_has_no_share() -> None:
    assert share(Interval(0, 0), Interval(0, 0), Interval(0, 0)) is None


def test_a_convolution_without_a_kernel_name_may_be_matrix_work(
    corpus_tables: Callable[[str], TableSet],
) -> None:
    """18 layers of this ResNet-50 ran FusedConvActConvolution, 6 CudnnConvolution; the log names no kernel of them."""
    tables = corpus_tables("trtexec-8.5.1-rtx3080-resnet50.log")
    nameless = tables.engine_layers.filter(
        pl.col("kernel").is_null(), pl.col("layer_type").str.ends_with("Convolution")
    )
    assert dict(nameless.group_by("layer_type").len().iter_rows()) == {
        "FusedConvActConvolution": 18,
        "CudnnConvolution": 6,
    }
    assert set(nameless.filter(pl.col("layer_type") == "FusedConvActConvolution")["family"]) == {"unknown"}

    told = engine_time(tables, 1)

    assert told.clock == "profile_median"
    assert told.gemm is not None
    assert told.gemm.high is not None
    width = nameless["time_ms"].sum() / tables.engine_layers["time_ms"].sum()
    assert told.gemm.high - told.gemm.low == pytest.approx(width)
