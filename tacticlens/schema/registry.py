"""All tables, by name. Every list of tables in the program, in an export and in the docs follows from this one."""

from inspect import get_annotations
from typing import Final, get_args

from tacticlens.schema.build_rows import (
    Build,
    BuildTime,
    Combination,
    Layer,
    OpTactic,
    ReformatLayer,
    Runner,
    Tactic,
)
from tacticlens.schema.declaration import Row
from tacticlens.schema.engine_rows import EngineChoice, EngineLayer, EngineOp, Joined
from tacticlens.schema.program_rows import (
    LedgerEntry,
    LogRecord,
    Measurement,
    MemoryUse,
    Message,
    Option,
    ProfiledLayer,
    ProgramRun,
    TimingCacheEvent,
    UnreadShape,
)

SCHEMA_VERSION: Final = 1


class Tables:
    """Table name -> its rows, in the order of an export. The log is one row, so it stands for itself."""

    log: LogRecord
    runs: list[ProgramRun]
    builds: list[Build]
    layers: list[Layer]
    combinations: list[Combination]
    runners: list[Runner]
    tactics: list[Tactic]
    op_tactics: list[OpTactic]
    reformats: list[ReformatLayer]
    engine_layers: list[EngineLayer]
    choices: list[EngineChoice]
    engine_ops: list[EngineOp]
    options: list[Option]
    performance: list[Measurement]
    profile: list[ProfiledLayer]
    memory: list[MemoryUse]
    timing_cache: list[TimingCacheEvent]
    build_times: list[BuildTime]
    joined: list[Joined]
    messages: list[Message]
    unread: list[UnreadShape]
    ledger: list[LedgerEntry]


ROWS: Final[dict[str, type[Row]]] = {
    name: get_args(hint)[0] if get_args(hint) else hint for name, hint in get_annotations(Tables).items()
}
"""Table name -> the declaration of its rows."""
TABLE_NAMES: Final = tuple(ROWS)
