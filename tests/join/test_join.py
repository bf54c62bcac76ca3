"""Tables of a log filled up from files: what is filled, what stands, and what is told."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "findings"))
from small_tables import ON, found, layer, said, small

from tacticlens.cli.app import main
from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.join.apply import join
from tacticlens.join.model import FileKernel, FileLayer, FileProfile, SideFile
from tacticlens.log import read_log
from tacticlens.network.model import Network, Node
from tacticlens.tables.shares import shares

LOG = Path(__file__).parents[1] / "fixtures" / "composed" / "trt861.log"


def profile(*rows: tuple[str, float | None, float | None]) -> SideFile:
    return SideFile("profile", "p.json", iterations=5, profile=tuple(
        FileProfile(name, None, average, median, None) for name, average, median in rows
    ))  # fmt: skip


def kernels(*rows: tuple[str, str | None, int, float]) -> SideFile:
    return SideFile("nsys", "k.csv", kernels=tuple(FileKernel(k, at, n, n * ms, ms) for k, at, n, ms in rows))


def done(tables: Any) -> list[tuple[str, str | None, str | None]]:
    return list(tables.joined.select("result", "name", "column").iter_rows())


def test_a_profile_stands_above_the_time_of_a_tactic_measured_alone() -> None:
    base = small(engine_layers=[layer(1, "conv", "gemm", 1.0), layer(2, "pool", "pooling", None)])
    tables = join(base, [profile(("conv", 3.0, 2.0), ("pool", 0.5, None))])

    rows = tables.engine_layers.select("time_ms", "time_source").rows()
    assert rows == [(2.0, "profile"), (0.5, "profile")]
    assert tables.profile["iterations"].to_list() == [5, 5]
    assert done(tables) == [("filled", "conv", "time_ms"), ("filled", "pool", "time_ms")]
    assert tables.joined["log_value"].to_list() == ["1", None]


def test_a_profile_in_the_log_stands_and_a_file_that_differs_is_a_finding() -> None:
    rows = [layer(n, f"conv{n}", "gemm", 1.0, time_source="profile") for n in (1, 2)]
    tables = join(small(engine_layers=rows), [profile(("conv1", None, 1.001), ("conv2", None, 1.5))])

    assert tables.engine_layers["time_ms"].to_list() == [1.0, 1.0]
    (one,) = found(tables, "TL020")
    assert one.layers == ("conv2",)
    assert said(one).title == "p.json disagrees with the log in 1 of 2 values"
    assert "1 in the log, 1.5 in the file" in said(one).why


def test_a_file_that_agrees_is_no_finding() -> None:
    rows = [layer(1, "conv", "gemm", 1.0, time_source="profile")]

    assert found(join(small(engine_layers=rows), [profile(("conv", None, 1.0))]), "TL020") == []


def test_a_file_of_another_network_is_a_finding() -> None:
    tables = join(
        small(engine_layers=[layer(1, "conv", "gemm")]), [profile(("a", 1.0, 1.0), ("b", 1.0, 1.0))]
    )

    (one,) = found(tables, "TL020")
    assert said(one).title == "p.json has 2 layers that the engine does not have"


def test_layer_information_fills_only_what_the_log_lacks() -> None:
    tensor = EngineTensor("x", "Half", ("1", "8"), None)
    file = SideFile("layers", "l.json", layers=(
        FileLayer("a", "CaskConvolution", "0x0000000000000001", ON, (tensor,), (tensor,), ("n1", "n2")),
        FileLayer("b", "Other", "0x0000000000000002", ON, (tensor,), (tensor,), ("n3",)),
    ))  # fmt: skip
    rows = [
        layer(1, "a", "unknown", None, inputs=[], outputs=[]),
        layer(
            2,
            "b",
            "gemm",
            kernel="mine",
            tactic="0x0000000000000002",
            kernel_source="log",
            onnx_nodes=["mine"],
        ),
    ]
    filled = join(small(engine_layers=rows), [file]).engine_layers.rows(named=True)

    assert (filled[0]["kernel"], filled[0]["kernel_source"], filled[0]["tactic"]) == (
        ON,
        "layer_info",
        "0x" + "1".zfill(16),
    )
    assert filled[0]["tensor_core"] == "yes"
    assert filled[0]["onnx_nodes"] == ["n1", "n2"]
    assert filled[0]["inputs"][0]["dtype"] == "Half"
    assert (filled[1]["kernel"], filled[1]["kernel_source"]) == ("mine", "log")
    assert filled[1]["onnx_nodes"] == ["mine"]


def test_a_log_without_an_engine_gets_its_layers_from_the_file() -> None:
    file = SideFile("layers", "l.json", layers=(FileLayer("a + b", "CaskConvolution", None, ON),))
    tables = join(small(builds=[]), [file, profile(("a + b", 1.0, 1.0))])

    (row,) = tables.engine_layers.rows(named=True)
    assert (row["name"], row["onnx_nodes"], row["line"], row["time_ms"]) == ("a + b", ["a", "b"], None, 1.0)
    assert shares(tables, None).tensor_core == pytest.approx(1.0)


def test_a_kernel_of_one_layer_gives_its_time_and_a_shared_one_does_not() -> None:
    rows = [
        layer(n, f"l{n}", "gemm", None, kernel=kernel) for n, kernel in enumerate((ON, "twice", "twice"), 1)
    ]
    seen = kernels((f"{ON}_kernel_trt", None, 10, 0.5), ("twice", None, 20, 0.25), ("strange", None, 1, 1.0))
    tables = join(small(engine_layers=rows), [seen])

    assert tables.engine_layers["time_ms"].to_list() == [0.5, None, None]
    assert tables.engine_layers["time_source"].to_list() == ["nsys", "none", "none"]
    assert [result for result, _, _ in done(tables)] == ["shared", "unmatched", "agrees", "filled"]


def test_a_range_with_the_name_of_a_layer_or_of_its_only_node_gives_the_time_of_all_its_kernels() -> None:
    rows = [layer(1, "fc1", "myelin", None), layer(2, "region", "myelin", None, onnx_nodes=["fc2"])]
    seen = kernels(("a", "fc1", 10, 0.5), ("b", "fc1", 20, 0.25), (ON, "fc2", 10, 2.0))
    tables = join(small(engine_layers=rows), [seen])

    filled = tables.engine_layers.rows(named=True)
    assert [row["time_ms"] for row in filled] == [1.0, 2.0]
    assert (filled[1]["kernel"], filled[1]["kernel_source"], filled[1]["tensor_core"]) == (ON, "nsys", "yes")


def test_times_fill_the_summary_that_the_log_lacks() -> None:
    file = SideFile("times", "t.json", times=(("GPU Compute Time", (1.0, 3.0, 2.0)),))
    filled = dict(join(small(), [file]).performance.select("statistic", "value").iter_rows())

    assert filled == {"min": 1.0, "max": 3.0, "mean": 2.0, "median": 2.0, "percentile 99": 3.0}


def test_without_files_the_tables_stay_as_they_are() -> None:
    tables = read_log(LOG).tables

    assert join(tables, []) is tables


def test_files_beside_the_log_are_found_by_name_and_named_in_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build.log").write_bytes(LOG.read_bytes())
    names = read_log(LOG).tables.engine_layers["name"].to_list()
    rows = [
        {"count": 3},
        *({"name": name, "timeMs": 3.0, "averageMs": 1.0, "medianMs": 1.0} for name in names),
    ]
    (tmp_path / "build.profile.json").write_text(json.dumps(rows))

    assert main(["parse", str(tmp_path / "build.log")]) == 0
    out = capsys.readouterr().out
    assert "build.profile.json (profile)" in " ".join(out.split())
    assert f"{len(names)} layers, {len(names)} ms (medians of the profile" in " ".join(out.split())


def test_a_file_beside_the_log_that_is_something_else_is_left_out_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build.log").write_bytes(LOG.read_bytes())
    (tmp_path / "build.sqlite").write_text("my own notes")
    (tmp_path / "build.times.json").write_text("[]")

    assert main(["findings", str(tmp_path / "build.log")]) == 0
    said = capsys.readouterr()
    assert [line.split(": ")[1] for line in said.err.splitlines()] == ["left out", "left out"]
    assert "build.sqlite" in said.err
    assert said.out


def test_a_missing_or_wrong_file_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, file in (
        ("--profile", tmp_path / "none.json"),
        ("--layers", LOG),
        ("--nsys", tmp_path / "x.sqlite"),
    ):
        assert main(["findings", str(LOG), option, str(file)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert str(file) in said.err


def test_the_model_gives_the_nodes_inside_a_region_that_the_log_abridges() -> None:
    chain = ["a", "b", "c", "d", "e"]
    nodes = tuple(Node(name, "Relu", (f"t{at}",), (f"t{at + 1}",), None, {}) for at, name in enumerate(chain))
    aside = Node("aside", "Relu", ("t1",), ("s",), None, {})
    network = Network((*nodes, aside), {}, ("t0",), ("t5", "s"))
    rows = [
        layer(1, "{ForeignNode[a...d]}", "myelin", onnx_nodes=["a", "d"]),
        layer(2, "c", "gemm", onnx_nodes=["c"]), layer(3, "other", "gemm", onnx_nodes=["other"]),
    ]  # fmt: skip
    tables = join(small(engine_layers=rows), [SideFile("onnx", "m.onnx", network=network)])

    assert tables.engine_layers["onnx_nodes"].to_list() == [["a", "b", "d"], ["c"], ["other"]]
    results = tables.joined.select("result", "position", "file_value", "log_value").rows()
    assert ("filled", 1, "b", None) in results
    assert ("unmatched", 3, None, "other") in results
