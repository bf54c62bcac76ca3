"""How far a build is, in one line for a terminal that is written over and over."""

from __future__ import annotations

from tacticlens.assemble.progress import BuildProgress
from tacticlens.words import count, percent, seconds, short, size


def reading_line(source: str, done: int, whole: int | None, elapsed_s: float) -> str:
    """Return ``reading build.log: 45 % of 1.0 GB, 60 MB/s, 9 s left``; without a size what was read so far.

    Args:
        source: the log.
        done: bytes that were read.
        whole: bytes of the log; None = not known.
        elapsed_s: seconds since reading began.
    """
    pace = done / elapsed_s if elapsed_s > 0 else 0.0
    speed = f"{size(int(pace))}/s"
    if whole is None or not pace or done > whole:
        return f"reading {short(source, 40)}: {size(done)}, {speed}"
    left = max(0.0, (whole - done) / pace)
    return (
        f"reading {short(source, 40)}: {percent(done / whole)} of {size(whole)}, {speed}, {left:.0f} s left"
    )


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
