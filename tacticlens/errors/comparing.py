"""Two builds cannot be compared, or a baseline says nothing about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tacticlens.errors import refusal
from tacticlens.words import count, percent

Unlike = Literal[
    "copy", "itself", "other_network", "other_version", "other_gpu", "few_in_common", "other_shapes"
]
"""Why a build is no repeat of the old one."""

Build = tuple[str | None, int | None]
"""A log, and the number of a build in it where there are several."""


@dataclass(frozen=True)
class NoRepeat:
    """Why a build is no repeat of the old build.

    Attributes:
        build: the build.
        why: the reason.
        other: the build that it was held against.
        side: for `itself`, which build it is: old or new.
        values: versions or GPUs of this build and of the other.
        common: measurements in common; the share of layers and formats in common where the reason is `other_shapes`.
        least: how many there must be.
    """

    build: Build
    why: Unlike
    other: Build
    side: Literal["old", "new"] = "old"
    values: tuple[str, str] = ("", "")
    common: float = 0
    least: int = 0


@refusal
def baseline_of_other_gpu(source: str | None, gpu: str, old_gpu: str) -> str:
    return (
        f"--baseline shows how noisy builds on {old_gpu} are, and {_log(source)} was built on {gpu}; leave it "
        "out, or compare builds of one machine"
    )


@refusal
def baseline_without_engine(side: str) -> str:
    return (
        f"the engine of the {side} build is not in its log, and repeats teach the noise of engines only; leave "
        "--baseline out"
    )


@refusal
def no_repeat(reason: NoRepeat) -> str:
    return (
        f"--baseline {_build(reason.build)} {_why(reason)}; give builds of the old network on the old machine with "
        "nothing changed"
    )


def _why(reason: NoRepeat) -> str:
    other, (mine, theirs) = _build(reason.other), reason.values
    if reason.why == "copy":
        return f"has exactly the times of {other}: it is a copy of it, or used its timing cache"
    if reason.why == "itself":
        return f"is the {reason.side} build itself"
    if reason.why == "other_network":
        return f"is of another network than {other}"
    if reason.why == "few_in_common":
        return (
            f"has {count(int(reason.common), 'measurement')} in common with {other}, {reason.least} are needed (a "
            "timing cache hides them)"
        )
    if reason.why == "other_shapes":
        share = percent(reason.common)
        return f"measured only {share} of the layers and formats of {other}: another network, or other shapes"
    what = "TensorRT" if reason.why == "other_version" else "GPU"
    return f"is of {what} {mine} and {other} of {theirs}, so differences are not noise"


@refusal
def other_network(old: str | None, new: str | None) -> str:
    return (
        f"no layer of {_log(old)} is in {_log(new)}, by name or ONNX node: these are logs of different networks; "
        "choose other builds with LOG:N"
    )


@refusal
def too_few_logs(logs: int, builds: int) -> str:
    return f"{count(logs, 'log')} and {count(builds, 'build')}: a matrix needs at least two logs, and one build of each"


@refusal
def no_condition(text: str, forms: Sequence[str]) -> str:
    return f"--fail-on {text!r} is not a condition; the conditions are {', '.join(forms)}"


@refusal
def condition_needs_engine(condition: str, source: str | None) -> str:
    return (
        f"--fail-on {condition} cannot be judged: it is about the engine, whose layers are not in {_log(source)}; "
        "build with --verbose and keep the whole log"
    )


@refusal
def condition_needs_times(condition: str) -> str:
    return (
        f"--fail-on {condition} cannot be judged: the logs have no times that can be compared; measure both with "
        "trtexec (without --skipInference or --buildOnly) or with --dumpProfile"
    )


def _build(build: Build) -> str:
    source, number = build
    return _log(source) if number is None else f"{_log(source)} build {number}"


def _log(source: str | None) -> str:
    return source or "the log"
