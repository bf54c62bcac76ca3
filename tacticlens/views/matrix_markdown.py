"""A matrix of builds as Markdown; names are in code spans."""

from __future__ import annotations

from tacticlens.diff.matrix import Matrix
from tacticlens.views import matrix_words as words
from tacticlens.views.markdown import inline, table_row
from tacticlens.views.words import count


def matrix_markdown(found: Matrix, *, top: int | None = None) -> str:
    """Return the matrix as Markdown with its first rows; None = the first that differ."""
    shown = min(len(found.rows), top) if top is not None else min(found.differing, words.TOP)
    names, facts = words.head(found)
    parts = [f"## {count(len(found.columns), 'build')} side by side", "", table_row(*names)]
    parts.append("|".join(["", *("---:" if name in words.RIGHT else "---" for name in names), ""]))
    parts += [table_row(*row) for row in facts]
    parts.append("")
    parts += [f"- {inline(note)}" for note in words.notes(found)]
    differ = count(found.differing, "row differs", "rows differ")
    title = f"{differ} of {len(found.rows)}" if found.differing else "No row differs"
    parts += ["", f"### {title}", ""]
    if shown:
        parts += [inline(words.LEGEND), ""]
        parts.append(table_row("", "layer", "apart", *(str(log) for log in range(1, len(found.columns) + 1))))
        parts.append("|".join(["", "---:", "---", "---", *["---"] * len(found.columns), ""]))
        for number, row in enumerate(found.rows[:shown], 1):
            parts.append(
                table_row(
                    str(number),
                    words.title(row),
                    words.spread(row),
                    *(" ".join([cell.text, *cell.more]) for cell in words.cells(row)),
                )
            )
        parts.append("")
        parts += [
            f"- {number}: "
            + "; ".join(f"{one.letter} {inline(f'{one.name} [{one.family}]')}" for one in words.kernels(row))
            for number, row in enumerate(found.rows[:shown], 1)
        ]
    rest = words.rest(found, shown)
    parts += ["", inline(rest)] if rest is not None else []
    return "\n".join([*parts, ""])
