"""Where the seconds of the builds went, with all sums that the page shows."""

from __future__ import annotations

from tacticlens.report import contract
from tacticlens.report.packing import steps, texts
from tacticlens.tables.table_set import TableSet
from tacticlens.views.page_words import PHASES

_Key = tuple[int | str | None, ...]


def build_times(tables: TableSet) -> contract.BuildTimes:
    """Return the rows of the build times, and their sums by build, phase and layer."""
    rows = tables.build_times
    total = float(rows["seconds"].sum())
    # key -> row; a sum stands before those that it is made of
    places: dict[_Key, int] = {(): 0}
    names, phases, sums = ["all builds"], [""], [0.0]
    parents: list[int | None] = [None]
    slabs: list[int] = []
    for build, phase, layer, value in rows.select("build", "phase", "layer", "seconds").iter_rows():
        path = [
            (f"build {build if build is not None else '–'}", ""),
            (PHASES.get(phase, phase), phase),
            *([(layer, phase)] if layer else []),
        ]
        key: _Key = ()
        at = 0
        sums[0] += value or 0.0
        for name, of in path:
            key = (*key, name)
            if key not in places:
                places[key] = len(names)
                names.append(name)
                phases.append(of)
                parents.append(at)
                sums.append(0.0)
            at = places[key]
            sums[at] += value or 0.0
        slabs.append(at)
    return contract.BuildTimes(
        build=rows["build"].to_list(),
        phase=texts(rows["phase"]),
        layer=texts(rows["layer"]),
        runner=texts(rows["runner"]),
        part=texts(
            runner or ("runner not printed" if layer else "not itemised in the log")
            for runner, layer in rows.select("runner", "layer").iter_rows()
        ),
        seconds=rows["seconds"].to_list(),
        share=[value / total if value is not None and total else None for value in rows["seconds"]],
        slab=slabs,
        line=steps(rows["line"]),
        phases=PHASES,
        slabs=contract.Slabs(
            name=texts(names), phase=texts(phases), parent=parents, seconds=sums,
            share=[value / total if total else None for value in sums],
        ),
    )  # fmt: skip
