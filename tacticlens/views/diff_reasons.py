"""Why a change is real, a tie or noise, in words."""

from __future__ import annotations

from typing import Final

from tacticlens.diff.model import Judgement, Reason

_REASONS: Final[dict[Reason, str]] = {
    "not_all_timed": "not every layer of both sides has a time that can be compared",
    "few_measurements": "only {measurements} times are known in both builds: no yardstick for noise",
    "other_work": "the time moved more than any other, but the two sides have other nodes: they may do other work",
    "other_gpu": "the GPUs are not the same, so what moved elsewhere is no measure of noise",
    "same_sum": "both sides as a whole cost the same within what others move by",
    "not_both_timed": "the two winners were not both timed, in these formats, in either build",
    "loser_faster": "alone the loser was faster: the builder chose for the formats around it, or was not free to",
    "same": "the two cost the same within what tactics move by",
    "others_apart": "others of similar duration moved as much against each other between the two builds",
    "same_now": "in the new build the two cost the same within what tactics move by",
    "most_apart": "the two moved against each other by more than any others of similar duration",
    "only_old_timed_both": "only the old build timed both, and there the gap is more than any two others moved by",
    "only_new_timed_both": "only the new build timed both, and there the gap is more than any two others moved by",
    "others_moved": "others of similar duration moved as much",
    "moved_most": "it moved more than any other of similar duration",
    "same_in_repeats": "in the new build the two cost the same within what repeats of a build move by",
    "old_was_accident": "in the repeats too the new winner is usually the faster: the old choice was the accident",
    "old_slower": "the old winner became slower by more than any of similar duration rose in repeats",
    "new_faster": "the new winner is faster than the old one usually is, by more than any of similar duration fell "
    "in repeats",
    "repeats_stray": "tactics of similar duration stray as far in repeats of one build",
    "untimed_unknown": "the new build did not time the old winner, and the repeats not the new one",
    "untimed_same": "the new build did not time the old winner; in the repeats the two cost the same",
    "untimed_slower": "the new build did not time the old winner; in the repeats the new one is slower by more than "
    "any of similar duration rose",
    "untimed": "the new build did not time the old winner in these formats",
    "more_than_repeats": "it moved more than repeats explain",
    "times_stray": "times stray as far in repeats of one build",
}


def reason_text(judged: Judgement) -> str:
    """Return why a verdict is what it is, in one clause."""
    return _REASONS[judged.reason].format(measurements=judged.measurements)
