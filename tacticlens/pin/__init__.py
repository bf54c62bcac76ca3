"""Pins: keep the tactics of one build in the next, and tell whether they were kept.

`plan` reads them from a log, `apply` edits a timing cache with them, `verify` holds a later log to them;
`replay` makes a Polygraphy tactic replay file. All are functions of tables and values; none opens a file.

>>> from tacticlens.pin import plan, verify
>>> pins = plan(old_log).pins  # doctest: +SKIP
>>> verify(pins, new_log).ok  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tacticlens.lazy import lazy

if TYPE_CHECKING:
    from tacticlens.pin.application import apply
    from tacticlens.pin.model import Pin, Pins, read_pins
    from tacticlens.pin.planning import plan
    from tacticlens.pin.tactic_replay import replay
    from tacticlens.pin.verification import verify

__all__ = ["Pin", "Pins", "apply", "plan", "read_pins", "replay", "verify"]

__getattr__ = lazy(__name__, {
    "Pin": "tacticlens.pin.model",
    "Pins": "tacticlens.pin.model",
    "read_pins": "tacticlens.pin.model",
    "plan": "tacticlens.pin.planning",
    "verify": "tacticlens.pin.verification",
    "apply": "tacticlens.pin.application",
    "replay": "tacticlens.pin.tactic_replay",
})  # fmt: skip
