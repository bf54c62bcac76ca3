"""From matches to changes: what is different, what it costs, and whether that is more than noise."""

from __future__ import annotations

import math
from dataclasses import replace

from tacticlens.diff.candidates import Candidates
from tacticlens.diff.compare import comparable, kinds_of, time_of
from tacticlens.diff.model import WINNER_KINDS, Change, Judgement, Layer, Match, Reason
from tacticlens.diff.noise import LEAST, Yardstick
from tacticlens.diff.repeat_judge import RepeatJudge
from tacticlens.diff.unmatched import UnmatchedNeighbours

Winners = Yardstick | RepeatJudge


class Judge:
    """Turns matches into changes.

    Args:
        names: what the new side's candidates are called on the old side, where their names are not the same.
        yardsticks: what judges changes of winner, the yardstick of tactics, that of profiled times.
        candidates: what only one side timed.
        between: the layers alone on each side; None = matches are of format combinations, alternatives of which the
            engine takes one, so that one that is missing saves nothing.
    """

    def __init__(
        self, names: dict[str, str], yardsticks: tuple[Winners, Yardstick, Yardstick], candidates: Candidates,
        between: tuple[UnmatchedNeighbours, UnmatchedNeighbours] | None,
    ) -> None:  # fmt: skip
        self._names = names
        self._winners, self._tactics, self._profiles = yardsticks
        self._candidates = candidates
        self._between = between

    def change(self, match: Match) -> Change | None:
        """Return the change of a match; None if there is none."""
        gone: tuple[Layer, ...] = ()
        come: tuple[Layer, ...] = ()
        kinds = kinds_of(match)
        if self._between is not None and "fusion" in kinds:
            gone, come = self._between[0].of(match.old), self._between[1].of(match.new)
            kinds = kinds_of(match, (gone, come))
        nothing = 0.0 if self._between is not None else None
        old_ms, new_ms = (time_of(side) if side else nothing for side in (match.old, match.new))
        if not comparable(match):
            old_ms = new_ms = None
        judgement: Judgement | None = None
        added = removed = None
        if len(match.old) == len(match.new) == 1:
            old, new = match.old[0], match.new[0]
            name = self._names.get(new.measured_as, new.measured_as)
            if name == old.measured_as:
                added, removed = self._candidates.of(name, new.formats)
            if WINNER_KINDS & set(kinds):
                judgement = self._winners.judge_winner(old, new, (old.measured_as, name))
                if "fusion" in kinds and judgement.gap_old is None and judgement.gap_new is None:
                    judgement = self._together(
                        match, old_ms, new_ms
                    )  # other work was timed: no gap can be known
            else:
                judgement = self._time(match, old_ms, new_ms)
                kinds += ["time"] if judgement is not None and "fusion" not in kinds else []
        elif match.old and match.new:
            judgement = self._together(match, old_ms, new_ms)
        if "fusion" in kinds and judgement is None:
            judgement = self._together(match, old_ms, new_ms)
        if added or removed:
            kinds.append("candidates")
        if not kinds:
            return None
        return Change(tuple(kinds), match, old_ms, new_ms, judgement, added, removed, gone, come)

    def _time(self, match: Match, old_ms: float | None, new_ms: float | None) -> Judgement | None:
        """Judge the time of a layer that kept its tactic."""
        source = source_of(match)
        if source is None or not old_ms or not new_ms:
            return None
        if source == "profile":
            return self._profiles.judge_time(old_ms, new_ms, match.old[0].name)
        kernel = match.old[0].kernel or f"{match.old[0].runner} {match.old[0].tactic}"
        return self._winners.judge_time(old_ms, new_ms, kernel)

    def _together(self, match: Match, old_ms: float | None, new_ms: float | None) -> Judgement:
        """Judge a fusion that changed by the time of each side as a whole."""
        yardstick = self._profiles if _of_profile(match) else self._tactics
        enough = yardstick.measurements >= LEAST
        typical = math.expm1(yardstick.band) if enough else None
        reason: Reason
        if not old_ms or not new_ms:
            reason = "not_all_timed"
        elif not enough:
            reason = "few_measurements"
        else:
            found = yardstick.judge_time(old_ms, new_ms, None)
            if found is not None and found.verdict == "real" and not _same_nodes(match):
                return replace(found, verdict="cannot_tell", reason="other_work")
            if found is not None:
                return found
            if yardstick.other_gpu:
                reason = "other_gpu"
            else:
                reason = "same_sum"
                return Judgement("tie", reason, typical=typical, measurements=yardstick.measurements)
        return Judgement("cannot_tell", reason, typical=typical, measurements=yardstick.measurements)


def source_of(match: Match) -> str | None:
    """Return where both times of a one-to-one match come from; None if that is not the same."""
    if len(match.old) != 1 or len(match.new) != 1:
        return None
    old, new = match.old[0], match.new[0]
    return old.time_source if old.time_source == new.time_source != "none" else None


def _same_nodes(match: Match) -> bool:
    """Tell whether both sides have the same ONNX nodes, so that they do the same work."""
    old, new = ({node for layer in side for node in layer.nodes} for side in (match.old, match.new))
    return match.renamed or old == new


def _of_profile(match: Match) -> bool:
    return any(layer.time_source == "profile" for layer in (*match.old, *match.new))
