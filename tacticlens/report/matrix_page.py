"""Several builds side by side -> what a matrix page holds beside the pages of their logs."""

from __future__ import annotations

from collections.abc import Sequence

from tacticlens.diff.matrix_model import Matrix, Row
from tacticlens.report import contract
from tacticlens.report.places import Finder
from tacticlens.views import matrix_words as words
from tacticlens.words import count, plain


def matrix_page(found: Matrix, finders: Sequence[Finder]) -> contract.Matrix:
    """Return what a matrix page shows.

    Args:
        found: the builds side by side.
        finders: find the layers of each build in the page.
    """
    names, rows = words.head(found)
    differing = (
        f"{count(found.differing, 'row differs', 'rows differ')} of {len(found.rows)}"
        if found.differing
        else f"No row of {len(found.rows)} differs"
    )
    return contract.Matrix(
        headline=f"{differing} between {len(found.columns)} builds.",
        names=[row[names.index("source")] for row in rows],
        facts=contract.Grid(
            titles=names,
            right=[name in words.RIGHT for name in names],
            rows=rows,
            lines=[None] * len(rows),
            places=[
                [finder.facts.of(name, value) for name, value in zip(names, row, strict=True)]
                for row, finder in zip(rows, finders, strict=True)
            ],
            left_out=0,
        ),
        notes=list(words.notes(found)),
        legend=words.PAGE_LEGEND,
        rows=[_row(row, finders) for row in found.rows],
    )


def _row(row: Row, finders: Sequence[Finder]) -> contract.MatrixRow:
    return contract.MatrixRow(
        title=words.title(row),
        family=row.reference[0].family,
        differs=row.differs,
        spread=words.spread(row),
        spread_ms=row.spread_ms,
        kernels=[[one.letter, plain(one.name), one.family] for one in words.kernels(row)],
        cells=[
            contract.Cell(
                time_ms=cell.time_ms,
                delta_ms=cell.delta_ms,
                text=text.text,
                more=list(text.more),
                changed=cell.change is not None,
                layers=finder.layers(cell.layers),
            )
            for cell, text, finder in zip(row.cells, words.cells(row), finders, strict=True)
        ],
    )
