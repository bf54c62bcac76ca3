"""Tactic replay files: what goes into them, what is left out, and that Polygraphy reads them."""

from __future__ import annotations

import enum
import io
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from compose.dialects import DIALECTS
from compose.fixtures import compose
from compose.plan import BuildPlan, EnginePlan, LogPlan
from compose.samples import Sample

from tacticlens.errors import UsageError
from tacticlens.log import Log, read_log
from tacticlens.pin import replay
from tacticlens.pin.tactic_replay import Skipped

COMPOSED = Path(__file__).resolve().parents[1] / "fixtures" / "composed"
STEM = "stem/conv 3x3 + stem/relu"
POINTWISE = 'PWN(PWN(neck/mul, neck/"q:1"), PWN((Unnamed Layer* 7) [ElementWise])) || neck/gate'


def composed(name: str) -> Log:
    return read_log(COMPOSED / f"{name}.log", processes=0)


def of_text(text: str) -> Log:
    return read_log(io.BytesIO(text.encode()), processes=0)


def of(dtype: str, strides: list[int], dim: int = -1, components: int = 1) -> dict[str, Any]:
    return {
        "dtype": f"DataType.{dtype}", "strides": strides, "vectorized_dim": dim,
        "components_per_element": components, "polygraphy_class": "TensorInfo",
    }  # fmt: skip


def test_an_entry_has_the_runner_as_a_number_the_tactic_as_a_signed_number_and_the_formats() -> None:
    found = replay(composed("trt861"))

    assert found.document["polygraphy_class"] == "TacticReplayData"
    assert found.layers[STEM] == {
        "implementation": 0x80000009,
        "tactic": 0xDAC663A2C41CD634 - 2**64,
        "inputs": [of("FLOAT", [2352, 784, 28, 1])],
        "outputs": [of("HALF", [1568, 1, 56, 2], 1, 8)],
        "polygraphy_class": "Algorithm",
    }
    assert found.layers[POINTWISE]["tactic"] == 0x1C
    assert found.layers[POINTWISE]["inputs"] == [of("FLOAT", [3136, 196, 14, 1])] * 2


def test_reformats_that_the_builder_adds_are_not_in_it() -> None:
    assert not [name for name in replay(composed("trt861")).layers if "Reformatting" in name]


def test_a_later_profile_has_its_suffix_and_a_cached_result_the_runner_id_told_elsewhere() -> None:
    sample = Sample(DIALECTS["trt10"])
    layers = (sample.stem(),)
    builds = (BuildPlan(layers, (), 2), BuildPlan(sample.cached(layers), (), 2, profile=1))
    engine = (*sample.engine_layers()[1:2], *sample.engine_layers(profile=1)[1:2])
    log = of_text(compose(LogPlan((EnginePlan(builds, engine),)), "trt10").text)
    cached = log.tables.combinations.filter(build=2, result="cached")

    assert cached["runner_id"].null_count() == len(cached) > 0
    assert list(replay(log).layers) == [STEM, f"{STEM} [profile 1]"]
    assert replay(log).layers[f"{STEM} [profile 1]"]["implementation"] == 0x80000009
    assert list(replay(log, build=2).layers) == [f"{STEM} [profile 1]"]


def test_a_fused_region_whose_kernels_are_printed_in_its_place_is_there_if_one_combination_was_won() -> None:
    found = replay(composed("trt10-profiles"), build=1)

    assert found.layers["{ForeignNode[head/dense.weight...head/softmax]}"]["implementation"] == 0x80000023


@pytest.mark.parametrize("name", ["trt7", "trt80", "trt82", "trt84", "trt85"])
def test_logs_before_86_are_refused_because_they_do_not_print_the_implementation(name: str) -> None:
    with pytest.raises(
        UsageError, match=r"no replay file: of .* lacks the id of the implementation, which logs of"
    ):
        replay(composed(name))


def test_a_log_without_engine_layers_is_refused_with_what_is_missing() -> None:
    with pytest.raises(UsageError, match="the layers of the engine are not in this log"):
        replay(composed("trt5"))


def test_a_layer_whose_strides_depend_on_the_shape_is_left_out_and_named() -> None:
    text = (COMPOSED / "trt861.log").read_text(encoding="utf-8")
    dynamic = text.replace("Half(1568,1:8,56,2)", "Half((* 784 E0),1:8,56,2)")
    found = replay(of_text(dynamic))

    assert STEM not in found.layers
    assert Skipped(STEM, "strides") in found.skipped


def test_tensorrt_11_is_refused_because_it_has_no_algorithm_selector() -> None:
    banner = "&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b1] # trtexec --verbose\n"
    text = banner + (COMPOSED / "trt11.log").read_text(encoding="utf-8")
    with pytest.raises(UsageError, match=r"TensorRT 11\.1\.0 has no IAlgorithmSelector"):
        replay(of_text(text))


@pytest.fixture
def polygraphy_trt(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Polygraphy, with as much of TensorRT as it needs to read a replay file."""
    pytest.importorskip("polygraphy", reason="Polygraphy is not installed")
    fake = ModuleType("tensorrt")
    fake.__version__ = "10.16.1.11"  # type: ignore[attr-defined]

    class DataType(enum.Enum):
        FLOAT, HALF, INT8, INT32, BOOL, UINT8, FP8, BF16, INT64, INT4, FP4 = range(11)

        def __str__(self) -> str:
            return f"DataType.{self.name}"

    fake.DataType = DataType  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorrt", fake)
    import polygraphy.backend.trt as backend

    return backend


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["trt860", "trt861", "trt10-profiles"])
def test_polygraphy_reads_the_file_and_writes_the_same(
    polygraphy_trt: Any, tmp_path: Path, name: str
) -> None:
    found = replay(composed(name))
    path, again = tmp_path / "replay.json", tmp_path / "again.json"
    path.write_text(json.dumps(found.document), encoding="utf-8")
    loaded = polygraphy_trt.TacticReplayData.load(str(path))
    loaded.save(str(again))

    assert list(loaded.keys()) == list(found.layers)
    assert json.loads(again.read_text(encoding="utf-8")) == found.document
