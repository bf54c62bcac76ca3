"""The Tensor Core verdict and its evidence."""

import pytest

from tacticlens.kernels import decode


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_tensor16x8x16", "tensor16x8x16"),
        ("sm80_xmma_sparse_gemm_f16f16_f16f32_f32_tt_t_sptensor16x8x32", "sptensor16x8x32"),
        ("sm90_xmma_gemm_f16f16_f16f32_f32_nn_n_tilesize64x128x32_warpgroupsize1x1x1", "warpgroupsize1x1x1"),
        ("ampere_h16816gemm_64x64_ldg8_relu_nn_v1", "h16816gemm"),
        ("volta_fp16_s884cudnn_fp16_256x128_ldg8_relu_f2f_exp_medium_nhwc_tn_v1", "s884cudnn"),
        ("turing_fp32_i8816cudnn_int8_128x128_ldg16_relu_small_nt_v1", "i8816cudnn"),
        ("trt_turing_cutlass_image_network_first_layer_hmma_fprop_f16f16f32_nhwc_nhwc", "hmma"),
        ("kIMMA_V1_TILE_32x64", "IMMA"),
        ("cutlass_80_wmma_tensorop_i161616gemm_s8_forwardCompat_128x128_32x2_nn_align4", "wmma"),
        ("cutlass3x_sm120_bstensorop_s16864gemm_block_scaled_ue4m3xe2m1_128x128x128", "bstensorop"),
        ("nvjet_sm90_tst_64x8_64x16_4x1_v_bz_NNT", "nvjet"),
        ("cudnn_generated_fort_native_sdpa_sm90_flash_fprop_wgmma_f16_knob_7_64x128x64", "wgmma"),
        (
            "void pytorch_flash::flash_fwd_kernel<Flash_fwd_kernel_traits<64, 128>, 0>(Params)",
            "flash_fwd_kernel",
        ),
        ("fmha_cutlassF_f16_aligned_64x64_rf_sm80(Params)", "fmha f16 sm80"),
        ("_gemm_mha_v2_myl3_6", "gemm_mha_v2"),
        (
            "void xmma_cudnn::gemm::kernel<xmma_cudnn::implicit_gemm::Ampere_hmma_fp32_traits<float>>(P)",
            "hmma",
        ),
        ("void cuDepthwise::depthwiseConvHMMAPrefetchKernel<3, 3, 1>(int)", "HMMA"),
        (
            "void cutlass::device_kernel<cutlass::GemmUniversal<T, cute::SM90_64x128x16_F32F16F16_SS>>(P)",
            "SM90_64x128x16_F32F16F16_SS",
        ),
    ],
)
def test_instruction_in_the_name_is_the_proof(name: str, evidence: str) -> None:
    kernel = decode(name)

    assert (kernel.tensor_core, kernel.evidence) == ("yes", evidence)


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("sm80_xmma_gemm_f32f32_f32f32_f32_nn_n_tilesize128x64x8_stage3_warpsize2x2x1_ffma", "ffma"),
        ("sm70_xmma_fprop_conv1x1_f32f32_f32_f32_nchwkcrs_nchw_simt_small_batch_bias_relu", "simt"),
        ("sm50_xmma_cublas_gemvx_f32f32_f32_f32_tn_n_int32", "gemvx"),
        ("sm50_xmma_pooling_fw_4d_FP32FP32NCHW_Max", "sm50"),
        ("sm80_xmma_fprop_wngd_f32f32_f32_f32_nchwkcrs_nchw_tilesize8x16x32x8", "wngd"),
        ("volta_scudnn_128x64_relu_interior_nn_v1", "scudnn"),
        ("ampere_int8x4_icudnn_int8x4_128x32_relu_small_nn_v1", "icudnn"),
        ("volta_hgemm_128x128_nn_v0", "hgemm"),
        ("cutlass_80_simt_sgemm_64x64_8x5_tn_align1", "simt"),
        ("fmha_cutlassF_f32_aligned_64x64_rf_sm75(Params)", "fmha f32 sm75"),
        ("void gemmSN_TN_kernel<float, 128, 16, 2, 4, 8, 9, false>(int)", "gemmSN"),
        ("sm72_xmma_convolution_depthwiseSdcrr_INT8NCxHW32_R3_S3_U1_V1", "depthwiseSdcrr"),
        ("generatedNativePointwise", "generatedNativePointwise"),
        ("__myl_MaxrSubExpSum_0x9b491439b1ec4f930b7aee6b500a5b14", "MaxrSubExpSum"),
    ],
)
def test_cuda_core_kernels_say_so_even_when_called_xmma_or_gemm(name: str, evidence: str) -> None:
    kernel = decode(name)

    assert (kernel.tensor_core, kernel.evidence) == ("no", evidence)


@pytest.mark.parametrize(
    "name",
    [
        "sm90_xmma_wgrad_indexed_implicit_gemm_f16f16_f16f32_f32_nhwckrsc_nhwc_warpgroupsize1x1x1_g1_execute_split_k_kernel",
        "void cublasLt::splitKreduce_kernel<32, 16, int, float, __half>(T)",
        "void flash::flash_fwd_splitkv_combine_kernel<Flash_fwd_kernel_traits<64, 64>, 4, 1, true>(Params)",
    ],
)
def test_kernel_that_adds_up_partial_results_multiplies_nothing(name: str) -> None:
    assert decode(name).tensor_core == "no"


@pytest.mark.parametrize("infix", ["segment_k_off", "segment_k_on"])
def test_segment_k_kernel_is_the_multiplying_one(infix: str) -> None:
    name = (
        f"sm90_xmma_gemm_f16f16_f16f32_f32_nn_n_tilesize64x128x32_warpgroupsize1x1x1_execute_{infix}_kernel"
    )

    assert decode(name).tensor_core == "yes"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "sm80_xmma_fprop_implicit_gemm_f16f16_f16f16_f16_nhwckrsc_nhwc",
            "the name says implicit_gemm and no",
        ),
        ("__myl_FcCast_0x88a9fc905715f4bf12322bd14c6ba089", "Myelin names a fused region by its operations"),
        ("sm72_xmma_pooling_IMMA_NCxHW32_generic_kMAX", "pooling_IMMA: "),
        ("triton_tem_fused_mm_0", "the name says gemm"),
        ("my_kernel", "nothing in the name"),
    ],
)
def test_what_the_name_does_not_say_stays_unknown_with_a_reason(name: str, reason: str) -> None:
    kernel = decode(name)

    assert kernel.tensor_core == "unknown"
    assert kernel.evidence.startswith(reason)


def test_matrix_type_in_a_template_argument_of_a_reduction_proves_nothing() -> None:
    assert decode("void reduce_kernel<cutlass::arch::OpClassTensorOp, 4>(T)").tensor_core == "no"


def test_argument_list_of_a_signature_proves_nothing() -> None:
    assert decode("void my_kernel<4>(hmma::Params, tensorop)").tensor_core == "unknown"


def test_cluster_outside_xmma_proves_nothing() -> None:
    assert decode("cudnn_generated_fort_native_sdpa_sm100_cga1x1x1_kernel0_0").tensor_core == "unknown"


def test_instruction_beats_the_cuda_core_word_beside_it() -> None:
    kernel = decode("volta_fp16x2_hcudnn_winograd_fp16x2_128x128_hmma_nt_v1")

    assert (kernel.tensor_core, kernel.evidence) == ("yes", "hmma")
