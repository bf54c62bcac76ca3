"""What candidates of one build are called in another, where its layers have other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from tacticlens.diff.model import Layer, Match


def same_work(matches: Sequence[Match]) -> list[tuple[Layer, Layer]]:
    """Return the pairs of layers that do the same work: what was measured for them can be compared."""
    return [
        (match.old[0], match.new[0])
        for match in matches
        if len(match.old) == len(match.new) == 1 and _can_be_one(match.old[0], match.new[0])
    ]


def _can_be_one(old: Layer, new: Layer) -> bool:
    """Tell whether two layers that belong together can be the same one: a fusion with other nodes does other work."""
    shaped = None not in {old.shape, new.shape}
    return len(old.nodes) == len(new.nodes) and (not shaped or old.shape == new.shape)


def renames(matches: Sequence[Match], frames: tuple[pl.DataFrame, pl.DataFrame]) -> dict[str, str]:
    """Return what the new side's candidates are called on the old side, for layers whose names are not the same."""
    pairs = same_work(matches)
    there = set(frames[0]["name"].to_list()), set(frames[1]["name"].to_list())
    partners: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
    for old, new in pairs:
        partners[0].setdefault(old.measured_as, set()).add(new.measured_as)
        partners[1].setdefault(new.measured_as, set()).add(old.measured_as)
    # twins share measurements, and a name may be there for another layer: only what is one to one can be renamed
    return {
        new.measured_as: old.measured_as
        for old, new in pairs
        if old.measured_as not in there[1] and new.measured_as not in there[0]
        if len(partners[0][old.measured_as]) == len(partners[1][new.measured_as]) == 1
    }


def renamed(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return a frame of measurements with the names of the other side."""
    return frame.with_columns(pl.col("name").replace(names)) if names else frame
