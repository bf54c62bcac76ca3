"""Where the layers of a comparison stand in the page's logs."""

from __future__ import annotations

from collections.abc import Sequence

from tacticlens.diff.model import BuildSummary, Layer
from tacticlens.report import contract
from tacticlens.report.fact_sources import FactSources
from tacticlens.report.log_page import LogPage
from tacticlens.tables.table_set import TableSet
from tacticlens.words import plain


class Finder:
    """Finds the layers of one side of a comparison in the page of its log.

    Args:
        log: place of the log in the page.
        page: the page of the log.
        tables: its tables.
        side: the engine and build that were compared.
    """

    def __init__(self, log: int, page: LogPage, tables: TableSet, side: BuildSummary) -> None:
        self._log = log
        engines = page.log.engines
        fits = [
            place for place, one in enumerate(engines) if (one.engine, one.build) == (side.engine, side.build)
        ]
        fits += [
            place
            for place, one in enumerate(engines)
            if side.engine is not None and one.engine == side.engine
        ]
        fits += [place for place, one in enumerate(engines) if one.build == side.build]
        self.engine = fits[0] if fits else -1
        self.facts = FactSources(log, self.engine, page, tables, side)
        self._positions: dict[tuple[int, str], int] = {}
        self._names: dict[str, int] = {}
        if not fits:
            return
        layers = engines[self.engine].layers
        for row, (position, code) in enumerate(zip(layers.position, layers.name.codes, strict=True)):
            name = layers.name.texts[code]
            self._names.setdefault(name, row)
            self._positions[position or 0, name] = row

    def layers(self, of: Sequence[Layer]) -> list[contract.Layer]:
        """Return where layers stand; -1 where a layer is not in the page."""
        return [
            contract.Layer(
                log=self._log, engine=self.engine, row=self._row(one), name=plain(one.name), line=one.line
            )
            for one in of
        ]

    def _row(self, layer: Layer) -> int:
        name = plain(layer.name)
        return self._positions.get((layer.position, name), self._names.get(name, -1))
