"""What a user may ask of the tables, checked."""

from __future__ import annotations

from tacticlens.errors import UsageError
from tacticlens.tables.table_set import TableSet


def check_build(tables: TableSet, build: int | None) -> None:
    """Check the number of a build.

    Raises:
        UsageError: the log has no such build.
    """
    numbers = tables["builds"]["build"].to_list()
    if build is not None and build not in numbers:
        there = f"its builds are 1 to {max(numbers)} (table builds)" if numbers else "it has none"
        message = f"no build {build} in this log; {there}"
        raise UsageError(message)
