"""How far a build is, in one line for a terminal that is written over and over."""

from __future__ import annotations

from tacticlens.assemble.progress import BuildProgress
from tacticlens.views.words import count, seconds, short

_STAGES = {
    "network": "optimizing the network",
    "tactics": "choosing tactics",
    "engine": "generating the engine",
}


def progress_line(progress: BuildProgress, elapsed_s: float, *, width: int = 80) -> str:
    """Return ``12.3 s · 34 layers costed · 5,213 tactics tried · conv1 + relu1``, no longer than ``width``."""
    facts = [
        seconds(elapsed_s),
        f"{count(progress.layers, 'layer')} costed",
        f"{count(progress.tactics, 'tactic')} tried",
    ]
    if progress.builds > 1:
        facts.insert(1, f"pass {progress.builds}")
    if progress.unread:
        facts.append(f"{count(progress.unread, 'line')} not read")
    line = " · ".join(facts)
    room = width - len(line) - 3
    if progress.outcome != "incomplete":
        return f"{line} · {progress.outcome}"
    if progress.layer is not None and room >= 10:
        return f"{line} · {short(progress.layer, room)}"
    doing = _STAGES[progress.stage]
    return f"{line} · {doing}" if len(doing) <= room else line
