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
from tacticlens.views.finding_text import TITLE, text_of

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
    # medians: 0.0082 (/value_proj/MatMul) + 0.0092 (/sampling_offsets/MatMul || ..) of 0.1774 ms run on Tensor Cores
    Expected("TL001", BEVFORMER, "Tensor Cores take 10 % of ",
             0.9 * 0.1774 - 0.0174, (29729, 29747, 29755),
             {29729: "/Slice_output_0 copy", 29747: "/Reshape_2 + /Transpose_1"}),
    # an engine of two plugins: all of its time may be anything
    Expected("TL002", "cookbook-pyapi-plugin-tactic-timingcache-10.16.0-rtx6000ada",
             "0 % to 100 % of the time is on Tensor Cores",
             2 * 0.0086255, (842, 843), {720: "Time: 0.0086255"}),
    # the first convolution took 0x8ad3.. (ffma); 0x1038.. (tensor16x8x8) was faster in another format
    Expected("TL003", SAMPLE,
             "1 matrix layer lost a faster Tensor Core kernel to reformats",
             0.0051533 - 0.00387768, (704, 880, 1391),
             {704: "0x8ad32616b1424be4 Time: 0.0051533", 880: "0x10383a0781d24dde Time: 0.00387768"}),
    # the head took a kernel without Tensor Cores, and rightly
    Expected("TL003", SAMPLE, "1 matrix layer gained nothing from Tensor Cores when timed",
             0.0, (1184, 1337, 1396),
             {1184: "0x00000000000205c0 Time: 0.00256172", 1337: "Time: 0.0034"}),
    # measured on strategy 4 and cached for the engine, which is strategy 3
    Expected("TL005", LEVEL5, "1 reformat between types takes 7 % of the time",
             0.00333459, (4422, 4690),
             {2629: "Time: 0.00333459", 4399: "got cached result: Reformat, tactic 0x0000000000000000, 0.00333459 ms",
              4422: "from Float(6272,196,14,1) to Half(784,1:8,56,4)", 4690: "Layer(Reformat)"}),
    # one tensor of 1152 channels is copied into five; several combinations are left to each copy
    Expected("TL005", "python-7.x-unknown-openpose-thin", "5 copies for Concat, Slice or outputs take at least 4.93 ms",
             4.9279, (10750, 10771, 10792, 10813, 10834),
             {10750: "Layer(Reformat): StatefulPartitionedCall/concat:0 copy"}),
    Expected("TL006", BEVFORMER, "2 layers only move data",
             0.0238 + 0.0287, (29747, 29755), {29747: "Layer(Shuffle)", 29755: "Layer(Shuffle)"}),
    Expected("TL008", SQUEEZE, "5 products are followed by unfused pointwise work",
             5 * (0.00366441 + 0.00289883),
             (1382, 1384, 1386), {969: "Time: 0.00366441", 1002: "Time: 0.00289883", 1383: "Unsqueeze-%d0"}),
    Expected("TL009", LEVEL5, "2 of 6 layers run in FP32 although FP16 is allowed",
             0.0, (10, 4688, 4689),
             {10: "Precision: FP32+FP16", 4688: "relu (Float[-1,32,28,28])", 4689: "max_pool2d (Float"}),
    Expected("TL010", RPN, "55 of 56 matrix layers accumulate in FP16", None, (16098,)),
    Expected("TL011", SAMPLE, "1 layer won by at most 2 %, the closest by 0.4 %",
             0.00257249 - 0.00256172,
             (1184, 1238), {1184: "Time: 0.00256172", 1238: "Time: 0.00257249"}),
    # TensorRT 5 prints no engine
    Expected("TL011", "trt51_caffe_googlenet_cpp", "20 format combinations were won by at most 2 %", None),
    # the command line says 1024MiB, and trtexec takes it for 1024 bytes
    Expected("TL012", LEVEL5,
             " were skipped for memory; one needs 2 MiB",
             None, (3116, 3125, 3141, 3150),
             {8: "workspace: 0.000976562 MiB", 3141: "requested size of 206080",
              3739: "Scratch requested: 984576, available: 1024", 3740: "Time: 0.0304878"}),
    Expected("TL012", "letter-8.x-unknown-tacticsource-all", "1 tactic was skipped for memory; it needs 7,083 MiB",
             None, (38,),
             {38: "Scratch requested: 7426048000, available: 6442450944"}),
    # five Scale layers: one costed, four equal to it
    Expected("TL013", SQUEEZE, "5 layers have one candidate or none",
             None, (1384, 1389, 1394, 1399, 1404)),
    Expected("TL014", MOBILENET, "17 depthwise layers take 30 % of the time",
             0.0636, (19931, 19934), {19931: "Layer(CaskConvolution)"}),
    Expected("TL015", "trtexec-8.5.1-rtx3080-resnet50", "1 matrix-vector product runs off Tensor Cores",
             0.0164, (7887,),
             {7887: "Layer(CaskGemmConvolution): /fc/Gemm", 8052: "0.0165"}),
    Expected("TL016", "python-8.5.1-unknown-layernorm-plugin", "1 plugin needs 3 reformats around it (42 %)",
             0.00734585 + 2 * 0.00822582,
             (689, 690, 691, 692), {83: "Time: 0.00734585", 90: "Time: 0.00822582", 692: "Layer(PluginV2)"}),
    Expected("TL017", "python-10.16.2-h100-sparsity",
             "takes 58 % of the build's profiling time",
             None, (965,), {965: "(Myelin[0x80000023])"}),
    Expected("TL017", LEVEL5, "Myelin runners take 70 % of the build's profiling time", None),
    Expected("TL018", SAMPLE, "The timing cache is local: 68 measurements are lost", None, (324, 1389),
             {324: "Local timing cache in use", 1389: "Deleting timing cache: 68 entries"}),
    # FP32 was asked for, on an RTX 3080: three layers multiply, one of them in TF32's reach
    Expected("TL021", SAMPLE, "Only FP32 is allowed: 3 layers run without FP16", 0.0297, (11,),
             {11: "Precision: FP32"}),
    Expected("TL021", MOBILENET, "INT8 is allowed without FP16: 1 layer runs in FP32", 0.00293738, (15,),
             {15: "Precision: FP32+INT8"}),
    # 36 heads with 1 to 3 of 32 channels; eight and seven, or eight alone, read one tensor
    Expected("TL023", RPN, "36 sibling convolutions fill 6 % of their tiles (31 %)", 0.6867),
    Expected("TL022", "python-8.6.1-unknown-bert-a", "takes 21 % of the time", 0.382635, (12634,),
             {4844: "0.382635"}),
    # seven tactics were timed at 0.1 ms, and layers like them take 0.01 ms
    Expected("TL024", "trtexec-8.5.10-rtx2000ada-resnet18-qat",
             "7 layers were timed up to 12 times as long as in the profile", None),
    Expected("TL019", MOBILENET, "55 of 56 layers take less than 0.005 ms each",
             None, (19929, 19930)),
    # the second build of the script; its only tactic threw an exception
    Expected("TL026", "cookbook-pyapi-dynquant-10.16.2-h100", "The build failed: no implementation for ", None,
             (107, 108), {107: "Skipping tactic", 108: "Could not find any implementation"}),
    Expected("TL026", "trt8406_python_illegal_memory", "no implementation for Conv_119 + Add_182", None, (3,),
             {2: "illegal memory access", 3: "node Conv_119 + Add_182."}),
)  # fmt: skip

ABSENT = (
    ("TL026", "excerpt-ortep-trt10-22164"),  # five tactics threw exceptions: the builder goes on without them
    ("TL001", "trtexec-8.5.3-rtx2060-centerpoint-rpn"),  # 96.6 % on Tensor Cores
    ("TL002", "trtexec-8.5.10-rtx2000ada-resnet18-qat"),  # 85 % proven, nothing unknown
    ("TL003", BEVFORMER),  # both products run on Tensor Cores
    ("TL004", "trt8x_levit_python_nb1"),  # all its kernels are Maxwell's: no Tensor Cores to miss
    ("TL002", "cookbook-pyapi-dynquant-10.16.2-h100"),  # a region that only quantises is no matrix work
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
    ("TL022", RPN),  # the longest of 94 layers takes 5 %
    ("TL023", "trtexec-8.6.1-rtx3080-mobilenetv2"),  # one narrow convolution, and no sibling
    ("TL024", "trtexec-8.5.1-rtx3080-resnet50"),  # the build's times are 0.7 to 1.1 of the profile's
    ("TL021", RPN),  # line 11: FP16 is allowed
    ("TL021", "trtexec-8.0.3-gtx1070-mnist-fp32"),  # no Tensor Cores that FP16 could use
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
        one
        for one in found_in(expected.log)
        if one.code == expected.code and expected.title in text_of(one).title
    ]

    assert named, [text_of(one).title for one in found_in(expected.log) if one.code == expected.code]
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
    assert [text_of(one).title for one in found_in(log) if one.code == code] == []


def test_every_kind_has_a_real_log_on_either_side() -> None:
    codes = {kind.code for kind in KINDS}

    # TL020 is about files beside a log, TL025 about other logs
    beside = {"TL020", "TL025"}
    assert {code for code, _ in ABSENT} == codes - beside
    # no log at hand has a Transpose on both sides of pointwise work, or a matrix layer that no Tensor Core kernel was
    # tried for on a GPU that has some for its type
    assert {one.code for one in EXPECTED} == codes - beside - {"TL004", "TL007"}


def test_the_fused_network_of_two_has_nothing_left_to_fuse(found_in: Callable[[str], list[Finding]]) -> None:
    """The log builds one network twice: with Squeeze and Unsqueeze around the Add, and without."""
    unfused = [one for one in found_in(SQUEEZE) if one.code == "TL008"]

    assert [one.engine for one in unfused] == [1]


def test_findings_of_any_real_log_are_complete_and_in_order(
    corpus_log: str, read_corpus: Callable[[str], Log]
) -> None:
    tables = read_corpus(corpus_log).tables
    last = int(tables.log["lines"][0])
    told = findings(tables)

    assert told == sorted(told, key=lambda one: one.order())
    actions = [text_of(one).action for one in told]
    assert len(set(actions)) == len(actions), "the same advice twice"
    for one in told:
        text = text_of(one)
        assert text.title
        assert text.why
        assert text.action
        assert "\n" not in text.title
        assert len(text.title) <= TITLE
        assert one.stake_ms is None or one.stake_ms >= 0
        assert one.stake_ms is None or one.scale is None or one.stake_ms <= one.scale.measured_ms
        assert all(0 < line <= last for line in one.lines)
        assert one.rows
        assert all("table" in row for row in one.rows)
