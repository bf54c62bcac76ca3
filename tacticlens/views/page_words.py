"""Sentences of the explorer page that no other view has."""

from __future__ import annotations

from tacticlens.analysis.engine_view import EngineView
from tacticlens.words import count, plain

_CLOCKS = {
    "profile": "{statistic} of a measured profile",
    "nsys": "kernels seen by a profiler",
    "framework": "PyTorch's own kernels for the same nodes, not the engine's",
    "tactic": "tactics, each measured alone",
    "mixed": "{statistic} of a measured profile, else tactics measured alone",
    "none": "no times in the log",
}


PHASES = {
    "graph": "graph construction",
    "selection": "timing of candidates",
    "subgraph": "fused regions",
    "generation": "rest of the engine's generation",
}
"""What the phases of a build are called."""


def engine_label(view: EngineView, engines: int, profile: int | None) -> str:
    """Name an engine in a list of the engines of a log."""
    name = (
        "engine" if engines < 2 else f"engine {view.number}" if view.number is not None else "engine, loaded"
    )
    return f"{name}, profile {profile if profile is not None else '–'}" if view.build is not None else name


def clock(view: EngineView) -> str:
    """Say what the times are."""
    return _CLOCKS[view.shares.time_source].format(statistic=view.statistic)


def winners_label(build: int, *, taken: bool | None) -> str:
    """Name a build without engine layers in a list of the engines of a log."""
    return f"build {build}, {'not taken' if taken is False else 'no engine printed'}"


def winners_headline(layers: int, build: int, *, taken: bool | None) -> str:
    """Say what a build without engine layers shows."""
    if taken is False:
        return f"Build {build} was not taken: {count(layers, 'layer')} timed, each shown with its fastest winner."
    return (
        f"Build {build}: {count(layers, 'layer')} timed. The log prints no engine layers for it; shown is the "
        "fastest winner of each layer, which need not be the engine's choice."
    )


def text_missing(source: str) -> str:
    """Say which lines of a long log are in the page."""
    return f"To keep the page small, it has only the lines that it refers to; all are in {plain(source)}"


def engines_missing(number: int) -> str:
    """Say that engines are left out."""
    left_out = count(number, "earlier engine")
    return f"{left_out} of this log are left out to keep the page small: tacticlens parse LOG --table engine_layers"


def builds_missing(number: int) -> str:
    """Say that builds without an engine are left out."""
    left_out = count(number, "build")
    return f"{left_out} without an engine are left out to keep the page small: tacticlens parse LOG --table layers"


def details_missing(layers: int) -> str:
    """Say that layers are without details."""
    return f"{count(layers, 'layer')} without details, to keep the page small: tacticlens explain LOG LAYER"
