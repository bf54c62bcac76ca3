"""What the name of a GPU kernel says: family, Tensor Core use, types and shapes."""

from tacticlens.kernels.decode import decode
from tacticlens.kernels.decoded import KernelName
from tacticlens.kernels.family import FAMILIES, GEMM_FAMILIES, Family, family_of_type
from tacticlens.kernels.layer_family import family_of
from tacticlens.kernels.tensor_core import TensorCore

__all__ = [
    "FAMILIES",
    "GEMM_FAMILIES",
    "Family",
    "KernelName",
    "TensorCore",
    "decode",
    "family_of",
    "family_of_type",
]
