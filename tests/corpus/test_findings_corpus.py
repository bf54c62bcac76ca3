"""Every finding on a real log where it must be found, and on one where it must not.

The numbers were read off the logs by hand. Where a number stands in one line of the log, the test holds that line too,
so that a reader can look: `shown` maps line numbers to a piece of their text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tacticlens.analysis.findings import KINDS, findings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tacticlens.analysis.finding import Finding
    from tacticlens.log import Log

pytestmark = pytest.mark.corpus

SAMPLE = "trtexec-8.5.1-rtx3080-sample2"
LEVEL5 = "trtexec-10.16.1-h100-mnist-level5"
BEVFORMER = "trtexec-8.5.10-rtx2000ada-bevformer-tsa-v1"
SQUEEZE = "python-8.4.1-gtx1070-squeeze-transpose"
RPN = "trtexec-8.2.3-a100-centerpoint-rpn"
MOBILENET = "trtexec-8.6.1-rtx3080-mobilenetv2"


@dataclass(frozen=True)
class Expected:
    """One finding of a real log.

    `stake` is that of the layers measured alone, before it is scaled to the time of the engine, and None where nothing
    is measured; `lines` must be among the lines of the finding; `shown` are lines of
    the log with the text that the numbers come from.
    """

    code: str
    log: str
    title: str
    stake: float | None
    lines: tuple[int, ...] = ()
    shown: dict[int, str] = field(default_factory=dict)


EXPECTED = (
    # 0.0093 (/value_proj/MatMul) + 0.0107 (/sampling_offsets/MatMul || ..) of 0.2053 ms run on Tensor Cores
    Expected("TL001", BEVFORMER, "9.7 % of 0.205 ms on Tensor Cores",
             0.9 * 0.2053 - 0.02, (29729, 29746, 29747, 29755),
             {29729: "/Slice_output_0 copy", 29747: "/Reshape_2 + /Transpose_1"}),
    # an engine of two plugins: all of its time may be anything
    Expected("TL002", "cookbook-pyapi-plugin-tactic-timingcache-10.16.0-rtx6000ada",
             "between 0.0 % and 100.0 %",
             2 * 0.0086255, (842, 843), {720: "Time: 0.0086255"}),
    # the first convolution took 0x8ad3.. (ffma); 0x1038.. (tensor16x8x8) was faster in another format
    Expected("TL003", SAMPLE,
             "/conv1/Conv + /act1/Relu: best Tensor Core candidate 0.00388 ms, 24.8 % faster",
             0.0051533 - 0.00387768, (704, 880, 1391),
             {704: "0x8ad32616b1424be4 Time: 0.0051533", 880: "0x10383a0781d24dde Time: 0.00387768"}),
    # the head took a kernel without Tensor Cores, and rightly
    Expected("TL003", SAMPLE, "/head/Gemm: best Tensor Core candidate 0.00341 ms, 33.0 % slower",
             0.0, (1184, 1337, 1396),
             {1184: "0x00000000000205c0 Time: 0.00256172", 1337: "Time: 0.0034"}),
    Expected("TL004", "trtexec-8.0.3-gtx1070-mnist-fp32",
             "2 matrix layers off Tensor Cores with no Tensor Core candidate: NVIDIA GeForce GTX 1070",
             None, (), {60: "GeForce GTX 1070", 61: "Compute Capability: 6.1"}),
    # measured on strategy 4 and cached for the engine, which is strategy 3
    Expected("TL005", LEVEL5, "Float(6272,196,14,1) -> Half(784,1:8,56,4), 0.00333 ms",
             0.00333459, (4422, 4690),
             {2629: "Time: 0.00333459", 4399: "got cached result: Reformat, tactic 0x0000000000000000, 0.00333459 ms",
              4422: "from Float(6272,196,14,1) to Half(784,1:8,56,4)", 4690: "Layer(Reformat)"}),
    Expected("TL006", BEVFORMER, "/Reshape_2 + /Transpose_1: 0.0255 ms, 12.4 %",
             0.0255, (29747,), {29747: "Layer(Shuffle)"}),
    Expected("TL008", SQUEEZE, "Conv-0 -> constant32 + (Unna... [Shuffle] + Add-0 -> PWN(ReLU-0)",
             0.00366441 + 0.00289883,
             (1382, 1384, 1386), {969: "Time: 0.00366441", 1002: "Time: 0.00289883", 1383: "Unsqueeze-%d0"}),
    Expected("TL009", LEVEL5, "FP16 allowed, 2 of 6 working layers in Float",
             0.00534586 + 0.00294885, (10, 4688, 4689),
             {10: "Precision: FP32+FP16", 4688: "relu (Float[-1,32,28,28])", 4689: "max_pool2d (Float"}),
    Expected("TL010", RPN, "55 of 56 matrix layers add up in FP16", None, (16098,)),
    Expected("TL011", SAMPLE, "1 winner within 2 % of the runner-up; closest by 0.4 %",
             0.00257249 - 0.00256172,
             (1184, 1238), {1184: "Time: 0.00256172", 1238: "Time: 0.00257249"}),
    # TensorRT 5 prints no engine
    Expected("TL011", "trt51_caffe_googlenet_cpp", "20 winners within 2 % of the runner-up", None),
    # the command line says 1024MiB, and trtexec takes it for 1024 bytes
    Expected("TL012", LEVEL5,
             "7 tactics of 3 layers skipped for memory: need up to 2 MiB with 1024 bytes to 206080 bytes allowed",
             None, (3116, 3125, 3141, 3150, 3739, 4264, 4386),
             {8: "workspace: 0.000976562 MiB", 3141: "requested size of 206080",
              3739: "Scratch requested: 984576, available: 1024"}),
    Expected("TL012", "letter-8.x-unknown-tacticsource-all", "need up to 7083 MiB with 6144 MiB allowed",
             None, (38,),
             {38: "Scratch requested: 7426048000, available: 6442450944"}),
    # five Scale layers: one costed, four equal to it
    Expected("TL013", SQUEEZE, "5 layers without a choice of tactics: 0.0183 ms",
             None, (1384, 1389, 1394, 1399, 1404)),
    Expected("TL014", MOBILENET, "17 depthwise layers: 0.0636 ms, 30.4 %",
             0.0636, (19931, 19934), {19931: "Layer(CaskConvolution)"}),
    Expected("TL015", "trtexec-8.5.1-rtx3080-resnet50", "1 matrix-vector product: 0.0165 ms", 0.0165, (7887,),
             {7887: "Layer(CaskGemmConvolution): /fc/Gemm", 8052: "0.0165"}),
    Expected("TL016", "python-8.5.1-unknown-layernorm-plugin", "3 reformats around the plugin",
             0.00734585 + 2 * 0.00822582,
             (689, 690, 691, 692), {83: "Time: 0.00734585", 90: "Time: 0.00822582", 692: "Layer(PluginV2)"}),
    Expected("TL017", "python-10.16.2-h100-sparsity",
             "Layer {ForeignNode[gemm1.weight...ONNXTRT_castHelper_9]} takes 7.94 s of 13.6 s",
             None, (965,), {965: "(Myelin[0x80000023])"}),
    Expected("TL017", LEVEL5, "Runner Myelin takes 15.4 s of 22.1 s of profiling", None),
    Expected("TL018", SAMPLE, "Timing cache is local", None, (324, 1389),
             {324: "Local timing cache in use", 1389: "Deleting timing cache: 68 entries"}),
    Expected("TL019", MOBILENET, "55 of 56 timed layers take less than 0.005 ms each",
             0.2037, (19929, 19930)),
)  # fmt: skip

ABSENT = (
    ("TL001", "trtexec-8.5.3-rtx2060-centerpoint-rpn"),  # 96.6 % on Tensor Cores
    ("TL002", "trtexec-8.5.10-rtx2000ada-resnet18-qat"),  # 85 % proven, nothing unknown
    ("TL003", BEVFORMER),  # both products run on Tensor Cores
    ("TL004", SAMPLE),  # every product off Tensor Cores had a candidate on them
    ("TL005", SAMPLE),  # seven layers, no reformat
    ("TL006", SAMPLE),  # its reshapes do nothing
    ("TL007", "trtexec-8.4.1-a10-segformer"),  # 42 Transposes, each in front of a reduction or a product
    ("TL007", BEVFORMER),
    ("TL007", "trt8x_levit_python_nb1"),
    ("TL008", SAMPLE),  # its ReLUs are fused
    ("TL009", SAMPLE),  # FP32 was asked for
    ("TL009", "python-8.4.1-gtx1070-align-size"),  # FP16 is echoed by runs that load the engine (line 1375)
    ("TL010", SAMPLE),
    ("TL011", BEVFORMER),
    ("TL012", SAMPLE),
    ("TL013", SAMPLE),
    ("TL014", SAMPLE),
    ("TL015", SAMPLE),
    ("TL016", "trt8510_ada_identity_plugin"),  # a plugin alone
    ("TL017", "trtexec-8.6.0-rtx3090-mnist"),  # no layer and no runner has half
    ("TL018", MOBILENET),  # line 1679: Global timing cache in use
    ("TL019", "trtexec-8.5.1-rtx3080-resnet50"),
)


@pytest.fixture(scope="module")
def found_in(read_corpus: Callable[[str], Log]) -> Callable[[str], list[Finding]]:
    @cache
    def find(log: str) -> list[Finding]:
        return findings(read_corpus(f"{log}.log").tables)

    return find


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda one: f"{one.code}-{one.log}")
def test_a_real_log_has_the_finding_with_the_numbers_of_its_lines(
    expected: Expected, found_in: Callable[[str], list[Finding]], corpus_dir: Path
) -> None:
    named = [
        one for one in found_in(expected.log) if one.code == expected.code and expected.title in one.title
    ]

    assert named, [one.title for one in found_in(expected.log) if one.code == expected.code]
    stake = named[0].stake_ms
    scale = named[0].scale
    most = expected.stake if expected.stake is None or scale is None else scale.of(expected.stake)
    assert stake == (None if most is None else pytest.approx(most, rel=2e-3, abs=1e-9))
    assert set(expected.lines) <= set(named[0].lines)
    text = (
        (corpus_dir / "logs" / f"{expected.log}.log")
        .read_text(encoding="utf-8", errors="replace")
        .split("\n")
    )
    assert [line for line, piece in expected.shown.items() if piece not in text[line - 1]] == []


@pytest.mark.parametrize(("code", "log"), ABSENT)
def test_a_real_log_without_the_pattern_has_no_such_finding(
    code: str, log: str, found_in: Callable[[str], list[Finding]]
) -> None:
    assert [one.title for one in found_in(log) if one.code == code] == []


def test_every_kind_has_a_real_log_on_either_side() -> None:
    codes = {kind.code for kind in KINDS}

    assert {code for code, _ in ABSENT} == codes
    # no log at hand has a Transpose on both sides of pointwise work
    assert {one.code for one in EXPECTED} == codes - {"TL007"}


def test_the_fused_network_of_two_has_nothing_left_to_fuse(found_in: Callable[[str], list[Finding]]) -> None:
    """The log builds one network twice: with Squeeze and Unsqueeze around the Add, and without."""
    unfused = [one for one in found_in(SQUEEZE) if one.code == "TL008"]

    assert [one.engine for one in unfused] == [1] * 5


def test_findings_of_any_real_log_are_complete_and_in_order(
    corpus_log: str, read_corpus: Callable[[str], Log]
) -> None:
    tables = read_corpus(corpus_log).tables
    last = int(tables.log["lines"][0])
    told = findings(tables)

    assert told == sorted(told, key=lambda one: one.order())
    for one in told:
        assert one.title
        assert one.why
        assert one.action
        assert "\n" not in one.title
        assert one.stake_ms is None or one.stake_ms >= 0
        assert one.stake_ms is None or one.scale is None or one.stake_ms <= one.scale.measured_ms
        assert all(0 < line <= last for line in one.lines)
        assert one.rows
        assert all("table" in row for row in one.rows)
