"""The kernels that an engine prints in place of a fused region.

The detailed form of an engine opens a region: ``MatrixMultiplication1_myl7_1``, ``__myl_Topk_myl7_4``. The number
behind ``myl`` is the region's, the one behind it that of the kernel; what stands before it repeats the operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from tacticlens.tables.table_set import TableSet

_KERNEL = re.compile(r"(.*)_(myl\d+)_\d+")


@dataclass(frozen=True)
class RegionKernel:
    """One kernel of a region; the fields are columns of `engine_layers`."""

    position: int
    name: str
    layer_type: str | None
    kernel: str | None
    time_ms: float | None
    family: str
    tensor_core: str
    line: int


def opened_region(tables: TableSet, build: int | None, ops: Iterable[str | None]) -> tuple[RegionKernel, ...]:
    """Return the kernels that the engine prints for a region, in its order; none if several regions are mixed.

    Args:
        tables: the tables.
        build: the build that the region was costed in.
        ops: names of the region's operations, as its tables of op tactics print them.
    """
    layers = tables["engine_layers"].filter(pl.col("build").eq_missing(build))
    regions: dict[str, list[RegionKernel]] = {}
    named: set[str] = set()
    wanted = {op for op in ops if op}
    for row in layers.select(list(RegionKernel.__dataclass_fields__)).iter_rows(named=True):
        found = _KERNEL.fullmatch(row["name"] or "")
        if found:
            regions.setdefault(found[2], []).append(RegionKernel(**row))
            if found[1] in wanted:
                named.add(found[2])
    # an operation's name names the region; without one, an engine with a single region leaves no doubt
    chosen = named or set(regions)
    return tuple(regions[chosen.pop()]) if len(chosen) == 1 else ()
