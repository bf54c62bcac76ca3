"""A decoded kernel name in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from tacticlens.kernels import KernelName
from tacticlens.views.blocks import Block, Gap, Heading, Style, facts, line
from tacticlens.views.kernel_pieces import kernel_facts
from tacticlens.views.result import Result
from tacticlens.words import plain

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


def _block(name: KernelName) -> Iterator[Block]:
    yield Heading(plain(name.name))
    word, style = _CORES[name.tensor_core]
    yield line("Tensor Cores: ", (word, style), f" ({plain(name.evidence)})" if name.evidence else "")
    grid = facts()
    for label, value in kernel_facts(name):
        if label != "Tensor Cores":  # they have a line of their own
            grid.add(label, value)
    yield grid
