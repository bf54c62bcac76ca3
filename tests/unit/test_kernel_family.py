"""Families of kernels and layers."""

import pytest

from tacticlens.grammar.layer_name import only_operation
from tacticlens.kernels import FAMILIES, GEMM_FAMILIES, Family, decode, family_of, family_of_type

KERNELS: tuple[tuple[str, Family], ...] = (
    ("sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tilesize64x64x64", "implicit_gemm"),
    ("sm80_xmma_dgrad_implicit_gemm_f32f32_f32f32_f32_nchwkcrs_nchw_tilesize32x32x8_ffma", "implicit_gemm"),
    ("sm80_xmma_fprop_sparse_conv_f16f16_f16f16_f16_nhwckrsc_nhwc_sptensor16x8x32", "implicit_gemm"),
    (
        "void cutlass__5x_cudnn::Kernel<cutlass_tensorop_f16_s16816fprop_optimized_f16_64x64_64x5_nhwc>(T)",
        "implicit_gemm",
    ),
    ("void implicit_convolve_sgemm<__half, __half, 128>(int, int)", "implicit_gemm"),
    ("turing_h1688cudnn_128x128_ldg8_relu_exp_small_nhwc_tn_v1", "implicit_gemm"),
    (
        "trt_turing_cutlass_image_network_first_layer_hmma_fprop_f16f16f32_nhwc_nhwc_k64r7s7c4_stride2x2",
        "implicit_gemm",
    ),
    ("ampere_first_layer_filter3x3_imma_fwd", "implicit_gemm"),
    ("kIMMA_V1_TILE_32x64", "implicit_gemm"),
    ("sm86_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize64x32x64_tensor16x8x8", "gemm"),
    ("sm70_xmma_gemm_as_conv1x1_f32f32_f32_f32_tn_n_simt_small_batch_bias_relu", "gemm"),
    ("sm50_xmma_cublas_gemvx_f32f32_f32_f32_tn_n_int32_unit_n_launch_param8x32x32", "gemm"),
    ("void gemv2T_kernel_val<int, int, float, 128, 16, 4>(T1)", "gemm"),
    ("nvjet_sm90_hsh_64x8_64x16_1x4_h_bz_NNT", "gemm"),
    ("volta_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1", "winograd"),
    ("sm80_xmma_fprop_wngd_f32f32_f32_f32_nchwkcrs_nchw_tilesize8x16x32x8_warpsize8x1x1_wngd2x2", "winograd"),
    ("void fft2d_c2r_32x32<float, 0, 0>(T1 *)", "fft"),
    ("sm50_xmma_fprop_conv2d_c1_k1_f32f32_f32_f32_nchwkcrs_nchw_tilesize10x40x8", "direct_conv"),
    ("sm72_trt_conv_act_pool_v2_tile_rows_12_tile_cols_120", "direct_conv"),
    ("void cudnn::cnn::conv2d_grouped_direct_kernel<(bool)0, int, float>(int)", "direct_conv"),
    ("sm72_xmma_convolution_depthwiseSdcrr_INT8NCxHW32_R3_S3_U1_V1_InnerLoop4", "depthwise"),
    ("void at::<unnamed>::conv_depthwise2d_forward_kernel<3, c10::BFloat16, int>(T)", "depthwise"),
    ("sm70_xmma_deconv_implicit_gemm_indexed_f32f32_f32f32_f32_nhwckrsc_nhwc_ffma_strided", "deconv"),
    ("fmha_v2_flash_attention_fp16_64_32_S_qkv_128_causal_sm86_kernel_nl", "attention"),
    ("_gemm_mha_v2_myl3_6", "attention"),
    ("void pytorch_flash::flash_fwd_kernel<Flash_fwd_kernel_traits<64, 128>, 0>(Params)", "attention"),
    ("generatedNativePointwise", "pointwise"),
    ("void at::vectorized_elementwise_kernel<4, at::CUDAFunctor_add<float>>(int)", "pointwise"),
    (
        "void at::vectorized_elementwise_kernel<8, at::FillFunctor<c10::Half>, std::array<char *, 1>>(int)",
        "fill_constant",
    ),
    ("void at::elementwise_kernel<128, 2, void at::f<at::direct_copy_kernel_cuda(T &)>>(int)", "copy"),
    ("void at::vectorized_elementwise_kernel<8, at::bfloat16_copy_kernel_cuda(T &)>(int)", "cast_quantize"),
    ("void genericReformat::copyVectorizedKernel<double, float, __half, (bool)1>(unsigned int)", "reformat"),
    ("void cuInt8::nc32hw32ToNc32hw32<float>(int)", "reformat"),
    ("void engines_precompiled::nchwToNhwcKernel<float, float, float, 0, 1, 2>(T)", "reformat"),
    ("void CUTENSOR_NAMESPACE::permutationKernelPLC3<T1>(T2)", "permute"),
    ("sm50_xmma_pooling_tiled_FP32NCHW_kMAX_tP2_tQ16_tR2_tS2_tU2_tV2_tUnroll6_tThreads128", "pooling"),
    ("void at::<unnamed>::avg_pool2d_out_cuda_frame<float, float>(int)", "pooling"),
    ("void at::reduce_kernel<512, 1, at::ReduceOp<float, at::sum_functor<float>>>(T3)", "reduce"),
    ("void cublasLt::splitKreduce_kernel<32, 16, int, float>(T)", "reduce"),
    ("sm50_xmma_softmax_trt_NCHW_FP32_Dim2_Threads256", "softmax"),
    ("void at::<unnamed>::vectorized_layer_norm_kernel<float, float, 0>(int)", "normalization"),
    ("void cudnn::bn_fw_inf_1C11_kernel_NCHW<float, float, true, 1>(float)", "normalization"),
    ("void mbtopk::gatherTopK<float, unsigned int, 2>(T)", "topk"),
    ("void cuSliceLayer::naiveSlice<float, (cuSliceLayer::Mode)2, (int)4>(T)", "gather_slice_concat"),
    ("void at::<unnamed>::CatArrayBatchedCopy_vectorized<T, unsigned int, 2>(char *)", "gather_slice_concat"),
    ("void cuResizeLayer::ResizeKernelVectorizedH2x4<cuResizeLayer::NearestNeighbor>(int)", "resize"),
    ("my_plugin_kernel", "unknown"),
)


@pytest.mark.parametrize(("name", "family"), KERNELS)
def test_kernel_name_gives_the_family(name: str, family: Family) -> None:
    assert decode(name).family == family


@pytest.mark.parametrize(
    ("codes", "family"),
    [
        ("bb0_8_ResTraCasAddMeaSubMulMeaAddSqrDivMulMulAddRes_com_vec", "normalization"),
        ("MulMeanAddSqrtDivMul", "normalization"),
        ("MaxrSubExpSumDiv", "softmax"),
        ("FcNegExpAddDivMulMul", "gemm"),
        ("DivMulTopk", "topk"),
        ("MulSum", "reduce"),
        ("SiluMul", "pointwise"),
        ("TranReshMove", "permute"),
        ("SlicConcResh", "gather_slice_concat"),
        ("CastReshCast", "cast_quantize"),
        ("bb0_1_Mov", "copy"),
        ("Resh", "shuffle"),
    ],
)
def test_operation_codes_of_a_fused_region_give_its_family(codes: str, family: Family) -> None:
    assert decode(f"__myl_{codes}_0xf0bc62c10db267233e3e57e977ae2a28").family == family


@pytest.mark.parametrize(
    ("runner", "family"),
    [
        ("CaskConvolution", "implicit_gemm"),
        ("CublasConvolution", "gemm"),
        ("FusedConvActConvolution", "unknown"),
        ("CudaDepthwiseConvolution", "depthwise"),
        ("CaskDeconvolutionV2", "deconv"),
        ("MatrixMultiply", "gemm"),
        ("Myelin", "myelin"),
        ("PointWiseV2", "pointwise"),
        ("Reformat", "reformat"),
        ("Shuffle", "shuffle"),
        ("TiledPooling", "pooling"),
        ("LogSoftmaxTopK", "softmax"),
        ("Constant", "fill_constant"),
        ("PluginV2", "plugin"),
        ("NoOp", "noop"),
        ("SomethingNew", "unknown"),
        (None, "unknown"),
    ],
)
def test_runner_gives_the_family_where_no_kernel_is_known(runner: str | None, family: Family) -> None:
    assert family_of(runner=runner, layer_type=None, kernel=None) == family


@pytest.mark.parametrize(
    ("layer_type", "family"),
    [
        ("scudnn", "implicit_gemm"),
        ("fp16x2_hcudnn", "implicit_gemm"),
        ("scudnn_winograd", "winograd"),
        ("PoolingTiled", "pooling"),
        ("FusedConvActDirect", "direct_conv"),
        ("cudaFusedBlockLocalMLP", "gemm"),
        ("gemm", "gemm"),
        ("kgen", "pointwise"),
        ("fusion", "myelin"),
        ("shape_call", "noop"),
        ("cast", "cast_quantize"),
    ],
)
def test_layer_types_of_old_engines_and_of_myelin_are_known(layer_type: str, family: Family) -> None:
    assert family_of(runner=None, layer_type=layer_type, kernel=None) == family


def test_kernel_beats_its_runner() -> None:
    kernel = "volta_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1"

    assert family_of(runner="CaskConvolution", layer_type="CaskConvolution", kernel=kernel) == "winograd"


def test_deconvolution_stays_one_whatever_kernel_it_runs() -> None:
    kernel = "sm80_xmma_dgrad_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc_tensor16x8x16"

    assert family_of(runner="CaskDeconvolutionV2", layer_type=None, kernel=kernel) == "deconv"


def test_layer_without_work_does_none_whatever_else_is_printed() -> None:
    assert family_of(runner="Reformat", layer_type="NoOp", kernel=None) == "noop"


def test_unknown_kernel_leaves_the_answer_to_the_runner() -> None:
    assert family_of(runner="PointWiseV2", layer_type=None, kernel="foo_bar") == "pointwise"


def test_layer_type_of_the_engine_beats_the_runner() -> None:
    assert family_of(runner="Myelin", layer_type="gemm", kernel=None) == "gemm"


def test_types_are_read_in_any_case() -> None:
    assert family_of_type("pointwisev2") == family_of_type("PointWiseV2")


def test_families_are_a_closed_ordered_set() -> None:
    assert len(set(FAMILIES)) == len(FAMILIES)
    assert (FAMILIES[0], FAMILIES[-1]) == ("implicit_gemm", "unknown")
    assert set(FAMILIES) >= GEMM_FAMILIES


@pytest.mark.parametrize("name", ["volta_sgemm_128x64_nn", "generatedNativePointwise"])
def test_gemm_flag_follows_the_family(name: str) -> None:
    kernel = decode(name)

    assert kernel.gemm == (kernel.family in GEMM_FAMILIES)


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("{ForeignNode[ONNXTRT_castHelper_9]}", "Cast"),
        ("{ForeignNode[(Unnamed Layer* 0) [DynamicQuantize]]}", "DynamicQuantize"),
        ("{ForeignNode[/a/Conv]}", None),
        ("{ForeignNode[ONNXTRT_castHelper_9.../b/Mul]}", None),
        ("{ForeignNode[(Unnamed Layer* 0) [Shuffle] + b]}", None),
        ("ONNXTRT_castHelper_9", None),
    ],
)
def test_a_region_that_shows_its_only_operation_is_judged_by_it(name: str, operation: str | None) -> None:
    assert only_operation(name) == operation
