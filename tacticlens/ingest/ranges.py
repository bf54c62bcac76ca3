"""The innermost range of a profiler at a point in time."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

Range = tuple[float, float, str | None]
"""Start, end, name."""


def innermost(
    moments: Sequence[tuple[float, Hashable]], ranges: Mapping[Hashable, Sequence[Range]]
) -> list[str | None]:
    """Return the name of the shortest range around each moment; None = there is none.

    Args:
        moments: (time, thread or stream).
        ranges: of each thread or stream, in any order.
    """
    ordered = {thread: sorted(each, key=lambda one: one[0]) for thread, each in ranges.items()}
    places, opened = dict.fromkeys(ordered, 0), {thread: list[Range]() for thread in ordered}
    found: list[str | None] = [None] * len(moments)
    for at in sorted(range(len(moments)), key=lambda at: moments[at][0]):
        moment, thread = moments[at]
        if thread not in ordered:
            continue
        waiting, stack = ordered[thread], opened[thread]
        while places[thread] < len(waiting) and waiting[places[thread]][0] <= moment:
            stack.append(waiting[places[thread]])
            places[thread] += 1
        stack[:] = [one for one in stack if one[1] >= moment]
        if stack:
            found[at] = min(stack, key=lambda one: one[1] - one[0])[2]
    return found
