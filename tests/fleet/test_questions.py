"""The ready questions: noise, outliers, tactics and coverage of a composed fleet."""

from __future__ import annotations

from pathlib import Path

import pytest
from collecting import collect_folder
from compose.fleet import GPUS, POINTWISE, Built, write
from compose.nights import won_by_another
from shown import in_markdown, shown

from tacticlens.errors import UsageError
from tacticlens.fleet.coverage import coverage
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.noise import noise
from tacticlens.fleet.outliers import outliers
from tacticlens.fleet.tactics import like, same_as
from tacticlens.views.fleet_answers import CoverageResult, NoiseResult, OperationResult, OutliersResult

NIGHTS = 8
USUAL, UNUSUAL = "0x000000000000001c", "0x0000000000000001"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Nights of one network on two GPUs; in the last of the first GPU another pointwise tactic won."""
    place = tmp_path_factory.mktemp("fleet")
    builds = [Built("net", gpu=gpu, night=night) for gpu in GPUS[:2] for night in range(1, NIGHTS + 1)]
    write(builds, place / "logs")
    odd = place / "logs" / Built("net", gpu=GPUS[0], night=NIGHTS).file
    odd.write_text(won_by_another(Built("net", gpu=GPUS[0], night=NIGHTS).text(), 0.3))
    (place / "logs" / "other.log").write_text(
        "&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec\n[V] [TRT] quux 7\n"
    )
    (place / "logs" / "bad.log").write_text("nothing\n")
    collect_folder(place / "logs", place / "dataset")
    return Dataset(str(place / "dataset"))


def test_noise_is_told_for_each_gpu_and_is_what_was_composed(fleet: Dataset) -> None:
    rows = noise(fleet)
    assert rows["gpu"].unique().sort().to_list() == sorted(GPUS[:2])
    long = rows.filter(from_ms=0.04).row(0, named=True)
    assert long["logs"] == NIGHTS
    assert -0.06 < long["p01"] < long["p10"] < 0 < long["p90"] < long["p99"] < 0.06
    assert "40 µs and more" in shown(NoiseResult(rows), width=80)
    cells = [line for line in in_markdown(NoiseResult(rows)).splitlines() if line.startswith("| ")]
    assert cells
    assert not any("`" in line for line in cells)  # numbers are no code


def test_a_network_of_other_shapes_is_no_repeat(tmp_path: Path) -> None:
    text = Built("net").text()
    (tmp_path / "a.log").write_text(text)
    (tmp_path / "b.log").write_text(text.replace("Float[-2,3,28,28]", "Float[8,3,28,28]"))
    collect_folder(tmp_path, tmp_path / "dataset")
    rows = noise(Dataset(str(tmp_path / "dataset")))
    assert rows.is_empty()
    assert "No tactic was timed twice" in shown(NoiseResult(rows))


def test_the_build_with_another_tactic_is_an_outlier_with_its_cost(fleet: Dataset) -> None:
    rows = outliers(fleet)
    found = rows.row(0, named=True)
    assert len(rows) == 1
    assert found["address"].endswith(Built("net", gpu=GPUS[0], night=NIGHTS).file)
    assert (found["name"], found["choice"], found["usual"]) == (POINTWISE, UNUSUAL, USUAL)
    assert (found["usual_logs"], found["usual_share"]) == (NIGHTS, 1 - 1 / NIGHTS)
    assert found["cost_ms"] == pytest.approx(found["time_ms"] - found["usual_ms"])
    text = shown(OutliersResult(rows), width=80)
    assert text.startswith("1 layer of 1 log got another kernel than most of the fleet; 1 is slower, by")
    assert f"TensorRT 8.6.1, model net, night {NIGHTS:03}\n" in text


def test_candidates_of_like_layers_stand_under_their_gpu_with_what_won(fleet: Dataset) -> None:
    found = like(fleet, "conv 3x3 3->16")
    assert found.layers == 2 * NIGHTS
    assert found.rows["gpu"].unique().sort().to_list() == sorted(GPUS[:2])
    for gpu in GPUS[:2]:
        rows = found.rows.filter(gpu=gpu)
        assert rows["in_engine"].sum() == NIGHTS
        assert rows["won"].max() == NIGHTS
        assert (rows["median_ms"].drop_nulls() > 0).all()
    assert "16 engine layers like conv 3x3 3->16" in shown(OperationResult(found), width=80)


@pytest.mark.parametrize("words", ["conv 5x5 3->16", "conv 3->17", "softmax 3->16", "1x3x28x28"])
def test_layers_that_are_not_like_that_are_left_out(words: str, fleet: Dataset) -> None:
    assert like(fleet, words).layers == 0


@pytest.mark.parametrize("words", ["?x3x28x28", "Half", "3->16", "conv", "stem/relu"])
def test_a_shape_a_type_channels_a_kind_or_a_name_say_what_is_meant(words: str, fleet: Dataset) -> None:
    assert like(fleet, words).layers >= 2 * NIGHTS


def test_the_layers_with_the_shapes_of_a_layer_are_found(fleet: Dataset) -> None:
    found = same_as(fleet, fleet.logs["sha256"][0][:12], "net/stem/conv 3x3 + net/stem/relu")
    assert found.layers == 2 * NIGHTS
    with pytest.raises(UsageError, match="no layer of"):
        same_as(fleet, fleet.logs["sha256"][0], "nowhere")
    with pytest.raises(UsageError, match="no log of the dataset"):
        same_as(fleet, "nowhere.log", "stem")


def test_coverage_counts_logs_lines_and_what_was_not_read(fleet: Dataset) -> None:
    rows = coverage(fleet)
    logs = rows.filter(kind="logs")
    assert logs["logs"].sum() == 2 * NIGHTS + 1
    assert rows.filter(kind="unread")["text"].to_list() == ["quux 7"]
    assert rows.filter(kind="failed").select("logs", "text").rows() == [
        (1, "none of its lines is TensorRT's (1 read)")
    ]
    text = shown(CoverageResult(rows), width=80)
    assert "quux 7" in text
    assert max(map(len, text.splitlines())) <= 80
