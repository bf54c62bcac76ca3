"""Room of Myelin: its tables of evaluated tactics for the operations of fused regions."""

from __future__ import annotations

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.columns import NAN, NULL
from tacticlens.assemble.state import State, milliseconds, tactic_id
from tacticlens.grammar.pattern import Values


class MyelinRoom:
    """Reads ``Autotuning op``, the rows of its table, and the selection from it."""

    def __init__(self, state: State, builds: BuildRoom) -> None:
        self.state = state
        self._builds = builds
        self._tables = 0
        self._table = self._op = self._nodes = self._key = NULL
        self._selected = False

    def autotuning_op(self, line: int, values: Values) -> None:
        op, key, tags = values
        text = self.state.texts.number
        self._op, self._nodes = text(op), text(tags.strip() if tags else None)
        self._key = text(key.lower() if key else None)
        self._tables += 1
        self._table, self._selected = self._tables, False

    def op_row(self, line: int, values: Values) -> None:
        self._builds.touch(line)
        row, cost, relative, correlation, kernel, tactic_hash, extra = values
        state = self.state
        text = state.texts.number
        extra = extra.strip(" ,") if extra else None
        state.op_tactics.put(
            build=state.build, layer=state.layer, combination=state.combination, op_table=self._table, op=self._op,
            onnx_nodes=self._nodes, key=self._key, tactic_id=int(row or -1),
            tactic_hash=text(tactic_id(tactic_hash)) if tactic_hash else NULL, kernel=text(kernel),
            time_ms=milliseconds(cost), relative=float(relative or "nan"), correlation=float(correlation or "nan"),
            extra=text(extra or None), line=line,
        )  # fmt: skip

    def op_selected(self, line: int, values: Values) -> None:
        """With an editable timing cache the log prints which row was selected."""
        tactic_hash, cost = values
        self._choose(line, tactic_hash, milliseconds(cost))
        self._selected = True

    def op_cache_written(self, line: int, values: Values) -> None:
        """The line after the selection repeats it; it counts only where the selection is missing."""
        if not self._selected:
            self._choose(line, values[0], NAN)

    def _choose(self, line: int, tactic_hash: str | None, time_ms: float) -> None:
        if self._table == NULL or tactic_hash is None:
            return  # the log begins after the table
        self._builds.touch(line)
        state = self.state
        state.op_choices.put(
            build=state.build, layer=state.layer, combination=state.combination, op_table=self._table, op=self._op,
            onnx_nodes=self._nodes, key=self._key, tactic_hash=state.texts.number(tactic_id(tactic_hash)),
            time_ms=time_ms, line=line,
        )  # fmt: skip
