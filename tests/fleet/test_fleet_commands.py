"""The commands `collect` and `fleet`, seen from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from collecting import collect_folder
from compose.fleet import STEM, Built, write

from tacticlens.cli import output
from tacticlens.cli.app import main
from tacticlens.fleet.dataset import Dataset

NIGHTS = 20


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("commands")
    builds = [
        Built("net", night=night, slower={STEM: 1.1} if night > 10 else {}) for night in range(1, NIGHTS + 1)
    ]
    manifest = write(builds, place / "logs")
    (place / "logs" / "bad.log").write_text("nothing\n")
    assert (
        main(
            [
                "collect",
                str(place / "logs"),
                "--manifest",
                str(manifest),
                "-o",
                str(place / "dataset"),
                "-j",
                "1",
            ]
        )
        == 0
    )
    return place / "dataset"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(["fleet", *arguments]) == code
    said = capsys.readouterr()
    return said.err if code else said.out


def test_sql_sees_all_tables_with_labels_and_the_list_of_logs(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "SELECT night, count(*) AS n FROM engine_layers WHERE model = 'net' GROUP BY night ORDER BY night LIMIT 1"
    assert answer(capsys, str(dataset), sql, "-f", "csv") == "night,n\n001,4\n"
    joined = (
        "SELECT count(*) AS n FROM tactics t JOIN collected c ON t.sha256 = c.sha256 WHERE c.night = '002'"
    )
    assert json.loads(answer(capsys, str(dataset), joined, "-f", "json"))[0]["n"] > 0
    counted = "SELECT status, count(*) AS n FROM collected GROUP BY status ORDER BY n"
    assert (
        answer(capsys, "sql", str(dataset), counted, "-f", "csv")
        == f"status,n\nfailed,1\ncollected,{NIGHTS}\n"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "DROP TABLE tactics",
        "SELECT 1; SELECT 2", "SELECT * FROM nothing", "SELECT nothing FROM tactics", "not SQL",
    ],
)  # fmt: skip
def test_other_sql_is_refused_in_one_line(
    sql: str, dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = answer(capsys, str(dataset), sql, code=2)
    assert said.startswith("tacticlens: error: the query cannot be answered")
    assert said.count("\n") == 1


def test_a_file_of_rows_is_written_whole(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(
        capsys, str(dataset), "SELECT * FROM tactics", "-f", "parquet", "-o", str(tmp_path / "rows.parquet")
    )
    rows = pl.read_parquet(tmp_path / "rows.parquet")
    assert rows["night"].n_unique() == NIGHTS
    answer(
        capsys,
        str(dataset),
        "SELECT nothing FROM tactics",
        "-f",
        "parquet",
        "-o",
        str(tmp_path / "no.parquet"),
        code=2,
    )
    assert not (tmp_path / "no.parquet").exists()


@pytest.mark.parametrize("format_", ["csv", "csv-safe", "ndjson"])
def test_files_and_pipes_get_batch_by_batch_what_a_terminal_gets_at_once(
    format_: str,
    dataset: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sql = "SELECT combination, inputs, -1 AS number, '=1+1' AS formula FROM combinations ORDER BY sha256, combination"
    printed = answer(capsys, str(dataset), sql, "-f", format_)
    answer(capsys, str(dataset), sql, "-f", format_, "-o", str(tmp_path / "rows"))
    assert (tmp_path / "rows").read_text(encoding="utf-8") == printed
    monkeypatch.setattr(output, "to_terminal", lambda **_: True)
    assert answer(capsys, str(dataset), sql, "-f", format_) == printed
    assert printed.count("\n") > NIGHTS


def test_who_has_read_enough_of_a_long_answer_ends_it_quietly(dataset: Path) -> None:
    sql = "SELECT t.* FROM tactics t CROSS JOIN tactics u"
    command = [sys.executable, "-m", "tacticlens", "fleet", str(dataset), sql, "-f", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline().startswith(b"sha256,")
        run.stdout.close()
        assert run.stderr is not None
        assert run.stderr.read() == b""
    assert run.returncode == 0


def test_without_sql_the_dataset_is_told_in_short(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = answer(capsys, str(dataset))
    assert text.startswith("20 logs of 1 GPU and 1 version of TensorRT\n")
    assert "1 log could not be read" in text
    assert "1 value" in text
    assert "  011  " in text
    told = json.loads(answer(capsys, str(dataset), "-f", "json"))
    assert (told["logs"], told["failed"], told["labels"]) == (NIGHTS, 1, {"model": 1, "night": NIGHTS})


@pytest.mark.parametrize(
    "question", [["trends"], ["noise"], ["outliers"], ["coverage"], ["tactics", "--like", "conv"]]
)
@pytest.mark.parametrize("format_", ["text", "json", "csv", "parquet"])
def test_every_question_has_every_format(
    question: list[str], format_: str, dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "answer"
    answer(capsys, question[0], str(dataset), *question[1:], "-f", format_, "-o", str(out))
    if format_ == "json":
        assert isinstance(json.loads(out.read_text()), list)
    elif format_ == "parquet":
        assert pl.read_parquet(out).width > 3
    else:
        assert out.read_text()


def test_a_question_without_its_option_says_which(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--like" in answer(capsys, "tactics", str(dataset), code=2)
    assert "LOG:LAYER" in answer(capsys, "tactics", str(dataset), "--layer-of", "x", code=2)


def test_strict_fails_when_a_log_could_not_be_read(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = str(dataset.parent / "logs")
    assert main(["collect", logs, "-o", str(dataset), "--strict"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("0 logs collected")
    assert "none of its lines is TensorRT's (1 read)" in " ".join(said.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.log", "--scheduler", "tcp://a:1"], "add --engine dask"), ([], "name logs, folders or a glob"),
        (["nowhere.log"], "no log there"), (["x.log", "--label", "kernel=x"], "is a column of the tables"),
        (["--manifest", "nowhere.csv"], "cannot be read as CSV or JSON"),
    ],
)  # fmt: skip
def test_what_cannot_be_collected_is_said_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["collect", *arguments, "-o", str(tmp_path / "dataset")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


QUESTIONS = (
    (), ("trends", "--over", "tensorrt_version"), ("noise",), ("outliers",), ("coverage",), ("tidy",),
    ("tactics", "--like", "conv 3x3"),
)  # fmt: skip


def ask(dataset: Path, question: tuple[str, ...]) -> int:
    name, *options = question or ("sql",)
    return main(["fleet", name, str(dataset), *options])


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_dataset_without_a_log_that_was_read_answers_every_question(
    question: tuple[str, ...], nothing: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(nothing, question) == 0
    said = capsys.readouterr()
    assert said.out.strip()
    assert said.err == ""


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect a log that cannot be read."""
    place = tmp_path_factory.mktemp("nothing")
    (place / "bad.log").write_text("nothing of TensorRT\n")
    collect_folder(place, place / "dataset")
    return place / "dataset"


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Collect two nights; the first as by a tacticlens whose tables had two columns less, and one that is gone."""
    place = tmp_path_factory.mktemp("older")
    write([Built("a")], place / "logs")
    collect_folder(place / "logs", place / "dataset")
    for name in ("tactics", "engine_layers"):
        for path in (place / "dataset" / "tables" / name).rglob("*.parquet"):
            rows = pl.read_parquet(path, hive_partitioning=False).drop("kernel", "line")
            rows.with_columns(forgotten=pl.lit(1)).write_parquet(path)
    write([Built("a", night=2)], place / "logs")
    collect_folder(place / "logs", place / "dataset")
    return place / "dataset"


@pytest.mark.parametrize("question", QUESTIONS)
def test_logs_of_an_older_version_answer_beside_those_of_this_one(
    question: tuple[str, ...], older: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(older, question) == 0
    assert capsys.readouterr().err == ""
    tactics = Dataset(str(older)).table("tactics").collect()
    without = tactics.group_by("night").agg(pl.col("kernel").is_null().all()).sort("night")
    assert without.rows() == [("001", True), ("002", False)]
