"""How many candidates only one of two builds timed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import polars as pl

from tacticlens.diff.model import OnlyRunner


class Candidates:
    """How many candidates of a layer, or of a format combination, only one side timed.

    Args:
        old: frame of `noise.measured` of the old build.
        new: the same of the new build; its names are those of the old build where layers are aligned.
        by_formats: count each format combination of a layer for itself.
    """

    def __init__(self, old: pl.DataFrame, new: pl.DataFrame, *, by_formats: bool = False) -> None:
        keys = ["name", "formats", "runner"]
        self._of = ["name", "formats"] if by_formats else ["name"]
        # the same kernel may have another id in another version
        named = [frame.with_columns(pl.coalesce("kernel", "tactic").alias("_what")) for frame in (old, new)]
        known = old.select(self._of).unique().join(new.select(self._of).unique(), on=self._of, how="semi")
        self._known = set(known.iter_rows())
        self._only: list[dict[tuple[str, ...], int]] = [
            {
                row[:-1]: row[-1]
                for row in named[side]
                .unique([*keys, "_what"])
                .join(named[1 - side], on=[*keys, "_what"], how="anti")
                .group_by(self._of)
                .len()
                .iter_rows()
            }
            for side in (0, 1)
        ]

    def of(self, name: str, formats: str | None) -> tuple[int | None, int | None]:
        """Return (added, removed); None if a side timed none."""
        key = (name, formats or "")[: len(self._of)]
        if key not in self._known:
            return None, None
        return self._only[1].get(key, 0), self._only[0].get(key, 0)


def only_runners(old: pl.DataFrame, new: pl.DataFrame, names: Collection[str]) -> tuple[OnlyRunner, ...]:
    """Return the runners of which only one side timed candidates, for layers that both sides have."""
    counts = [
        dict(frame.filter(pl.col("name").is_in(names)).group_by("runner").len().iter_rows())
        for frame in (old, new)
    ]
    if not all(counts) or any(runner.isdigit() for count in counts for runner in count):
        return ()  # a side that timed nothing says nothing; TensorRT 5 and older print numbers for runners
    sides: tuple[Literal["old", "new"], ...] = ("old", "new")
    return tuple(
        OnlyRunner(runner, side, number)
        for at, side in enumerate(sides)
        for runner, number in sorted(counts[at].items())
        if runner and runner not in counts[1 - at]
    )
