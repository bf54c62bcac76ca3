"""Tokens of a kernel name -> family: what the kernel does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tacticlens.kernels.family import FAMILIES, Family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tacticlens.grammar.kernel_name import KernelToken

SECTIONS: Final = frozenset({"xmma", "legacy", "cutlass", "nvjet", "myelin", "sdpa", "fmha"})

# A name often says several things ("fused_add_rms_norm", "CatArrayBatchedCopy", "vectorized_gather"):
# the most specific one wins, and a word such as "elementwise" or "copy" only counts alone.
_STRONGEST_FIRST: Final[tuple[Family, ...]] = (
    "attention",
    "winograd",
    "fft",
    "depthwise",
    "deconv",
    "implicit_gemm",
    "direct_conv",
    "gemm",
    "softmax",
    "normalization",
    "topk",
    "pooling",
    "resize",
    "permute",
    "reformat",
    "shuffle",
    "gather_slice_concat",
    "cast_quantize",
    "fill_constant",
    "reduce",
    "copy",
    "pointwise",
    "noop",
)
_OPERATIONS: Final[dict[str, Family]] = {f"op_{family}": family for family in FAMILIES}
# PyTorch launches copies, casts and fills through its elementwise loops: the functor says which.
_FUNCTOR_FAMILIES: Final = frozenset({"copy", "cast_quantize", "fill_constant"})
_MYELIN_HEAVIEST_FIRST: Final[tuple[tuple[str, Family], ...]] = (
    ("attention", "attention"),
    ("conv", "implicit_gemm"),
    ("gemm", "gemm"),
    ("softmax", "softmax"),
    ("normalization", "normalization"),
    ("topk", "topk"),
    ("pool", "pooling"),
    ("resize", "resize"),
    ("mean", "reduce"),
    ("sum", "reduce"),
    ("pointwise", "pointwise"),
    ("exp", "pointwise"),
    ("root", "pointwise"),
    ("maximum", "pointwise"),
    ("gather", "gather_slice_concat"),
    ("permute", "permute"),
    ("cast", "cast_quantize"),
    ("fill", "fill_constant"),
    ("copy", "copy"),
    ("reshape", "shuffle"),
)
_TENSOR_CORE_KINDS: Final = frozenset({"tc_instruction", "tc_mma", "tc_digits", "tc_shape", "warp_groups"})
_CONVOLUTION_KINDS: Final = frozenset({"op_conv", "tc_none_conv", "direction"})


def outside_arguments(tokens: Iterable[KernelToken]) -> list[tuple[int, KernelToken]]:
    """Tokens with their depth in template brackets; the parameter list of a C++ signature is left out.

    Parameter types say nothing about the work: every PyTorch loop takes a TensorIterator.
    """
    result: list[tuple[int, KernelToken]] = []
    depth = 0
    for token in tokens:
        if token.kind == "open":
            if depth == 0 and token.text == "(":
                break
            depth += 1
        elif token.kind == "close":
            depth = max(0, depth - 1)
        else:
            result.append((depth, token))
    return result


def section_of(tokens: Sequence[KernelToken]) -> str | None:
    """Return the library marker that opened a section ("xmma", "legacy" ..), None for plain names."""
    return next((token.kind for token in tokens if token.kind in SECTIONS), None)


def kernel_family(tokens: Sequence[KernelToken]) -> Family:
    """Family of one kernel from its tokens; "unknown" where no token names an operation."""
    kinds = {token.kind for token in tokens}
    if "tc_helper" in kinds:
        return "reduce"
    section = section_of(tokens)
    if section == "myelin":
        return _myelin_family([token.kind for token in tokens])
    if section is not None:
        return _section_family(section, kinds)
    return _plain_family(tokens)


def _strongest(kinds: Iterable[str]) -> Family:
    present = {_OPERATIONS.get(kind) for kind in kinds}
    return next((family for family in _STRONGEST_FIRST if family in present), "unknown")


def _section_family(section: str, kinds: set[str]) -> Family:
    if section in {"sdpa", "fmha"}:
        return "normalization" if "op_normalization" in kinds else "attention"
    if section == "nvjet":
        return "gemm"
    named = "pooling" if "op_pooling" in kinds or "tc_clash" in kinds else _strongest(kinds)
    if named in {"unknown", "gemm"} and kinds & _CONVOLUTION_KINDS:
        # A convolution whose algorithm is not named. cuDNN's old kernels and CUTLASS's are implicit
        # GEMMs, and so is whatever multiplies matrices; the rest of XMMA's are direct.
        matrix = section in {"legacy", "cutlass"} or kinds & _TENSOR_CORE_KINDS
        return "implicit_gemm" if matrix else "direct_conv"
    if named == "unknown" and "tc_none_gemm" in kinds:
        return "gemm"
    return named


def _plain_family(tokens: Sequence[KernelToken]) -> Family:
    scoped = outside_arguments(tokens)
    own = {token.kind for depth, token in scoped if depth == 0}
    inner = {token.kind for depth, token in scoped if depth > 0}
    family = _family_of_words(own)
    if family == "unknown":
        return _family_of_words(inner)
    if family == "gemm" and "op_implicit_gemm" in inner:
        return "implicit_gemm"  # xmma_cudnn::gemm::kernel<xmma_cudnn::implicit_gemm::fprop::..>
    if family == "pointwise":
        functor = _strongest(kind for kind in inner if _OPERATIONS.get(kind) in _FUNCTOR_FAMILIES)
        return functor if functor != "unknown" else family
    return family


def _family_of_words(kinds: set[str]) -> Family:
    if "tc_design" in kinds:
        return "attention"  # flash_fwd_kernel, _gemm_mha_v2
    family = _strongest(kinds)
    matrix = kinds & (_TENSOR_CORE_KINDS | {"tc_atom"})
    if family == "unknown" and "tc_none_gemm" in kinds:
        return "gemm"
    if family == "unknown" and "op_conv" in kinds:
        return "implicit_gemm" if matrix else "direct_conv"
    if family == "unknown" and matrix:
        return "implicit_gemm" if "layout" in kinds else "gemm"
    return family


def _myelin_family(kinds: Sequence[str]) -> Family:
    """Family of a fused region from its operation codes: the heaviest operation names it."""
    codes = {kind.removeprefix("myl_") for kind in kinds if kind.startswith("myl_")}
    if "softmax" in codes or {"exp", "sum"} <= codes:
        codes.add("softmax")
    if {"mean", "root"} <= codes or kinds.count("myl_mean") > 1:  # a mean of squares is a variance
        codes.add("normalization")
    return next((family for code, family in _MYELIN_HEAVIEST_FIRST if code in codes), "myelin")
