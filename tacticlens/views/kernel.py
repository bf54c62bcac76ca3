"""A decoded kernel name in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from tacticlens.kernels import KernelName
from tacticlens.views.blocks import Block, Gap, Heading, Style, facts, line
from tacticlens.views.result import Result, frame_of
from tacticlens.words import plain

if TYPE_CHECKING:
    import polars as pl

_CORES: dict[str, tuple[str, Style]] = {
    "yes": ("yes", "good"), "no": ("no", "warn"), "unknown": ("not known", ""),
}  # fmt: skip


class KernelResult(Result):
    """Decoded kernel names."""

    kind: ClassVar[str] = "kernel"

    def __init__(self, names: Sequence[KernelName]) -> None:
        self._names = names

    def blocks(self) -> Iterator[Block]:
        """Yield what the names say, one block per name."""
        for number, name in enumerate(self._names):
            if number:
                yield Gap()
            yield from _block(name)

    def document(self) -> list[dict[str, Any]]:
        """Return the decoded fields, in the order of the names."""
        return [asdict(name) for name in self._names]

    def rows(self) -> pl.DataFrame:
        """Return one row per name."""
        return frame_of(self.document())


def _block(name: KernelName) -> Iterator[Block]:
    yield Heading(plain(name.name))
    word, style = _CORES[name.tensor_core]
    yield line("Tensor Cores: ", (word, style), f" ({plain(name.evidence)})" if name.evidence else "")
    grid = facts()
    grid.add("family", name.family + (" (matrix products)" if name.gemm else ""))
    decoded = {
        "library": name.library, "compiled for": name.arch, "operation": name.operation, "algorithm": name.algorithm,
        "types": _types(name), "layout": name.layout, "tile": name.tile, "matrix instruction": name.mma_shape,
        "stages": name.stages, "warps": name.warps, "cluster": name.cluster, "alignment": name.alignment,
        "filter special case": name.filter_size, "split-K": "yes" if name.split_k else None,
        "fused": ", ".join(name.fused) or None, "not understood": ", ".join(name.unknown_tokens) or None,
    }  # fmt: skip
    for key, value in decoded.items():
        if value is not None:
            grid.add(key, plain(str(value)))
    yield grid


def _types(name: KernelName) -> str | None:
    parts = []
    if name.input_types:
        parts.append(f"in {', '.join(name.input_types)}")
    if name.accumulator_type:
        parts.append(f"accumulates in {name.accumulator_type}")
    if name.output_type:
        parts.append(f"out {name.output_type}")
    return ", ".join(parts) or None
