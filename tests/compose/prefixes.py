"""What the producers put around a TensorRT message. The dialect of the message itself is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Severity = Literal["V", "I", "W", "E"]


@dataclass(frozen=True)
class Message:
    """One call of the logger. Without severity it is text that reached the file around the logger."""

    severity: Severity | None
    text: str
    error_code: int | None = None


@dataclass(frozen=True)
class Wrapped:
    """What stands before and after a message."""

    head: str
    tail: str = ""


Prefix = Callable[[Message, int], Wrapped]

_START = datetime(2024, 5, 6, 7, 8, 9)
_LINES_PER_SECOND = 40
_WORDS = {"V": "VERBOSE", "I": "INFO", "W": "WARNING", "E": "ERROR"}
_LOGGING = {"V": "DEBUG", "I": "INFO", "W": "WARNING", "E": "ERROR"}
_POLYGRAPHY = {"V": "X", "I": "V", "W": "W", "E": "E"}


def _clock(index: int) -> datetime:
    """A clock that depends on nothing but the number of the message."""
    return _START + timedelta(seconds=index // _LINES_PER_SECOND)


def _us_date(index: int) -> str:
    return _clock(index).strftime("%m/%d/%Y-%H:%M:%S")


def _trtexec(message: Message, index: int) -> Wrapped:
    # trtexec has an error recorder: errors of the library lose the [TRT] and repeat their code.
    if message.error_code is not None:
        return Wrapped(f"[{_us_date(index)}] [E] Error[{message.error_code}]: ")
    return Wrapped(f"[{_us_date(index)}] [{message.severity}] [TRT] ")


def _trtexec_doubled(message: Message, index: int) -> Wrapped:
    wrapped = _trtexec(message, index)
    return Wrapped(f"[{_us_date(index)}] {wrapped.head}") if index % 7 == 3 else wrapped


def _python(message: Message, index: int) -> Wrapped:
    return Wrapped(f"[{_us_date(index)}] [TRT] [{message.severity}] ")


def _python_7(message: Message, _index: int) -> Wrapped:
    return Wrapped(f"[TensorRT] {_WORDS[message.severity or 'V']}: ")


def _letter_trt(message: Message, _index: int) -> Wrapped:
    return Wrapped(f"[{message.severity}] [TRT] ")


def _letter(message: Message, _index: int) -> Wrapped:
    return Wrapped(f"[{message.severity}] ")


def _jetson(_message: Message, _index: int) -> Wrapped:
    return Wrapped("[TRT]    ")


def _polygraphy(message: Message, _index: int) -> Wrapped:
    return Wrapped(f"[{_POLYGRAPHY[message.severity or 'V']}] ")


def _iso(message: Message, index: int) -> str:
    return f"[{_clock(index):%Y-%m-%d %H:%M:%S} {_WORDS[message.severity or 'V']:>7}]"


def _ort(message: Message, index: int) -> Wrapped:
    outer = f"{_clock(index):%Y-%m-%d %H:%M:%S}.{index % 10**9:09d}"
    place = "tensorrt_execution_provider.h:83 log"
    return Wrapped(f"{outer} [{message.severity}:onnxruntime:Default, {place}] {_iso(message, index)} ")


def _ort_tail(message: Message, index: int) -> Wrapped:
    tail = " [tensorrt_execution_provider.h:88 onnxruntime::TensorrtLogger::log]"
    return Wrapped(f"{message.severity} onnxruntime: {_iso(message, index)} ", tail)


def _torch_script(message: Message, _index: int) -> Wrapped:
    context = "[Torch-TensorRT TorchScript Conversion Context]"
    return Wrapped(f"{_LOGGING[message.severity or 'V']}: {context} - ")


def _torch_dynamo(message: Message, _index: int) -> Wrapped:
    return Wrapped(f"{_LOGGING[message.severity or 'V']}:torch_tensorrt [TensorRT Conversion Context]:")


def _deepstream(message: Message, _index: int) -> Wrapped:
    word = {"W": "WARNING", "E": "ERROR"}.get(message.severity or "V", "INFO")
    return Wrapped(f"{word}: [TRT]: ")


def _edge_llm(message: Message, index: int) -> Wrapped:
    return Wrapped(
        f"[{_clock(index):%H:%M:%S}.{index % 1000:03d}] [{_WORDS[message.severity or 'V']}] [TensorRT] "
    )


def _none(_message: Message, _index: int) -> Wrapped:
    return Wrapped("")


PREFIXES: dict[str, Prefix] = {
    "trtexec": _trtexec,
    "trtexec-doubled-date": _trtexec_doubled,
    "python": _python,
    "python-7": _python_7,
    "letter-trt": _letter_trt,
    "letter": _letter,
    "jetson": _jetson,
    "polygraphy": _polygraphy,
    "onnxruntime": _ort,
    "onnxruntime-tail": _ort_tail,
    "torch-script": _torch_script,
    "torch-dynamo": _torch_dynamo,
    "deepstream": _deepstream,
    "edge-llm": _edge_llm,
    "none": _none,
}


def lines_of(messages: list[Message], prefix: str) -> list[str]:
    """Wrap every message; the second and later lines of one message stay bare, as real loggers leave them."""
    wrap = PREFIXES[prefix]
    lines: list[str] = []
    for index, message in enumerate(messages):
        wrapped = wrap(message, index) if message.severity is not None else Wrapped("")
        lines += f"{wrapped.head}{message.text}{wrapped.tail}".split("\n")
    return lines
