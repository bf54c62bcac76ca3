"""A kernel name cut into pieces, each with the role that it plays in the name, and the facts it says in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from tacticlens.grammar.kernel_name import kernel_tokens
from tacticlens.kernels import KernelName
from tacticlens.words import plain

_ROLES = {
    "arch": ("arch", "cutlass_arch", "legacy"),
    "library": ("xmma", "cutlass", "nvjet", "library", "sdpa", "fmha", "myelin"),
    "types": ("pair", "type", "packed_type", "type_letters", "fmha_types", "accumulator", "typed_layout"),
    "layout": ("layout", "vector_layout", "transpose"),
    "shape": ("tile", "dims", "stages", "warps", "cluster", "groups", "tc_shape", "alignment", "split_k"),
    "fused": ("fused",),
}
"""Roles and the kinds of tokens that play them; an operation and a proof of Tensor Core use show in how they begin."""
_ROLE_OF = {kind: role for role, kinds in _ROLES.items() for kind in kinds}
_BEGINS = (("tc_none", "operation"), ("tc_", "tensor_core"), ("op_", "operation"), ("myl_", "operation"))


def pieces(name: str) -> list[tuple[str, str]]:
    """Return (role, text) of the pieces of a name; the texts joined are the name.

    Roles: arch, library, operation, types, layout, shape, tensor_core, fused, and "" for the rest.
    """
    roles = ((_role(token.kind), token.text) for token in kernel_tokens(name))
    return [
        (role, plain("".join(text for _, text in group)))
        for role, group in groupby(roles, lambda one: one[0])
    ]


def _role(kind: str) -> str:
    if kind in {"direction", "algorithm"}:
        return "operation"
    begin = next((role for begin, role in _BEGINS if kind.startswith(begin)), "")
    return _ROLE_OF.get(kind, begin)


def kernel_facts(name: KernelName) -> Iterator[tuple[str, str]]:
    """Yield what a name says, as (label, value)."""
    yield "family", name.family + (" (matrix products)" if name.gemm else "")
    cores = {"yes": "yes", "no": "no", "unknown": "not known"}[name.tensor_core]
    yield "Tensor Cores", f"{cores} ({plain(name.evidence)})" if name.evidence else cores
    facts = {
        "library": name.library, "compiled for": name.arch, "operation": name.operation, "algorithm": name.algorithm,
        "types": _types(name), "layout": name.layout, "tile": name.tile, "matrix instruction": name.mma_shape,
        "stages": name.stages, "warps": name.warps, "cluster": name.cluster, "alignment": name.alignment,
        "filter special case": name.filter_size, "split-K": "yes" if name.split_k else None,
        "fused": ", ".join(name.fused) or None, "not understood": ", ".join(name.unknown_tokens) or None,
    }  # fmt: skip
    for label, value in facts.items():
        if value is not None:
            yield label, plain(str(value))


def _types(name: KernelName) -> str | None:
    parts = []
    if name.input_types:
        parts.append(f"in {', '.join(name.input_types)}")
    if name.accumulator_type:
        parts.append(f"accumulates in {name.accumulator_type}")
    if name.output_type:
        parts.append(f"out {name.output_type}")
    return ", ".join(parts) or None
