"""Encoding of text files, and the kind of files that are no text."""

from __future__ import annotations

import codecs
from typing import Literal

from tacticlens.errors import SourceError

Encoding = Literal["utf-8", "utf-16-le", "utf-16-be"]

_SAMPLE = 1 << 16
_TEXT_CONTROLS = frozenset(b"\t\n\r\x08\x0b\x0c\x1b\x1c\x1d\x1e\x1f")
_HOW = "tacticlens reads the text log of a build: trtexec --verbose ... > build.log 2>&1"


def text_encoding(head: bytes) -> Encoding:
    """Return the encoding, from the byte order mark or, without one, from the NUL bytes of UTF-16."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = head[:512]
    if len(sample) >= 16:
        if sample[1::2].count(0) > 0.4 * len(sample) and sample[::2].count(0) == 0:
            return "utf-16-le"
        if sample[::2].count(0) > 0.4 * len(sample) and sample[1::2].count(0) == 0:
            return "utf-16-be"
    return "utf-8"


def reject_binary(head: bytes, encoding: Encoding, name: str) -> None:
    """Raise SourceError that names the kind of file if the first bytes are not those of a text log."""
    if encoding != "utf-8":
        return
    sample = head[:_SAMPLE]
    kind = _binary_kind(sample)
    if kind is None:
        strange = sum(1 for byte in sample if byte < 0x20 and byte not in _TEXT_CONTROLS)
        if strange > 0.02 * len(sample) and strange > 4:
            kind = "a binary file"
    if kind is not None:
        message = f"{name}: is {kind}, not a log; {_HOW}"
        raise SourceError(message)


def _binary_kind(sample: bytes) -> str | None:
    if sample[:4] in (b"ptrt", b"ftrt") or b"ptrt" in sample[:32]:
        return "a TensorRT engine or timing cache"
    if sample[:1] == b"\x08" and (
        b"\x12" in sample[2:4] or b"onnx" in sample[:200].lower() or b"pytorch" in sample[:64]
    ):
        return "an ONNX model"
    if sample[:4] == b"PK\x03\x04":
        return "a zip archive"
    if sample[:4] == b"\x7fELF":
        return "a program"
    if sample[:5] == b"%PDF-":
        return "a PDF"
    if sample[:8] == b"\x89PNG\r\n\x1a\n":
        return "a picture"
    if sample[:6] == b"PAR1" or sample[:4] == b"PAR1":
        return "a Parquet file"
    return None
