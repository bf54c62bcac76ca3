"""Bounds of the Tensor Core share: what is proven, and what the log leaves open."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView


def under(share: float, goal: float) -> bool:
    """Tell whether a share is less than the goal; sums of times have rounding errors."""
    return share < goal - 1e-9


def most(context: Context, engine: EngineView) -> float | None:
    """Return the largest share of Tensor Cores that the log allows: proven plus unknown."""
    shares = engine.shares
    if shares.tensor_core is None or shares.tensor_core_unknown is None:
        return None
    if context.gpu_has_tensor_cores is False:
        return shares.tensor_core
    return min(1.0, shares.tensor_core + shares.tensor_core_unknown)
