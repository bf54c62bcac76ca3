"""Labels: what the person who collects knows about a log and the log does not say, as model, night or branch."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tacticlens.errors import fleet as refusals
from tacticlens.fleet.places import absolute, is_local
from tacticlens.tables.schema import TABLES

FILLS = ("tensorrt_version", "gpu")
"""Labels that may fill in what a log does not say."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_TAKEN = {column for columns in TABLES.values() for column in columns} | {
    "part",
    "address",
    "status",
    "sha256",
}
_LOG_COLUMN = "log"

Labels = Mapping[str, str]


def from_options(options: Iterable[str]) -> dict[str, str]:
    """Return the labels of ``--label name=value``.

    Raises:
        UsageError: one is none, or its name is taken.
    """
    labels = {}
    for option in options:
        name, sign, value = option.partition("=")
        if not sign or not value:
            raise refusals.no_label(option)
        labels[_checked(name, "--label")] = value
    return labels


def from_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Return the labels of each log that a CSV or JSON file names, by absolute address.

    CSV has a header line with a column ``log``; JSON is a list of objects with ``log``. Paths are relative to the
    file. Empty cells and nulls are no labels.

    Raises:
        UsageError: it cannot be read, or has no column ``log``, or a name is taken.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows = (
            json.loads(text)
            if text.lstrip().startswith(("[", "{"))
            else list(csv.DictReader(text.splitlines()))
        )
    except (OSError, UnicodeError, json.JSONDecodeError, RecursionError, csv.Error) as error:
        raise refusals.unreadable_manifest(str(path), str(error)) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refusals.no_list_of_logs(str(path))
    return dict(_row(row, number, path) for number, row in enumerate(rows, 1))


def _row(row: Mapping[Any, Any], number: int, path: Path) -> tuple[str, dict[str, str]]:
    log = row.get(_LOG_COLUMN)
    if not isinstance(log, str) or not log:
        raise refusals.row_without_log(str(path), number)
    address = absolute(str(path.parent / log)) if is_local(log) else absolute(log)
    labels = {}
    for name, value in row.items():
        if name == _LOG_COLUMN or value is None or value == "":
            continue
        if not isinstance(name, str) or not isinstance(value, (str, int, float)):
            raise refusals.no_label_value(str(path), number, type(value).__name__)
        labels[_checked(name, f"{path}:")] = str(value)
    return address, labels


def _checked(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise refusals.wrong_label_name(where, name)
    if name in _TAKEN and name not in FILLS:
        raise refusals.label_is_column(where, name)
    return name


def label_names(collected: Sequence[str]) -> list[str]:
    """Return the names in a column of labels (JSON objects), in order, without those that only fill in."""
    names = {name for text in set(collected) for name in json.loads(text)}
    return sorted(names - set(FILLS))
