"""What is asked of the package tensorrt, which needs a GPU: an imitation of its interface takes the calls."""

from __future__ import annotations

import enum
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tacticlens.log import read_log
from tacticlens.record.build import build
from tacticlens.record.log_writer import LogWriter
from tacticlens.record.settings import BuildSettings

MODULE = "imitation_of_tensorrt"


class Cache:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def serialize(self) -> bytes:
        return self.data + b"+new"


class Config:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.flags: dict[str, bool] = {}
        self.pools: dict[str, int] = {}
        self.profiles: list[dict[str, Any]] = []
        self.builder_optimization_level = 3
        self.cache: Cache | None = None
        self.profiling_verbosity: Any = None

    def set_flag(self, flag: enum.Enum) -> None:
        self.flags[flag.name] = True

    def clear_flag(self, flag: enum.Enum) -> None:
        self.flags[flag.name] = False

    def set_memory_pool_limit(self, pool: enum.Enum, size: int) -> None:
        self.pools[pool.name] = size

    def create_timing_cache(self, data: bytes) -> Cache | None:
        return None if data == b"bad" else Cache(data)

    def set_timing_cache(self, cache: Cache, _ignore_mismatch: object) -> bool:
        self.cache = cache
        return True

    def get_timing_cache(self) -> Cache | None:
        return self.cache

    def add_optimization_profile(self, profile: Any) -> None:
        self.profiles.append(profile.shapes)


class Profile:
    def __init__(self) -> None:
        self.shapes: dict[str, Any] = {}

    def set_shape(self, name: str, low: Any, best: Any, high: Any) -> None:
        self.shapes[name] = (low, best, high)


class Plan(bytes):
    nbytes = 2 << 20


@pytest.fixture
def trt(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """TensorRT 10 as far as it is used; `config` is the one that the builder got."""
    module: Any = ModuleType(MODULE)
    module.__version__ = "10.16.1.11"
    module.ILogger = type("ILogger", (), {"__init__": lambda self: None})
    module.BuilderFlag = enum.Enum("BuilderFlag", "FP16 BF16 INT8 FP8 TF32 EDITABLE_TIMING_CACHE")
    module.MemoryPoolType = enum.Enum("MemoryPoolType", "WORKSPACE")
    module.ProfilingVerbosity = enum.Enum("ProfilingVerbosity", "LAYER_NAMES_ONLY DETAILED NONE")
    module.NetworkDefinitionCreationFlag = enum.IntEnum("NetworkDefinitionCreationFlag", "STRONGLY_TYPED")
    module.config, module.plan, module.loggers = Config(), Plan(b"engine"), []
    network = SimpleNamespace(num_inputs=1, get_input=lambda _: SimpleNamespace(name="x", shape=(1, 3)))

    def built(definition: Any, config: Any) -> Any:
        module.loggers[0].log(SimpleNamespace(name="VERBOSE"), "Original: 5 layers")
        return module.plan

    def builder(logger: Any) -> Any:
        module.loggers.append(logger)
        return SimpleNamespace(
            create_network=lambda flags: network, create_builder_config=lambda: module.config,
            create_optimization_profile=Profile, build_serialized_network=built,
        )  # fmt: skip

    module.Builder = builder
    module.OnnxParser = lambda definition, logger: SimpleNamespace(
        parse_from_file=lambda path: True, num_errors=0
    )
    monkeypatch.setitem(sys.modules, MODULE, module)
    return module


def run(tmp_path: Path, **asked: Any) -> tuple[bool, Path]:
    log = tmp_path / "build.log"
    with log.open("wb") as stream:
        settings = BuildSettings("m.onnx", MODULE, "tacticlens record m.onnx -o build.log", **asked)
        writer = LogWriter(stream.write, lambda: datetime(2026, 1, 2, 3, 4, 5))
        return build(BuildSettings.from_json(settings.to_json()), writer), log


def test_options_become_flags_limits_and_profiles(trt: Any, tmp_path: Path) -> None:
    shapes = ({"x": ((1, 64), (4, 64), (8, 64))}, {"x": ((8, 64), (16, 64), (32, 64))})
    built, log = run(
        tmp_path, precisions=("fp16", "int8"), tf32=False, workspace_mib=0.5, optimization_level=5, profiles=shapes,
        engine=str(tmp_path / "e.plan"),
    )  # fmt: skip

    assert built
    assert trt.config.flags == {"FP16": True, "INT8": True, "TF32": False}
    assert trt.config.pools == {"WORKSPACE": 1 << 19}
    assert trt.config.builder_optimization_level == 5
    assert trt.config.profiling_verbosity.name == "DETAILED"
    assert [one["x"][2] for one in trt.config.profiles] == [(8, 64), (32, 64)]
    assert (tmp_path / "e.plan").read_bytes() == b"engine"
    tables = read_log(log).tables
    assert tables.log.select("tensorrt_version", "outcome", "producer").row(0) == (
        "10.16.1",
        "passed",
        "tacticlens",
    )
    assert tables.unread.is_empty()
    assert dict(tables.options.select("key", "value").iter_rows())["Precision"] == "FP32+FP16+INT8"


def test_messages_of_the_library_have_the_prefix_of_trtexec(trt: Any, tmp_path: Path) -> None:
    _, log = run(tmp_path)

    assert "[01/02/2026-03:04:05] [V] [TRT] Original: 5 layers\n" in log.read_text()


def test_a_timing_cache_is_read_written_and_editable_when_asked(trt: Any, tmp_path: Path) -> None:
    cache = tmp_path / "t.cache"
    cache.write_bytes(b"old")
    run(tmp_path, timing_cache=str(cache), editable_timing_cache=True)

    assert trt.config.flags["EDITABLE_TIMING_CACHE"]
    assert cache.read_bytes() == b"old+new"


def no_flags(trt: Any) -> None:
    trt.BuilderFlag = enum.Enum("BuilderFlag", "TF32")


def no_level(trt: Any) -> None:
    del trt.config.builder_optimization_level


def no_engine(trt: Any) -> None:
    trt.plan = None


def nothing(_: Any) -> None:
    pass


@pytest.mark.parametrize(
    ("spoil", "asked", "reason"),
    [
        (no_level, {"optimization_level": 3}, "no optimization level"),
        (no_flags, {"precisions": ("fp8",)}, "has no fp8 option"),
        (no_flags, {"editable_timing_cache": True}, "no editable"),
        (nothing, {"profiles": ({"z": ((1,), (1,), (1,))},)}, "no input z; its inputs are x"),
        (no_engine, {}, None),
    ],
)
def test_what_the_version_refuses_stands_in_the_log(
    trt: Any, tmp_path: Path, spoil: Any, asked: dict[str, Any], reason: str | None
) -> None:
    spoil(trt)
    built, log = run(tmp_path, **asked)

    assert not built
    tables = read_log(log).tables
    assert tables.log["outcome"].to_list() == ["failed"]
    assert tables.unread.is_empty()
    if reason is not None:
        assert reason in tables.messages["text"][-1]


def test_a_file_that_is_no_timing_cache_is_refused(trt: Any, tmp_path: Path) -> None:
    (tmp_path / "t.cache").write_bytes(b"bad")
    built, log = run(tmp_path, timing_cache=str(tmp_path / "t.cache"))

    assert not built
    assert "is not a timing cache of this version and GPU" in log.read_text()


@pytest.mark.parametrize("error", [None, RuntimeError("CUDA error 100")])
def test_an_engine_that_the_gpu_here_cannot_load_is_built_all_the_same(
    error: Exception | None, trt: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(_: bytes) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr("tacticlens.record.build.has_gpu", lambda: True)
    trt.Runtime = lambda _: SimpleNamespace(deserialize_cuda_engine=load)
    built, log = run(tmp_path, inspector=str(tmp_path / "build.layers.json"))

    assert built
    assert "[W] tacticlens: the engine is built but was not inspected: " in log.read_text()
    assert read_log(log).tables.unread.is_empty()
    assert not (tmp_path / "build.layers.json").exists()
