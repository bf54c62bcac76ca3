"""A query sees the tables of the log: no file, no network, no endless work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tacticlens.cli.app import main

LOG = str(Path(__file__).parents[1] / "fixtures" / "composed" / "trt10.log")
REFUSED = {
    **{
        f"{verb}_{kind}": f"SELECT * FROM {verb}_{kind}('{{secret}}')"
        for verb in ("read", "scan", "READ")
        for kind in ("csv", "parquet", "ipc", "json", "ndjson", "delta")
    },
    "web address": "SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')",
    "bucket": "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "in a subquery": "SELECT * FROM tactics WHERE time_ms IN (SELECT a FROM read_csv('{secret}'))",
    "in a common table": "WITH t AS (SELECT * FROM read_csv('{secret}')) SELECT * FROM t",
    "joined": "SELECT * FROM tactics JOIN read_csv('{secret}') ON true",
    "behind a comment": "SELECT * FROM /* x */ read_csv /* y */ ('{secret}')",
    "in a comment of one reader only": "SELECT 1 # \nFROM read_csv('{secret}')",
    "other function": "SELECT * FROM generate_series(1, 10)",
    "path as a table": "SELECT * FROM '{secret}'",
    "quoted path": 'SELECT * FROM "{secret}"',
    "qualified": "SELECT * FROM other.tactics",
    "recursive": "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT * FROM t",
    "drop": "DROP TABLE tactics",
    "delete": "DELETE FROM tactics",
    "insert": "INSERT INTO tactics VALUES (1)",
    "create": "CREATE TABLE t AS SELECT * FROM tactics",
    "into": "SELECT * INTO t FROM tactics",
    "truncate": "TRUNCATE TABLE tactics",
    "show": "SHOW TABLES",
    "explain": "EXPLAIN SELECT * FROM tactics",
    "two": "SELECT 1; SELECT 2",
    "none": "",
    "long": "SELECT " + " " * 30_000 + "1",
    "many terms": "SELECT " + "1+" * 9_000 + "1",
    "deep": "SELECT " + "(" * 900 + "1" + ")" * 900,
    "many joins": "SELECT * FROM tactics" + ", tactics" * 30,
    "unclosed": "SELECT 'x",
}
ANSWERED = {
    "a join": "SELECT count(*) FROM tactics t JOIN layers l ON t.layer = l.layer AND t.build = l.build",
    "a common table": "WITH t AS (SELECT * FROM tactics) SELECT count(*) AS n FROM t",
    "a group": "SELECT runner, count(*) AS n FROM tactics GROUP BY runner ORDER BY n DESC LIMIT 3",
    "candidates": "SELECT * FROM candidates",
    "a union": "SELECT name FROM layers UNION ALL SELECT name FROM engine_layers",
    "a subquery": "SELECT * FROM (SELECT name FROM layers) AS x",
    "a thousand tokens": "SELECT " + "1+" * 450 + "1 AS n",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_query_that_is_no_select_over_the_tables_is_refused(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\nSECRET\n")

    assert main(["query", LOG, REFUSED[kind].replace("{secret}", str(secret))]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "SECRET" not in shown.err
    assert shown.err.startswith("tacticlens: error: the query cannot be answered: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("kind", ANSWERED)
def test_a_select_over_the_tables_is_answered(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", LOG, ANSWERED[kind], "--format", "json"]) == 0
    assert capsys.readouterr().out.startswith("[")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "1+" * 990 + "1",
        "SELECT " + "NOT " * 1_900 + "true",
        "SELECT " + "- " * 1_900 + "1",
        "SELECT " + "CASE WHEN true THEN " * 400 + "1" + " END" * 400,
        "SELECT 1" + " UNION ALL SELECT 1" * 450,
    ],
    ids=["sums", "nots", "signs", "cases", "unions"],
)
def test_the_largest_query_that_is_allowed_does_not_crash_the_process(sql: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tacticlens", "query", LOG, sql], capture_output=True, text=True, check=False
    )

    assert done.returncode in {0, 2}
    assert "Traceback" not in done.stderr


def test_an_unknown_table_names_the_closest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["query", LOG, "SELECT * FROM tactic"]) == 2
    assert "did you mean tactics?" in capsys.readouterr().err
