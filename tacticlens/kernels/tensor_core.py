"""Does a kernel multiply on Tensor Cores? Only what its name proves.

"xmma" and "gemm" prove nothing: both libraries have CUDA-core kernels. The instruction does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from tacticlens.kernels.family import GEMM_FAMILIES, NO_MATRIX_FAMILIES, Family
from tacticlens.kernels.operation import outside_arguments, section_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tacticlens.grammar.kernel_name import KernelToken

TensorCore = Literal["yes", "no", "unknown"]

_INSTRUCTIONS: Final = frozenset({"tc_mma", "tc_instruction", "tc_atom"})
_GLUED_INSTRUCTIONS: Final = frozenset({"tc_digits", "tc_shape"})
_AROUND_INSTRUCTION: Final = frozenset({"accumulator", "math", "op_gemm", "op_conv", "direction"})
_CUDA_CORES: Final = frozenset({"tc_none", "tc_none_gemm", "tc_none_conv"})
_BEFORE_TENSOR_CORES: Final = frozenset({"maxwell", "pascal"})
_FIRST_WITH_TENSOR_CORES: Final = 70
_FIRST_WITH_TF32: Final = 80
_SHORT_TYPES: Final = frozenset({"f16", "fp16", "bf16", "e4m3", "e5m2", "int8"})


class Verdict(NamedTuple):
    """Answer, and the token that proves it (the reason where the answer is "unknown")."""

    tensor_core: TensorCore
    evidence: str


def tensor_core_verdict(tokens: Sequence[KernelToken], family: Family) -> Verdict:
    """Judge a kernel by its tokens, the strongest proof first."""
    scoped = outside_arguments(tokens)
    pieces = [token for _, token in scoped]
    # A template argument proves something only of a kernel that multiplies: reductions take MMA types too.
    anywhere = family in GEMM_FAMILIES or family == "unknown"
    own = pieces if anywhere else [token for depth, token in scoped if depth == 0]
    return (
        _by_exception(pieces)
        or _by_instruction(own)
        or _by_design(pieces)
        or _by_machine(pieces)
        or _by_family(pieces, family)
        or Verdict("unknown", _why_unknown(pieces, family))
    )


def _first(tokens: Iterable[KernelToken], kinds: frozenset[str] | set[str]) -> str | None:
    return next((token.text for token in tokens if token.kind in kinds), None)


def _by_exception(tokens: Sequence[KernelToken]) -> Verdict | None:
    """Names that carry the instruction of another kernel, or one that cannot be meant."""
    if helper := _first(tokens, {"tc_helper"}):
        return Verdict("no", helper)  # adds up what the real kernel multiplied
    if clash := _first(tokens, {"tc_clash"}):
        return Verdict("unknown", f"{clash}: a matrix instruction in a kernel without matrix products")
    return None


def _by_instruction(tokens: Sequence[KernelToken]) -> Verdict | None:
    for index, token in enumerate(tokens):
        if token.kind in _GLUED_INSTRUCTIONS:
            return Verdict("yes", _whole_piece(tokens, index))
        if token.kind in _INSTRUCTIONS:
            return Verdict("yes", token.text)
    cuda_cores = _first(tokens, _CUDA_CORES)
    return Verdict("no", cuda_cores) if cuda_cores else None


def _whole_piece(tokens: Sequence[KernelToken], index: int) -> str:
    """Return "h16816gemm" for its token "16816": the digits alone prove nothing to a reader."""
    first, last = index, index
    while first > 0 and tokens[first - 1].kind in _AROUND_INSTRUCTION:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind in _AROUND_INSTRUCTION:
        last += 1
    return "".join(token.text for token in tokens[first : last + 1])


def _by_design(tokens: Sequence[KernelToken]) -> Verdict | None:
    """Kernels that exist only with Tensor Core instructions, and launch shapes that only they have."""
    section = section_of(tokens)
    if section == "xmma" and (hopper := _first(tokens, {"warp_groups"}) or _first(tokens, {"cluster"})):
        return Verdict("yes", hopper)
    if design := _first(tokens, {"nvjet", "tc_design"}):
        return Verdict("yes", design)
    if section in {"sdpa", "fmha"}:
        return _fused_attention(tokens)
    return None


def _fused_attention(tokens: Sequence[KernelToken]) -> Verdict | None:
    """NVIDIA's fused attention multiplies short types on Tensor Cores, single precision as TF32."""
    types = [token for token in tokens if token.kind in {"type", "fmha_types"}]
    compute = _compute_capability(tokens)
    if not types or compute is None or _first(tokens, {"op_normalization"}):
        return None
    first = types[0]
    short = first.kind == "fmha_types" or first.text in _SHORT_TYPES
    needed = _FIRST_WITH_TENSOR_CORES if short else _FIRST_WITH_TF32
    evidence = f"{_first(tokens, {'sdpa', 'fmha'})} {first.text} sm{compute}"
    return Verdict("yes" if compute >= needed else "no", evidence)


def _by_machine(tokens: Sequence[KernelToken]) -> Verdict | None:
    """Code for a machine without Tensor Cores cannot use them on any later one either."""
    compute = _compute_capability(tokens)
    if compute is not None and compute < _FIRST_WITH_TENSOR_CORES:
        return Verdict("no", _first(tokens, {"arch", "cutlass_arch"}) or "")
    name = _first(tokens, {"legacy"})
    return Verdict("no", name) if name in _BEFORE_TENSOR_CORES else None


def _compute_capability(tokens: Iterable[KernelToken]) -> int | None:
    text = _first(tokens, {"arch", "cutlass_arch"})
    digits = "".join(filter(str.isdigit, text or ""))
    return int(digits) if digits else None


def _by_family(tokens: Sequence[KernelToken], family: Family) -> Verdict | None:
    # Winograd on Tensor Cores names its instruction; without one it is a transform or runs on CUDA cores.
    if family in NO_MATRIX_FAMILIES or family == "winograd" or _first(tokens, {"op_direct_conv"}):
        return Verdict("no", _operation(tokens, family))
    if tf32 := next((token.text for token in tokens if "tf32" in token.parts), None):
        return Verdict("yes", tf32)  # a number format that only Tensor Cores have
    return None


def _operation(tokens: Sequence[KernelToken], family: Family) -> str:
    """Return the token that says what a kernel without matrix products does."""
    if section_of(tokens) == "myelin":
        return "".join(token.text for token in tokens if token.kind.startswith("myl_"))
    exact = _first(tokens, {f"op_{family}"})
    named = exact or next((token.text for token in tokens if token.kind.startswith("op_")), None)
    return named or family


def _why_unknown(tokens: Sequence[KernelToken], family: Family) -> str:
    section = section_of(tokens)
    if section == "myelin":
        return "Myelin names a fused region by its operations, not by its instructions"
    if family == "unknown":
        return "nothing in the name says what the kernel does"
    return f"the name says {family} and no instruction"
