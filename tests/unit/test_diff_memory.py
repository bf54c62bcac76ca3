"""The memory of both engines, as the log prints it in total."""

from __future__ import annotations

from typing import Any

from findings.small_tables import layer, small

from tacticlens.diff.changes import diff
from tacticlens.views.diff_words import facts


def build(number: int, engine: int, profile: int = 0) -> dict[str, Any]:
    return {
        "build": number,
        "engine": engine,
        "profile": profile,
        "in_engine": True,
        "first_line": number * 10,
    }


def total(number: int, what: str, size: int, line: int, of_layer: str | None = None) -> dict[str, Any]:
    return {"build": number, "what": what, "layer": of_layer, "bytes": size, "line": line}


TABLES = small(
    builds=[build(1, 1), build(2, 1, 1), build(3, 2)],
    engine_layers=[
        layer(1, "conv", "implicit_gemm", engine=number, build=of, onnx_nodes=["conv"])
        for number, of in ((1, 1), (1, 2), (2, 3))
    ],
    memory=[
        total(1, "activation", 9_000, 11),  # before the engine is chosen
        total(2, "activation", 2_400_000, 21),
        total(2, "scratch", 77, 22, of_layer="conv"),
        total(2, "scratch", 512, 23),
        total(3, "activation", 1_200_000, 31),
    ],
)


def test_the_memory_of_an_engine_is_told_once_behind_its_last_profile() -> None:
    found = diff(TABLES, TABLES, old_build=1, new_build=3)

    assert (found.old.activation_bytes, found.new.activation_bytes) == (2_400_000, 1_200_000)
    assert (found.old.scratch_bytes, found.new.scratch_bytes) == (512, None)
    assert found.old.weights_bytes is None


def test_memory_that_no_log_tells_is_not_shown_and_half_known_memory_has_no_change() -> None:
    rows = {row.name: row for row in facts(diff(TABLES, TABLES, old_build=1, new_build=3))}

    assert "weights" not in rows
    assert (rows["scratch"].old, rows["scratch"].new, rows["scratch"].change) == ("512 B", "–", "")
    assert rows["activations"].change == "-50.0 %"
