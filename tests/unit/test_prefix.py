"""What producers put around a message: it is cut off, and its severity told."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING

import pytest
from compose import PREFIXES
from compose.prefixes import Message, lines_of

from tacticlens.events.chunk import ChunkReader, decode
from tacticlens.grammar.prefix import prefix_info
from tacticlens.log import read_log

if TYPE_CHECKING:
    from pathlib import Path

    from tacticlens.tables.table_set import TableSet

TACTIC = "Tactic: 0x00000000000003e8 Time: 0.203776"
FASTEST = "Fastest Tactic: 0x00000000000003e8 Time: 0.203776"
HEAD = "--------------- Timing Runner: conv1 + relu1 (CaskConvolution)"
SEVERITIES = {"V": "verbose", "I": "info", "W": "warning", "E": "error"}
SHIFTED = {("polygraphy", "I"): "verbose", ("deepstream", "V"): "info"}
"""Producers that print another severity than the library's."""
SILENT = {"jetson", "none"}
"""Producers that print no severity."""

ORT_TIME = "2024-03-28 13:07:04.725964281 [W:onnxruntime:Default, tensorrt_execution_provider.h:83 log]"
# (prefix, severity, origin), as the producers of the reference print them
PRINTED = [
    ("[07/07/2026-02:10:59] [V] [TRT] ", "verbose", "library"),
    ("[07/07/2026-02:10:59] [I] ", "info", "tool"),
    ("[01/29/2022-15:09:36] [01/29/2022-15:09:36] [V] [TRT] ", "verbose", "library"),
    ("[07/07/2026-06:12:03] [TRT] [V] ", "verbose", "library"),
    ("[09/05/2026-19:32:09] [TRT] [E] ", "error", "library"),
    ("[TRT] [W] ", "warning", "library"),
    ("[TensorRT] VERBOSE: ", "verbose", "library"),
    ("[TensorRT] INFO: ", "info", "library"),
    ("[TensorRT] INTERNAL_ERROR: ", "internal_error", "library"),
    ("[V] [TRT] ", "verbose", "library"),
    ("[V] ", "verbose", "letter"),
    ("[X] ", "verbose", "letter"),
    ("[!] ", "error", "letter"),
    ("[V] (11:52:01) [loader.py:120] ", "verbose", "letter"),
    ("[F] [TRT] ", "internal_error", "library"),
    ("[TRT]    ", None, "library"),
    ("[TRT]   ", None, "library"),
    ("  INFO: [TRT]: ", "info", "library"),
    ("INFO: [TRT]: ", "info", "library"),
    ("WARNING: [TRT]: ", "warning", "library"),
    ("INFO: [TRT] ", "info", "library"),
    ("DEBUG: [Torch-TensorRT TorchScript Conversion Context] - ", "verbose", "library"),
    ("INFO: [Torch-TensorRT] - ", "info", "library"),
    ("DEBUG:torch_tensorrt [TensorRT Conversion Context]:", "verbose", "library"),
    ("WARNING:torch_tensorrt [TensorRT Conversion Context]:", "warning", "library"),
    ("22:32:34 - ERROR - ", "error", "other"),
    ("2024-06-13 20:21:01,281 - torch_tensorrt - DEBUG - ", "verbose", "other"),
    ("E0810 16:18:02.041721 16175 helper.h:95] ", "error", "library"),
    ("[13:47:39.127] [INFO] [TensorRT] ", "info", "library"),
    ("[2024-06-13 20:21:01.281] [info] ", "info", "other"),
    ("[trt_node-1] [I] [TRT] ", "info", "library"),
    (" [01/10/2024-21:52:52] [V] [TRT] ", "verbose", "library"),
    ("   [INFO] ", "info", "other"),
    ("> [07/07/2026-02:10:59] [V] [TRT] ", "verbose", "library"),
    ("My Logger: Severity.VERBOSE ", "verbose", "letter"),
    (f"{ORT_TIME} [2024-03-28 20:07:04 WARNING] ", "warning", "library"),
]


def cut(line: str) -> tuple[str, str]:
    return ChunkReader().cut(line)


def tables_of(data: bytes, folder: Path) -> TableSet:
    path = folder / "build.log"
    path.write_bytes(data)
    return read_log(path, processes=0).tables


@pytest.mark.parametrize(("prefix", "severity", "origin"), PRINTED, ids=[row[0] for row in PRINTED])
@pytest.mark.parametrize("message", [TACTIC, HEAD, "[MemUsageChange] Init CUDA: CPU +157, GPU +0"])
def test_a_prefix_is_cut_off_and_tells_the_severity(
    prefix: str, severity: str | None, origin: str, message: str
) -> None:
    found, rest = cut(prefix + message)

    assert (found, rest) == (prefix, message)
    assert prefix_info(found).severity == severity
    assert prefix_info(found).origin == origin


def test_the_blank_that_a_message_begins_with_is_none_of_the_four_of_jetson_inference() -> None:
    message = " (foreignNode) [pass.cpp:2131: run_passes] Exceeded mem budget of 1. Need 1"

    assert cut(f"[TRT]    {message}") == ("[TRT]    ", message)


@pytest.mark.parametrize("producer", sorted(PREFIXES))
@pytest.mark.parametrize("severity", sorted(SEVERITIES))
@pytest.mark.parametrize("text", [TACTIC, HEAD, FASTEST])
def test_every_producer_of_the_composer_is_known(producer: str, severity: str, text: str) -> None:
    for line in lines_of([Message(severity, text)] * 8, producer):  # type: ignore[arg-type]
        found, rest = cut(line)
        info = prefix_info(found)

        assert rest == text
        if producer not in SILENT:
            assert info.severity == SHIFTED.get((producer, severity), SEVERITIES[severity])


@pytest.mark.parametrize("producer", sorted(PREFIXES))
def test_a_log_of_any_producer_gives_its_tactic(producer: str, tmp_path: Path) -> None:
    formats = "*************** Autotuning format combination: Float(1) -> Float(1) ***************"
    texts = [formats, HEAD, TACTIC, TACTIC, FASTEST]
    text = "\n".join(lines_of([Message("V", text) for text in texts], producer))
    tables = tables_of(text.encode(), tmp_path)

    assert tables.tactics["time_ms"].to_list() == [0.203776, 0.203776]
    assert tables.combinations["result"].to_list() == ["timed"]
    assert tables.unread.rows() == []


@pytest.mark.parametrize(
    "line", ["[8] Assertion failed: x", "Layer(Reformat): a, Tactic: 0x0", "[1, 2, 3]", "[net] x"]
)
def test_text_that_only_looks_like_a_prefix_is_left_whole(line: str) -> None:
    assert cut(line) == ("", line)


def test_a_line_that_is_all_prefix_has_an_empty_message() -> None:
    for line in ("[07/07/2026-02:10:59] [I]", "[TensorRT] VERBOSE: ", "[TRT] ", "[V] "):
        assert cut(line)[1] == "", line


def test_colours_are_taken_off() -> None:
    assert decode(f"\x1b[0;93m[V] {TACTIC}\x1b[m\n\x1b[2K\x1b[1A[V] x".encode()) == f"[V] {TACTIC}\n[V] x"


def test_crlf_colours_and_bad_bytes_change_no_number(tmp_path: Path) -> None:
    plain = f"[V] [TRT] {HEAD}\n[V] [TRT] {TACTIC}\n[V] [TRT] {FASTEST}\n"
    rough = plain.replace("\n", "\r\n").replace("[V]", "\x1b[38;5;8m[V]\x1b[0m").encode()
    broken = rough.replace(b"conv1", b"conv\xff1")
    tables = [tables_of(data, tmp_path) for data in (plain.encode(), rough, broken)]

    assert [one.tactics["time_ms"].to_list() for one in tables] == [[0.203776]] * 3
    assert [one.log["lines"].item() for one in tables] == [3, 3, 3]
    assert [one.layers["name"].item() for one in tables] == [
        "conv1 + relu1",
        "conv1 + relu1",
        "conv\ufffd1 + relu1",
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-8"])
def test_a_log_in_any_unicode_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    text = f"[V] [TRT] {HEAD.replace('conv1', '層/conv')}\n[V] [TRT] {TACTIC}\n[V] [TRT] {FASTEST}\n" * 300
    data = text.encode(encoding)
    if encoding == "utf-16-be":
        data = codecs.BOM_UTF16_BE + data
    tables = tables_of(data, tmp_path)

    assert tables.log["lines"].item() == 900
    assert tables.tactics.height == 300
    assert set(tables.layers["name"]) == {"層/conv + relu1"}


def test_a_line_glued_behind_a_torn_one_is_read(tmp_path: Path) -> None:
    torn = "[08/30/2026-04:08:32] [V] [TRT] Some builder pas[08/30/2026-04:08:32] "
    tables = tables_of(f"{torn}[08/30/2026-04:08:52] [V] [TRT] {TACTIC}\n".encode(), tmp_path)

    assert tables.tactics.select("time_ms", "line").rows() == [(0.203776, 1)]
    assert tables.ledger.rows() == [("unread", "glued", 1)]


def test_a_line_without_a_prefix_among_others_is_read(tmp_path: Path) -> None:
    text = f"[V] [TRT] {HEAD}\n{TACTIC}\n[V] [TRT] {FASTEST}\n"

    assert tables_of(text.encode(), tmp_path).tactics["line"].to_list() == [2]


def test_severities_of_messages_come_from_the_prefix(tmp_path: Path) -> None:
    lines = [
        f"[01/01/2024-00:00:00] [TRT] [{letter}] {word} happened"
        for letter, word in zip("VIWE", "abcd", strict=True)
    ]
    messages = tables_of("\n".join(lines).encode(), tmp_path).messages

    assert messages.select("line", "severity", "text").rows() == [
        (3, "warning", "c happened"),
        (4, "error", "d happened"),
    ]


@pytest.mark.parametrize(
    "prefix", ["NVInfer: ", "[My Logger] ", "2024-06-13 20:21:01.281 (  12.3s) app.cpp:77 INFO| "]
)
def test_the_prefix_of_an_unknown_logger_is_learned_from_the_log(prefix: str, tmp_path: Path) -> None:
    formats = "*************** Autotuning format combination: Float(1) -> Float(1) ***************"
    text = "\n".join(prefix + line for line in [formats, HEAD, TACTIC, TACTIC, FASTEST] * 3)
    tables = tables_of(text.encode(), tmp_path)

    assert tables.tactics["time_ms"].to_list() == [0.203776] * 6
    assert tables.combinations["result"].to_list() == ["timed"] * 3


def test_the_first_line_of_a_message_of_two_in_onnxruntime_has_no_tail(tmp_path: Path) -> None:
    skip = (
        "Skipping tactic 1 due to insufficient memory on requested size of 19 detected for "
        "tactic 0x0000000000000003."
    )
    text = (
        f"W onnxruntime: [2024-09-20 12:15:43 WARNING] {skip}\nTry decreasing the workspace size with "
        "IBuilderConfig::setMemoryPoolLimit(). [tensorrt_execution_provider.h:88 "
        "onnxruntime::TensorrtLogger::log]\n"
    )

    assert tables_of(text.encode(), tmp_path).tactics["status"].to_list() == ["skipped"]


def test_a_prefix_that_shows_late_is_learned_from_a_pipe_as_from_a_file() -> None:
    class Pipe(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, 4096) if size and size > 0 else 4096)

    formats = "*************** Autotuning format combination: Float(1) -> Float(1) ***************"
    late = "".join(f"[My Logger] {line}\n" for line in [formats, HEAD, TACTIC, FASTEST] * 5)
    data = ("some text of the application\n" * 4000 + late).encode()
    tables = read_log(Pipe(data), processes=0).tables

    assert tables.tactics.height == 5
    assert tables.tactics.equals(read_log(io.BytesIO(data), processes=0).tables.tactics)


def test_the_tag_of_the_region_compiler_is_not_taken_for_the_prefix_of_a_logger(tmp_path: Path) -> None:
    lines = [
        " (foreignNode) Set user's cuda kernel library",
        " (foreignNode) Autotuning op fc: [ONNX Layer: fc]",
        " (foreignNode) Sorted table of all evaluated tactics:",
        " (foreignNode)    3, 0.0112640, 1.00000, 0.50673, sm80_xmma_gemm_f32f32_tf32f32_f32_nn_n, 0x665ded9abbf88,",
    ]
    tables = tables_of("\n".join(lines * 4).encode(), tmp_path)

    assert tables.op_tactics.height == 4
    assert tables.unread.rows() == []


def test_an_empty_message_of_onnxruntime_is_a_blank_line_with_a_tail() -> None:
    prefix = "I onnxruntime: [2024-05-06 07:08:09    INFO] "

    assert cut(f"{prefix} [tensorrt_execution_provider.h:88 onnxruntime::TensorrtLogger::log]") == (
        prefix,
        "",
    )
