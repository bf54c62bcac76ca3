"""What one log learns from the fleet: its noise, faster kernels elsewhere, and tactics that usually win."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from collecting import collect_folder
from compose.fixtures import fixture
from compose.fleet import GPUS, POINTWISE, Built, write
from compose.nights import night, won_by_another
from shown import shown

from tacticlens.analysis.findings import findings
from tacticlens.cli.app import main
from tacticlens.errors import UsageError
from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.elsewhere import elsewhere, repeats, usual_tactics
from tacticlens.log import read_log
from tacticlens.pin.notes import FleetAgrees
from tacticlens.pin.planning import plan
from tacticlens.views.findings import FindingsResult

NIGHTS = 6


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of nights on one GPU, and beside it a log in which the pointwise layer got a slower tactic."""
    place = tmp_path_factory.mktemp("learning")
    write([Built("net", night=night) for night in range(1, NIGHTS + 1)], place / "logs")
    write([Built("net", gpu=GPUS[1], night=night) for night in range(1, NIGHTS + 1)], place / "logs2")
    collect_folder(place / "logs", place / "dataset")
    collect_folder(place / "logs2", place / "dataset")
    (place / "old.log").write_text(Built("net", night=50).text())
    (place / "odd.log").write_text(won_by_another(Built("net", night=51).text(), 0.33, 0.4))
    return place


def test_a_layer_that_is_faster_in_most_other_logs_is_a_finding_with_counts_and_logs(place: Path) -> None:
    tables = read_log(place / "odd.log").tables
    (one,) = elsewhere(Dataset(str(place / "dataset")), tables)
    assert (one.layer, one.here, one.kernel) == (POINTWISE, "0x0000000000000001", "0x000000000000001c")
    assert (one.logs, one.of, one.versions) == (NIGHTS, NIGHTS, ("8.6.1",))
    assert one.low_ms <= one.ms <= one.high_ms < one.here_ms
    found = next(one for one in findings(tables, elsewhere=[one]) if one.code == "TL025")
    assert found.stake_ms == pytest.approx(one.here_ms - one.ms, rel=0.2)
    text = shown(FindingsResult([found], details=True), width=100)
    assert "6 of 6 other logs" in " ".join(text.split())


def test_a_log_like_the_others_has_nothing_faster_elsewhere(place: Path) -> None:
    assert elsewhere(Dataset(str(place / "dataset")), read_log(place / "old.log").tables) == []


def test_another_gpu_is_not_elsewhere(place: Path) -> None:
    text = (place / "odd.log").read_text().replace(GPUS[0], "NVIDIA Other")
    (place / "other-gpu.log").write_text(text)
    assert elsewhere(Dataset(str(place / "dataset")), read_log(place / "other-gpu.log").tables) == []


def test_the_repeats_of_a_build_are_those_of_its_gpu(place: Path) -> None:
    old, new = (read_log(place / name).tables for name in ("old.log", "odd.log"))
    found = repeats(Dataset(str(place / "dataset")), old, new, None, None)
    assert len(found) == NIGHTS
    assert {tables.log["gpu"][0] for tables in found} == {GPUS[0]}


def test_a_dataset_without_repeats_says_so(place: Path) -> None:
    other = Built("net", version="8.4.1").text()
    (place / "other.log").write_text(other)
    tables = read_log(place / "other.log").tables
    with pytest.raises(UsageError, match="none of its 12 logs repeats"):
        repeats(Dataset(str(place / "dataset")), tables, tables, None, None)


def test_diff_takes_a_dataset_as_baseline(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, dataset = (str(place / name) for name in ("old.log", "odd.log", "dataset"))
    assert main(["diff", old, new, "--baseline", dataset, "--format", "json"]) == 0
    change = json.loads(capsys.readouterr().out)["changes"][0]
    assert change["repeats"] == NIGHTS + 1


def test_findings_and_pin_name_the_fleet(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["findings", str(place / "odd.log"), "--fleet", str(place / "dataset"), "--format", "json"]) == 0
    )
    assert "TL025" in [one["code"] for one in json.loads(capsys.readouterr().out)]
    assert main(["findings", str(place / "odd.log"), "--fleet", str(place / "nowhere")]) == 2


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nights of builds with an editable timing cache, of which most chose another tactic than the log beside them."""
    place = tmp_path_factory.mktemp("keyed")
    (place / "logs").mkdir()
    for number in range(4):
        (place / "logs" / f"{number}.log").write_text(night(fixture("trt10-editable-new").text, number))
    (place / "one.log").write_text(fixture("trt10-editable").text)
    collect_folder(place / "logs", place / "dataset")
    return place


def test_pin_proposes_what_most_logs_took_where_this_log_evaluated_it(keyed: Path) -> None:
    log = read_log(keyed / "one.log")
    usual = usual_tactics(Dataset(str(keyed / "dataset")), log.tables)
    own, proposed = plan(log), plan(log, usual=usual)
    assert usual
    changed = [
        pin
        for before, pin in zip(own.pins.pins, proposed.pins.pins, strict=True)
        if before.tactic_hash != pin.tactic_hash
    ]
    assert changed
    assert all(pin.tactic_hash == usual[pin.key] for pin in changed)
    assert any(isinstance(note, FleetAgrees) and note.moved == len(changed) for note in proposed.notes)
