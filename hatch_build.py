"""Build hook: makes the parser tables of the grammars, which the wheel carries."""

from __future__ import annotations

import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ParserTables(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel, editable or not, is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Write the tables beside the code that reads them."""
        sys.path.insert(0, self.root)
        from tacticlens.grammar.parsers import write_tables
        from tacticlens.grammar.rules import write_rules

        write_tables()
        write_rules()
