"""The recorder of fixtures, with a stand-in for the builder: no TensorRT, no onnx, no GPU."""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "record_fixtures.py"
RECORDED = ROOT / "tests" / "fixtures" / "recorded"
PREFIX = "[01/01/2025-12:00:00]"


def load_script() -> Any:
    spec = importlib.util.spec_from_file_location("record_fixtures", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


script = load_script()


def always(value: Any) -> Callable[..., Any]:
    return lambda *_: value


class FakeTensorRT(ModuleType):
    """As much of the builder's module as the recorder touches; it prints ``messages`` and builds ``plan``."""

    def __init__(
        self, messages: list[tuple[str, str]], plan: bytes | None = b"plan", layers: str = ""
    ) -> None:
        super().__init__("tensorrt_rtx")
        self.__file__ = None
        self.messages = messages
        self.capabilities: dict[int, str] = {}
        self.profiles: list[Any] = []
        self.flags: list[int] = []
        self.config = SimpleNamespace(
            set_compute_capability=lambda capability, index: self.capabilities.update({index: capability}),
            add_optimization_profile=self.profiles.append,
        )
        self.Builder: Callable[..., Any] = always(
            SimpleNamespace(
                create_network=self.flags.append,
                create_builder_config=always(self.config),
                create_optimization_profile=always(SimpleNamespace(set_shape=always(None))),
                build_serialized_network=always(plan),
            )
        )
        inspector = SimpleNamespace(get_engine_information=lambda form: layers if form == "oneline" else "{}")
        engine = SimpleNamespace(create_engine_inspector=always(inspector)) if layers else None
        self.Runtime = always(SimpleNamespace(deserialize_cuda_engine=always(engine)))
        self.ILogger = type("ILogger", (), {})
        self.NetworkDefinitionCreationFlag = SimpleNamespace(__members__={"STRONGLY_TYPED": 1})
        self.ComputeCapability = SimpleNamespace(SM86="8.6", SM89="8.9", SM120="12.0")
        self.ProfilingVerbosity = SimpleNamespace(DETAILED="detailed")
        self.LayerInformationFormat = SimpleNamespace(ONELINE="oneline", JSON="json")

    def OnnxParser(self, _: Any, logger: Any) -> Any:  # noqa: N802  the builder's own name
        for severity, message in self.messages:
            logger.log(SimpleNamespace(name=severity), message)
        return SimpleNamespace(parse=always("parsed"))


def network(**changes: Any) -> Any:
    return script.Network(**{"name": "net", "make": always(None), "shows": "nothing", **changes})


def test_a_message_gets_the_prefix_of_trtexec() -> None:
    log = script.LogText()
    for severity in ("INTERNAL_ERROR", "ERROR", "WARNING", "INFO", "VERBOSE"):
        log.add(severity, "text")
    assert log.text().splitlines() == [f"{PREFIX} [{letter}] [TRT] text" for letter in "FEWIV"]


def test_own_messages_have_no_trt_tag() -> None:
    log = script.LogText()
    log.add("INFO", "Layer Information:", library=False)
    assert log.text() == f"{PREFIX} [I] Layer Information:\n"


def test_a_message_of_several_lines_gets_one_prefix() -> None:
    log = script.LogText()
    log.add("VERBOSE", "Engine Layer Information:\nLayer(Myelin): a\nLayer(Myelin): b")
    log.add("VERBOSE", "lock\n")
    assert log.text() == (
        f"{PREFIX} [V] [TRT] Engine Layer Information:\nLayer(Myelin): a\nLayer(Myelin): b\n"
        f"{PREFIX} [V] [TRT] lock\n\n"
    )


def test_the_clock_stands_still_unless_another_is_given() -> None:
    assert script.fixed_clock() == script.fixed_clock() == script.FIXED_TIME
    log = script.LogText(lambda: datetime(2031, 12, 24, 23, 5, 9))
    log.add("INFO", "text")
    assert log.text() == "[12/24/2031-23:05:09] [I] [TRT] text\n"


def test_the_logger_writes_what_the_builder_hands_it() -> None:
    log = script.LogText()
    logger = script.builder_logger(FakeTensorRT([]), log)
    logger.log(SimpleNamespace(name="WARNING"), "careful")
    assert log.text() == f"{PREFIX} [W] [TRT] careful\n"


def test_a_build_is_recorded_for_the_stated_targets() -> None:
    trt = FakeTensorRT([("VERBOSE", "one"), ("INFO", "two")])
    profile = {"x": ((1, 2), (2, 2), (4, 2))}
    wanted = network(capabilities=("SM86", "SM120"), profiles=(profile, profile))
    assert script.record(trt, wanted, b"model") == {
        "log": f"{PREFIX} [V] [TRT] one\n{PREFIX} [I] [TRT] two\n"
    }
    assert trt.capabilities == {0: "8.6", 1: "12.0"}
    assert trt.config.num_compute_capabilities == 2
    assert len(trt.profiles) == 2
    assert trt.flags == [1 << 1]
    assert not hasattr(trt.config, "profiling_verbosity")


def test_tensorrt_itself_takes_the_gpu_that_is_there() -> None:
    trt = FakeTensorRT([])
    trt.__name__ = "tensorrt"
    script.record(trt, network(), b"model")
    assert trt.capabilities == {}


def test_detailed_networks_get_the_inspector_where_an_engine_can_be_loaded() -> None:
    trt = FakeTensorRT([], layers="Layers:\nName: a")
    texts = script.record(trt, network(detailed=True), b"model")
    assert texts == {"log": "", "inspector.txt": "Layers:\nName: a", "inspector.json": "{}"}
    assert trt.config.profiling_verbosity == "detailed"
    assert script.record(FakeTensorRT([]), network(detailed=True), b"model") == {"log": ""}


def test_a_loaded_engine_is_described_as_trtexec_does() -> None:
    texts = script.record(FakeTensorRT([], layers="Layers:\nName: a"), network(load=True), b"model")
    assert texts == {"log": f"{PREFIX} [I] Layer Information:\n{PREFIX} [I] Layers:\nName: a\n"}


def test_an_answer_other_than_expected_is_not_recorded() -> None:
    refusing = FakeTensorRT([("ERROR", "no such type"), ("VERBOSE", "bye")], plan=None)
    assert script.record(refusing, network(refused=True), b"model")["log"].count("\n") == 2
    with pytest.raises(script.RecordError, match=r"net: the builder refused it \(.*no such type\)"):
        script.record(refusing, network(), b"model")
    with pytest.raises(script.RecordError, match="net: the builder built it"):
        script.record(FakeTensorRT([]), network(refused=True), b"model")


def test_paths_of_the_recording_machine_become_a_placeholder() -> None:
    text = "loading /opt/env/lib/libx.so.1: failed (/opt/env), not /opt/envelope or a/opt/env"
    cleaned = script.without_paths(text, ["/opt/env"])
    assert cleaned == "loading <path>: failed (<path>), not /opt/envelope or a/opt/env"


@pytest.mark.parametrize("path", ["/home/someone/x", "/root/x", "/tmp/x", "/Users/x", r"C:\Users\x"])
def test_a_personal_path_that_remains_is_an_error(path: str) -> None:
    with pytest.raises(script.RecordError, match="a path of this machine"):
        script.without_paths(f"cannot open {path}", [])


def test_names_that_look_like_paths_stay() -> None:
    text = "Layer: /model/home/Conv, /_src/common/x.cpp:25, /conv1/Conv"
    assert script.without_paths(text, script.local_roots()) == text


def test_a_fixture_is_left_alone_when_only_measured_numbers_differ(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    old = "done in 0.000441 seconds.\ntook 0.5ms to\n[..] allocators: CPU 0 MiB, GPU 4 MiB\n"
    assert script.write(path, old) == "written"
    assert script.write(
        path, "done in 1e-05 seconds.\ntook 12ms to\n[..] allocators: CPU 1 MiB, GPU 0 MiB\n"
    ) == ("unchanged")
    assert path.read_text() == old
    assert script.write(path, old + "one more layer\n") == "written"


def test_list_names_every_network_of_the_builder(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--list"]) == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert names == [item.name for item in script.NETWORKS]
    assert len(set(names)) == len(names)
    assert script.main(["--list", "--builder", "tensorrt"]) == 0
    assert "fp8-on-sm75" not in capsys.readouterr().out


def test_an_unknown_name_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        script.main(["--only", "nothing"])
    assert stop.value.code == 2
    assert "no network nothing for tensorrt-rtx; --list shows the names" in capsys.readouterr().err


@pytest.mark.parametrize("builder", ["tensorrt-rtx", "tensorrt"])
def test_a_missing_builder_is_one_line_with_the_remedy(
    builder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module, package = script.BUILDERS[builder]
    monkeypatch.setitem(sys.modules, module, None)  # what import sees is then as good as not installed
    assert script.main(["--builder", builder, "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert f"python -m pip install {package} onnx numpy" in error
    assert not (tmp_path / "out").exists()


def test_a_builder_that_does_not_start_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trt = FakeTensorRT([])

    def refuse(logger: Any) -> None:
        raise TypeError("factory function returned nullptr")

    trt.Builder = refuse
    for name in ("tensorrt", "onnx", "onnx.numpy_helper", "numpy"):
        monkeypatch.setitem(sys.modules, name, trt)
    assert script.main(["--builder", "tensorrt"]) == 2
    assert "tensorrt does not start: it may lack a GPU" in capsys.readouterr().err


def test_every_network_is_a_valid_onnx_model() -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    numpy = pytest.importorskip("numpy", reason="numpy is not installed")
    importlib.import_module("onnx.numpy_helper")
    for item in script.NETWORKS:
        models = []
        for _ in range(2):
            graph = script.Graph(onnx, numpy, item.name)
            item.make(graph)
            models.append(graph.serialize())
        assert models[0] == models[1], item.name


def test_recorded_fixtures_are_complete_small_and_anonymous() -> None:
    logs = sorted(RECORDED.glob("*.log"))
    recorded = {re.sub(r"^.*?-\d+\.\d+\.\d+-", "", path.stem) for path in logs}
    assert recorded == {item.name for item in script.NETWORKS}
    for path in logs:
        text = path.read_bytes().decode()
        assert len(text) < 60_000, path.name
        assert text.startswith(PREFIX), path.name
        assert script.without_paths(text, script.local_roots()) == text, path.name
