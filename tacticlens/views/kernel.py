"""A decoded kernel name in words."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from tacticlens.kernels import KernelName
from tacticlens.views.text import heading, render, table
from tacticlens.views.words import plain


def kernel_text(names: list[KernelName], *, width: int = 110, color: bool = False) -> str:
    """Return what the names say, one block per name."""
    parts: list[RenderableType] = []
    for name in names:
        if parts:
            parts.append(Text())
        parts += _block(name)
    return render(parts, width=width, color=color)


def _block(name: KernelName) -> list[RenderableType]:
    cores = {
        "yes": "runs on Tensor Cores",
        "no": "does not run on Tensor Cores",
        "unknown": "Tensor Cores: not known",
    }
    grid = table("", "")
    grid.show_header = False
    grid.add_row("family", name.family + (" (matrix products)" if name.gemm else ""))
    grid.add_row("Tensor Cores", f"{cores[name.tensor_core]} ({plain(name.evidence)})")
    facts = {
        "library": name.library, "compiled for": name.arch, "operation": name.operation, "algorithm": name.algorithm,
        "types": _types(name), "layout": name.layout, "tile": name.tile, "matrix instruction": name.mma_shape,
        "stages": name.stages, "warps": name.warps, "cluster": name.cluster, "alignment": name.alignment,
        "filter special case": name.filter_size, "split-K": "yes" if name.split_k else None,
        "fused": ", ".join(name.fused) or None, "not understood": ", ".join(name.unknown_tokens) or None,
    }  # fmt: skip
    for key, value in facts.items():
        if value is not None:
            grid.add_row(key, plain(str(value)))
    return [heading(plain(name.name)), grid]


def _types(name: KernelName) -> str | None:
    parts = []
    if name.input_types:
        parts.append(f"in {', '.join(name.input_types)}")
    if name.accumulator_type:
        parts.append(f"accumulates in {name.accumulator_type}")
    if name.output_type:
        parts.append(f"out {name.output_type}")
    return ", ".join(parts) or None
