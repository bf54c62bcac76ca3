"""Rich renderables -> text. The only place that knows about width and colour."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from tacticlens.views.words import is_plain, plain


def render(parts: Iterable[RenderableType], *, width: int = 110, color: bool = False) -> str:
    """Return the parts as text, with terminal colours only if asked."""
    buffer = io.StringIO()
    console = _Visible(
        file=buffer, width=width, force_terminal=color, color_system="standard" if color else None, highlight=False,
        markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for part in parts:
        console.print(part)
    return "\n".join(line.rstrip() for line in buffer.getvalue().removesuffix("\n").split("\n")) + "\n"


class _Visible(Console):
    """A console that renders nothing for the terminal to obey but its own styles, whatever a view forgot."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        return map(_seen, super().render(renderable, options))


def _seen(segment: Segment) -> Segment:
    if is_plain(segment.text) or segment.control:
        return segment
    return segment._replace(text="\n".join(map(plain, segment.text.split("\n"))))


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """Return an empty table without lines; the named columns are aligned to the right."""
    numbers = set(right)
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for name in columns:
        grid.add_column(
            name, justify="right" if name in numbers else "left", no_wrap=True, overflow="ellipsis"
        )
    return grid


def heading(text: str) -> Text:
    """Return a heading line."""
    return Text(text, style="bold")
