"""Reading of kernel names, one name per naming convention."""

from dataclasses import replace

import pytest

from tacticlens.grammar.kernel_name import kernel_tokens
from tacticlens.grammar.memo import begin
from tacticlens.kernels import KernelName, decode


def kinds(name: str) -> dict[str, str]:
    return {token.kind: token.value for token in kernel_tokens(name)}


def test_xmma_convolution_gives_every_field() -> None:
    kernel = decode(
        "sm80_xmma_fprop_implicit_gemm_interleaved_i8f16_i8i32_f32_nchw_vect_c_32kcrs_vect_c_32_nchw_vect_c_32"
        "_tilesize64x32x64_stage6_warpsize2x1x1_g1_tensor16x8x32_simple_t1r1s1"
    )

    assert (kernel.arch, kernel.library, kernel.operation) == ("sm80", "xmma", "fprop")
    assert kernel.algorithm == "implicit_gemm interleaved"
    assert (kernel.tile, kernel.tile_m, kernel.tile_n, kernel.tile_k) == ("64x32x64", 64, 32, 64)
    assert (kernel.stages, kernel.warps, kernel.mma_shape) == (6, "2x1x1", "16x8x32")
    assert kernel.layout == "nchw_vect_c_32kcrs_vect_c_32_nchw_vect_c_32"
    assert kernel.filter_size == "t1r1s1"
    assert kernel.unknown_tokens == []


def test_first_xmma_type_pair_is_input_and_output() -> None:
    """Logs time i8f16 kernels for Int8 -> Half and i8f32 kernels for Int8 -> Float only."""
    kernel = decode("sm80_xmma_fprop_implicit_gemm_i8f16_i8i32_f32_nhwckrsc_nhwc_tilesize64x64x64")

    assert (kernel.input_types, kernel.accumulator_type, kernel.output_type) == (["i8"], "i32", "f16")


def test_xmma_with_a_single_accumulator_type() -> None:
    kernel = decode("sm50_xmma_conv_fprop_generic_f32f32_f32_f32_nchwkcrs_nchw")

    assert (kernel.input_types, kernel.accumulator_type, kernel.output_type) == (["f32"], "f32", "f32")


def test_hopper_xmma_gives_cluster_and_alignment() -> None:
    kernel = decode(
        "sm90_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x128x64_cgasize2x1x1_warpgroupsize1x1x1"
        "_aligna8_alignc8_beta0"
    )

    assert (kernel.cluster, kernel.alignment, kernel.layout) == ("2x1x1", "aligna8_alignc8", "tn_n")


@pytest.mark.parametrize(
    ("name", "inputs", "accumulator", "output", "tile", "stages", "mma"),
    [
        (
            "ampere_fp16_s16816gemm_fp16_128x64_sliced1x2_ldg8_relu_f2f_stages_64x5_tn_v1",
            ["f16"],
            "f32",
            "f16",
            "128x64x64",
            5,
            "16x8x16",
        ),
        (
            "turing_h1688cudnn_128x128_ldg8_relu_exp_small_nhwc_tn_v1",
            ["f16"],
            "f16",
            "f16",
            "128x128",
            None,
            "16x8x8",
        ),
        ("ampere_fp32_icudnn_int8x4_128x32_relu_small_nn_v1", ["i8"], "i32", "f32", "128x32", None, None),
        ("volta_scudnn_128x64_relu_interior_nn_v1", ["f32"], "f32", "f32", "128x64", None, None),
        (
            "cutlass_80_tensorop_bf16_s16816gemm_relu_bf16_256x128_32x3_nn_align8",
            ["bf16"],
            "f32",
            "bf16",
            "256x128x32",
            3,
            "16x8x16",
        ),
        (
            "cutlass3x_sm90_tensorop_s64x128x32gemm_e4m3_e4m3_f32_bf16_bf16_128x128x128_1x2x1_0_tnn_align16",
            ["e4m3"],
            "f32",
            "bf16",
            "128x128x128",
            None,
            "64x128x32",
        ),
        ("nvjet_sm90_hsh_128x192_64x5_2x1_v_bz_coopB_TNN", ["f16"], "f32", "f16", "128x192x64", 5, None),
    ],
)
def test_types_and_shapes_follow_the_convention_of_the_library(
    *,
    name: str,
    inputs: list[str],
    accumulator: str,
    output: str,
    tile: str,
    stages: int | None,
    mma: str | None,
) -> None:
    kernel = decode(name)

    assert (kernel.input_types, kernel.accumulator_type, kernel.output_type) == (inputs, accumulator, output)
    assert (kernel.tile, kernel.stages, kernel.mma_shape) == (tile, stages, mma)
    assert kernel.unknown_tokens == []


def test_third_shape_of_a_cublaslt_name_is_its_cluster() -> None:
    assert decode("nvjet_sm90_tst_128x64_64x8_1x2_h_bz_NNT").cluster == "1x2"


def test_zero_stages_of_cutlass_mean_as_many_as_fit_and_are_not_said() -> None:
    assert decode("cutlass3x_sm90_tensorop_s64x128x16gemm_f16_128x128x64_2x1x1_0_tnn_align8").stages is None


def test_fused_operations_are_listed() -> None:
    assert decode("sm70_xmma_gemm_as_conv1x1_f32f32_f32_f32_tn_n_simt_small_batch_bias_relu").fused == [
        "bias",
        "relu",
    ]


def test_split_k_is_seen_in_either_spelling() -> None:
    assert decode("nvjet_sm90_tst_32x64_64x16_4x1_v_bz_splitK_TNN").split_k
    assert not decode("nvjet_sm90_tst_32x64_64x16_4x1_v_bz_TNN").split_k


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("volta_sgemm_128x64_nn", "cublas"),
        ("volta_scudnn_128x64_relu_interior_nn_v1", "cudnn"),
        ("__myl_Cast_0xf0bc62c10db267233e3e57e977ae2a28", "myelin"),
        ("__mye8037_gemm_mha_v2", "myelin"),
        ("generatedNativePointwise", "tensorrt"),
        ("void genericReformat::copyPackedKernel<float, __half, (bool)1>(unsigned int)", "tensorrt"),
        ("void CUTENSOR_NAMESPACE::permutationKernelPLC3<T1>(T2)", "cutensor"),
        ("void at::native::vectorized_elementwise_kernel<4>(int)", "pytorch"),
        ("triton_poi_fused_add_0", "triton"),
        ("fmha_cutlassF_f16_aligned_64x64_rf_sm80(T1::Params)", "cutlass"),
        ("my_plugin_kernel", None),
    ],
)
def test_library_is_named(name: str, library: str | None) -> None:
    assert decode(name).library == library


@pytest.mark.parametrize("prefix", ["trt_", "cudnn_", "_5x_cudnn_", "void ", ""])
def test_prefix_of_an_old_cudnn_name_changes_nothing(prefix: str) -> None:
    bare = decode("ampere_scudnn_winograd_128x128_ldg1_ldg4_relu_tile148t_nt_v1")
    kernel = decode(f"{prefix}{bare.name}")

    assert replace(kernel, name=bare.name) == bare


def test_cutlass_name_inside_a_cpp_signature_reads_like_the_bare_name() -> None:
    bare = decode("cutlass_80_tensorop_s1688gemm_128x64_32x6_nn_align4")
    kernel = decode(f"void cutlass::Kernel2<{bare.name}>({bare.name}::Params)")

    assert replace(kernel, name=bare.name) == bare


def test_marker_decides_how_a_piece_is_read() -> None:
    assert kinds("turing_h1688cudnn_128x128")["accumulator"] == "h"
    assert "accumulator" not in kinds("at_h1688cudnn_128x128")


def test_piece_without_a_rule_is_listed_and_the_rest_is_read() -> None:
    kernel = decode("sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize64x64x64_newthing7_tensor16x8x16")

    assert kernel.unknown_tokens == ["newthing7"]
    assert (kernel.tile, kernel.tensor_core) == ("64x64x64", "yes")


def test_name_that_says_nothing_is_all_unknown() -> None:
    assert decode("foo_bar") == KernelName(
        name="foo_bar",
        evidence="nothing in the name says what the kernel does",
        unknown_tokens=["foo", "bar"],
    )


@pytest.mark.parametrize(
    "name", ["", "_", "\x00", "é" * 99, "<<<", "tilesize", "sm80_xmma_", "cutlass_80_" + "1" * 9999]
)
def test_no_text_is_refused(name: str) -> None:
    assert decode(name).name == name


def test_decoding_a_name_of_a_log_again_is_free() -> None:
    held = begin()
    name = "volta_sgemm_99x77_nn"  # of no log that another test may hold: its answer would be found there

    assert decode(name) is decode(name) is held.of[decode][name]
