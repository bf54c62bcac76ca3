"""An ONNX model cannot be read, or is not the one that is meant."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tacticlens.errors import refusal


@refusal
def no_model_file(path: Path) -> str:
    return f"{path}: no such file; name the ONNX model that the engine was built from"


@refusal
def unreadable_model(path: Path, why: str) -> str:
    return f"{path}: cannot be read as an ONNX model ({why}); export it again"


@refusal
def no_nodes(path: Path) -> str:
    return f"{path}: is not an ONNX model, or has no node; name the model that the engine was built from"


@refusal
def too_many_nodes(most: int) -> str:
    return f"the model has more than {most:,} nodes; too many to show"


@refusal
def no_such_input(name: str, inputs: Sequence[str]) -> str:
    return f"--shapes: the model has no input {name}; its inputs are {', '.join(inputs)}"


@refusal
def other_rank(name: str, dims: int, given: int) -> str:
    return f"--shapes: {name} has {dims} dimensions, not {given}"
