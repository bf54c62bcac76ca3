"""Kernel names of any text, and names composed from known parts."""

from hypothesis import given
from hypothesis import strategies as st

from tacticlens.grammar.kernel_name import kernel_tokens
from tacticlens.kernels import FAMILIES, decode

PIECES = st.sampled_from(
    (
        *("sm80", "xmma", "ampere", "cutlass", "cutlass3x", "80", "nvjet", "myl", "fmha", "turing", "trt"),
        *(
            "tilesize64x64x64",
            "tilesize",
            "stage4",
            "stage",
            "stages",
            "64x3",
            "f16f16",
            "f16f32",
            "f16",
            "tensor16x8x16",
        ),
        *(
            "h16816gemm",
            "s16816fprop",
            "16816",
            "i8816cudnn",
            "align8",
            "aligna4",
            "cgasize2x1x1",
            "warpgroupsize1x1x1",
        ),
        *(
            "ffma",
            "simt",
            "tensorop",
            "relu",
            "nhwckrsc",
            "nhwc",
            "tn",
            "n",
            "AddMulSum",
            "0x9b491439b1ec",
            "splitK",
        ),
        *(
            "softmax",
            "pooling",
            "IMMA",
            "flash",
            "void ",
            "at::",
            "<",
            ">",
            "(",
            ")",
            "::",
            ", ",
            "...",
            "é",
            "\x00",
            "\n",
        ),
    )
)
COMPOSED = st.lists(st.tuples(PIECES, st.sampled_from(("_", "", "__"))), max_size=12).map(
    lambda pairs: "".join(piece + joint for piece, joint in pairs)
)
SIZES = st.sampled_from((8, 16, 32, 64, 128, 192, 256))


@given(st.one_of(st.text(max_size=200), COMPOSED))
def test_any_text_is_decoded_and_nothing_is_lost(name: str) -> None:
    kernel = decode(name)

    assert "".join(token.text for token in kernel_tokens(name)) == name
    assert kernel.name == name
    assert kernel.family in FAMILIES
    assert kernel.evidence


@given(st.one_of(st.text(max_size=200), COMPOSED))
def test_every_piece_has_a_kind_and_at_most_underscores_stand_between(name: str) -> None:
    tokens = kernel_tokens(name)

    assert all(token.text for token in tokens)
    assert all(set(token.text) == {"_"} for token in tokens if token.kind == "separator")


@given(COMPOSED)
def test_every_yes_and_no_is_proved_by_a_part_of_the_name_or_its_family(name: str) -> None:
    kernel = decode(name)

    if kernel.tensor_core != "unknown":
        shown = kernel.evidence.split(" ")[0].removeprefix("sm")
        bare = name.replace("_", "")
        assert shown.replace("_", "") in bare or kernel.evidence == kernel.family


@given(
    arch=st.sampled_from(("sm75", "sm80", "sm86", "sm89")),
    pair=st.sampled_from(
        (("f16", "f16", "f16", "f32"), ("i8", "f32", "i8", "i32"), ("e4m3", "bf16", "e4m3", "f32"))
    ),
    tile=st.tuples(SIZES, SIZES, SIZES),
    stages=st.integers(1, 8),
    instruction=st.sampled_from(("tensor16x8x16", "tensor16x8x32", "ffma")),
    fused=st.lists(st.sampled_from(("relu", "bias", "gelu")), unique=True),
)
def test_composed_xmma_name_decodes_to_its_parts(
    *,
    arch: str,
    pair: tuple[str, str, str, str],
    tile: tuple[int, int, int],
    stages: int,
    instruction: str,
    fused: list[str],
) -> None:
    source, target, math, accumulator = pair
    m, n, k = tile
    pieces = [
        f"{arch}_xmma_gemm_{source}{target}_{math}{accumulator}_f32_tn_n",
        f"tilesize{m}x{n}x{k}_stage{stages}_warpsize2x2x1_{instruction}",
        *fused,
    ]
    kernel = decode("_".join(pieces))

    assert (kernel.arch, kernel.family, kernel.layout) == (arch, "gemm", "tn_n")
    assert (kernel.input_types, kernel.output_type, kernel.accumulator_type) == (
        [source],
        target,
        accumulator,
    )
    assert (kernel.tile_m, kernel.tile_n, kernel.tile_k, kernel.stages) == (m, n, k, stages)
    assert kernel.fused == fused
    assert (kernel.tensor_core, kernel.evidence) == ("no" if instruction == "ffma" else "yes", instruction)
    assert kernel.unknown_tokens == []


@given(
    output=st.sampled_from(("f16", "bf16", None)),
    accumulator=st.sampled_from((("h", "f16"), ("s", "f32"), ("i", "i32"))),
    mma=st.sampled_from((("884", "8x8x4"), ("1688", "16x8x8"), ("16816", "16x8x16"), ("16832", "16x8x32"))),
    operation=st.sampled_from((("gemm", "gemm"), ("fprop", "implicit_gemm"), ("dgrad", "implicit_gemm"))),
    tile=st.tuples(SIZES, SIZES, SIZES),
    stages=st.integers(2, 10),
)
def test_composed_cutlass_name_decodes_to_its_parts(
    *,
    output: str | None,
    accumulator: tuple[str, str],
    mma: tuple[str, str],
    operation: tuple[str, str],
    tile: tuple[int, int, int],
    stages: int,
) -> None:
    m, n, k = tile
    prefix = f"{output}_" if output else ""
    multiply = f"{accumulator[0]}{mma[0]}{operation[0]}"
    kernel = decode(f"cutlass_80_tensorop_{prefix}{multiply}_f16_{m}x{n}_{k}x{stages}_nn_align8")

    assert (kernel.arch, kernel.family, kernel.mma_shape) == ("sm80", operation[1], mma[1])
    assert (kernel.accumulator_type, kernel.output_type) == (accumulator[1], output or accumulator[1])
    assert (kernel.tile, kernel.stages) == (f"{m}x{n}x{k}", stages)
    assert (kernel.tensor_core, kernel.unknown_tokens) == ("yes", [])
