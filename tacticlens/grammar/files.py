"""Where the grammar files are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@cache
def grammar_text(name: str) -> str:
    """Return the text of `<name>.lark`.

    An installed wheel carries the grammars inside the package; a checkout has them beside it.
    Raises FileNotFoundError, naming both places, when neither has the file.
    """
    candidates = (_PACKAGE / "grammars" / f"{name}.lark", _PACKAGE.parent / "grammars" / f"{name}.lark")
    for path in candidates:
        if path.is_file():
            return path.read_text(encoding="utf-8")
    places = " or ".join(str(path) for path in candidates)
    raise FileNotFoundError(f"grammar {name!r} is not at {places}; reinstall tacticlens")
