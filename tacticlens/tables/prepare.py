"""Parse the distinct texts of a long log in its helper processes, before its tables are made.

A log of millions of lines has some thousands of kernels, formats and engine layers. Parsing them takes longer
than making the rows. The helpers have time for it: they wait for the main process, which assembles the events
in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tacticlens.assemble.columns import Columns
from tacticlens.assemble.engine import PrintedList
from tacticlens.assemble.state import KeptRows
from tacticlens.grammar.engine_layer import parse_detail, parse_tensors
from tacticlens.grammar.layer_name import onnx_nodes, without_profile
from tacticlens.grammar.memo import Remembered
from tacticlens.grammar.tensor_format import parse_formats
from tacticlens.kernels import decode

if TYPE_CHECKING:
    from tacticlens.events.helpers import Helpers

_EVERY = 16
"""New texts are handed out once per so many blocks."""


class TextPrefetcher:
    """Hands the texts of the long columns to the helpers while they read, and memoizes the results.

    Args:
        rows: the rows of the log, as they come.
        engines: the printed lists of engine layers, as they come.
    """

    def __init__(self, rows: KeptRows, engines: Sequence[PrintedList]) -> None:
        self._rows = rows
        self._engines = engines
        self._blocks = 0
        self._asked: dict[Remembered[Any], set[str]] = {}
        self._looked_at: dict[str, int] = {}
        self._under_way: list[tuple[Remembered[Any], Sequence[str], Callable[[], list[Any]]]] = []

    def __call__(self, helpers: Helpers, *, last: bool) -> None:
        """Hand out new texts every few blocks; after the last block collect the results."""
        self._blocks += 1
        if last or self._blocks % _EVERY == 0:
            self._ask(helpers)
        if last:
            self._learn()
            details = [parse_detail(text) for text in self._asked[parse_detail]]
            kernels = [found.kernel for found in details if found is not None and found.kernel]
            self._have_parsed(helpers, decode, kernels)
            self._learn()

    def _learn(self) -> None:
        for function, texts, answers in self._under_way:
            function.learn(texts, answers())
        self._under_way.clear()

    def _ask(self, helpers: Helpers) -> None:
        rows = self._rows
        printed = [layer for listed in self._engines for layer in listed.layers]
        new = printed[self._since("printed", len(printed)) :]
        work: list[tuple[Remembered[Any], list[str]]] = [
            (decode, self._new("tactics", rows.tactics, "kernel")),
            (decode, self._new("op_tactics", rows.op_tactics, "kernel")),
            (parse_formats, self._new("combinations", rows.combinations, "formats")),
            (parse_tensors, [layer.tensors for layer in new if layer.tensors is not None]),
            (parse_detail, [layer.detail for layer in new if layer.detail is not None]),
            (onnx_nodes, self._new("layers", rows.layers, "name")),
            (onnx_nodes, [without_profile(layer.name) for layer in new]),
        ]
        for function, texts in work:
            self._have_parsed(helpers, function, texts)

    def _have_parsed(self, helpers: Helpers, function: Remembered[Any], texts: list[str]) -> None:
        asked = self._asked.setdefault(function, set())
        missing = [text for text in function.missing(texts) if text not in asked]
        asked.update(missing)
        for portion, answers in helpers.answer(function, missing):
            self._under_way.append((function, portion, answers))

    def _new(self, name: str, filled: Columns, column: str) -> list[str]:
        """Return the distinct texts of the rows added since the last call."""
        numbers = set(filled.values(column, self._since(name, len(filled))))
        texts = self._rows.texts
        return [texts.text(number) for number in sorted(numbers) if number >= 0]

    def _since(self, name: str, now: int) -> int:
        before = self._looked_at.get(name, 0)
        self._looked_at[name] = now
        return before
