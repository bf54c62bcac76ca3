"""Room of warnings and errors: severity, kind, and text with the lines that continue it."""

from __future__ import annotations

from tacticlens.assemble.state import State
from tacticlens.grammar.pattern import Values

TACTIC_LEFT_OUT = (
    "tactic_exception", "tactic_exception_of", "tactic_gpu_error", "memory_skip", "memory_refused", "device_request",
)  # fmt: skip
"""Kinds of warnings and errors that cost the build one tactic only."""
_LONGEST = 4000


class MessageRoom:
    """Collects warnings and errors; a message may continue in lines without a prefix."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: tuple[int, str, str | None, str | None, str] | None = None
        self._node: tuple[int, str | None] = (0, None)
        self._last = 0

    def about_node(self, line: int, values: Values) -> None:
        """Keep the node of this line's message, which is the next event."""
        self._node = (line, values[1])

    def parser_stopped(self, line: int, values: Values) -> None:
        """Keep the node, in the form of the message without the parser's file name."""
        self._node = (line, values[0])

    def message(self, line: int, values: Values) -> None:
        self.finish()
        severity, kind, text = values
        node = self._node[1] if self._node[0] == line else None
        self._open = (line, severity or "warning", kind, node, text or "")
        self._last = line

    def continuation(self, line: int, text: str) -> bool:
        """Join a line without prefix to the message right above it; return whether there was one."""
        if self._open is None or line != self._last + 1:
            return False
        first, severity, kind, node, so_far = self._open
        if not so_far.endswith((":", "---")) and text[0] not in " \t(-[" and "\n" not in so_far:
            return False  # another program's line
        if len(so_far) < _LONGEST:
            so_far = f"{so_far}\n{text[:_LONGEST]}"
        self._open = (first, severity, kind, node, so_far)
        self._last = line
        return True

    def finish(self) -> None:
        """Write the open message into the table."""
        if self._open is not None:
            line, severity, kind, node, text = self._open
            self._state.messages.add(line=line, severity=severity, kind=kind, node=node, text=text)
            self._open = None
