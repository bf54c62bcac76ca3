"""Room of tactics: candidates with their times, skipped ones with the reason, kernel names.

A kernel's name may be in the line of its time, in a line above it, or nowhere.
"""

from __future__ import annotations

from functools import lru_cache

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.columns import NULL
from tacticlens.assemble.combination import InProgress
from tacticlens.assemble.state import State, milliseconds, number, tactic_id
from tacticlens.grammar.pattern import Values

MEGABYTE = 1 << 20


class TacticRoom:
    """Reads the candidates of the open runner; each becomes a row at once.

    Args:
        state: position in the log and tables.
        builds: notified of each line that belongs to a build.
        in_progress: the open combination and runner.
    """

    def __init__(self, state: State, builds: BuildRoom, in_progress: InProgress) -> None:
        self.state = state
        self.builds = builds
        self._open = in_progress
        self._budget: tuple[int, int] | None = None
        self._device_request: tuple[int, int] | None = None
        self._put = state.tactics.put
        self._id = lru_cache(maxsize=65536)(tactic_id)
        self._timed, self._failed = state.texts.number("timed"), state.texts.number("failed")

    def tactic_timed(self, line: int, values: Values) -> None:
        tactic = self._id(values[0] or "0")
        pending = self._open.pending_kernel
        kernel = None
        if pending is not None:
            self._open.pending_kernel = None
            if pending[1] is None or pending[1] == tactic:
                kernel = pending[0]
        if kernel is None and self._open.runner is not None:
            kernel = self._open.runner.kernels.get(tactic)
        self._add_time(line, tactic, kernel, values[1])

    def tactic_named_timed(self, line: int, values: Values) -> None:
        self._add_time(line, self._id(values[4] or "0"), values[0], values[5])

    def _add_time(self, line: int, tactic: str, kernel: str | None, time: str | None) -> None:
        """Add a row for a printed time: the hottest place of the assembler."""
        builds = self.builds
        if builds.current is None or builds.current.finished:
            builds.touch(line)
        runner, state, combination = self._open.runner, self.state, self._open.combination
        value = milliseconds(time)
        timed = value == value  # noqa: PLR0124  no NaN
        texts = state.texts
        number = texts.known(tactic)
        owner = NULL
        if runner is not None:
            runner.timed = runner.timed or timed
            runner.tried = True
            owner = runner.number
            if owner < 0:
                owner = runner.number = texts.number(runner.name)
            if runner.numbered and timed and not value >= runner.best_ms:
                runner.best, runner.best_ms = tactic, value  # up to TensorRT 5 no line names the fastest
        self._put(
            build=state.build, layer=combination.layer if combination is not None else NULL,
            combination=state.combination, runner=owner, tactic=texts.number(tactic) if number is None else number,
            kernel=NULL if kernel is None else texts.number(kernel), time_ms=value,
            status=self._timed if timed else self._failed,
            reason=NULL if timed else texts.number(f"time {time}: it did not run"), line=line,
        )  # fmt: skip

    def tactic_name(self, line: int, values: Values) -> None:
        """A kernel name; up to 8.5 its time follows, except where names are listed again after the selection."""
        self._name(values[1], values[2])

    def gemm_tactic_name(self, line: int, values: Values) -> None:
        self._name(values[0], values[1])

    def _name(self, kernel: str | None, tactic: str | None) -> None:
        own = self._id(tactic) if tactic is not None else None
        self._open.pending_kernel = (kernel or "", own)
        if own is not None and kernel and self._open.runner is not None:
            self._open.runner.kernels[own] = kernel

    def tactic_only_option(self, line: int, values: Values) -> None:
        if self._open.runner is not None:
            self._open.runner.untimed, self._open.runner.best = True, self._id(values[0] or "0")
        self._add_skip(line, values[0], "only option, timing skipped", NULL, NULL)

    def tactic_skipped(self, line: int, values: Values) -> None:
        self._add_skip(line, values[0], "scratch memory", number(values[1]), number(values[2]))

    def tactic_name_alone(self, line: int, values: Values) -> None:
        self._name(values[0], None)

    def tactic_named_skipped(self, line: int, values: Values) -> None:
        self._open.pending_kernel = (values[0] or "", None)
        self._add_skip(line, values[4], "scratch memory", number(values[5]), number(values[6]))

    def memory_budget(self, line: int, values: Values) -> None:
        """The verbose line before a skip, which prints the memory that the tactic needs."""
        self._budget = (number(values[2]), number(values[1]))

    def device_request(self, line: int, values: Values) -> None:
        self._device_request = (number(values[0]) * MEGABYTE, number(values[1]) * MEGABYTE)

    def memory_skip(self, line: int, values: Values) -> None:
        """The warning of a skip; the memory needed is only in the lines before it."""
        needed, available = self._budget or self._device_request or (NULL, NULL)
        self._budget = self._device_request = None
        self._add_skip(line, values[2], f"insufficient memory, requested size {values[1]}", needed, available)

    def tactic_exception(self, line: int, values: Values) -> None:
        reason = (values[1] or "").strip()
        self._add_skip(line, values[0], f"exception {reason}".strip(), NULL, NULL, status="failed")

    def _add_skip(
        self,
        line: int,
        tactic: str | None,
        reason: str,
        needed: int,
        available: int,
        status: str = "skipped",
    ) -> None:
        self.builds.touch(line)
        state, runner = self.state, self._open.runner
        name = self._id(tactic or "0")
        if runner is not None:
            runner.tried = True
        pending, kernel = self._open.pending_kernel, None
        self._open.pending_kernel = None
        if pending is not None and pending[1] in (None, name):
            kernel = pending[0]
        if kernel is None and runner is not None:
            kernel = runner.kernels.get(name)
        layer = self._open.combination.layer if self._open.combination is not None else NULL
        state.tactics.add(
            build=state.build, layer=layer, combination=state.combination, runner=runner.name if runner else None,
            tactic=name, kernel=kernel, status=status, reason=reason, needed_bytes=needed, available_bytes=available,
            line=line,
        )  # fmt: skip
