"""Advice names what this version, this program and this command line have."""

from __future__ import annotations

import pytest
from cases import engine
from small_tables import OFF, Row, ampere, combination, found, layer, said, small, tactic, tensors

from tacticlens.analysis.advice import Advice, as_argument
from tacticlens.analysis.edges import io_format, io_format_of
from tacticlens.analysis.engine_view import Tensor


def trtexec(*version: int, command: str = "trtexec", gpu: str | None = None) -> Advice:
    return Advice("trtexec", version, command, gpu)


@pytest.mark.parametrize(
    ("version", "flag", "there"),
    [
        ((5, 1), "--timingCacheFile", False),
        ((8, 0, 3), "--timingCacheFile", True),
        ((8, 2, 3), "--layerPrecisions", False),
        ((8, 4, 1), "--layerPrecisions", True),
        ((11, 1, 0), "--layerPrecisions", False),
        ((10, 16, 1), "--fp16", True),
        ((11, 1, 0), "--fp16", False),
        ((11, 1, 0), "--useCudaGraph", False),
        ((8, 5, 1), "--builderOptimizationLevel", False),
        ((8, 6, 1), "--builderOptimizationLevel", True),
        ((8, 0, 3), "--profilingVerbosity", False),
    ],
)
def test_a_flag_is_offered_only_where_it_exists(version: tuple[int, ...], flag: str, there: bool) -> None:  # noqa: FBT001
    assert trtexec(*version).exists(flag) is there


def test_fp16_is_a_flag_until_10_and_a_matter_of_the_graph_from_11_on() -> None:
    assert trtexec(10, 16).half == "--fp16"
    assert "modelopt.onnx.autocast" in trtexec(11, 1).half
    assert "modelopt.onnx.autocast" in trtexec(10, 16, command="trtexec --stronglyTyped").half


def test_a_log_of_another_program_gets_the_call_besides_the_flag() -> None:
    assert Advice(None, (8, 6, 1), "").half == "config.set_flag(trt.BuilderFlag.FP16) (trtexec: --fp16)"


def test_the_cache_file_of_the_command_line_is_the_one_to_keep() -> None:
    assert trtexec(8, 6, command="trtexec --timingCacheFile=my.cache").cache == "--timingCacheFile=my.cache"


def test_a_jetson_has_other_means_to_lock_its_clocks() -> None:
    assert trtexec(8, 5, gpu="Orin").clocks == "sudo jetson_clocks"
    assert trtexec(8, 5, gpu="NVIDIA A10").clocks == "nvidia-smi --lock-gpu-clocks"


@pytest.mark.parametrize(
    ("version", "flag"),
    [
        ((8, 2, 3), "--workspace=5"),
        ((8, 4, 1), "--memPoolSize=workspace:5"),
        ((11, 1), "--memPoolSize=workspace:5"),
    ],
)
def test_the_workspace_is_asked_for_in_the_words_of_the_version(version: tuple[int, ...], flag: str) -> None:
    assert trtexec(*version).workspace(5 << 20) == flag


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Float(784,784,28,1)", "fp32:chw"),
        ("Half(1036800,1:8,5760,32)", "fp16:hwc8"),
        ("Half(32400,1:8,180,1)", "fp16:hwc8"),  # eight channels at most: one vector
        ("Half(100352,50176:2,224,1)", "fp16:chw2"),
        ("Int8(50176,50176:4,224,1)", "int8:chw4"),
        ("Float(4096,1,64,16)", "fp32:hwc"),
        ("Float(4096,1:4,64,1)", None),  # four floats innermost: no format of a network's edge
        ("Half(1,1:16,1,1)", None),  # chw16 or hwc16
    ],
)
def test_strides_have_the_name_that_trtexec_gives_them(printed: str, name: str | None) -> None:
    assert io_format(printed) == name


@pytest.mark.parametrize(
    ("dtype", "words", "name"),
    [
        ("Half", "Channel major FP16 format where channel % 8 == 0", "fp16:hwc8"),
        ("Int8", "Thirty-two wide channel vectorized row major Int8 format", "int8:chw32"),
        ("Int8", "Row major Int8 format", "int8:chw"),
        ("Float", "Row major linear FP32", "fp32:chw"),
        ("Half", None, "fp16:chw"),
    ],
)
def test_the_words_of_the_inspector_have_that_name_too(dtype: str, words: str | None, name: str) -> None:
    assert io_format_of(Tensor("x", dtype, ("1", "64", "8", "8"), words)) == name


def at_the_input(after: str, **log: str) -> str:
    rows = [
        layer(1, "in", "reformat", 1.0, inputs=tensors("x", "Float"), gives="Reformatted"),
        layer(2, "conv", "implicit_gemm", 4.0, takes="Reformatted", tensor_core="yes"),
    ]
    added = [{"build": 1, "tensor": "Reformatted", "source": "x", "from_format": "Half(784,784,28,1)",
              "to_format": after, "line": 7}]  # fmt: skip
    (one,) = found(small(ampere(**log), engine_layers=rows, reformats=added), "TL005")
    return said(one).action


def test_a_reformat_that_the_user_asked_for_is_told_with_the_users_flag() -> None:
    told = at_the_input("Half(784,1:8,28,1)", command="trtexec --fp16 --inputIOFormats=fp16:chw")

    assert told.startswith("Your --inputIOFormats=fp16:chw causes this reformat.")
    assert told.endswith("If the application can deliver fp16:hwc8: --inputIOFormats=fp16:hwc8.")
    assert "precision" not in told


def test_a_format_that_no_flag_can_ask_for_is_not_asked_for() -> None:
    assert "--inputIOFormats" not in at_the_input("Float(784,1:4,28,1)")


def test_an_input_in_int8_says_who_quantises() -> None:
    assert "The application then quantises it" in at_the_input("Int8(784,784:4,28,1)")


def echo(value: str) -> list[Row]:
    return [{"run": 1, "section": "Build Options", "key": "Precision", "value": value, "line": 10}]


def float_conv(**more: object) -> Row:
    return layer(1, "conv", "implicit_gemm", 4.0, dtype="Float", kernel=OFF, **more)


def test_int8_without_fp16_is_told_to_allow_fp16_and_not_to_force_layers() -> None:
    tables = engine(float_conv(), options=echo("FP32+INT8"))
    (one,) = found(tables, "TL021")

    assert said(one).title == "INT8 is allowed without FP16: 1 layer runs in FP32"
    assert said(one).action.startswith("Allow FP16 besides INT8: --fp16.")
    assert found(tables, "TL009") == []


def test_tf32_that_is_off_is_told_where_the_gpu_has_it() -> None:
    log = ampere(command="trtexec --onnx=x --noTF32")
    (one,) = found(engine(float_conv(), log=log, options=echo("FP32")), "TL021")

    assert said(one).action.startswith("Drop --noTF32")


@pytest.mark.parametrize(
    "kernel", ["volta_scudnn_128x128_relu_interior_nn_v1", "ampere_scudnn_128x64_relu_nn_v1"]
)
def test_tf32_is_told_of_gpus_that_have_it(kernel: str) -> None:
    tables = small(
        {"tensorrt_version": "7.2.1", "producer": "trtexec", "command": "trtexec --onnx=x"},
        engine_layers=[float_conv(combination=1, tactic=f"0x{1:016x}")],
        layers=[{"build": 1, "layer": 1, "name": "conv"}],
        combinations=[combination(1, 1, "Float(8,1) -> Float(8,1)")],
        tactics=[tactic(1, 1, 4.0, kernel)],
    )
    (one,) = found(tables, "TL021")

    assert ("no TF32" in said(one).why) is kernel.startswith("volta")
    assert ("TF32 runs at half the rate" in said(one).why) is kernel.startswith("ampere")


def test_a_strongly_typed_network_is_not_told_what_to_allow() -> None:
    tables = engine(float_conv(), log=ampere(tensorrt_version="11.1.0"), options=echo("Strongly Typed"))

    assert found(tables, "TL021") == []


def test_fp16_already_fast_on_tensor_cores_wins_half_of_the_time_at_most() -> None:
    tables = engine(float_conv(tensor_core="yes"), options=echo("FP32"))

    assert found(tables, "TL021")[0].stake_ms == pytest.approx(2.0)


def memory(value: str) -> list[Row]:
    return [
        {
            "run": 1,
            "section": "Device Information",
            "key": "Device Global Memory (MiB)",
            "value": value,
            "line": 2,
        }
    ]


@pytest.mark.parametrize(
    ("needs", "device", "action"),
    [
        ([5], "8111 MiB", "--memPoolSize=workspace:5 allows it."),
        ([5, 6], "8111 MiB", "--memPoolSize=workspace:6 allows all of them."),
        (
            [5, 9000],
            "8111 MiB",
            "The GPU has 8,111 MiB, too little for the largest; --memPoolSize=workspace:5 allows the smallest.",
        ),
        ([9000], "8111 MiB", "The GPU has 8,111 MiB, too little for it."),
        ([5], "none", "--memPoolSize=workspace:5 allows it if the GPU has the memory."),
    ],
)
def test_memory_that_the_gpu_has_not_is_not_asked_for(needs: list[int], device: str, action: str) -> None:
    tactics = [
        tactic(1, n, None, layer=1, reason="scratch memory", needed_bytes=need << 20)
        for n, need in enumerate(needs)
    ]
    tables = small(ampere(), combinations=[combination(1, 1)], tactics=tactics, options=memory(device))

    assert said(found(tables, "TL012")[0]).action == action


def test_a_format_of_all_outputs_is_one_flag() -> None:
    rows = [layer(1, "conv", "implicit_gemm", 4.0, gives="a b", tensor_core="yes")]
    added = []
    for n, name in enumerate("ab", 2):
        rows.append(layer(n, f"out {name}", "reformat", 0.5, takes=f"Reformatted {name}", gives=name))
        rows[-1]["inputs"] = tensors("x")
        rows[-1]["inputs"][0]["name"] = f"Reformatted Output Tensor {name}"
        added.append({"build": 1, "tensor": f"Reformatted Output Tensor {name}", "source": name, "line": 7,
                      "from_format": "Half(8,1:8,8,1)", "to_format": "Half(64,64,8,1)"})  # fmt: skip
    rows[0]["outputs"] = [row["inputs"][0] for row in rows[1:]]
    (one,) = found(small(ampere(), engine_layers=rows, reformats=added), "TL005")

    assert said(one).action.endswith("--outputIOFormats=fp16:hwc8, which holds for all 2 outputs.")


def test_what_a_user_copies_from_advice_runs_nothing_that_the_log_wrote() -> None:
    assert trtexec(8, 6, command="trtexec --timingCacheFile=x;reboot").cache == "--timingCacheFile='x;reboot'"
    assert as_argument("/layer1/Conv_1.a-b") == "/layer1/Conv_1.a-b"
    assert as_argument("$(reboot)") is None


def test_a_trtexec_that_loads_an_engine_is_not_what_built_it() -> None:
    loading = trtexec(8, 4, 1, command="trtexec --loadEngine=model.plan")

    assert loading.half == "config.set_flag(trt.BuilderFlag.FP16) (trtexec: --fp16)"
