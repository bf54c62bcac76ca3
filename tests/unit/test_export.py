"""Exports: what is written validates, reads back, and says the same in every format."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin

import jsonschema
import polars as pl
import pytest
from pydantic import BaseModel

from tacticlens.export.flat import frame_csv, frame_parquet
from tacticlens.export.json_export import document, rows_ndjson, table_json
from tacticlens.export.schema import json_schema
from tacticlens.log import Log, read_log
from tacticlens.records import document as document_model
from tacticlens.records import record
from tacticlens.schema.registry import ROWS
from tacticlens.tables.schema import COMPACT, TABLE_NAMES, TABLES

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
LOGS = sorted(path.relative_to(FIXTURES).as_posix() for path in FIXTURES.glob("*/*.log"))
SEVERAL = ["composed/trt10.log", "composed/trt5.log", "recorded/tensorrt-rtx-1.7.1-hostile-names.log"]
EVERY = [path if path in SEVERAL else pytest.param(path, marks=pytest.mark.slow) for path in LOGS]


@cache
def log_of(path: str) -> Log:
    return read_log(FIXTURES / path, processes=0)


@cache
def validator() -> jsonschema.protocols.Validator:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("path", EVERY)
def test_json_validates_against_the_schema_that_is_printed(path: str) -> None:
    errors = [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in validator().iter_errors(json.loads("".join(document(log_of(path).tables))))
    ]

    assert errors[:5] == []


@pytest.mark.parametrize("path", EVERY)
def test_json_reads_back_to_equal_tables(path: str) -> None:
    tables = log_of(path).tables
    data = json.loads("".join(document(tables)))
    rows = {name: [data[name]] if name == "log" else data[name] for name in TABLE_NAMES}
    back = {name: pl.DataFrame(rows[name], schema=TABLES[name], orient="row") for name in TABLE_NAMES}

    assert [name for name in TABLE_NAMES if not back[name].equals(tables[name])] == []
    assert [name for name in TABLE_NAMES if back[name].schema != tables[name].schema] == []


@pytest.mark.parametrize("path", SEVERAL)
def test_ndjson_has_one_row_a_line_that_says_its_table(path: str) -> None:
    tables = log_of(path).tables
    rows = [
        json.loads(line) for line in "".join(rows_ndjson(tables, TABLE_NAMES, with_name=True)).splitlines()
    ]

    for name in TABLE_NAMES:
        of_table = [
            {key: value for key, value in row.items() if key != "table"}
            for row in rows
            if row["table"] == name
        ]
        assert pl.DataFrame(of_table, schema=TABLES[name]).equals(tables[name]), name


@pytest.mark.parametrize("path", SEVERAL)
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_parquet_reads_back_to_an_equal_table(path: str, name: str) -> None:
    table = log_of(path).tables[name]

    assert pl.read_parquet(io.BytesIO(frame_parquet(log_of(path).tables[name]))).equals(table)


@pytest.mark.parametrize("path", SEVERAL)
@pytest.mark.parametrize("name", TABLE_NAMES)
def test_csv_has_every_row_and_lists_as_json(path: str, name: str) -> None:
    table = log_of(path).tables[name]
    back = pl.read_csv(io.StringIO(frame_csv(log_of(path).tables[name])), infer_schema=False)

    assert back.columns == table.columns
    assert len(back) == len(table)
    for column, dtype in table.schema.items():
        if isinstance(dtype, pl.List):
            read = [None if cell is None else json.loads(cell) for cell in back[column]]
            assert read == table[column].to_list()
        elif dtype == pl.Float64:
            assert back[column].cast(pl.Float64).equals(table[column])


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_the_fields_of_a_record_are_the_columns_of_its_table_in_order(name: str) -> None:
    assert list(record(ROWS[name]).model_fields) == list(TABLES[name])
    assert list(document_model().model_fields) == ["schema_version", *TABLE_NAMES]


_TYPES: dict[Any, Any] = {int: pl.Int64, str: pl.String, float: pl.Float64, bool: pl.Boolean}


def polars_type(annotation: Any) -> Any:
    """The type of a column that holds values of an annotation."""
    if get_origin(annotation) is list:
        return pl.List(polars_type(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return pl.Struct(
            {name: polars_type(field.annotation) for name, field in annotation.model_fields.items()}
        )
    parts = [part for part in get_args(annotation) if part is not type(None)]
    if parts and isinstance(parts[0], str):
        return pl.String
    return polars_type(parts[0]) if parts else _TYPES[annotation]


@pytest.mark.parametrize("name", TABLE_NAMES)
def test_the_types_of_a_record_are_those_of_its_table(name: str) -> None:
    of_record = {
        field: polars_type(info.annotation) for field, info in record(ROWS[name]).model_fields.items()
    }

    assert of_record == {
        column: pl.DataFrame(schema={column: dtype}).schema[column] for column, dtype in TABLES[name].items()
    }


@pytest.mark.parametrize("path", SEVERAL)
@pytest.mark.parametrize("name", COMPACT)
def test_a_table_written_in_portions_says_the_same_in_every_format(
    path: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tacticlens.tables.tables.PORTION", 7)
    kept, fresh = log_of(path).tables, read_log(FIXTURES / path, processes=0).tables
    table = kept[name]
    written = pl.concat(fresh.portions(name))

    assert written.schema != table.schema  # texts are categories
    assert written.cast(dict(TABLES[name])).equals(table)
    assert frame_csv(written) == frame_csv(table)
    assert "".join(table_json(fresh, name)) == "".join(table_json(kept, name))
    assert "".join(rows_ndjson(fresh, (name,), with_name=True)) == "".join(
        rows_ndjson(kept, (name,), with_name=True)
    )
