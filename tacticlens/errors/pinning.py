"""Pins cannot be read, made, applied or verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tacticlens.errors import refusal
from tacticlens.words import listed, milliseconds

Lack = Literal["combination", "winner", "runner_id", "tactic", "formats", "data_type", "strides"]
"""What a log does not say of a layer, and a tactic replay needs."""

_NAMED = 6
_MAKE = "'tacticlens pin LOG -o pins.json' writes"
_GET_KEYS = (
    "keys of operations are in verbose logs of builds that set BuilderFlag.EDITABLE_TIMING_CACHE (TensorRT 10.8 "
    "and later, from Python or C++); trtexec has no option for it"
)
_LACKS: dict[Lack, str] = {
    "combination": "which format combination it got",
    "winner": "what won its format combination",
    "runner_id": "the id of the implementation, which logs of TensorRT 8.6 and later print",
    "tactic": "its tactic",
    "formats": "the formats of its tensors",
    "data_type": "a data type of tensorrt.DataType",
    "strides": "strides in numbers (they depend on the input's shape)",
}


def lack(what: Lack, value: str | None = None) -> str:
    """Say what a log does not say of a layer; `value`: the data type that TensorRT's Python package does not have."""
    return _LACKS[what] + (f" ({value})" if value else "")


@refusal
def no_pins_file(source: str, place: str, why: str) -> str:
    return (
        f"{source}: not a file of pins, {place or 'the document'}: {why}; {_MAKE} pins, 'tacticlens schema pins' "
        "describes them"
    )


@refusal
def key_twice(source: str, key: str) -> str:
    return f"{source}: key {key} is pinned twice; a timing cache has one tactic per key: keep one"


@refusal
def no_pins(source: str, purpose: Literal["apply", "verify"]) -> str:
    return f"{source}: there are no pins to {purpose}; {_MAKE} them"


@refusal
def cache_without_entries(source: str, version: str) -> str:
    return (
        f"{source}: TensorRT {version} finds no entry to edit in it; it must be a timing cache of this version and "
        "GPU, written by a build with BuilderFlag.EDITABLE_TIMING_CACHE"
    )


@refusal
def no_tactic_hash(text: str) -> str:
    return f"--tactic {text!r} is not a tactic hash; the log prints them as 0x and hexadecimal digits"


@refusal
def not_evaluated(tactic: str, op: str | None, line: int, timed: Sequence[tuple[str, float]]) -> str:
    """Refuse a tactic without a time for an operation; `timed`: hashes and times in ms of those that have one."""
    shown = listed([f"{other} ({milliseconds(time)})" for other, time in timed], _NAMED) or "none"
    return (
        f"--tactic {tactic} was not evaluated for {op!r} (line {line}); evaluated were {shown}; --layer RE narrows "
        "what is pinned"
    )


@refusal
def no_keys_in_build(source: str, build: int, others: Sequence[int]) -> str:
    return f"{source}: build {build} tuned no operation with a key; builds with keys: {', '.join(map(str, others))}"


@refusal
def no_editable_cache(source: str, version: str) -> str:
    return (
        f"{source}: TensorRT {version} has no editable timing cache, 10.8 and later have; --polygraphy makes a "
        "tactic replay file of logs of 8.6 and later"
    )


@refusal
def keys_of_layers_only(source: str, layers: int) -> str:
    return (
        f"{source}: the log has keys of {layers} layers and none of operations; only tables of operations say "
        "which hash belongs to a key, and networks without fused matrix products have none"
    )


@refusal
def no_keys(source: str, tables: int) -> str:
    """Refuse a log without keys; `tables`: the tables of evaluated tactics in it."""
    seen = f"its {tables} tables of evaluated tactics have none; " if tables else ""
    return f"{source}: no key of an editable timing cache in this log; {seen}{_GET_KEYS}"


@refusal
def no_times(source: str) -> str:
    return f"{source}: no operation with a key has a tactic with a time"


@refusal
def nothing_matches(source: str, pattern: str, ops: Sequence[str]) -> str:
    names = listed([repr(op) for op in ops], _NAMED)
    return f"{source}: no operation with a key matches --layer {pattern!r}; operations with keys are {names}"


@refusal
def nothing_to_verify(source: str) -> str:
    return (
        f"{source}: no key of an editable timing cache in this log, and no kernel of its engine that a pin names; "
        f"{_GET_KEYS}. A build that takes its tactics from the cache prints no keys: set "
        "ProfilingVerbosity.DETAILED so that the engine's kernels are in the log"
    )


@refusal
def no_algorithm_selector(source: str, version: str) -> str:
    return (
        f"{source}: TensorRT {version} has no IAlgorithmSelector, so Polygraphy cannot replay tactics; pin them "
        "in an editable timing cache (-o pins.json)"
    )


@refusal
def nothing_timed(source: str) -> str:
    return (
        f"{source}: nothing was chosen by timing in this log, so there is nothing to replay; TensorRT-RTX, which "
        "never times, has no IAlgorithmSelector either"
    )


@refusal
def choices_not_printed(source: str) -> str:
    return (
        f"{source}: no replay file: the log prints layers of an engine and not how they were chosen; a verbose "
        "log of the whole build has both"
    )


@refusal
def engine_not_printed(source: str) -> str:
    return (
        f"{source}: no replay file: the layers of the engine are not in this log, so what each of them got is not "
        "known; a verbose log that goes to the end of the build has them"
    )


@refusal
def replay_lacks(source: str, layers: int, reasons: Sequence[tuple[Lack, str | None, int]]) -> str:
    """Refuse a replay file to which no layer can be added; `reasons`: what is lacking, its value, number of layers."""
    shown = "; ".join(f"{lack(what, value)} ({number})" for what, value, number in reasons)
    return f"{source}: no replay file: of {layers} layers this log lacks {shown}"
