"""Files that go with a log, in the layouts of each version."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tacticlens.errors import UsageError
from tacticlens.ingest.nsys import kernel_runs
from tacticlens.join.exported import layers_file, profile_file, times_file
from tacticlens.join.match import plain_name
from tacticlens.join.profilers import kernels_csv, kernels_trace, summed

KERNEL = "sm80_xmma_gemm_f16f16_f16f16_f16_tn_n_tilesize128x128x64_stage4_warpsize2x2x1_tensor16x8x16"


def layer(tensor: dict[str, object], **more: object) -> dict[str, object]:
    return {"Name": "fc [profile 1]", "LayerType": "gemm", "Inputs": [tensor], "Outputs": [], **more}


@pytest.mark.parametrize(
    ("tensor", "dtype", "words"),
    [
        ({"Format/Datatype": "Channel major FP16 format where channel % 8 == 0"}, "Half",
         "Channel major FP16 format where channel % 8 == 0"),
        ({"Format/Datatype": "Half"}, "Half", None),
        ({"Datatype": "BFloat16", "Format": "Row major linear format"}, "BFloat16", "Row major linear format"),
    ],
    ids=["8", "10", "11"],
)  # fmt: skip
def test_layer_information_of_each_version_gives_type_and_format(
    tensor: dict[str, object], dtype: str, words: str | None
) -> None:
    text = json.dumps(
        {"Layers": [layer({"Name": "x [profile 1]", "Dimensions": [1, 8], **tensor})], "Bindings": ["x"]}
    )
    (one,) = layers_file(text, "l.json").layers

    assert one.name == "fc"
    (read,) = one.inputs
    assert (read.name, read.dtype, read.dims, read.format) == ("x", dtype, ("1", "8"), words)


def test_layer_information_may_be_a_list_of_names() -> None:
    read = layers_file('{"Layers": ["a"\n,"b + c [profile 2]"\n], "Bindings": []}', "l.json")

    assert [one.name for one in read.layers] == ["a", "b + c"]
    assert {one.kernel for one in read.layers} == {None}


@pytest.mark.parametrize("separator", ["\x1e", "\x1f", "\\u001e"])
def test_metadata_may_hold_control_characters_as_they_are(separator: str) -> None:
    text = '{"Layers": [{"Name": "a", "Metadata": "[ONNX Layer: x]' + separator + '[ONNX Layer: y]"}]}'

    assert layers_file(text, "l.json").layers[0].onnx_nodes == ("x", "y")


def test_names_of_a_profile_need_no_escapes() -> None:
    text = (
        '[\n  { "count" : 10 }\n'
        ', { "name" : "a "quoted" \\ name", "timeMs" : 1, "averageMs" : 0.15, "medianMs" : 0.14, "percentage" : 6 }\n'
        ', { "name" : "b", "timeMs" : 1, "averageMs" : 0.1, "percentage" : 40 }\n]\n'
    )
    read = profile_file(text, "p.json")

    assert read.iterations == 10
    assert [(row.name, row.average_ms, row.median_ms) for row in read.profile] == [
        ('a "quoted" \\ name', 0.15, 0.14), ("b", 0.1, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        {
            "startComputeMs": 0,
            "inMs": 0.5,
            "computeMs": 2.0,
            "outMs": 0.25,
            "latencyMs": 3.0,
            "endToEndMs": 3.5,
        },
        {"startEnqMs": 0, "h2dMs": 0.5, "computeMs": 2.0, "d2hMs": 0.25, "latencyMs": 3.0, "endToEndMs": 3.5},
        {"startEnqMs": 0, "h2dMs": 0.5, "computeMs": 2.0, "d2hMs": 0.25, "latencyMs": 3.0},
    ],
    ids=["7", "8.2", "8.4"],
)
def test_times_of_each_version_give_the_same_quantities(row: dict[str, float]) -> None:
    times = dict(times_file(json.dumps([row, row]), "t.json").times)

    assert times == {
        "GPU Compute Time": (2.0, 2.0), "Latency": (3.0, 3.0), "H2D Latency": (0.5, 0.5), "D2H Latency": (0.25, 0.25),
    }  # fmt: skip


@pytest.mark.parametrize(
    "head",
    [
        "Time (%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),Name",
        "Time(%),Total Time (ns),Instances,Avg (ns),Med (ns),Min (ns),Max (ns),StdDev (ns),GridXYZ,BlockXYZ,Name",
    ],
)
def test_a_kernel_summary_of_nsys_may_begin_with_its_own_lines(head: str) -> None:
    between = '" 1 1 1"," 256 1 1",' if "Grid" in head else ""
    text = f"Processing [r.sqlite] with [cuda_gpu_kern_sum.py]...\n\n{head}\n60.0,6000,3,2000.0,1900.0,1,2,3,{between}"
    text += f'"void a<int, 2>(b)"\n40.0,4000,2,2000.0,2000.0,1,2,3,{between}{KERNEL}\n'
    read = kernels_csv(text, "k.csv").kernels

    assert [(row.kernel, row.instances) for row in read] == [("void a<int, 2>(b)", 3), (KERNEL, 2)]
    assert read[0].total_ms == pytest.approx(0.006)
    assert read[0].median_ms == pytest.approx(0.0019)


def test_a_trace_of_torch_profiler_gives_kernels_in_their_innermost_range() -> None:
    def event(cat: str, name: str, start: float, duration: float, tid: int = 7) -> dict[str, object]:
        return {"ph": "X", "cat": cat, "name": name, "ts": start, "dur": duration, "tid": tid, "pid": 0}

    events = [
        event("gpu_user_annotation", "model", 0, 100), event("gpu_user_annotation", "fc1", 10, 20),
        event("kernel", KERNEL, 12, 5), event("kernel", KERNEL, 20, 7), event("kernel", "copy", 50, 1),
        event("kernel", "copy", 15, 1, tid=9), event("cpu_op", "aten::mm", 1, 2), {"ph": "M"},
    ]  # fmt: skip
    read = kernels_trace(json.dumps({"traceEvents": events}), "t.json").kernels

    assert {(row.kernel, row.layer, row.instances) for row in read} == {
        (KERNEL, "fc1", 2), ("copy", "model", 1), ("copy", None, 1),
    }  # fmt: skip
    assert read[0].total_ms == pytest.approx(0.012)


def sqlite_export(path: Path) -> Path:
    with sqlite3.connect(path) as connection:
        connection.executescript(f"""
            CREATE TABLE StringIds (id INTEGER, value TEXT);
            CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start, end, correlationId, shortName, demangledName);
            CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start, end, correlationId, nameId, globalTid);
            CREATE TABLE NVTX_EVENTS (start, end, text, textId, globalTid, eventType, domainId);
            INSERT INTO StringIds VALUES (1, '{KERNEL}'), (2, 'copy'), (3, 'late');
            INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES
                (100, 110, 1, 0, 5), (200, 210, 2, 0, 5), (305, 310, 3, 0, 5);
            INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES
                (1000, 3000, 1, 1, 1), (4000, 5000, 2, 2, 2), (6000, 6500, 3, 2, 2), (7000, 7500, 9, 2, 2);
            INSERT INTO NVTX_EVENTS VALUES
                (50, 400, 'engine', NULL, 5, 59, 0), (90, 150, 'fc1', NULL, 5, 59, 0), (300, 320, NULL, 3, 5, 59, 0);
        """)  # fmt: skip
    return path


def test_an_sqlite_export_gives_kernels_in_the_range_that_launched_them(tmp_path: Path) -> None:
    read = summed(kernel_runs(sqlite_export(tmp_path / "r.sqlite")))

    assert {(row.kernel, row.layer, row.instances) for row in read} == {
        (KERNEL, "fc1", 1), ("copy", "engine", 1), ("copy", "late", 1), ("copy", None, 1),
    }  # fmt: skip


@pytest.mark.parametrize("read", [layers_file, profile_file, times_file, kernels_csv, kernels_trace])
@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1]", '[{"name": 1}]', "no json", '{"Layers": 3}', "[" * 100_000, '{"a": "\x00"}'],
)
def test_what_is_something_else_is_refused_in_one_sentence(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(UsageError, match=r"^some\.json: .+; (?:write one|profile) with") as error:
        read(text, "some.json")
    assert "\n" not in str(error.value)


def test_an_sqlite_file_of_something_else_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"no database at all, but long enough to have a header" * 20)
    with pytest.raises(UsageError, match="is not an sqlite export of Nsight Systems"):
        kernel_runs(path)


@pytest.mark.parametrize(
    ("profiler", "log"),
    [
        (f"{KERNEL}_kernel_trt", KERNEL),
        (f"void {KERNEL}<float>(Params)", KERNEL),
        ("void (anonymous namespace)::f<a<b>, 2>(c<d>)", "anonymous::f"),
    ],
)
def test_names_of_profiler_and_log_mean_one_kernel(profiler: str, log: str) -> None:
    assert plain_name(profiler) == plain_name(log)


def test_a_view_in_place_of_a_table_is_not_asked(tmp_path: Path) -> None:
    path = sqlite_export(tmp_path / "r.sqlite")
    with sqlite3.connect(path) as connection:
        connection.executescript("""
            DROP TABLE NVTX_EVENTS;
            CREATE VIEW NVTX_EVENTS AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;
        """)
    with pytest.raises(UsageError, match="its tables are views"):
        kernel_runs(path)


def test_a_field_without_end_in_a_kernel_summary_is_refused_in_one_sentence() -> None:
    text = "Total Time (ns),Instances,Name\n1,1," + "x" * 200_000
    with pytest.raises(UsageError, match=r"k\.csv: is not a kernel summary"):
        kernels_csv(text, "k.csv")


@pytest.mark.parametrize(
    "row",
    [
        {"Name": 3, "TacticValue": [1], "Inputs": {"Name": 1}, "Metadata": 5},
        {
            "Name": "a",
            "TacticValue": "0x" + "f" * 50,
            "Inputs": [3, None, {"Dimensions": [[1], None]}],
            "LayerType": 7,
        },
        {"Name": "a", "TacticValue": 10**30, "Outputs": [{"Name": None, "Format": {"x": 1}}]},
    ],
)
def test_layer_information_with_values_of_other_types_gives_what_can_be_read(row: dict[str, object]) -> None:
    (one,) = layers_file(json.dumps({"Layers": [row]}), "l.json").layers

    assert one.name == str(row["Name"])
    assert one.tactic is None
