"""Numbers, units, names and lists as people read them; every view and every error takes them from here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks without a picture of their own; Python calls them printable."""
_SMALLEST_MS = 1e-4
"""Below this a number of milliseconds has a power of ten: nanoseconds are read more easily."""
_SMALLEST_SHOWN_MS = 1e-8
_LONGEST_QUOTED = 90


def milliseconds(value: float | None) -> str:
    """``0.00615 ms``, ``12.3 ms``, ``14.9 ns`` for what would need a power of ten; a dash for what is not known."""
    if value is None:
        return "–"
    if 0 < abs(value) < _SMALLEST_MS:
        return f"{value * 1e6:.3g} ns" if abs(value) >= _SMALLEST_SHOWN_MS else "<0.01 ns"
    return f"{value:.3g} ms" if value < 100 else f"{value:,.0f} ms"


def seconds(value: float | None) -> str:
    """``14.8 s``, ``0.09 s``."""
    if value is None:
        return "–"
    return f"{value:.2f} s" if value < 1 else f"{value:,.1f} s"


def percent(value: float | None) -> str:
    """A share of 0 to 1 as ``46 %``; what is not zero is not shown as zero."""
    if value is None:
        return "–"
    if 0 < value < 0.005:
        return "<1 %"
    return f"{value * 100:.0f} %"


def percent_exact(value: float | None) -> str:
    """A share that is held against a limit, as ``51.6 %``."""
    return "–" if value is None else f"{value * 100:.1f} %"


def change(ratio: float) -> str:
    """A relative difference as ``+12.3 %``, or ``13.3 x`` for ten times and more."""
    return f"{ratio * 100:+.1f} %" if abs(ratio) < 9 else f"{ratio + 1:,.0f} x"


def spread(ratio: float) -> str:
    """A distance between times as ``12.3 %``."""
    return f"{ratio * 100:.1f} %"


def gap(ratio: float) -> str:
    """A distance between the best two as ``1.2 %``; what is not zero is not shown as zero."""
    return "<0.1 %" if ratio < 0.0005 else spread(ratio)


def times(ratio: float) -> str:
    """A factor as ``1.3 times``, ``12 times``."""
    return f"{ratio:.1f} times" if ratio < 10 else f"{ratio:.0f} times"


def points(old: float | None, new: float | None) -> str:
    """The difference of two shares as ``+4 points``; nothing where there is none."""
    if old is None or new is None or old == new:
        return ""
    moved = (new - old) * 100
    number = f"{moved:+.0f}" if abs(moved) >= 0.95 else f"{moved:+.1f}"
    return f"{number} {'point' if number in {'+1', '-1'} else 'points'}"


def delta(value: float | None) -> str:
    """A difference of times as ``+0.604 ms``; a dash for what is not known."""
    if value is None:
        return "–"
    return f"{'+' if value > 0 else '-' if value < 0 else '±'}{milliseconds(abs(value))}"


def between(low: float, high: float) -> str:
    """Two relative differences as ``-3.1..+4.0 %``."""
    return f"{low * 100:+.1f}..{high * 100:+.1f} %"


def duration_range(low: float, high: float | None) -> str:
    """A range of milliseconds as ``10 to 20 µs``; None = no upper end."""
    if high is None:
        return f"{low * 1000:.0f} µs and more"
    return f"below {high * 1000:.0f} µs" if low == 0 else f"{low * 1000:.0f} to {high * 1000:.0f} µs"


def memory(number: int) -> str:
    """Memory of a GPU as ``7,179 MiB``; less than one MiB in bytes. Rounded up: it must be there."""
    return f"{-(-number // (1 << 20)):,} MiB" if number >= 1 << 20 else count(number, "byte")


def bar(share: float | None, columns: int = 10) -> str:
    """A share as a bar in eighths of a column, ``████▌``; what is not zero is seen."""
    if not share or share < 0:
        return ""
    eighths = max(1, round(min(share, 1.0) * columns * 8))
    return "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 build``, ``4,713 lines``."""
    return f"{number:,} {agree(number, one, many or one + 's')}"


def agree(number: int, one: str, many: str) -> str:
    """The form of a word that agrees with a number: ``1 of 58 layers runs``, ``2 of 58 layers run``."""
    return one if number == 1 else many


def listed(items: Sequence[str], most: int, *, between: str = ", ") -> str:
    """``a, b and 3 more``: the first few of many."""
    more = f" and {len(items) - most:,} more" if len(items) > most else ""
    return between.join(items[:most]) + more


def line_numbers(numbers: Sequence[int], most: int | None = None) -> str:
    """``line 7``, ``lines 7, 9 and 3 more``."""
    text = listed([str(number) for number in numbers], len(numbers) if most is None else most)
    return f"{agree(len(numbers), 'line', 'lines')} {text}"


def quoted(name: str) -> str:
    """A name in quotes; control characters are written out, and a long one is cut in its middle."""
    return repr(name if len(name) <= _LONGEST_QUOTED else f"{name[:58]}…{name[-31:]}")


def operations(number: int | None) -> str:
    """Floating-point operations as ``4.72 M``, ``1.2 G``."""
    if number is None:
        return "–"
    for scale, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= scale:
            return f"{number / scale:.3g} {unit}"
    return str(number)


def bandwidth(gigabytes: float) -> str:
    """Bytes per second as ``3,350 GB/s``."""
    return f"{gigabytes:,.0f} GB/s"


def share_range(low: float, high: float | None) -> str:
    """A share with its bounds as ``46 %`` or ``12 % to 31 %``; None = it may be everything."""
    least, most = percent(low), percent(1.0 if high is None else high)
    return least if least == most else f"{least} to {most}"


def rate_number(number: float) -> str:
    """A number per second as ``1,489``, ``12.3``."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def rate(number: float, things: str) -> str:
    """So many a second, as ``1,234 logs/s``."""
    return f"{number:,.0f} {things}/s"


def size(number: int) -> str:
    """Bytes as ``777 kB``, ``1.2 MB``."""
    for limit, unit, scale in ((1000, "B", 1), (10**6, "kB", 10**3), (10**9, "MB", 10**6)):
        if number < limit:
            return f"{number / scale:.{0 if scale == 1 or number >= 10 * scale else 1}f} {unit}"
    return f"{number / 10**9:.1f} GB"


def plain(text: str) -> str:
    """A text of the log without characters that a terminal would obey or not show.

    Names are hostile text: controls, marks of direction and what has no width become their visible names.
    """
    if is_plain(text):
        return text
    return "".join(c if is_plain(c) else f"<{unicodedata.name(c, f'U+{ord(c):04X}')}>" for c in text)


def is_plain(text: str) -> bool:
    """Tell whether a text has only characters that are seen."""
    return text.isprintable() and (text.isascii() or _UNSEEN.search(text) is None)


def formats(text: str, *, wide: bool = False) -> str:
    """The formats of a combination; expressions of dynamic shapes become an ellipsis unless they are wanted in full.

    ``Float((* 64 (# 0 (SHAPE x))),1) -> Half(E0,1) where E0=...`` is shown as ``Float(…,1) -> Half(E0,1)``.
    """
    if wide or ("(#" not in text and " where " not in text):
        return text
    shown, depth = [], 0
    for letter in text.partition(" where ")[0]:
        depth += letter == "("
        if depth < 2:
            shown.append(letter)
        elif depth == 2 and letter == "(":
            shown.append("…")
        depth -= letter == ")"
    return "".join(shown)


def short(text: str, width: int) -> str:
    """A name cut in its middle, where fused names say least."""
    text = plain(text)
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[-(width - 1 - head) :]}"
