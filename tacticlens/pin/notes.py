"""What a reader must know about pins: facts, which `views/pin_notes.py` puts into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tacticlens.pin.choices import Conflict


@dataclass(frozen=True)
class OtherOrigin:
    """Pins are of another version or GPU than what they are held against, so keys and hashes do not carry over.

    Attributes:
        what: what differs: TensorRT or the GPU of a log, or the version of the library that edits a cache.
        pins: that of the pins.
        here: that of the log or library.
    """

    what: Literal["tensorrt", "gpu", "library"]
    pins: str
    here: str


@dataclass(frozen=True)
class FastestTaken:
    """So many of all operations have no printed choice, so that their fastest tactic is taken."""

    operations: int
    of: int


@dataclass(frozen=True)
class LostPass:
    """So many of all keys were tuned in a pass of which the engine was not made."""

    keys: int
    of: int


@dataclass(frozen=True)
class KeysWithoutTimes:
    """So many keys are left out because no tactic of theirs has a time."""

    keys: int


@dataclass(frozen=True)
class TablesWithoutKeys:
    """So many tables of evaluated tactics have no key."""

    tables: int


@dataclass(frozen=True)
class KeysOfLayers:
    """So many keys are of layers, for which the log does not say which hash the cache has."""

    keys: int


@dataclass(frozen=True)
class FleetAgrees:
    """Most logs of a fleet agree on the tactic of so many keys.

    Attributes:
        keys: keys for which they agree.
        of: all keys that are pinned.
        moved: pins that are not what this log took.
    """

    keys: int
    of: int
    moved: int


@dataclass(frozen=True)
class OnlyKernelKept:
    """A key was not tuned, and the engine has the pinned kernel."""


@dataclass(frozen=True)
class PinAbsent:
    """The log has neither a key nor a kernel of its operation."""


Note = (
    OtherOrigin | Conflict | FastestTaken | LostPass | KeysWithoutTimes | TablesWithoutKeys | KeysOfLayers | FleetAgrees
    | OnlyKernelKept | PinAbsent
)  # fmt: skip
