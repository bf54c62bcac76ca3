"""What a user may ask of the tables, checked."""

from __future__ import annotations

from tacticlens.errors.builds import no_such_build
from tacticlens.tables.table_set import TableSet


def check_build(tables: TableSet, build: int | None, source: str | None = None) -> None:
    """Check the number of a build; `source` is named where there are several logs.

    Raises:
        UsageError: the log has no such build.
    """
    numbers = tables["builds"]["build"].to_list()
    if build is not None and build not in numbers:
        raise no_such_build(build, max(numbers, default=0), source)
