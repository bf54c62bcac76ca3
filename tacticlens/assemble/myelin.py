"""Room of Myelin: the tables of evaluated tactics that it prints for the operations of a fused region."""

from __future__ import annotations

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.columns import NULL
from tacticlens.assemble.state import State, milliseconds, tactic_id
from tacticlens.grammar.pattern import Values


class MyelinRoom:
    """Reads ``Autotuning op`` and the rows of its table."""

    def __init__(self, state: State, builds: BuildRoom) -> None:
        self.state = state
        self._builds = builds
        self._op = self._nodes = self._key = NULL
        self._layer = NULL

    def autotuning_op(self, line: int, values: Values) -> None:
        op, key, tags = values
        text = self.state.texts.number
        self._op, self._key, self._nodes = text(op), text(key), text(tags.strip() if tags else None)

    def op_row(self, line: int, values: Values) -> None:
        self._builds.touch(line)
        row, cost, relative, correlation, kernel, tactic_hash, extra = values
        state = self.state
        text = state.texts.number
        extra = extra.strip(" ,") if extra else None
        state.op_tactics.add((
            state.build, state.layer, state.combination, self._op, self._nodes, self._key, int(row or -1),
            text(tactic_id(tactic_hash)) if tactic_hash else NULL, text(kernel),
            milliseconds(cost), float(relative or "nan"), float(correlation or "nan"),
            text(extra or None), line,
        ))  # fmt: skip
