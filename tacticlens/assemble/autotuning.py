"""Room of autotuning: layers, format combinations and runners; `tactics` reads the candidates of a runner.

Nesting is never trusted: a head may lack its end, an end its head, a name its time. An open layer,
combination or runner is closed when the next one begins; a row without an owner has null in its place.
"""

from __future__ import annotations

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.columns import NAN, NULL
from tacticlens.assemble.combination import (
    MEASURED,
    InProgress,
    MeasuredAt,
    OpenCombination,
    OpenRunner,
    is_reformat,
    layer_key,
    numbered_result,
    outcome,
)
from tacticlens.assemble.state import SENTINEL, State, is_time, milliseconds, tactic_id
from tacticlens.assemble.tactics import TacticRoom
from tacticlens.grammar.layer_name import without_profile
from tacticlens.grammar.pattern import Values


class AutotuningRoom:
    """Reads the lines between ``Constructing optimization profile`` and ``selection completed``."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.builds = BuildRoom(state, self.leave)
        self._open = InProgress()
        self.tactics = TacticRoom(state, self.builds, self._open)
        self._combinations = 0
        self._layers = 0
        self._layer_name: str | None = None
        self._layer_line = 0
        self._layer_nodes: str | None = None
        self._layer_open = False
        self._has_costs_lines = False
        self._reformatting = False
        self._measured_at = MeasuredAt()

    @property
    def layers(self) -> int:
        """Number of layers whose costing began."""
        return self._layers

    @property
    def layer_under_way(self) -> str | None:
        """The layer being tried; None between layers."""
        return self._layer_name if self._layer_open else None

    # -- layers -------------------------------------------------------------------------------------

    def computing_costs(self, line: int, values: Values) -> None:
        self.builds.touch(line)
        self._close_layer()
        self._has_costs_lines = True
        self._reformatting = False
        self._open_layer(line, values[0])

    def computing_reformatting_costs(self, line: int, _: Values) -> None:
        self.builds.touch(line)
        self._close_layer()
        self._reformatting = True

    def _open_layer(self, line: int, name: str | None) -> None:
        self._layers += 1
        self.state.layer = self._layers
        self._layer_open = True
        self._layer_name = without_profile(name) if name else None
        self._layer_line, self._layer_nodes = line, None

    def _close_layer(self) -> None:
        self._close_combination()
        if self._layer_open:
            self.state.layers.add(
                build=self.state.build, layer=self.state.layer, name=self._layer_name, onnx_nodes=self._layer_nodes,
                line=self._layer_line,
            )  # fmt: skip
        self._layer_open = False
        self.state.layer = NULL

    def foreign_node_metadata(self, line: int, values: Values) -> None:
        """Keep the ONNX nodes of a fused region; the line follows its ``Computing costs`` line."""
        if self._layer_open and values[1] is not None:
            self._layer_nodes = values[1].strip()

    # -- format combinations ------------------------------------------------------------------------

    def format_combination(self, line: int, values: Values) -> None:
        self.builds.touch(line)
        self._close_combination()
        self._reformatting = False
        formats, key = values
        opened = self._open_combination(line, "layer", (formats or "").strip())
        opened.key = layer_key(key)

    def reformat_combination(self, line: int, values: Values) -> None:
        self.builds.touch(line)
        if self._layer_open and not self._reformatting:
            self._close_layer()
        self._close_combination()
        self._open_combination(line, "reformat", (values[0] or "").strip())

    def _open_combination(self, line: int, purpose: str, formats: str | None) -> OpenCombination:
        self._combinations += 1
        layer = self.state.layer if purpose == "layer" else NULL
        self._open.combination = OpenCombination(
            self._combinations, layer, purpose, formats, line, announced=formats is not None
        )
        self.state.combination = self._combinations
        self._open.pending_kernel = None
        return self._open.combination

    def cached_result(self, line: int, values: Values) -> None:
        """A timing-cache hit is a whole combination."""
        name, formats, key, runner, tactic, time = values
        self.builds.touch(line)
        self._close_combination()
        reformat = is_reformat(name)
        if not reformat and not self._layer_open:
            self._open_layer(line, name)
        combination = self._open_combination(
            line, "reformat" if reformat else "layer", (formats or "").strip()
        )
        combination.subject = without_profile(name or "")
        self.state.combinations.add(
            build=self.state.build, layer=combination.layer, combination=combination.combination,
            purpose=combination.purpose, subject=combination.subject, formats=combination.formats, result="cached",
            runner=runner, tactic=tactic_id(tactic or "0"), time_ms=milliseconds(time),
            origin=self._measured_at.of(combination), key=layer_key(key), line=line,
        )  # fmt: skip
        self._open.combination = None
        self.state.combination = NULL

    def _close_combination(self, *, cut: bool = False) -> None:
        if self._open.runner is not None:
            self._close_runner(cut=cut)
        combination = self._open.combination
        if combination is None:
            return
        self._open.combination = None
        state, measured_at = self.state, self._measured_at
        state.combination = NULL
        runner = runner_id = tactic = None
        if combination.runners or combination.winner is not None:
            result, runner, runner_id, tactic, time = outcome(combination)
        else:
            result, time = "unfinished" if cut else "repeated", NAN
        if combination.subject is None and combination.purpose == "layer":
            combination.subject = self._layer_name
        origin = measured_at.of(combination) if result == "repeated" else NULL
        if result in MEASURED:
            measured_at.remember(combination)
        state.combinations.add(
            build=state.build, layer=combination.layer, combination=combination.combination,
            purpose=combination.purpose, subject=combination.subject, formats=combination.formats or None,
            result=result, runner=runner, runner_id=runner_id, tactic=tactic, time_ms=time, origin=origin,
            key=combination.key, line=combination.line,
        )  # fmt: skip

    # -- runners ------------------------------------------------------------------------------------

    def timing_runner(self, line: int, values: Values) -> None:
        subject, runner, runner_id = values
        self._head(line, without_profile(subject or ""), runner, runner_id)

    def timing_layer(self, line: int, values: Values) -> None:
        """Up to TensorRT 5 the head names the layer and a runner number; there are no formats."""
        self._head(line, values[0] or "", values[1], None)
        if self._open.runner is not None:
            self._open.runner.numbered = True

    def _head(self, line: int, subject: str, runner: str | None, runner_id: str | None) -> None:
        self.builds.touch(line)
        self._close_runner()
        reformat = is_reformat(subject)
        combination = self._open.combination
        again = combination is not None and bool(combination.runners) and not combination.announced
        again = again and runner == "Reformat"  # each head of a copy is a combination of its own
        other = combination is None or combination.subject not in (None, subject)
        if combination is None or other or again or combination.winner is not None:
            self._close_combination()
            combination = self._open_headless(line, subject, runner)
        if combination.subject is None:
            combination.subject = subject
            if not reformat and combination.purpose == "layer":
                self._own_layer(line, subject)
                combination.layer = self.state.layer
        self._open.runner = OpenRunner(runner, runner_id, subject, line)
        combination.runners.append(self._open.runner)
        self._open.pending_kernel = None

    def _open_headless(self, line: int, subject: str, runner: str | None) -> OpenCombination:
        """Open a combination without a line of its own: copies of TensorRT 7, everything up to 5, cut logs."""
        copy = is_reformat(subject) or runner == "Reformat"
        if not copy:
            self._own_layer(line, subject)
        combination = self._open_combination(line, "reformat" if copy else "layer", None)
        combination.subject = subject
        return combination

    def _own_layer(self, line: int, subject: str) -> None:
        """Set the layer of a head: the one announced last, or a new one where only heads name layers."""
        if self._layer_open and self._layer_name is None:
            self._layer_name = subject
        elif not self._layer_open or (self._layer_name != subject and not self._has_costs_lines):
            combination, self._open.combination = self._open.combination, None
            if self._layer_open:
                self._close_layer()
            self._open.combination = combination
            self.state.combination = combination.combination if combination else NULL
            first = combination.line if combination and not combination.runners else line
            self._open_layer(first, subject)

    def _close_runner(self, *, cut: bool = False) -> None:
        runner = self._open.runner
        if runner is None:
            return
        self._open.runner = None
        if runner.numbered and runner.result == "unfinished":
            runner.result = "unfinished" if cut else numbered_result(runner)
        self.state.runners.add(
            build=self.state.build, combination=self.state.combination, runner=runner.name,
            runner_id=runner.runner_id, result=runner.result, profiling_s=runner.profiling_s, line=runner.line,
        )  # fmt: skip

    def no_valid_tactics(self, line: int, values: Values) -> None:
        self._without_tactics(line, values[0])

    def skipping_runner(self, line: int, values: Values) -> None:
        """TensorRT 10 skips a runner without a head; this line names the layer."""
        if self._open.combination is not None and self._open.combination.subject is None and values[1]:
            subject = without_profile(values[1])
            self._open.combination.subject = subject
            if self._open.combination.purpose == "layer":
                self._own_layer(line, subject)
                self._open.combination.layer = self.state.layer
        self._without_tactics(line, values[0])

    def _without_tactics(self, line: int, name: str | None) -> None:
        self.builds.touch(line)
        runner = self._open.runner
        if runner is None or runner.name != name or runner.timed:
            self._close_runner()
            runner = OpenRunner(name, None, None, line)
            if self._open.combination is not None:
                self._open.combination.runners.append(runner)
            self._open.runner = runner
        runner.result = "no_valid_tactic"
        self._close_runner()

    def fastest_tactic(self, line: int, values: Values) -> None:
        self._best(line, values[0], values[1], NAN)

    def profiling_completed(self, line: int, values: Values) -> None:
        subject, name, runner_id, seconds, tactic, time = values
        if self._open.runner is None:  # its head is not in the log
            subject = without_profile(subject or "")
            if self._open.combination is None:
                self._open_headless(line, subject, name)
            self._open.runner = OpenRunner(name, runner_id, subject, line)
            if self._open.combination is not None:
                self._open.combination.runners.append(self._open.runner)
        self._best(line, tactic, time, float(seconds or "nan"))

    def _best(self, line: int, tactic: str | None, time: str | None, seconds: float) -> None:
        self.builds.touch(line)
        runner = self._open.runner
        if runner is None:
            return
        runner.profiling_s = seconds
        best = tactic_id(tactic) if tactic is not None else None
        value = milliseconds(time)
        if best is None or best == SENTINEL or not is_time(value):
            runner.result = "failed"
        elif runner.untimed and not runner.timed:
            runner.result, runner.best = "untimed", best
        else:
            runner.result, runner.best, runner.best_ms = "timed", best, value
        self._close_runner()

    def chose_runner(self, line: int, values: Values) -> None:
        self.builds.touch(line)
        chosen = (values[0] or "", tactic_id(values[1] or "0"))
        runner = self._open.runner
        known = self._open.combination is not None and any(
            r.best == chosen[1] for r in self._open.combination.runners
        )
        waiting = runner is not None and runner.result == "unfinished" and not (runner.timed or known)
        if runner is not None and waiting and runner.name == chosen[0]:
            runner.result, runner.best = "untimed", chosen[1]  # TensorRT-RTX may choose without timing
        self._close_runner()
        if self._open.combination is None:
            self._open_combination(line, "reformat" if chosen[0] == "Reformat" else "layer", None)
        if self._open.combination is not None:
            self._open.combination.winner = chosen
        self._open.pending_kernel = None

    def chose_layer(self, line: int, values: Values) -> None:
        """Up to TensorRT 5 the winner ends the layer."""
        self.chose_runner(line, values)
        self._close_layer()

    # -- the path through the formats -----------------------------------------------------------------

    def reformat_layer_added(self, line: int, values: Values) -> None:
        """Keep a reformat that the chosen formats need; the line has both formats of the tensor."""
        self._close_combination()
        tensor, source, before, after = values
        self.state.reformats.add(
            build=self.state.build, tensor=without_profile(tensor or ""), source=without_profile(source or ""),
            from_format=before, to_format=after, line=line,
        )  # fmt: skip

    # -- ends ---------------------------------------------------------------------------------------

    def leave(self, *, cut: bool = False) -> None:
        """Close everything that is open, at the end of a build or, `cut`, of the log."""
        self._close_combination(cut=cut)
        self._close_layer()
        self._reformatting = False
