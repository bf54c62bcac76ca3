"""Advice about the graph: what is safe, what it can win, and models that are written."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip(
    "onnx_graphsurgeon", reason="onnx_graphsurgeon is not installed: pip install 'tacticlens[onnx]'"
)
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed: pip install 'tacticlens[onnx]'")

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "findings"))
import networks
import numpy as np
import onnx
from lookalikes import LOOKALIKES, TO_NCHW, TO_NHWC, Exported
from onnx import TensorProto, helper
from shown import in_markdown, shown
from small_tables import layer, small

from tacticlens.analysis.findings import findings
from tacticlens.analysis.graph_advice import advise
from tacticlens.analysis.onnx_map import onnx_map
from tacticlens.cli.app import main
from tacticlens.network.checking import Judge
from tacticlens.network.edits import script
from tacticlens.network.folding import FoldBatchNorm
from tacticlens.network.mending import mend
from tacticlens.network.reading import network_of
from tacticlens.views.blocks import Code
from tacticlens.views.graph_advice import AdviceResult

LOG = Path(__file__).parents[1] / "fixtures" / "composed" / "trt861.log"


def ops(model: Any) -> list[str]:
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize("name", LOOKALIKES)
def test_every_redundant_pair_goes_and_the_outputs_stay_equal(name: str) -> None:
    make, needed = LOOKALIKES[name]
    model = make()
    mended, steps = mend(model)

    assert [step for step in steps if step.refused] == []
    assert ops(model).count("Transpose") > 8
    assert ops(mended).count("Transpose") == needed
    assert "BatchNormalization" not in ops(mended)
    assert Judge(model, {}).difference(mended) < 1e-4


@pytest.mark.parametrize("together", [2, 16])
def test_rewrites_that_are_checked_together_are_the_same(
    together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = LOOKALIKES["pyramid"][0]()
    alone = mend(model)[1]
    monkeypatch.setattr("tacticlens.network.mending._SMALL", 1)
    monkeypatch.setattr("tacticlens.network.mending._TOGETHER", together)

    assert [step.rewrite for step in mend(model)[1]] == [step.rewrite for step in alone]


def test_of_rewrites_that_are_checked_together_a_wrong_one_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = LOOKALIKES["residual"][0]()
    monkeypatch.setattr("tacticlens.network.mending._SMALL", 1)
    honest = FoldBatchNorm.apply

    def spoiled(self: FoldBatchNorm, graph: Any, made: dict[str, Any]) -> None:
        honest(self, graph, made)
        if self.conv == "conv_6_out":
            made[self.conv].inputs[2].values[:] += 1

    monkeypatch.setattr(FoldBatchNorm, "apply", spoiled)
    mended, steps = mend(model)

    assert [step.rewrite.nodes[0] for step in steps if step.refused] == ["conv_6"]
    assert ops(mended).count("BatchNormalization") == 1
    Judge(model, {}).difference(mended)


def test_transposes_go_from_around_a_reshape_of_pixels() -> None:
    g = Exported()
    x = g.node("Transpose", ["image"], perm=TO_NCHW)
    x = g.node("Relu", [g.node("Transpose", [x], perm=TO_NHWC)])
    x = g.node(
        "Transpose",
        [g.node("Conv", [g.node("Transpose", [x], perm=TO_NCHW), g.weight(4, 3, 1, 1)])],
        perm=TO_NHWC,
    )
    x = g.node("Reshape", [x, g.constant(np.array([1, 256, 4]))])
    model = g.model(g.node("Transpose", [x], perm=[0, 2, 1]), [1, 4, 256])
    mended, _ = mend(model)

    assert ops(mended) == ["Relu", "Transpose", "Conv", "Reshape"]
    Judge(model, {}).difference(mended)


def test_channels_are_padded_only_when_asked() -> None:
    g = Exported()
    x = g.node("Transpose", ["image"], perm=TO_NCHW)
    x = g.node("Conv", [x, g.weight(5, 3, 1, 1), g.weight(5)])
    x = g.node("Sigmoid", [x])
    model = g.model(g.node("Conv", [x, g.weight(8, 5, 1, 1)]), [1, 8, 16, 16])
    left, _ = mend(model)
    padded, steps = mend(model, multiple=8)

    def shapes(one: Any) -> list[list[int]]:
        return [list(w.dims) for w in one.graph.initializer if len(w.dims) == 4]

    assert shapes(left) == [[5, 3, 1, 1], [8, 5, 1, 1]]
    assert sorted(shapes(padded)) == [[8, 3, 1, 1], [8, 8, 1, 1]]
    assert [step.rewrite.kind for step in steps] == ["pad_channels"]
    Judge(model, {}).difference(padded)


@pytest.mark.parametrize("name", LOOKALIKES)
def test_the_script_does_the_same_with_onnx_graphsurgeon_alone(name: str, tmp_path: Path) -> None:
    model = LOOKALIKES[name][0]()
    onnx.save(model, tmp_path / "m.onnx")
    mended, steps = mend(model)
    text = script([step.rewrite.edits for step in steps], str(tmp_path / "m.onnx"), str(tmp_path / "f.onnx"))
    (tmp_path / "fix.py").write_text(text)
    runpy.run_path(str(tmp_path / "fix.py"))

    made = onnx.load(tmp_path / "f.onnx")
    assert "tacticlens" not in text
    assert sorted(ops(made)) == sorted(ops(mended))
    assert Judge(model, {}).difference(made) < 1e-4


def test_snippets_in_a_row_make_the_written_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, fixed, alone = (tmp_path / f"{name}.onnx" for name in ("build", "fixed", "alone"))
    onnx.save(LOOKALIKES["residual"][0](), source)
    (tmp_path / "build.log").write_bytes(LOG.read_bytes())

    assert main(["advise", str(tmp_path / "build.log"), "-o", str(fixed), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    for number, rewrite in enumerate(document["rewrites"]):
        (tmp_path / f"{number}.py").write_text(rewrite["snippet"].replace(str(fixed), str(alone)))
        runpy.run_path(str(tmp_path / f"{number}.py"))
    assert sorted(ops(onnx.load(alone))) == sorted(ops(onnx.load(fixed)))
    assert Judge(onnx.load(source), {}).difference(onnx.load(alone)) < 1e-4


def test_the_text_fits_eighty_columns_but_for_code_and_counts_nodes() -> None:
    model = LOOKALIKES["residual"][0]()
    steps = mend(model)
    mapped = onnx_map(small(engine_layers=[]), network_of(model))
    fewer = len(model.graph.node) - len(steps[0].graph.node)
    text = shown(
        AdviceResult(
            advise(steps[1], mapped, []), model="m.onnx", target="f.onnx", written=True, fewer=fewer
        ),
        width=80,
    )

    assert text.startswith(f"m.onnx: {len(steps[1])} safe rewrites, {fewer} nodes fewer\n")
    assert [line for line in text.splitlines() if len(line) > 80 and not line.startswith("     ")] == []


@pytest.mark.parametrize("name", LOOKALIKES)
def test_the_steps_can_be_copied_as_they_stand(name: str) -> None:
    model = LOOKALIKES[name][0]()
    steps = mend(model)[1]
    result = AdviceResult(
        advise(steps, onnx_map(small(engine_layers=[]), network_of(model)), []), model="m.onnx", target="f.onnx",
        written=False, fewer=0,
    )  # fmt: skip
    shown_steps = [block for block in result.blocks() if isinstance(block, Code)]

    assert shown_steps
    for block in shown_steps:
        compile("\n".join(block.lines), name, "exec")
        assert "\n".join(f"     {line}" for line in block.lines) in shown(result, width=60)
        assert "\n".join(("```python", *block.lines, "```")) in in_markdown(result)


def test_what_cannot_be_run_cannot_be_checked_and_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    value = helper.make_tensor_value_info
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], "there", perm=[1, 0]),
        helper.make_node("Relu", ["a"], ["b"], "relu"),
        helper.make_node("Transpose", ["b"], ["c"], "back", perm=[1, 0]),
        helper.make_node("MadeUp", ["c"], ["y"], "plugin", domain="example"),
    ]
    graph = helper.make_graph(
        nodes, "g", [value("x", TensorProto.FLOAT, [2, 3])], [value("y", TensorProto.FLOAT, [2, 3])]
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("example", 1)]
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    onnx.save(model, tmp_path / "m.onnx")

    assert main(["advise", str(LOG), "--onnx", str(tmp_path / "m.onnx"), "-o", str(tmp_path / "f.onnx")]) == 0
    said = capsys.readouterr()
    assert "Not written: onnxruntime rejects the model" in " ".join(said.out.split())
    assert "f.onnx: not written" in said.err
    assert not (tmp_path / "f.onnx").exists()


def test_a_cast_that_loses_digits_stays() -> None:
    value = helper.make_tensor_value_info
    casts = [
        ("x", "h", TensorProto.FLOAT16), ("h", "y", TensorProto.FLOAT), ("x", "d", TensorProto.DOUBLE),
        ("d", "z", TensorProto.FLOAT),
    ]  # fmt: skip
    nodes = [helper.make_node("Cast", [source], [made], to=to) for source, made, to in casts]
    nodes.append(helper.make_node("Add", ["y", "z"], ["s"]))
    graph = helper.make_graph(nodes, "g", [value("x", 1, [8])], [value("s", 1, [8])])
    mended, _ = mend(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8))

    assert ops(mended) == ["Cast", "Cast", "Add"]


def test_a_tensor_that_an_inner_graph_reads_keeps_its_layout() -> None:
    value = helper.make_tensor_value_info
    inner = [
        helper.make_graph(
            [helper.make_node(op, ["t"], [f"{op}_out"])], op, [], [value(f"{op}_out", 1, [3, 2])]
        )
        for op in ("Relu", "Neg")
    ]
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], "t", perm=[1, 0]),
        helper.make_node("Transpose", ["t"], ["u"], "u", perm=[1, 0]),
        helper.make_node("If", ["c"], ["y"], then_branch=inner[0], else_branch=inner[1]),
    ]
    inputs = [value("x", 1, [2, 3]), value("c", TensorProto.BOOL, [])]
    graph = helper.make_graph(nodes, "g", inputs, [value("u", 1, [2, 3]), value("y", 1, [3, 2])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    mended, steps = mend(model)

    assert [step.refused for step in steps] == [None]
    assert ops(mended).count("Transpose") == 1
    Judge(model, {}).difference(mended)


def test_the_gain_is_the_time_of_layers_that_do_nothing_else() -> None:
    model = LOOKALIKES["mobile"][0]()
    names = [node.name for node in model.graph.node]
    rows = [
        layer(at, name, "permute" if "transpose" in name else "implicit_gemm", 0.25, onnx_nodes=[name])
        for at, name in enumerate(names, 1)
    ]
    tables = small(engine_layers=rows)
    _, steps = mend(model)
    found = advise(steps, onnx_map(tables, network_of(model)), findings(tables))

    by_kind: dict[str, float] = {}
    for advice in found.rewrites:
        by_kind[advice.step.rewrite.kind] = by_kind.get(advice.step.rewrite.kind, 0) + (advice.gain_ms or 0)
    transposes = [name for name in names if "transpose" in name]
    assert by_kind["cancel_transposes"] == pytest.approx(0.25 * (len(transposes) - 2), abs=0.26)
    assert any("TL006" in advice.findings for advice in found.rewrites)


def test_recorded_again_the_mended_model_has_fewer_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks.need_builder()
    source, fixed, before, after = (tmp_path / name for name in ("a.onnx", "b.onnx", "a.log", "b.log"))
    onnx.save(LOOKALIKES["pyramid"][0](), source)
    for command in (
        ["record", str(source), "-o", str(before), "--compute-capability", "8.9"],
        ["advise", str(before), "-o", str(fixed)],
        ["record", str(fixed), "-o", str(after), "--compute-capability", "8.9"],
        ["diff", str(before), str(after)],
    ):
        assert main(command) == 0
    from tacticlens.log import read_log

    assert read_log(after).tables.engine_layers.height < read_log(before).tables.engine_layers.height
