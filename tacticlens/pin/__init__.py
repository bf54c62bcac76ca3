"""Pins: keep the tactics of one build in the next, and tell whether they were kept.

`plan` reads them from a log, `apply` edits a timing cache with them, `verify` holds a later log to them;
`replay` makes a Polygraphy tactic replay file. All are functions of tables and values; none opens a file.

>>> from tacticlens.pin import plan, verify
>>> pins = plan(old_log).pins  # doctest: +SKIP
>>> verify(pins, new_log).ok  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacticlens.pin.application import apply
    from tacticlens.pin.model import Pin, Pins, read_pins
    from tacticlens.pin.planning import plan
    from tacticlens.pin.tactic_replay import replay
    from tacticlens.pin.verification import verify

__all__ = ["Pin", "Pins", "apply", "plan", "read_pins", "replay", "verify"]

_HOMES = {
    "Pin": "model",
    "Pins": "model",
    "read_pins": "model",
    "plan": "planning",
    "verify": "verification",
    "apply": "application",
    "replay": "tactic_replay",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
