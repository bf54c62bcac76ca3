"""Rooms that compute return codes, numbers and names; sentences are written by views, errors and the command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tacticlens.errors.builds import no_such_build

PACKAGE = Path(__file__).resolve().parents[2] / "tacticlens"
ROOMS = ("analysis", "diff", "pin", "join", "network", "fleet", "tables", "assemble", "events", "export")
"""Rooms without sentences. `ingest` and `record` pass on what files and libraries say, `grammar` says what is wrong in
a grammar file, `schema` declares a sentence per column."""

NOT_FOR_READERS = {
    "analysis/rules/": "a finding is one file, with its words as templates",
    "analysis/gpus.py": "names of GPUs and of the data sheets that their numbers are from",
    "analysis/options.py": "options as trtexec echoes them",
    "analysis/advice.py": "settings as one types them",
    "analysis/edges.py": "memory formats as the inspector words them",
    "tables/choice/": "memory formats and names of tensors as the log prints them",
    "tables/families.py": "the column `evidence` holds words",
    "network/edits.py": "lines of Python",
    "network/folding.py": "lines of Python",
    "network/channels.py": "lines of Python",
    "assemble/columns.py": "lines of Python",
    "assemble/program.py": "names as trtexec prints them",
    "assemble/resources.py": "what memory is for, as the log words it",
    "assemble/tactics.py": "the column `reason`, in the words of the log",
    "analysis/precisions.py": "options as trtexec echoes them",
    "analysis/reformat_costs.py": "`out of` is a value of the JSON",
    "diff/totals.py": "metrics as trtexec prints them",
    "export/layer_info.py": "a value of the file that is written",
    "fleet/engines.py": "what a cluster did to a portion is kept in the dataset",
    "fleet/reading.py": "why a log was not read is kept in the dataset",
    "fleet/writing.py": "what the file system said",
    "join/": "columns of nsys, keys and metrics as trtexec prints them",
}
"""Texts that look like sentences: the begin of a path, and why they may stand there."""
RAISED_AT_PROGRAMMERS = {
    "ValueError",
    "TypeError",
    "AttributeError",
    "KeyError",
    "RuntimeError",
    "GrammarError",
}
SENTENCE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z]{2,}")


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of what looks like a sentence, without docstrings and errors for programmers."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))
        body = getattr(node, "body", None)
        for before, raised in pairwise(body if isinstance(body, list) else []):
            if _is_for_programmers(raised):
                skipped.update(id(part) for part in (*ast.walk(before), *ast.walk(raised)))
        if _is_for_programmers(node):
            skipped.update(id(part) for part in ast.walk(node))
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
            skipped.update(id(part) for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if SENTENCE.search(text):
            yield node.lineno, text


def _is_for_programmers(node: ast.AST) -> bool:
    call = node.exc if isinstance(node, ast.Raise) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in RAISED_AT_PROGRAMMERS
    )


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_that_computes_writes_no_sentence(room: str) -> None:
    strays = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted((PACKAGE / room).rglob("*.py"))
        if not path.relative_to(PACKAGE).as_posix().startswith(tuple(NOT_FOR_READERS))
        for line, text in texts(path.read_text(encoding="utf-8"))
    ]
    assert strays == []


def test_each_exception_is_needed() -> None:
    unused = [
        begin
        for begin in NOT_FOR_READERS
        if not any(
            list(texts(path.read_text(encoding="utf-8")))
            for path in PACKAGE.rglob("*.py")
            if path.relative_to(PACKAGE).as_posix().startswith(begin)
        )
    ]
    assert unused == []


def test_a_sentence_is_found_in_a_plain_text_and_in_one_with_values() -> None:
    source = (
        '"""Not this docstring."""\nnote = "no build in this log"\nraise UsageError(f"{name}: is no log")\n'
    )
    assert list(texts(source)) == [(2, "no build in this log"), (3, "{}: is no log")]
    assert list(texts('column = "time_ms"\nraise ValueError("not from 0 to 1")\n')) == []


def test_an_error_has_a_code_beside_its_sentence() -> None:
    error = no_such_build(9, 2)
    assert (error.code, str(error)) == (
        "no_such_build",
        "no build 9 in this log; its builds are 1 to 2 (table builds)",
    )
