"""What kind of work a kernel or a layer does: the closed set of families."""

from __future__ import annotations

from typing import Final, Literal, get_args

Family = Literal[
    "implicit_gemm",
    "gemm",
    "winograd",
    "fft",
    "direct_conv",
    "depthwise",
    "deconv",
    "attention",
    "myelin",
    "pointwise",
    "reformat",
    "copy",
    "permute",
    "shuffle",
    "pooling",
    "reduce",
    "softmax",
    "normalization",
    "topk",
    "gather_slice_concat",
    "resize",
    "fill_constant",
    "cast_quantize",
    "plugin",
    "noop",
    "unknown",
]

FAMILIES: Final[tuple[Family, ...]] = get_args(Family)
"""All families, in the order in which a reader thinks: matrix work first, data movement later."""

GEMM_FAMILIES: Final[frozenset[Family]] = frozenset(
    {"implicit_gemm", "gemm", "winograd", "deconv", "attention"}
)
"""Families that spend their time in matrix products, on Tensor Cores or not.

Winograd multiplies matrices between its transforms. FFT, direct and depthwise convolution do not.
A Myelin region without a known kernel may hold anything and counts as none.
"""

NO_MATRIX_FAMILIES: Final[frozenset[Family]] = (
    frozenset(FAMILIES)
    - GEMM_FAMILIES
    - {
        "direct_conv",
        "myelin",
        "plugin",
        "unknown",
    }
)
"""Families in which no kernel has a matrix product to give to Tensor Cores."""

_CONVOLUTION_RUNNERS: Final = {
    "CaskConvolution": "implicit_gemm",
    "CaskFlattenConvolution": "implicit_gemm",
    "CaskJitConv": "implicit_gemm",
    "CudnnConvolution": "implicit_gemm",
    "LegacySASSConvolution": "implicit_gemm",
    "Convolution": "implicit_gemm",
    "CaskGemmConvolution": "gemm",
    "CublasConvolution": "gemm",
    # its tactics are numbers: no name says what runs
    "FusedConvActConvolution": "unknown",
    "FusedConvActDirect": "direct_conv",
    "CudaConvolution": "direct_conv",
    "CudaGroupConvolution": "direct_conv",
    "ConvActPool": "direct_conv",
    "CaskConvActPool": "direct_conv",
    "CudaDepthwiseConvolution": "depthwise",
    "DepthwiseConvolution": "depthwise",
    "CaskDepthwiseConvolution": "depthwise",
    "CaskDeconvolution": "deconv",
    "CaskDeconvolutionV2": "deconv",
    "CaskGemmDeconvolution": "deconv",
    "CudnnDeconvolution": "deconv",
    "GemmDeconvolution": "deconv",
    "Deconvolution": "deconv",
}
UNPROVEN_TYPES: Final = frozenset({
    "caskconvolution", "caskflattenconvolution", "caskjitconv", "cudnnconvolution", "legacysassconvolution",
    "convolution", "conv",
})  # fmt: skip
"""Runners and layer types, in lower case, whose family only a kernel's name proves: most of their kernels are matrix
products, some are depthwise, direct or FFT."""

_MATRIX_RUNNERS: Final = {
    "CaskGemmMatrixMultiply": "gemm",
    "MatrixMultiply": "gemm",
    "CublasMatrixMultiply": "gemm",
    "CaskFullyConnected": "gemm",
    "CublasFullyConnected": "gemm",
    "CudaFullyConnected": "gemm",
    "FullyConnected": "gemm",
    "CudnnMLPFC": "gemm",
    "CudnnMLPMM": "gemm",
    "CudaMLP": "gemm",
    "cudaFusedBlockLocalMLP": "gemm",
    "MLP": "gemm",
    "CaskMHA": "attention",
    "MHA": "attention",
    "Attention": "attention",
}
_OTHER_RUNNERS: Final = {
    "Myelin": "myelin",
    "ForeignNode": "myelin",
    "PointWise": "pointwise",
    "PointWiseV2": "pointwise",
    "ElementWise": "pointwise",
    "Activation": "pointwise",
    "Scale": "pointwise",
    "Unary": "pointwise",
    "Select": "pointwise",
    "ParametricReLU": "pointwise",
    "Reformat": "reformat",
    "MyelinReformat": "reformat",
    "ShapeHostToDevice": "copy",
    "DeviceToShapeHost": "copy",
    "HostToDevice": "copy",
    "DeviceToHost": "copy",
    "Copy": "copy",
    "Identity": "copy",
    "Shuffle": "shuffle",
    "CaskPooling": "pooling",
    "CudnnPooling": "pooling",
    "CudaPooling": "pooling",
    "TiledPooling": "pooling",
    "PoolingTiled": "pooling",
    "Pooling": "pooling",
    "Reduce": "reduce",
    "CumulativeSum": "reduce",
    "CudaSoftMax": "softmax",
    "CaskSoftMax": "softmax",
    "CaskSoftMaxV2": "softmax",
    "CudnnSoftMax": "softmax",
    "SoftMax": "softmax",
    "LogSoftmaxTopK": "softmax",
    "MyelinLogSoftmaxTopK": "softmax",
    "LRN": "normalization",
    "CudnnLRN": "normalization",
    "Normalization": "normalization",
    "CaskNormalization": "normalization",
    "TopK": "topk",
    "NMS": "topk",
    "NonZero": "gather_slice_concat",
    "Slice": "gather_slice_concat",
    "Padding": "gather_slice_concat",
    "Concatenation": "gather_slice_concat",
    "Concat": "gather_slice_concat",
    "Gather": "gather_slice_concat",
    "Scatter": "gather_slice_concat",
    "Resize": "resize",
    "GridSample": "resize",
    "Constant": "fill_constant",
    "Fill": "fill_constant",
    "OneHot": "fill_constant",
    "Cast": "cast_quantize",
    "Quantize": "cast_quantize",
    "Dequantize": "cast_quantize",
    "DynamicQuantize": "cast_quantize",
    "PluginV2": "plugin",
    "PluginV3": "plugin",
    "Plugin": "plugin",
    "NoOp": "noop",
    "TrainStation": "noop",
}
# Types that only engines print: Myelin's own layers, and TensorRT 7's kernel groups.
_LAYER_TYPES: Final = {
    "gemm": "gemm",
    "matmul": "gemm",
    "conv": "implicit_gemm",
    "mha": "attention",
    "kgen": "pointwise",
    "fusion": "myelin",
    "shape_call": "noop",
    "signal": "noop",
    "wait": "noop",
    "memcpy": "copy",
    "memset": "fill_constant",
    "transpose": "permute",
    "caskFullyConnectedFP32": "gemm",
}
_TYPES: Final[dict[str, str]] = {
    name.lower(): family
    for table in (_CONVOLUTION_RUNNERS, _MATRIX_RUNNERS, _OTHER_RUNNERS, _LAYER_TYPES)
    for name, family in table.items()
}
_FAMILY_BY_NAME: Final[dict[str, Family]] = {family: family for family in FAMILIES}


def family_of_type(name: str | None) -> Family:
    """Family of a runner or layer type as TensorRT prints it; "unknown" for None and new names."""
    low = (name or "").lower()
    if low.endswith("cudnn"):  # TensorRT 7 prints the kernel group: scudnn, fp16x2_hcudnn, h1688cudnn
        return "implicit_gemm"
    if low.endswith("cudnn_winograd"):
        return "winograd"
    return _FAMILY_BY_NAME[_TYPES.get(low, "unknown")]
