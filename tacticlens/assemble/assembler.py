"""Events -> rows: a state machine, split into rooms by topic, with a handler per kind of line.

To read a new line form, write its rule in ``grammars/`` and name its handler here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tacticlens.assemble.autotuning import AutotuningRoom
from tacticlens.assemble.builds import Build
from tacticlens.assemble.engine import EngineRoom, PrintedList
from tacticlens.assemble.ledger import Ledger, Unread
from tacticlens.assemble.messages import MessageRoom
from tacticlens.assemble.myelin import MyelinRoom
from tacticlens.assemble.program import Facts, ProgramRoom
from tacticlens.assemble.resources import ResourceRoom
from tacticlens.assemble.state import KeptRows, State
from tacticlens.events.chunk import CONTINUATION, MESSAGE, ChunkEvents
from tacticlens.grammar.pattern import Values
from tacticlens.grammar.rules import line_rules

Handler = Callable[[int, Values], None]


def _nothing(_line: int, _values: Values) -> None:
    """Ignore a line that is only counted."""


@dataclass(frozen=True)
class Assembled:
    """The content of a whole log, before the tables are made.

    Attributes:
        rows: the rows that come from single lines.
        engines: the printed lists of engine layers, in order.
        facts: program, version, GPU and command line.
        outcome: as printed by the program: passed, failed or incomplete.
        builds: the passes of the builder, in order.
        ledger: the counts of lines.
        lines: number of lines.
    """

    rows: KeptRows
    engines: Sequence[PrintedList]
    facts: Facts
    outcome: str
    builds: Sequence[Build]
    ledger: Ledger
    lines: int


class Assembler:
    """Passes events, block by block and in order, to the rooms.

    Attributes:
        kinds: the forms that have a handler; lines of the others need not become events.
    """

    def __init__(self) -> None:
        self.state = State()
        self.autotuning = AutotuningRoom(self.state)
        self.builds = self.autotuning.builds
        self.engine = EngineRoom(self.builds)
        self.myelin = MyelinRoom(self.state, self.builds)
        self.program = ProgramRoom(self.state, self.builds)
        self.resources = ResourceRoom(self.state, self.builds)
        self.messages = MessageRoom(self.state)
        self.ledger = Ledger()
        self.lines = 0
        self._rules = line_rules()
        self._handlers, self.kinds = self._table()
        self._open = False

    def _table(self) -> tuple[list[Handler], frozenset[str]]:
        tune, builds, engine, myelin = self.autotuning, self.builds, self.engine, self.myelin
        tactics = tune.tactics
        handlers: dict[str, Handler] = {
            "computing_costs": tune.computing_costs,
            "computing_reformatting_costs": tune.computing_reformatting_costs,
            "format_combination": tune.format_combination,
            "reformat_combination": tune.reformat_combination,
            "timing_runner": tune.timing_runner,
            "timing_layer": tune.timing_layer,
            "tactic_timed": tactics.tactic_timed,
            "tactic_named_timed": tactics.tactic_named_timed,
            "tactic_skipped": tactics.tactic_skipped,
            "tactic_named_skipped": tactics.tactic_named_skipped,
            "tactic_only_option": tactics.tactic_only_option,
            "tactic_name": tactics.tactic_name,
            "tactic_name_alone": tactics.tactic_name_alone,
            "gemm_tactic_name": tactics.gemm_tactic_name,
            "fastest_tactic": tune.fastest_tactic,
            "profiling_completed": tune.profiling_completed,
            "no_valid_tactics": tune.no_valid_tactics,
            "skipping_runner": tune.skipping_runner,
            "chose_runner": tune.chose_runner,
            "chose_layer": tune.chose_layer,
            "cached_result": tune.cached_result,
            "memory_budget": tactics.memory_budget,
            "memory_skip": tactics.memory_skip,
            "device_request": tactics.device_request,
            "tactic_exception": tactics.tactic_exception,
            "tactic_exception_of": tactics.tactic_exception,
            "no_implementation": self.messages.about_node,
            "parser_stopped": self.messages.parser_stopped,
            "parser_stopped_at": self.messages.about_node,
            "reformat_layer_added": tune.reformat_layer_added,
            "foreign_node_metadata": tune.foreign_node_metadata,
            "original_layers": builds.original_layers,
            "applying_generic": builds.applying_generic,
            "graph_construction": builds.graph_construction,
            "graph_optimization": builds.graph_optimization,
            "backend_strategy": builds.backend_strategy,
            "strategy_initial": builds.strategy_kept,
            "strategy_chosen": builds.strategy_kept,
            "strategy_skipped": builds.strategy_skipped,
            "strategy_failed": builds.strategy_failed,
            "optimization_profile": builds.optimization_profile,
            "selection_completed": builds.selection_completed,
            "engine_generated": builds.engine_generated,
            "subgraph_completed": builds.subgraph_completed,
            "engine_layers_title": engine.title,
            "engine_layer": engine.engine_layer,
            "detailed_layers_title": engine.detailed_title,
            "detailed_layer": engine.detailed_layer,
            "bindings_title": engine.bindings_title,
            "autotuning_op": myelin.autotuning_op,
            "op_row": myelin.op_row,
            "op_row_bare": myelin.op_row,
            "op_selected": myelin.op_selected,
            "op_cache_written": myelin.op_cache_written,
        }
        handlers.update(self.program.handlers())
        handlers.update(self.resources.handlers())
        missing = handlers.keys() - {rule.kind for rule in self._rules}
        if missing:
            message = f"handlers for forms that no grammar file has: {sorted(missing)}"
            raise ValueError(message)
        table = [handlers.get(rule.kind, _nothing) for rule in self._rules]
        beyond: dict[int, Handler] = {MESSAGE: self.messages.message, CONTINUATION: self._continuation}
        table.extend(beyond[rule] for rule in sorted(beyond))  # MESSAGE and CONTINUATION index from the end
        return table, frozenset(handlers)

    def feed(self, chunk: ChunkEvents) -> None:
        """Take the events of the next block."""
        first = self.lines
        self.ledger.add(chunk, first, self._rules, self.kinds)
        for number, text in chunk.leading:
            if self._open:
                self._continue(first + number, text)
            else:
                self.ledger.count("foreign", "text")
        handlers = self._handlers
        for number, (rule, values) in zip(chunk.numbers, chunk.events, strict=True):
            handlers[rule](first + number, values)
        if chunk.open is not None:
            self._open = chunk.open
        self.lines += chunk.lines

    def _continuation(self, line: int, values: Values) -> None:
        self._continue(line, values[0] or "")

    def _continue(self, line: int, text: str) -> None:
        kind = self.engine.continuation(line, text)
        if kind == "unread":
            self.ledger.count("unread", "layer")
            self.ledger.note(Unread(line, "layer", text[:300]))
        elif kind is not None:
            self.ledger.count("parsed", kind)
        elif self.messages.continuation(line, text):
            self.ledger.count("parsed", "continuation")
        else:
            self.ledger.count("foreign", "text")

    def finish(self) -> Assembled:
        """Close what is open and return the result."""
        self.autotuning.leave(cut=True)
        self.builds.finish(log_ended_well=self.program.outcome() != "incomplete")
        self.messages.finish()
        self.program.finish()
        if self.program.facts.polygraphy:
            self.ledger.disown_letter_lines()
        return Assembled(
            rows=self.state, engines=self.engine.lists, facts=self.program.facts, outcome=self.program.outcome(),
            builds=self.builds.all, ledger=self.ledger, lines=self.lines,
        )  # fmt: skip
