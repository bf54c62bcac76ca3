"""Numbers and names as people read them; the same in all text views."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks without a picture of their own; Python calls them printable."""
_SMALLEST_MS = 1e-4
"""Below this a number of milliseconds has a power of ten: nanoseconds are read more easily."""
_SMALLEST_TOLD_MS = 1e-8


def milliseconds(value: float | None) -> str:
    """``0.00615 ms``, ``12.3 ms``, ``14.9 ns`` for what would need a power of ten; a dash for what is not known."""
    if value is None:
        return "–"
    if 0 < abs(value) < _SMALLEST_MS:
        return f"{value * 1e6:.3g} ns" if abs(value) >= _SMALLEST_TOLD_MS else "<0.01 ns"
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


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 build``, ``4,713 lines``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def operations(number: int | None) -> str:
    """Floating-point operations as ``4.72 M``, ``1.2 G``."""
    if number is None:
        return "–"
    for scale, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if number >= scale:
            return f"{number / scale:.3g} {unit}"
    return str(number)


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


def short(text: str, width: int) -> str:
    """A name cut in its middle, where fused names say least."""
    text = plain(text)
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[-(width - 1 - head) :]}"
