"""The goal that engines are held against where no other is given."""

from __future__ import annotations

from typing import Final

GOAL: Final = 0.9
"""The share of an engine's time that should run on Tensor Cores, 0 to 1."""
