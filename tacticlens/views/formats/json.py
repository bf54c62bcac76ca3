"""JSON: the result as one document."""

from __future__ import annotations

import json

from tacticlens.views.registry import Pieces
from tacticlens.views.result import Look, Result

BINARY = False


def render(result: Result, look: Look) -> Pieces:
    return [json.dumps(result.document(), indent=1, ensure_ascii=False, default=str), "\n"]
