"""The family of a layer from its kernel, its type in the engine and its runner."""

from __future__ import annotations

from typing import Final

from tacticlens.kernels.decode import decode
from tacticlens.kernels.family import Family, family_of_type

# What only the layer knows. A deconvolution runs dgrad, gemm and implicit_gemm kernels.
_RUNNER_IS_MORE_EXACT: Final = frozenset({"deconv", "plugin", "noop"})


def family_of(*, runner: str | None, layer_type: str | None, kernel: str | None) -> Family:
    """Family of a layer from all that is known about it. None means not printed.

    The kernel decides, because a runner only says who was asked: CaskConvolution runs implicit
    GEMM, Winograd and depthwise kernels. Two exceptions, where the layer knows more than its kernel:
    a deconvolution (its kernels are those of a backward convolution), and a plugin or a layer that
    does nothing. Without a kernel name the layer's type in the engine decides, then the runner.
    """
    from_type = family_of_type(layer_type)
    if from_type == "unknown":
        from_type = family_of_type(runner)
    from_kernel = decode(kernel).family if kernel else "unknown"
    if from_kernel == "unknown" or from_type in _RUNNER_IS_MORE_EXACT:
        return from_type if from_type != "unknown" else from_kernel
    return from_kernel
