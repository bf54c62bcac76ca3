"""The file of pins: which key of an editable timing cache should have which tactic."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from tacticlens.errors.pinning import key_twice, no_pins_file
from tacticlens.records import Line, Record, TacticId

CacheKey = Annotated[str, Field(pattern="^0x[0-9a-f]{32}$")]
"""A key of an editable timing cache, 16 bytes, as the log prints it."""
Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Pin(Record):
    """One operation and the tactic that it should have."""

    key: CacheKey
    """Key of the operation in the timing cache."""
    tactic_hash: TacticId
    """The tactic, as 0x%016x."""
    op: str | None
    """Operation, as the log names it."""
    layer: str | None
    """Layer in which it was tuned."""
    onnx_nodes: list[str] | None
    kernel: str | None
    """Kernel of the tactic; several tactics may have one kernel."""
    time_ms: Milliseconds | None
    """What the tactic took, in milliseconds; null = not printed."""
    build: int | None
    """Build of the log in which it was tuned."""
    line: Line
    """Line of the log, 1-based."""


class Pins(Record):
    """The pins of one log."""

    schema_version: Literal[1]
    source: str
    """File name of the log."""
    tensorrt_version: str | None
    gpu: str | None
    pins: list[Pin]


def read_pins(text: str | bytes, source: str) -> Pins:
    """Return the pins that a JSON text holds.

    Args:
        text: the text.
        source: where it is from, for messages.

    Raises:
        UsageError: no such JSON, another version, or one key twice.
    """
    try:
        pins = Pins.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise no_pins_file(source, ".".join(map(str, first["loc"])), first["msg"]) from None
    seen: set[str] = set()
    for pin in pins.pins:
        if pin.key in seen:
            raise key_twice(source, pin.key)
        seen.add(pin.key)
    return pins
