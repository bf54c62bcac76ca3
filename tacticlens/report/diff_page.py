"""Two builds -> what a diff page holds beside the pages of their logs."""

from __future__ import annotations

from tacticlens.diff.model import Change
from tacticlens.diff.result import Diff
from tacticlens.report import contract
from tacticlens.report.places import Finder
from tacticlens.views import diff_words as words
from tacticlens.views.diff_headline import headline, other_gpu
from tacticlens.views.diff_noise import band
from tacticlens.words import plain


def diff_page(found: Diff, old: Finder, new: Finder) -> contract.Diff:
    """Return what a diff page shows.

    Args:
        found: the comparison.
        old: finds the old build's layers in the page.
        new: finds the new build's.
    """
    noise = band(found)
    return contract.Diff(
        headline=headline(found).text,
        notes_first=[plain(note) for note in (other_gpu(found), words.basis(found)) if note is not None],
        facts=[
            contract.Pair(
                label=one.name,
                old=one.old,
                new=one.new,
                change=one.change,
                old_place=old.facts.of(one.name, one.old),
                new_place=new.facts.of(one.name, one.new),
            )
            for one in words.facts(found)
        ],
        notes=list(words.notes(found)),
        quiet=words.quiet(found),
        noise=contract.Noise(low=noise.low, high=noise.high, text=noise.text) if noise is not None else None,
        causes=[
            contract.Cause(cause=one.cause, changes=one.changes, delta_ms=one.delta_ms, verdicts=one.verdicts)
            for one in words.totals(found)
        ],
        changes=[_change(one, old, new) for one in words.shown(found)],
    )


def _change(one: Change, old: Finder, new: Finder) -> contract.Change:
    verdict = words.verdict(one.judgement) if one.judgement is not None else None
    layers = one.match.new or one.match.old
    return contract.Change(
        cause=words.WORDS[one.cause],
        kinds=[words.WORDS[kind] for kind in one.kinds],
        title=words.title(one),
        old_ms=one.old_ms,
        new_ms=one.new_ms,
        delta_ms=one.delta_ms,
        relative=one.new_ms / one.old_ms - 1 if one.old_ms and one.new_ms is not None else None,
        cost=words.cost(one),
        verdict=words.VERDICTS[one.verdict] if one.verdict is not None else None,
        verdict_text=plain(verdict) if verdict is not None else None,
        details=[plain(line) for line in words.details(one) if line and line != verdict],
        family=layers[0].family if layers else "unknown",
        old=old.layers(one.match.old),
        new=new.layers(one.match.new),
    )
