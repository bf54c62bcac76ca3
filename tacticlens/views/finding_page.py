"""The documentation of findings, made of the fields of their kinds: one section, and the whole page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import ClassVar

from tacticlens.analysis.finding import FindingKind
from tacticlens.views.blocks import Block, Gap, Heading, line
from tacticlens.views.result import Result

_WIDTH = 120
_INTRODUCTION = """# Findings

`tacticlens findings LOG` lists what stands out in a log, what it costs, and what to do about it; `tacticlens
finding TL005` explains a kind. Every finding has a code that never changes its meaning, and the layers, the
lines of the log and the rows of the tables that show it. The most time at stake comes first.

**Stake.** `stake_ms` is milliseconds per inference: a measured difference where the log has both sides (TL003,
TL009, TL011), else the time of the layers concerned, which is the most that can be saved. It is empty
where the log does not measure it (build time, accuracy, tactics that were never timed), and never more than the
engine takes on the GPU, where that was measured. Stakes of different findings overlap and must not be added up.
Findings with nothing at stake are listed, but left out of the summary of `parse`.

**One cause, one finding.** Layers that share a cause are one finding, and so are engines of one log that share
it: the numbers are then those of the engine with the most at stake.

**Advice** fits the log: flags that the command line has already are not repeated, and only flags that this
version of TensorRT has are named. Where a program other than trtexec built the engine, the call of the
Python API is named, too.

**What counts.** Only layers of engines that the log prints, and only builds that are in an engine: what was
tried under a losing backend strategy is not in your engine. An engine with several optimization profiles is
judged once per profile, because one profile runs at a time. A fused region whose kernels the log does not
print is *unknown*, never bad. Without a printed engine (TensorRT 5, cut logs) TL011 and TL013 judge the
winners of format combinations and say so; TL012, TL017 and TL018 need no engine; the others stay silent.

This page is generated from the kinds in `tacticlens/analysis/rules/` by `python
scripts/write_findings_page.py`.
"""


def page(kinds: Iterable[FindingKind]) -> str:
    """Return the page of the documentation: an introduction and a section per kind."""
    return "\n".join([_INTRODUCTION, *(section(kind) for kind in kinds)])


def section(kind: FindingKind) -> str:
    """Return the section of one kind as Markdown."""
    parts = [f"## {kind.code} {kind.name}"]
    parts += [_wrapped(f"**{head}** {text}") for head, text in _fields(kind)]
    return "\n\n".join(parts) + "\n"


class KindResult(Result):
    """What a kind of finding means."""

    kind: ClassVar[str] = "finding_kind"

    def __init__(self, kind: FindingKind) -> None:
        self._kind = kind

    def blocks(self) -> Iterator[Block]:
        """Yield its title and its fields."""
        yield Heading(f"{self._kind.code} {self._kind.name}: {self._kind.title}")
        for head, text in _fields(self._kind):
            yield Gap()
            yield Heading(head, 3)
            yield line(text, indent=2)

    def document(self) -> dict[str, str]:
        """Return its fields."""
        return as_dict(self._kind)


def as_dict(kind: FindingKind) -> dict[str, str]:
    """Return the fields of a kind, ready for JSON."""
    return {
        "code": kind.code,
        "name": kind.name,
        "title": kind.title,
        "what": kind.what,
        "why": kind.why,
        "action": kind.action,
        "example": kind.example,
    }


def _fields(kind: FindingKind) -> tuple[tuple[str, str], ...]:
    return (
        ("What", kind.what),
        ("Why", kind.why),
        ("How to act", kind.action),
        ("Example", kind.example),
    )


def _wrapped(text: str, width: int = _WIDTH, indent: str = "") -> str:
    return fill(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
