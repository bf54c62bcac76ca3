"""What a kernel name says, as a typed record."""

from __future__ import annotations

from dataclasses import dataclass, field

from tacticlens.kernels.family import Family
from tacticlens.kernels.tensor_core import TensorCore


@dataclass(frozen=True)
class KernelName:
    """One decoded kernel name. None, or an empty list, is what the name does not say.

    Types are written f64 f32 tf32 f16 bf16 e4m3 e5m2 i32 i8 u8; shapes are "MxNxK" as printed.
    """

    name: str
    arch: str | None = None
    """Machine that the code is compiled for ("sm80", "ampere"). Not the GPU it ran on."""
    library: str | None = None
    operation: str | None = None
    """fprop, dgrad, gemm, gemv, pooling, ... in the word of the name."""
    algorithm: str | None = None
    input_types: list[str] = field(default_factory=list)
    accumulator_type: str | None = None
    output_type: str | None = None
    layout: str | None = None
    tile: str | None = None
    """Thread block tile MxNxK, or MxN where the name leaves K out."""
    tile_m: int | None = None
    tile_n: int | None = None
    tile_k: int | None = None
    stages: int | None = None
    """Depth of the shared memory pipeline."""
    warps: str | None = None
    cluster: str | None = None
    """Thread blocks per cluster, XxYxZ or XxY."""
    mma_shape: str | None = None
    """Matrix instruction MxNxK."""
    split_k: bool = False
    filter_size: str | None = None
    """Filter that the kernel is special for, as written: t1r3s3 is 1x3x3."""
    alignment: str | None = None
    """Elements that must be aligned, as written: align8, or aligna4_alignc4."""
    fused: list[str] = field(default_factory=list)
    family: Family = "unknown"
    tensor_core: TensorCore = "unknown"
    evidence: str = ""
    """The token that proves `tensor_core`, or why it is unknown."""
    unknown_tokens: list[str] = field(default_factory=list)
    """Pieces that the grammar does not know."""
    gemm: bool = False
    """Does the family spend its time in matrix products (`GEMM_FAMILIES`)?"""
