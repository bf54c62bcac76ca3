"""Other nights of one build: the text of a log with other times, and with another winner."""

from __future__ import annotations

import re
import zlib

_TIME = re.compile(r"(?<=Time: )\d[\d.e-]*")
POINTWISE = 'PWN(PWN(neck/mul, neck/"q:1"), PWN((Unnamed Layer* 7) [ElementWise])) || neck/gate'
"""A layer of the sample network with three timed tactics: 0x0 0.889791, 0x1 0.328127, 0x1c 0.239807 ms."""
_WON = "0x000000000000001c"
_OTHER = "0x0000000000000001"


def night(text: str, number: int, spread: float = 0.02) -> str:
    """Return the log with all times moved by up to ``spread``, for each number in another way."""
    count = 0

    def moved(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        share = zlib.crc32(f"{number} {count}".encode()) % 1001 / 1000
        return f"{float(found[0]) * (1 + spread * (2 * share - 1)):.6g}"

    return _TIME.sub(moved, text)


def won_by_another(text: str, ms: float, old_ms: float = 0.239807) -> str:
    """Return the log of a build in which the pointwise layer took tactic 0x1.

    Args:
        text: log in which it took 0x1c.
        ms: time of 0x1.
        old_ms: time of 0x1c.
    """
    times = {"0.328127": f"{ms:.6g}", "0.239807": f"{old_ms:.6g}"}
    for was, now in times.items():
        text = text.replace(f"Time: {was}", f"Time: {now}")
    for line in (f"PointWiseV2 Tactic: {_WON}", f"|| neck/gate, Tactic: {_WON}", f"Fastest Tactic: {_WON}"):
        text = text.replace(line, line.replace(_WON, _OTHER))
    return text
