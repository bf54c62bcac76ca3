"""List every sentence that the program can print, with its place, to read them all together.

python scripts/list_sentences.py            # all of them
python scripts/list_sentences.py told      # those with a word

A sentence is a text of two words or more in a view, a command, a finding, or an error; what stands for values is shown
as {}. Docstrings and comments are left out: nobody sees them in a terminal.
"""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "tacticlens"
_WORDS = re.compile(r"[A-Za-z]{2,}[ ,:;][^A-Z]*[a-z]{2,}")
_CODE = re.compile(r"^[\w.:/\\-]+$")


def sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of every sentence in a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node) for doc in _docstrings(tree) for node in ast.walk(doc)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        text = _text(node)
        if text is None:
            continue
        skipped.update(id(part) for part in ast.walk(node))
        text = " ".join(text.split())
        if _WORDS.search(text) and not _CODE.match(text):
            yield getattr(node, "lineno", 0), text


def _docstrings(tree: ast.Module) -> Iterator[ast.Expr]:
    """Yield texts that stand alone: docstrings, and words below a constant or an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node


def _text(node: ast.AST) -> str | None:
    """Return a text with {} for its values; None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("word", nargs="?", help="only sentences with this text")
    options = parser.parse_args(arguments)
    number = 0
    for path in sorted(PACKAGE.rglob("*.py")):
        for line, text in sorted(sentences(path)):
            if options.word is None or options.word.lower() in text.lower():
                number += 1
                print(f"{path.relative_to(PACKAGE)}:{line}: {text}")
    print(f"{number:,} sentences")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
