"""Numbers as people read them."""

from __future__ import annotations

import pytest

from tacticlens.words import milliseconds


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 ms"),
        (0.00615, "0.00615 ms"),
        (0.0001, "0.0001 ms"),
        (0.00001, "10 ns"),
        (0.0000149, "14.9 ns"),
        (-0.0000469, "-46.9 ns"),
        (1e-8, "0.01 ns"),
        (1e-12, "<0.01 ns"),
        (12.34, "12.3 ms"),
        (1234.5, "1,234 ms"),
    ],
)
def test_a_duration_has_no_power_of_ten(value: float | None, text: str) -> None:
    assert milliseconds(value) == text
