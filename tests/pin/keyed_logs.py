"""Small logs of builds with an editable timing cache, written line by line."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from tacticlens.log import Log, read_log

KEY_A, KEY_B = "0x" + "a1" * 16, "0x" + "b2" * 16
FAST, SLOW, OTHER = "0x000000000000111f", "0x000000000000222f", "0x000000000000333f"


@dataclass
class Keyed:
    """The lines of a log."""

    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> Keyed:
        self.lines.append(f"[01/02/2026-03:04:05] [TRT] [V] {text}")
        return self

    def network(self) -> Keyed:
        """Begin another call of the builder."""
        return self.say("Original: 3 layers").say("Graph construction completed in 0.01 seconds.")

    def table(
        self, op: str, key: str | None, *rows: tuple[str, float | str], selected: str | None = None
    ) -> Keyed:
        """Print the table of an operation."""
        told = "" if key is None else f"(key: {key})"
        self.say(f" (foreignNode) Autotuning op {op}{told}: [ONNX Layer: node/{op}]")
        self.say(" (foreignNode) Sorted table of all evaluated tactics:")
        for at, (tactic, time) in enumerate(rows):
            kernel = f"sm80_xmma_gemm_f16f16_f16f32_f16_tn_n_tilesize64x64x{32 * (at + 1)}_stage3"
            self.say(f" (foreignNode)    {at}, {time}, 1.00000, 0.5, {kernel}, {tactic},")
        if selected is not None:
            self.say(f" (foreignNode) The selected tactic is (tactic hash, cost(in ms)):{selected},  0.25")
        return self

    def strategy(self, number: int) -> Keyed:
        return self.say(f"Building graph using backend strategy {number}").say(
            "Constructing optimization profile number 0 [1/1]."
        )

    def generated(self) -> Keyed:
        return self.say("Engine generation completed in 1.5 seconds.")

    def kernel(self, layer: str, kernel: str) -> Keyed:
        """Print an engine of one kernel."""
        self.say("Layers:")
        self.lines.append(
            f"Name: {layer}, LayerType: gemm, Inputs: [], Outputs: [], TacticName: {kernel}, StreamId: 0, Metadata: "
        )
        return self

    def read(self) -> Log:
        log = read_log(io.BytesIO("\n".join([*self.lines, ""]).encode()), processes=0)
        assert log.tables.unread.is_empty()
        return log


def kernel_of(position: int) -> str:
    """Return the kernel of the row at a position of every table."""
    return f"sm80_xmma_gemm_f16f16_f16f32_f16_tn_n_tilesize64x64x{32 * (position + 1)}_stage3"
