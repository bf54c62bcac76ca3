"""Hidden answers: the tactic in the engine tells which combination a layer has. Hide it, solve by formats, compare.

An answer is known where exactly one combination of a layer was won by the tactic that the engine prints, and the
log says of every other what won it. All tactics of an engine are hidden at once, then those of every second layer,
so that a hidden layer has known neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl

from tacticlens.analysis.candidates import candidates
from tacticlens.grammar.engine_layer import EngineTensor
from tacticlens.log import Log
from tacticlens.tables.choice.nodes import (
    IDLE,
    Likenesses,
    fixed_by_reformats,
    nodes_of,
    options_of,
    requested_layouts,
    requested_of_network,
)
from tacticlens.tables.choice.propagate import solve
from tacticlens.tables.engine_row import EngineRow
from tacticlens.tables.measured import AddedReformat, Choice
from tacticlens.tables.table_set import TableSet

Tried = dict[tuple[int, str], list[Choice]]
REFORMAT_COLUMNS = ("build", "tensor", "source", "from_format", "to_format", "line")
Read = Callable[[str], Log]


def layers_of(tables: TableSet) -> list[EngineRow]:
    """Return the engine layers as printed: nothing of what was matched with them."""
    printed = [name for name in EngineRow._fields if name not in EngineRow._field_defaults]
    rows = []
    for row in tables.engine_layers.to_dicts():
        sides = {
            side: tuple(
                EngineTensor(one["name"], one["dtype"], tuple(one["dims"]), one["format"])
                for one in row[side] or ()
            )
            for side in ("inputs", "outputs")
        }
        rows.append(EngineRow(**{name: row[name] for name in printed} | sides))
    return rows


def tried_of(tables: TableSet) -> Tried:
    names = dict(tables.layers.select("layer", "name").iter_rows())
    every = {row["combination"]: row for row in tables.combinations.to_dicts()}
    copies = set(tables.engine_layers.filter(pl.col("layer_type") == "Reformat")["name"])
    tried: Tried = defaultdict(list)
    for row in every.values():
        origin = every.get(row["origin"], row)
        name = row["subject"] or names.get(row["layer"]) or ""
        if row["purpose"] != "layer" and name not in copies:
            continue
        tried[row["build"], name].append(
            Choice(
                row["combination"], name, row["formats"], row["runner"] or origin["runner"],
                row["tactic"] or origin["tactic"], row["time_ms"], row["origin"], row["result"],
            )
        )  # fmt: skip
    return tried


def answers_of(layers: list[EngineRow], tried: Tried) -> dict[int, int]:
    """Return the combination by the place of the layer, where the printed tactic alone decides it among several."""
    known = {}
    for place, layer in enumerate(layers):
        if layer.layer_type in IDLE or layer.tactic is None:
            continue
        choices = [one for one in tried.get((layer.build, layer.name), ()) if one.result != "no_tactic"]
        won = [one for one in choices if (one.runner, one.tactic) == (layer.layer_type, layer.tactic)]
        if len(won) == 1 and len(choices) > 1 and all(one.tactic is not None for one in choices):
            known[place] = won[0].combination
    return known


def solved(tables: TableSet, layers: list[EngineRow], tried: Tried) -> list[list[int]]:
    """Return the combinations that are left to each layer."""
    options = options_of(layers, tried, Likenesses())
    nodes = nodes_of(layers, options)
    asked = requested_of_network(nodes, requested_layouts(tables.options))
    reformats = map(AddedReformat._make, tables.reformats.select(REFORMAT_COLUMNS).iter_rows())
    solve(nodes, fixed_by_reformats(nodes, reformats), asked)
    return [
        [own[at].choice.combination for at in node.left] for own, node in zip(options, nodes, strict=True)
    ]


@cache
def counted(log: Log) -> dict[str, Counter[str]]:
    tables = log.tables
    layers, tried = layers_of(tables), tried_of(tables)
    answers = answers_of(layers, tried)
    hidden = {
        "all": set(answers),
        "even": {place for place in answers if place % 2 == 0},
        "odd": {place for place in answers if place % 2},
    }
    found = {}
    for how, places in hidden.items():
        blind = [
            layer._replace(tactic=None) if place in places or how == "all" else layer
            for place, layer in enumerate(layers)
        ]
        left = solved(tables, blind, tried) if places else []
        count = Counter({"known": len(places)})
        for place in places:
            if len(left[place]) == 1:
                count["right" if left[place] == [answers[place]] else "wrong"] += 1
            elif answers[place] not in left[place]:
                count["lost"] += 1
        found[how] = count
    return found


def test_no_hidden_answer_is_decided_wrongly(corpus_log: str, read_corpus: Read) -> None:
    for how, count in counted(read_corpus(corpus_log)).items():
        assert (count["wrong"], count["lost"]) == (0, 0), (how, count)


def test_formats_alone_decide_most_of_the_hidden_answers(corpus_dir: Path, read_corpus: Read) -> None:
    total: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted((corpus_dir / "logs").glob("*.log")):
        for how, count in counted(read_corpus(path.name)).items():
            total[how].update(count)
    half = total["even"] + total["odd"]

    assert total["all"]["known"] == half["known"] > 300
    assert total["all"]["right"] > 0.9 * total["all"]["known"]
    assert half["right"] > 0.97 * half["known"]


def test_each_layer_whose_combination_is_known_has_a_candidate(corpus_log: str, read_corpus: Read) -> None:
    tables = read_corpus(corpus_log).tables
    layers = tables.engine_layers.filter(
        ~pl.col("layer_type").is_in([*IDLE, "Reformat"]).fill_null(value=False),
        pl.col("combination").is_not_null(),
    )
    named = set(candidates(tables).select("build", "name").unique().iter_rows())

    assert [one for one in layers.select("build", "name").iter_rows() if one not in named] == []


def test_a_known_time_lies_between_the_bounds_of_what_is_left(corpus_log: str, read_corpus: Read) -> None:
    tables = read_corpus(corpus_log).tables
    keys = ["engine", "build", "position"]
    timed = tables.engine_layers.filter(pl.col("time_source").is_in(["tactic", "twin"]))
    left = tables.choices.filter(pl.col("verdict") != "excluded").drop_nulls("low_ms")
    bounds = left.group_by(keys).agg(pl.col("low_ms").min(), pl.col("high_ms").max())
    both = timed.drop("low_ms", "high_ms").join(bounds, on=keys, nulls_equal=True)

    assert both.filter(
        (pl.col("time_ms") < pl.col("low_ms")) | (pl.col("time_ms") > pl.col("high_ms"))
    ).is_empty()


def test_a_layer_without_a_time_has_the_bounds_of_what_is_left(corpus_log: str, read_corpus: Read) -> None:
    tables = read_corpus(corpus_log).tables
    keys = ["engine", "build", "position"]
    left = tables.choices.filter(pl.col("verdict") != "excluded")
    timed = left.filter(pl.col("low_ms").is_null().any().over(keys).not_())
    bounds = timed.group_by(keys).agg(
        pl.col("low_ms").min().alias("least"), pl.col("high_ms").max().alias("most")
    )
    untimed = tables.engine_layers.filter(pl.col("time_ms").is_null()).join(bounds, on=keys, nulls_equal=True)

    assert untimed.filter(
        pl.col("low_ms").ne_missing(pl.col("least")) | pl.col("high_ms").ne_missing(pl.col("most"))
    ).is_empty()
