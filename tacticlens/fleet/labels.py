"""Labels: what the person who collects knows about a log and the log does not say, as model, night or branch."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tacticlens.errors import UsageError
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
            message = f"--label {option}: write it as name=value, for example model=resnet50"
            raise UsageError(message)
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
        message = (
            f"{path}: cannot be read as CSV or JSON ({error}); CSV has a header line with the column log"
        )
        raise UsageError(message) from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        message = f"{path}: is no list of objects, each with log and labels"
        raise UsageError(message)
    return dict(_row(row, number, path) for number, row in enumerate(rows, 1))


def _row(row: Mapping[Any, Any], number: int, path: Path) -> tuple[str, dict[str, str]]:
    log = row.get(_LOG_COLUMN)
    if not isinstance(log, str) or not log:
        message = f"{path}: row {number} has no {_LOG_COLUMN}; each row names a log, the other columns are its labels"
        raise UsageError(message)
    address = absolute(str(path.parent / log)) if is_local(log) else absolute(log)
    labels = {}
    for name, value in row.items():
        if name == _LOG_COLUMN or value is None or value == "":
            continue
        if not isinstance(name, str) or not isinstance(value, (str, int, float)):
            message = f"{path}: row {number}: a label has a name and one value, not {type(value).__name__}"
            raise UsageError(message)
        labels[_checked(name, f"{path}:")] = str(value)
    return address, labels


def _checked(name: str, where: str) -> str:
    if not _NAME.fullmatch(name):
        message = f"{where} {name!r} is no name of a label: lower-case letters, digits and _, a letter first"
        raise UsageError(message)
    if name in _TAKEN and name not in FILLS:
        message = (
            f"{where} {name} is a column of the tables already; call the label {name}_label, for example"
        )
        raise UsageError(message)
    return name


def label_names(collected: Sequence[str]) -> list[str]:
    """Return the names in a column of labels (JSON objects), in order, without those that only fill in."""
    names = {name for text in set(collected) for name in json.loads(text)}
    return sorted(names - set(FILLS))
