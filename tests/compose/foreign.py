"""What gets into a log beside TensorRT's messages, and what a terminal does to its lines."""

from __future__ import annotations

#: Lines of scripts, shells and other libraries; none of them is TensorRT's.
FOREIGN_LINES = (
    "Epoch 3/10:  42%|####2     | 21/50 [00:07<00:09,  3.01it/s]",
    "loading weights from ./leaf.pt ... done in 0.8 s",
    "[[0.125 0.5  ]",
    " [0.25  0.125]]",
    "| N/A   41C    P0    62W / 300W |   1033MiB / 81559MiB |      7%      Default |",
    "Tactic of the day: time flies like an arrow",
    "",
    "WARNING:root:slow disk",
    "Traceback (most recent call last):",
    '  File "serve.py", line 12, in <module>',
    "KeyError: 'scale'",
    "2024-05-06 07:08:10,123 - my_app - INFO - Time: 0.5 s",
    "==== layer 3 of 7 ====",
)
_EVERY = 6


def interleave(lines: list[str]) -> list[str]:
    """Put a foreign line after every sixth line, also inside messages of several lines."""
    mixed: list[str] = []
    for index, line in enumerate(lines):
        mixed.append(line)
        if index % _EVERY == _EVERY - 1:
            mixed.append(FOREIGN_LINES[(index // _EVERY) % len(FOREIGN_LINES)])
    return mixed


def colour(lines: list[str]) -> list[str]:
    """Colour whole lines and redraw some, as terminals and progress monitors do."""
    codes = ("\x1b[38;5;8m", "\x1b[0;93m", "\x1b[2K\x1b[0G\x1b[1m")
    return [f"{codes[index % len(codes)]}{line}\x1b[0m" for index, line in enumerate(lines)]
