"""The logs of the demo are those that the composer makes, and look like a real build."""

from __future__ import annotations

from pathlib import Path

import pytest
from compose.resnet import Precision, log

from tacticlens.log import read_log

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize("precision", ["fp32", "fp16", "fp16-again"])
def test_the_stored_log_is_what_the_composer_writes(precision: Precision) -> None:
    assert (EXAMPLES / "resnet50" / f"{precision}.log").read_text(encoding="utf-8") == log(precision)


@pytest.mark.parametrize(("precision", "layers"), [("fp32", 57), ("fp16", 58), ("fp16-again", 58)])
def test_every_line_is_read_and_every_layer_has_a_time(precision: Precision, layers: int) -> None:
    tables = read_log(EXAMPLES / "resnet50" / f"{precision}.log", processes=0).tables

    assert tables.ledger.filter(outcome="unread").is_empty()
    assert len(tables.engine_layers) == layers
    assert tables.engine_layers["time_ms"].null_count() == 0
    assert tables.engine_layers["time_ms"].min() > 0.001  # type: ignore[operator]
