"""Kernel name -> `KernelName`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tacticlens.grammar.kernel_name import UNREAD, KernelToken, kernel_tokens
from tacticlens.grammar.memo import remembered
from tacticlens.kernels.decoded import KernelName
from tacticlens.kernels.family import GEMM_FAMILIES, Family
from tacticlens.kernels.fields import data_types, shapes, texts
from tacticlens.kernels.operation import kernel_family, outside_arguments, section_of
from tacticlens.kernels.tensor_core import tensor_core_verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

_LIBRARY_OF_SECTION: Final = {
    "xmma": "xmma",
    "cutlass": "cutlass",
    "nvjet": "cublaslt",
    "myelin": "myelin",
    "sdpa": "cudnn",
    "fmha": "fmha",
}
_LIBRARY_OF_WORD: Final = {
    "at": "pytorch",
    "at::native": "pytorch",
    "at_cuda_detail": "cub",
    "pytorch_flash": "flash_attention",
    "CUTENSOR_NAMESPACE": "cutensor",
    "cublasLt": "cublaslt",
    "cask_plugin": "cudnn",
    "engines_precompiled": "cudnn",
}
_TENSORRT_WORDS: Final = ("generic", "generated", "copyPacked", "copyVectorized", "cu")
_ALGORITHMS: Final = ("op_implicit_gemm", "op_winograd", "op_fft", "op_direct_conv", "algorithm")


@remembered(16_384)
def decode(name: str) -> KernelName:
    """Decode one kernel name; never raises, what the name does not say stays empty."""
    tokens = kernel_tokens(name)
    family = kernel_family(tokens)
    verdict = tensor_core_verdict(tokens, family)
    return KernelName(
        name=name,
        arch=_arch(tokens),
        library=_library(tokens),
        operation=_operation(tokens, family),
        algorithm=" ".join(texts(tokens, *_ALGORITHMS)) or None,
        layout="_".join(texts(tokens, "layout", "vector_layout", "transpose")) or None,
        split_k=bool(texts(tokens, "split_k", "tc_helper")),
        filter_size=next(iter(texts(tokens, "filter")), None),
        alignment="_".join(token.text for token in tokens if token.kind == "alignment") or None,
        fused=texts(tokens, "fused"),
        family=family,
        gemm=family in GEMM_FAMILIES,
        tensor_core=verdict.tensor_core,
        evidence=verdict.evidence,
        unknown_tokens=_unknown(tokens, family),
        **data_types(tokens),
        **shapes(tokens),
    )


def _arch(tokens: Sequence[KernelToken]) -> str | None:
    for token in tokens:
        if token.kind == "arch":
            return token.text.lower().replace("_", "")
        if token.kind == "cutlass_arch":
            return f"sm{token.text}"
        if token.kind == "legacy":
            return token.text
    return None


def _library(tokens: Sequence[KernelToken]) -> str | None:
    section = section_of(tokens)
    if section == "legacy":
        return "cublas" if texts(tokens, "op_gemm", "tc_none_gemm") else "cudnn"
    if section == "fmha" and "cutlassF" in texts(tokens, "attention_option"):
        return "cutlass"
    if section is not None:
        return _LIBRARY_OF_SECTION[section]
    word = next((token.text for token in tokens if token.kind == "library"), None)
    if word is not None:
        return _LIBRARY_OF_WORD.get(word, word)
    fused_attention = texts(tokens, "tc_design", "op_attention")
    if texts(tokens, "myelin_id") or any("mha_v" in text for text in fused_attention):
        return "myelin"
    operations = (token.text for token in tokens if token.kind.startswith("op_"))
    return "tensorrt" if next(operations, "").startswith(_TENSORRT_WORDS) else None


def _operation(tokens: Sequence[KernelToken], family: Family) -> str | None:
    """Return the word of the name that says what is computed, a convolution's direction first."""
    if direction := texts(tokens, "direction"):
        return direction[0]
    if family == "gemm":
        return next((text for text in texts(tokens, "tc_none_gemm") if "gemv" in text.lower()), "gemm")
    if family in {"implicit_gemm", "direct_conv", "depthwise"}:
        return "conv"
    return next(iter(texts(tokens, f"op_{family}")), None)


def _unknown(tokens: Sequence[KernelToken], family: Family) -> list[str]:
    """Pieces that nothing knows.

    C++ and Python identifiers are free text: they count only where they leave the family open.
    """
    unread = [token.text for token in tokens if token.kind == UNREAD]
    if family != "unknown":
        return unread
    own = (token for depth, token in outside_arguments(tokens) if depth == 0)
    return unread + [token.text for token in own if token.kind == "identifier"]
