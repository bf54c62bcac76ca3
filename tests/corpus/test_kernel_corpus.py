"""Kernel names of real logs and engines, and the hardware's word on Tensor Core use."""

import csv
import json
import os
import re
from pathlib import Path

import pytest

from tacticlens.kernels import KernelName, decode

CORPUS = Path(
    os.environ.get("TACTICLENS_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus")
)
NAMED = re.compile(r"Tactic ?Name: ([A-Za-z_][^\s,]*)")
OP_ROW = re.compile(r"^(?:.*\] )? ?\(foreignNode\)  ?\d+, [\d.e+-]+, [\d.e+-]+, [^,]*, ([^,]+), 0x")
LIBRARIES = {"xmma", "cudnn", "cublas", "cutlass"}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not CORPUS.is_dir(), reason=f"no corpus at {CORPUS}; set TACTICLENS_CORPUS to run this"
    ),
]


def hardware_verdicts() -> list[tuple[KernelName, str]]:
    with (CORPUS / "kernels" / "hopper-tensor-core.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(decode(row["kernel"]), row["tensor_core"]) for row in rows]


@pytest.fixture(scope="module")
def named_kernels() -> list[KernelName]:
    names: set[str] = set()
    for log in sorted((CORPUS / "logs").glob("*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if "Name: " in line:
                names.update(NAMED.findall(line))
            elif match := OP_ROW.match(line):
                names.add(match[1])
    for engine in sorted((CORPUS / "engines").glob("*/layers.json")):
        layers = json.loads(engine.read_text(encoding="utf-8"))["Layers"]
        names.update(
            layer["TacticName"] for layer in layers if isinstance(layer, dict) and layer.get("TacticName")
        )
    return [decode(name) for name in sorted(names)]


def test_every_claim_agrees_with_the_hardware_counters() -> None:
    wrong = [
        (kernel.name, counted, kernel.evidence)
        for kernel, counted in hardware_verdicts()
        if kernel.tensor_core not in {counted, "unknown"}
    ]

    assert wrong == []


def test_at_most_a_tenth_stays_unknown_and_each_says_why() -> None:
    verdicts = hardware_verdicts()
    unknown = [kernel for kernel, _ in verdicts if kernel.tensor_core == "unknown"]

    assert len(unknown) <= len(verdicts) / 10
    assert all(" " in kernel.evidence for kernel in unknown)


def test_nearly_every_kernel_of_the_logs_has_a_family(named_kernels: list[KernelName]) -> None:
    unknown = [kernel.name for kernel in named_kernels if kernel.family == "unknown"]

    assert len(named_kernels) > 2000
    assert len(unknown) <= 0.01 * len(named_kernels), unknown


def test_nearly_every_library_kernel_is_read_to_its_last_piece(named_kernels: list[KernelName]) -> None:
    library = [kernel for kernel in named_kernels if kernel.library in LIBRARIES]
    partly = [(kernel.name, kernel.unknown_tokens) for kernel in library if kernel.unknown_tokens]

    assert len(partly) <= 0.03 * len(library), partly


def test_xmma_and_cudnn_kernels_of_the_logs_have_types_and_tile(named_kernels: list[KernelName]) -> None:
    products = [
        kernel for kernel in named_kernels if kernel.library in LIBRARIES and kernel.tensor_core == "yes"
    ]
    bare = [kernel.name for kernel in products if not kernel.input_types or kernel.tile is None]

    assert len(bare) <= 0.01 * len(products), bare
