"""Tokens of a kernel name -> data types, shapes and the other fields of a `KernelName`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from tacticlens.kernels.operation import section_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tacticlens.grammar.kernel_name import KernelToken


class Types(TypedDict, total=False):
    """Fields about data types."""

    input_types: list[str]
    accumulator_type: str | None
    output_type: str | None


class Shapes(TypedDict, total=False):
    """Fields about the launch: thread block tile, pipeline, clusters, instruction."""

    tile: str | None
    tile_m: int | None
    tile_n: int | None
    tile_k: int | None
    stages: int | None
    warps: str | None
    cluster: str | None
    mma_shape: str | None


_ACCUMULATORS: Final = {"h": "f16", "s": "f32", "d": "f64", "i": "i32", "c": "f32", "z": "f64"}
_ACCUMULATING: Final = frozenset({"accumulator", "tc_none_gemm", "tc_none_conv"})
_CUBLASLT_LETTERS: Final = {"h": "f16", "s": "f32", "d": "f64", "t": "bf16", "q": "e4m3", "r": "e5m2"}
_CANONICAL: Final = {"fp": "f", "int": "i", "uint": "u", "s": "i"}
# Instructions written without "x": the digits of M, N and K run together.
_MMA_SHAPES: Final = {
    "884": "8x8x4",
    "1684": "16x8x4",
    "1688": "16x8x8",
    "8816": "8x8x16",
    "8832": "8x8x32",
    "88128": "8x8x128",
    "16816": "16x8x16",
    "16832": "16x8x32",
    "16864": "16x8x64",
    "168128": "16x8x128",
    "168256": "16x8x256",
    "161616": "16x16x16",
    "32816": "32x8x16",
    "83216": "8x32x16",
    "16168": "16x16x8",
}


def canonical_type(text: str) -> str:
    """Write a data type one way: fp16 and FP16 are f16, int8 and s8 (also int8x4) are i8."""
    low = text.lower().split("x")[0]
    letters = low.rstrip("0123456789")
    return _CANONICAL.get(letters, letters) + low[len(letters) :]


def texts(tokens: Iterable[KernelToken], *kinds: str) -> list[str]:
    """Return the values of all tokens of these kinds, in the order of the name."""
    return [token.value for token in tokens if token.kind in kinds]


def data_types(tokens: Sequence[KernelToken]) -> Types:
    """Read the data types by the convention of the library."""
    section = section_of(tokens)
    if section == "xmma":
        return _xmma_types(tokens)
    if section == "nvjet":
        return _cublaslt_types("".join(texts(tokens, "type_letters")[:1]))
    if section in {"sdpa", "fmha"}:
        return {"input_types": [canonical_type(text) for text in texts(tokens, "type")[:1]]}
    if section in {"legacy", "cutlass"}:
        return _prefixed_types(tokens)
    return {}


def _xmma_types(tokens: Sequence[KernelToken]) -> Types:
    """Types of XMMA, e.g. i8f16_i8i32_f32: input and output, multiplied and accumulated as, scaled as.

    Logs show that the first pair is input and output: an i8f16 kernel is only timed for Int8 -> Half.
    """
    pairs = [token.parts for token in tokens if token.kind == "pair"]
    single = texts(tokens, "type")
    if not pairs:
        return {}
    accumulator = pairs[1][1] if len(pairs) > 1 else next(iter(single), None)
    return {
        "input_types": [canonical_type(pairs[0][0])],
        "output_type": canonical_type(pairs[0][1]),
        "accumulator_type": canonical_type(accumulator) if accumulator else None,
    }


def _cublaslt_types(letters: str) -> Types:
    """Types of cuBLASLt: hsh is inputs, accumulator, output; qqtst is A, B, C, accumulator, output."""
    known = [_CUBLASLT_LETTERS.get(letter) for letter in letters]
    if len(known) < 3:
        return {}
    inputs = known[:1] if len(known) == 3 else known[:2]
    return {
        "input_types": [kind for kind in dict.fromkeys(inputs) if kind],
        "accumulator_type": known[-2],
        "output_type": known[-1],
    }


def _prefixed_types(tokens: Sequence[KernelToken]) -> Types:
    """Types around an instruction: f16_s16816gemm_f16 is output, accumulator, input.

    CUTLASS 3 lists them behind it instead: A, B, accumulator, C, D.
    """
    split = next((index for index, token in enumerate(tokens) if token.kind in _ACCUMULATING), None)
    if split is None:
        return {}
    before = [canonical_type(text) for text in texts(tokens[:split], "type", "packed_type")]
    behind = [canonical_type(text) for text in texts(tokens[split:], "type", "packed_type")]
    accumulator = _ACCUMULATORS.get(tokens[split].text[0])
    if len(behind) >= 5:
        a, b, accumulated, _, output = behind[:5]
        inputs = list(dict.fromkeys((a, b)))
        return {"input_types": inputs, "accumulator_type": accumulated, "output_type": output}
    math = texts(tokens, "math")
    inputs = behind[:1] or math[:1] or [kind for kind in (accumulator,) if kind and kind != "i32"]
    return {
        "input_types": inputs,
        "accumulator_type": accumulator,
        "output_type": before[-1] if before else accumulator,
    }


def shapes(tokens: Sequence[KernelToken]) -> Shapes:
    """Read tile, stages, warps, cluster and instruction shape."""
    section = section_of(tokens)
    tile = next(iter(texts(tokens, "tile")), None)
    stages = next(iter(texts(tokens, "stages")), None)
    cluster = next(iter(texts(tokens, "cluster")), None)
    if section in {"legacy", "cutlass", "nvjet", "sdpa", "fmha"}:
        tile, stages, cluster = _unnamed_shapes(section, tokens, cluster)
    sizes = [int(size) for size in tile.split("x")] if tile else []
    m, n, k = (*sizes, None, None, None)[:3] if len(sizes) in {2, 3} else (None, None, None)
    return {
        "tile": tile,
        "tile_m": m,
        "tile_n": n,
        "tile_k": k,
        "stages": int(stages) if stages else None,
        "warps": next(iter(texts(tokens, "warps")), None),
        "cluster": cluster,
        "mma_shape": _mma_shape(tokens),
    }


def _unnamed_shapes(
    section: str, tokens: Sequence[KernelToken], cluster: str | None
) -> tuple[str | None, str | None, str | None]:
    """Shapes that only their order tells apart: 128x64_32x6 is MxN, K x stages."""
    dims = texts(tokens, "dims")
    tile = dims[0] if dims else None
    if tile is None or tile.count("x") > 1:  # CUTLASS 3: 128x128x64_2x1x1_0, nvjet on sm120: 64x64x128_3
        if section == "cutlass" and len(dims) > 1:
            cluster = dims[1]
        return tile, _positive(texts(tokens, "number")) if section in {"cutlass", "nvjet"} else None, cluster
    pipeline = texts(tokens, "k_stages") or (dims[1:2] if section in {"cutlass", "nvjet"} else [])
    if section == "nvjet" and len(dims) > 2:
        cluster = dims[2]
    if not pipeline:
        return tile, None, cluster
    k, stages = pipeline[0].split("x")[:2]
    return f"{tile}x{k}", stages, cluster


def _positive(numbers: list[str]) -> str | None:
    """Stages of CUTLASS 3; 0 stands for "as many as fit" and says nothing."""
    return next((number for number in numbers[:1] if int(number) > 0), None)


def _mma_shape(tokens: Sequence[KernelToken]) -> str | None:
    written = texts(tokens, "tc_mma", "tc_shape")
    if written:
        return written[0]
    digits = texts(tokens, "tc_digits")
    return _MMA_SHAPES.get(digits[0]) if digits else None
