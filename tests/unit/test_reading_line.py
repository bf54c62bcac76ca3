"""The line that says how far reading is."""

from __future__ import annotations

from tacticlens.views.live import reading_line


def test_a_known_size_gives_per_cent_and_the_time_left() -> None:
    assert reading_line("build.log", 250_000_000, 10**9, 5.0) == (
        "reading build.log: 25 % of 1.0 GB, 50 MB/s, 15 s left"
    )


def test_without_a_size_what_was_read_is_said() -> None:
    assert reading_line("-", 250_000_000, None, 5.0) == "reading -: 250 MB, 50 MB/s"
