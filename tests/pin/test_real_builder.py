"""A real builder with an editable timing cache: TensorRT-RTX builds on a machine without a GPU."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from tacticlens.log import read_log

SCRIPT = """
import warnings
warnings.simplefilter("ignore")
import tensorrt_rtx as trt

builder = trt.Builder(trt.Logger(trt.Logger.VERBOSE))
network = builder.create_network(0)
x = network.add_input("x", trt.float32, (128, 128))
w = network.add_input("w", trt.float32, (128, 128))
product = network.add_matrix_multiply(x, trt.MatrixOperation.NONE, w, trt.MatrixOperation.NONE)
network.mark_output(network.add_softmax(product.get_output(0)).get_output(0))
config = builder.create_builder_config()
config.set_flag(trt.BuilderFlag.EDITABLE_TIMING_CACHE)
config.num_compute_capabilities = 1
config.set_compute_capability(trt.ComputeCapability.SM89, 0)
config.set_timing_cache(config.create_timing_cache(b""), False)
assert builder.build_serialized_network(network, config) is not None
"""


@pytest.mark.slow
def test_what_a_real_builder_prints_in_editable_mode_is_read_whole() -> None:
    pytest.importorskip("tensorrt_rtx")
    built = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    log = read_log(io.BytesIO(built.stdout + built.stderr), processes=0)
    (row,) = log.tables.combinations.iter_rows(named=True)

    assert b"{key: " in built.stdout + built.stderr
    assert log.tables.unread.is_empty()
    assert row["formats"] == "Float(128,1), Float(128,1) -> Float(128,1)"
    assert (len(row["inputs"]), row["key"]) == (2, None)
