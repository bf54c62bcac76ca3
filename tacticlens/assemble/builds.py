"""Room of the builder's passes: the builds of a log, and which of them became an engine.

A *network* is one call of the builder; it has a pass (a build) per backend strategy and optimization
profile. Verdict lines tell which strategy's passes make the engine; without them the last passes do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tacticlens.assemble.columns import NAN, NULL
from tacticlens.assemble.state import State, number
from tacticlens.grammar.pattern import Values


@dataclass
class Build:
    """One pass of the builder, while it is being read."""

    build: int
    engine: int
    first_line: int
    strategy: int = NULL
    profile: int = NULL
    last_line: int = 0
    estimated_ms: float = NAN
    in_engine: int = NULL
    selection_s: float = NAN
    generation_s: float = NAN
    graph_s: float = NAN
    subgraph_s: float = 0.0
    finished: bool = False


@dataclass
class _Network:
    """The passes of one call of the builder."""

    first_line: int
    builds: list[Build] = field(default_factory=list)
    chosen: int | None = None
    verdicts: set[int] = field(default_factory=set)
    strategies: list[int] = field(default_factory=list)
    closed: bool = False
    printed: bool = False
    graph_s: float = NAN


class BuildRoom:
    """Reads the lines that open, judge and close builds."""

    def __init__(self, state: State, leave: Callable[[], None]) -> None:
        self.state = state
        self.all: list[Build] = []
        self.current: Build | None = None
        self.profile_count = 0
        self._leave = leave  # closes what is open in the autotuning room
        self._network: _Network | None = None
        self._networks: list[_Network] = []
        self._strategy = NULL
        self._strategy_line = 0

    # -- opening ------------------------------------------------------------------------------------

    def _open_network(self, line: int) -> _Network:
        self._close_network()
        self._network = _Network(line)
        self._networks.append(self._network)
        self._strategy, self._strategy_line = NULL, 0
        return self._network

    def _close_network(self) -> None:
        self._leave()
        self.current = None
        self.state.build = NULL
        if self._network is not None:
            self._network.closed = True

    def open_build(self, line: int, profile: int = NULL) -> Build:
        """Begin a pass of the builder."""
        self._leave()
        network = self._network
        if network is None or network.closed or network.printed:
            network = self._open_network(line)
        first = network.first_line if not network.builds else (self._strategy_line or line)
        self._strategy_line = 0
        build = Build(len(self.all) + 1, len(self._networks), first, self._strategy, profile, line)
        build.graph_s = network.graph_s if not network.builds else NAN
        network.builds.append(build)
        self.all.append(build)
        self.current = build
        self.state.build = build.build
        return build

    def touch(self, line: int) -> None:
        """Assign a line to the current build; open one if the log lacks the line that begins it."""
        build = self.current
        if build is None or build.finished:
            build = self.open_build(line)
        build.last_line = line

    def original_layers(self, line: int, _: Values) -> None:
        """``Original: N layers`` is printed once per network."""
        network = self._network
        if network is None or network.builds or network.closed:
            self._open_network(line)

    def applying_generic(self, line: int, _: Values) -> None:
        """Up to 8.4 this is the first line of a network; later it is printed once per pass."""
        network = self._network
        if network is None or network.closed or (network.builds and self._network_done(network)):
            self._open_network(line)

    def cache_announced(self, line: int) -> None:
        """The state of the timing cache is printed once per pass; without strategies that is once per network."""
        network = self._network
        if network is not None and network.builds and not network.closed and self._network_done(network):
            self._open_network(line)

    def _network_done(self, network: _Network) -> bool:
        last = network.builds[-1]
        return last.finished and not network.strategies and last.profile in (NULL, self.profile_count - 1)

    def graph_construction(self, line: int, values: Values) -> None:
        network = self._network if self._network is not None and not self._network.closed else None
        if network is None or network.builds:
            network = self._open_network(line)
        network.graph_s = float(values[0] or "nan")

    def graph_optimization(self, line: int, values: Values) -> None:
        network = self._network
        if network is not None and not network.builds:
            network.graph_s = (
                network.graph_s + float(values[0] or 0) if network.graph_s == network.graph_s else NAN
            )

    def backend_strategy(self, line: int, values: Values) -> None:
        self._leave()
        network = self._network
        if network is None or network.closed or (network.builds and not network.strategies):
            network = self._open_network(line)
        self._strategy, self._strategy_line = number(values[0]), line
        network.strategies.append(self._strategy)
        self.current = None
        self.state.build = NULL

    def optimization_profile(self, line: int, values: Values) -> None:
        profile = number(values[0])
        if values[2] is not None:
            self.profile_count = int(values[2])
        network = self._network
        if profile == 0 and network is not None and network.builds and not self._strategy_line:
            self._open_network(line)  # another network whose first lines are missing
        self.open_build(line, profile)

    # -- judging ------------------------------------------------------------------------------------

    def _estimate(self, strategy: int, estimated: str | None) -> None:
        for build in self._network.builds if self._network else ():
            if build.strategy == strategy:
                build.estimated_ms = float(estimated or "nan")

    def strategy_kept(self, line: int, values: Values) -> None:
        """Read the initial choice, or a strategy that beats the ones before it."""
        self._verdict(line, values)
        if self._network is not None:
            self._network.chosen = number(values[0])

    def strategy_skipped(self, line: int, values: Values) -> None:
        self._verdict(line, values)

    def strategy_failed(self, line: int, values: Values) -> None:
        """The strategy could not build the network; TensorRT tries the next one."""
        self._leave()
        self._verdict(line, (values[0], None))
        for build in self._network.builds if self._network else ():
            if build.strategy == number(values[0]):
                build.finished = False

    def _verdict(self, line: int, values: Values) -> None:
        strategy = number(values[0])
        self._name_strategy(strategy)
        if values[1] is not None:
            self._estimate(strategy, values[1])
        if self._network is not None:
            self._network.verdicts.add(strategy)
            for build in self._network.builds:
                if build.strategy == strategy:
                    build.last_line = line

    def _name_strategy(self, strategy: int) -> None:
        """Name the strategy of the passes before a verdict, where the line that begins them is missing."""
        network = self._network
        if network is None or not network.builds or strategy in network.strategies:
            return
        last = network.builds[-1].strategy
        if last == NULL:
            network.strategies.append(strategy)
            for build in network.builds:
                if build.strategy == NULL:
                    build.strategy = strategy

    # -- closing ------------------------------------------------------------------------------------

    def selection_completed(self, line: int, values: Values) -> None:
        self.touch(line)
        self._leave()
        if self.current is not None:
            self.current.selection_s = float(values[0] or "nan")

    def engine_generated(self, line: int, values: Values) -> None:
        """Close a pass; the printed seconds are those of all profiles of its strategy together."""
        self._leave()
        if self.current is None or self.current.finished:
            self.open_build(line)
        build = self.current
        if build is not None:
            build.last_line = line
            build.generation_s = float(values[0] or "nan")
            for other in self._network.builds if self._network else ():
                if other.strategy == build.strategy:
                    other.finished = True

    def engine_built(self, line: int) -> None:
        """End the passes: trtexec has its engine, even if the library's own line is not printed."""
        if self.current is not None:
            self._leave()
            if not self.current.finished:
                self.current.last_line = line
            for build in self._network.builds if self._network else ():
                build.finished = True

    def network_number(self) -> int | None:
        """Return the number of the network that is being built or was built last."""
        return len(self._networks) if self._network is not None and self._network.builds else None

    def subgraph_completed(self, line: int, values: Values) -> None:
        self.touch(line)
        if self.current is not None:
            self.current.subgraph_s += float(values[0] or 0)

    def engine_seen(self, line: int) -> list[Build]:
        """Note that the layers of an engine are printed; return the builds that it may be made of."""
        self._leave()
        network = self._network
        if network is None or not network.builds:
            return []
        network.printed = True
        builds = self._chosen_builds(network)
        for build in builds:
            build.last_line = max(build.last_line, line)
        return builds

    def _chosen_builds(self, network: _Network) -> list[Build]:
        if network.chosen is not None:
            return [build for build in network.builds if build.strategy == network.chosen]
        last = network.builds[-1].strategy
        if last in network.verdicts:
            return []  # skipped in favour of a strategy that is not in the log
        return [build for build in network.builds if build.strategy == last]

    def program_started(self, line: int) -> None:
        """End the builds of the previous program at the first line of a new one."""
        self._close_network()
        self._network = None

    def finish(self, *, log_ended_well: bool) -> None:
        """Write the table: decide for every build whether it is in an engine."""
        self._leave()
        for network in self._networks:
            self._judge(network, log_ended_well=log_ended_well)
        for b in self.all:
            self.state.builds.add(
                build=b.build, engine=b.engine, strategy=b.strategy, profile=b.profile, first_line=b.first_line,
                last_line=b.last_line, estimated_ms=b.estimated_ms, in_engine=b.in_engine, selection_s=b.selection_s,
                generation_s=b.generation_s, graph_s=b.graph_s, subgraph_s=b.subgraph_s or None,
            )  # fmt: skip

    def _judge(self, network: _Network, *, log_ended_well: bool) -> None:
        if not network.builds:
            return
        chosen = self._chosen_builds(network)
        open_question = network.chosen is not None and set(network.strategies) - network.verdicts
        if open_question and not log_ended_well and not network.closed:
            chosen = []  # unknown: the strategy under way may still win
            losers = [
                b for b in network.builds if b.strategy in network.verdicts and b.strategy != network.chosen
            ]
        else:
            losers = [b for b in network.builds if b not in chosen]
        for build in losers:
            build.in_engine = 0
        for build in chosen:
            if build.finished:
                build.in_engine = 1
            elif network.closed and network is not self._networks[-1]:
                build.in_engine = 0  # another network began: this one never became an engine
