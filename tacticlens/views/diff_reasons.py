"""Why a change is real, a tie or noise, in words."""

from __future__ import annotations

from typing import Final

from tacticlens.diff.model import Judgement, Reason

_REASONS: Final[dict[Reason, str]] = {
    "not_all_timed": "not every layer of both sides has a time that can be compared",
    "few_measurements": "only {measurements} times are known in both builds, too few to measure noise",
    "other_work": "the time changed more than any other, but the two sides have different nodes and may do "
    "different work",
    "other_gpu": "the GPUs differ, so changes of other tactics do not measure noise",
    "same_sum": "both sides together differ by less than others change",
    "not_both_timed": "the two winners were not both timed, in these formats, in either build",
    "loser_faster": "alone, the loser was faster: the neighbours' formats decided, or a constraint did",
    "same": "the two differ by less than tactics vary",
    "others_apart": "others of similar duration changed as much relative to each other between the builds",
    "same_now": "in the new build the two differ by less than tactics vary",
    "most_apart": "the two changed relative to each other by more than any others of similar duration",
    "only_old_timed_both": "only the old build timed both, and there they differ by more than any two others changed",
    "only_new_timed_both": "only the new build timed both, and there they differ by more than any two others changed",
    "others_moved": "others of similar duration changed as much",
    "moved_most": "it changed more than any other of similar duration",
    "same_in_repeats": "in the new build the two differ by less than repeats of a build vary",
    "old_was_accident": "in the repeats, too, the new winner is usually faster: the old choice was the accident",
    "old_slower": "the old winner became slower by more than any of similar duration rose in repeats",
    "new_faster": "the new winner is faster than the old one usually is, by more than any of similar duration fell "
    "in repeats",
    "repeats_stray": "tactics of similar duration scatter as much in repeats of one build",
    "untimed_unknown": "the new build did not time the old winner, and the repeats not the new one",
    "untimed_same": "the new build did not time the old winner; in the repeats the two take the same time",
    "untimed_slower": "the new build did not time the old winner; in the repeats the new one is slower by more "
    "than any of similar duration rose",
    "untimed": "the new build did not time the old winner in these formats",
    "more_than_repeats": "it changed by more than repeats explain",
    "times_stray": "times scatter as much in repeats of one build",
}


def reason_text(judged: Judgement) -> str:
    """Return why a verdict is what it is, in one clause."""
    return _REASONS[judged.reason].format(measurements=judged.measurements)
