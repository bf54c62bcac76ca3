"""A result that can be shown: what every command hands over, whatever the format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    import polars as pl

    from tacticlens.views.blocks import Block


Colors = Literal["16", "256", "all"]


@dataclass(frozen=True)
class Look:
    """Where a text is read.

    Attributes:
        width: columns for prose, and for tables unless they are whole.
        whole: tables are as wide as they need: a pipe, a file, or `--wide`.
        color: a terminal that shows colours.
        colors: how many it has: 16 (which its user chooses), 256, or all.
    """

    width: int = 100
    whole: bool = True
    color: bool = False
    colors: Colors = "16"


class Result(ABC):
    """What a command found, in three shapes: for people, as data, as rows. Formats are made of these.

    Attributes:
        kind: its name in the registry of renderers.
    """

    kind: ClassVar[str]

    @abstractmethod
    def blocks(self) -> Iterable[Block]:
        """Yield headings, lines and tables: what text, Markdown and HTML show."""

    @abstractmethod
    def document(self) -> Any:
        """Return plain lists and dicts: what JSON shows."""

    def rows(self) -> pl.DataFrame:
        """Return one row per thing found: what NDJSON, CSV and Parquet show; by default the document's objects."""
        document = self.document()
        return frame_of(document if isinstance(document, list) else [document])


def frame_of(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return rows of plain data as a frame; columns whose values have no common type become JSON text."""
    import json

    import polars as pl

    listed = [dict(row) for row in rows]
    for row in listed:
        for key, value in row.items():
            if isinstance(value, dict) or (
                isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value)
            ):
                row[key] = json.dumps(value, ensure_ascii=False, default=str)
    return pl.DataFrame(listed, infer_schema_length=None)
