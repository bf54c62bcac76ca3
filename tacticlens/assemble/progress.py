"""The progress of a build, from a log that is still being written."""

from __future__ import annotations

from math import isnan
from typing import Literal, NamedTuple

from tacticlens.assemble.assembler import Assembler
from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.events.learned_prefix import learn_prefix
from tacticlens.ingest.lines import WholeLines

_ENOUGH_TO_LEARN = 1 << 16


Stage = Literal["network", "tactics", "engine"]


class BuildProgress(NamedTuple):
    """How far a build is.

    Attributes:
        lines: lines read.
        builds: passes of the builder so far.
        layers: layers costed so far.
        tactics: candidates tried, of layers and of operations in fused regions.
        layer: layer under way; None between layers.
        stage: network = being read and optimized, tactics = being selected, engine = being generated.
        unread: lines that no rule reads.
        outcome: passed, failed or incomplete.
    """

    lines: int
    builds: int
    layers: int
    tactics: int
    layer: str | None
    stage: Stage
    unread: int
    outcome: str


class Following:
    """Reads a log piece by piece as it grows."""

    def __init__(self) -> None:
        self._assembler = Assembler()
        self._whole = WholeLines()
        self._reader: ChunkReader | None = None
        self._bytes = 0

    def feed(self, block: bytes) -> None:
        """Take newly written bytes; a line is read once it is complete."""
        for lines in self._whole.add(block):
            self._take(lines)

    def _take(self, lines: bytes) -> None:
        self._bytes += len(lines)
        own = None
        if self._reader is None or (self._reader.learned_prefix is None and self._bytes < _ENOUGH_TO_LEARN):
            own = learn_prefix(decode(lines))
        if self._reader is None or own is not None:
            self._reader = ChunkReader(None, own, self._assembler.kinds)
        self._assembler.feed(self._reader.read(lines))

    def now(self) -> BuildProgress:
        """Return how far the build is."""
        state, room = self._assembler.state, self._assembler
        unread = sum(lines for (outcome, _), lines in room.ledger.counts.items() if outcome == "unread")
        return BuildProgress(
            lines=room.lines, builds=len(room.builds.all), layers=room.autotuning.layers,
            tactics=len(state.tactics) + len(state.op_tactics), layer=room.autotuning.layer_under_way,
            stage=self._stage(), unread=unread, outcome=room.program.outcome(),
        )  # fmt: skip

    def _stage(self) -> Stage:
        builds = self._assembler.builds.all
        if builds and not isnan(builds[-1].selection_s):
            return "engine"
        return "tactics" if self._assembler.autotuning.layers else "network"
