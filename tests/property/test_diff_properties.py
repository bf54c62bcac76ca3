"""What holds for comparisons of any two logs: composed of any plan, and of small networks with one thing changed."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from compose import DIALECTS, Composed, compose
from compose.foreign import FOREIGN_LINES
from compose.plan import (
    BuildPlan,
    CombinationPlan,
    EngineLayerPlan,
    EnginePlan,
    EngineTensor,
    LayerPlan,
    LogPlan,
    RunnerPlan,
    TacticPlan,
)
from compose.strategies import composed_logs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from shown import in_markdown, shown

from tacticlens.diff.changes import diff
from tacticlens.diff.model import Change
from tacticlens.diff.result import SCHEMA, Diff
from tacticlens.errors import UsageError
from tacticlens.log import read_log
from tacticlens.tables.table_set import TableSet
from tacticlens.views.diff import DiffResult

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SPOKEN = tuple(
    name
    for name, dialect in sorted(DIALECTS.items())
    if dialect.has_engine_layers and dialect.has_combination_lines
)
DETAILED = tuple(name for name in SPOKEN if DIALECTS[name].has_detailed_layers)
FORMATS = "Float(784,784,28,1)"
SWAPPED = {"added": "removed", "removed": "added", "lost": "gained", "gained": "lost"}


def read(text: str) -> TableSet:
    return read_log(io.BytesIO(text.encode()), processes=0).tables


def compared(old: TableSet, new: TableSet) -> Diff | None:
    """Compare; None if the two have nothing to compare."""
    try:
        return diff(old, new)
    except UsageError:
        return None


def swapped(kind: str) -> str:
    head, _, tail = kind.rpartition("_")
    return f"{head}_{SWAPPED[tail]}" if tail in SWAPPED else kind


def seen(change: Change, *, back: bool = False) -> tuple[object, ...]:
    """What a change says, or what its mirror image must say."""
    old, new = ([layer.name for layer in side] for side in (change.match.old, change.match.new))
    delta = change.delta_ms
    kinds = sorted(swapped(kind) for kind in change.kinds) if back else sorted(change.kinds)
    sides = (sorted(new), sorted(old)) if back else (sorted(old), sorted(new))
    shown = None if delta is None else round(-delta if back else delta, 9) + 0.0
    return kinds, *sides, change.verdict, change.match.how, shown


# -- small networks: a chain of layers, each with ONNX nodes of its own -------------------------------------------


def network(layers: list[tuple[tuple[str, ...], float]], *, tensors: str = "t") -> LogPlan:
    """A build whose layers have these nodes and times of the winner, and its engine."""
    plans, finished = [], []
    for number, (nodes, ms) in enumerate(layers):
        ids = (7000 + 2 * number, 7001 + 2 * number)
        tactics = (TacticPlan(ids[0], None, ms), TacticPlan(ids[1], None, ms * 1.5))
        runner = RunnerPlan("CaskConvolution", 0x80000009, tactics)
        name = " + ".join(nodes)
        plans.append(LayerPlan(name, (CombinationPlan((FORMATS,), (FORMATS,), (runner,)),)))
        ends = [EngineTensor(f"{tensors}{number + one}", "Float", f"1,{number + one},8,8") for one in (0, 1)]
        # the detailed form tells the nodes of the graph, whatever the layers are called
        told = tuple(node.rpartition("~")[2] for node in nodes)
        finished.append(
            EngineLayerPlan(
                name, "CaskConvolution", ids[0], (ends[0],), (ends[1],), kernel=None, onnx_nodes=told
            )
        )
    return LogPlan((EnginePlan((BuildPlan(tuple(plans)),), tuple(finished)),))


def composed(plan: LogPlan, dialect: str, *, detailed: bool = False) -> str:
    engine = plan.engines[0]
    strategy = 2 if DIALECTS[dialect].has_strategies else None
    builds = tuple(
        replace(build, strategy=strategy, layers=spoken(build.layers, dialect)) for build in engine.builds
    )
    return compose(LogPlan((replace(engine, builds=builds, detailed=detailed),)), dialect).text


def without_engine(plan: LogPlan) -> LogPlan:
    """The same log, ended before the engine's layers are printed."""
    return LogPlan(tuple(replace(engine, layers=()) for engine in plan.engines))


def spoken(layers: tuple[LayerPlan, ...], dialect: str) -> tuple[LayerPlan, ...]:
    """The layers without ids of runners where a dialect prints none."""
    if DIALECTS[dialect].has_runner_ids:
        return layers
    return tuple(
        replace(
            layer,
            combinations=tuple(
                replace(one, runners=tuple(replace(runner, runner_id=None) for runner in one.runners))
                for one in layer.combinations
            ),
        )
        for layer in layers
    )


@st.composite
def chains(draw: st.DrawFn) -> list[tuple[tuple[str, ...], float]]:
    """Draw nodes and times of the layers of a network."""
    count = draw(st.integers(2, 6))
    found = []
    for number in range(count):
        kinds = draw(
            st.lists(st.sampled_from(("conv", "relu", "add", "pool")), min_size=1, max_size=3, unique=True)
        )
        found.append((tuple(f"block{number}/{kind}" for kind in kinds), draw(st.integers(5, 5000)) / 1000))
    return found


@st.composite
def edited(
    draw: st.DrawFn, layers: list[tuple[tuple[str, ...], float]]
) -> list[tuple[tuple[str, ...], float]]:
    """Draw a network after an edit: layers kept, dropped, split, renamed, fused with the next one, slower or faster."""
    found: list[tuple[tuple[str, ...], float]] = [layers[0]]
    for nodes, ms in layers[1:]:
        what = draw(st.sampled_from(("kept", "kept", "dropped", "split", "renamed", "fused", "timed")))
        if what == "split":
            found += [((node,), ms / len(nodes)) for node in nodes]
        elif what == "renamed":
            found.append((tuple(f"{node}_{len(found)}" for node in nodes), ms))
        elif what == "fused":
            found[-1] = (found[-1][0] + nodes, found[-1][1] + ms)
        elif what != "dropped":
            found.append((nodes, ms * draw(st.sampled_from((0.5, 0.9, 1.1, 3))) if what == "timed" else ms))
    return found


prefixes = st.text("abcdef0123456789", min_size=1, max_size=8).map(lambda text: f"x{text}")


# -- any logs -----------------------------------------------------------------------------------------------------


@settings(QUICK, max_examples=80)
@given(made=composed_logs())
def test_a_log_and_itself_have_no_changes(made: Composed) -> None:
    tables = read(made.text)
    found = compared(tables, tables)

    assert found is None or found.changes == ()


@settings(QUICK, max_examples=80)
@given(one=composed_logs(), other=composed_logs())
def test_the_other_way_round_is_the_mirror_image_of_any_two_logs(one: Composed, other: Composed) -> None:
    a, b = read(one.text), read(other.text)
    there, back = compared(a, b), compared(b, a)

    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert sorted(map(repr, map(seen, there.changes))) == sorted(
            repr(seen(change, back=True)) for change in back.changes
        )
        assert (there.old, there.new) == (back.new, back.old)


@settings(QUICK, max_examples=40)
@given(one=composed_logs(), other=composed_logs())
def test_every_comparison_can_be_shown_and_has_each_layer_in_one_match(
    one: Composed, other: Composed
) -> None:
    found = compared(read(one.text), read(other.text))
    if found is None:
        return

    assert sum(found.summary.matched.values()) >= len(found.changes)
    assert dict(found.frame().schema) == SCHEMA
    assert "None" not in shown(DiffResult(found)).replace("NoneType", "")
    assert in_markdown(DiffResult(found)).startswith("## ")


@settings(QUICK, max_examples=40)
@given(made=composed_logs(), seed=st.integers(0, 99))
def test_unrelated_lines_may_stand_anywhere_and_in_any_order(made: Composed, seed: int) -> None:
    chance = random.Random(seed)
    lines = made.text.splitlines()
    # between the lines of a message of several lines a line of another program would end the message
    between = [at for at, line in enumerate(lines) if line.startswith("[") and "Layers:" not in line]
    mixed = []
    for _ in range(2):
        foreign = [line for line in FOREIGN_LINES if not line.startswith(("Traceback", " ", "["))]
        chance.shuffle(foreign)
        places = sorted(chance.choices(between or [0], k=len(foreign)), reverse=True)
        log = list(lines)
        for place, line in zip(places, foreign, strict=True):
            log.insert(place, line)
        mixed.append(read("".join(f"{line}\n" for line in log)))
    plain = read(made.text)
    for old, new in ((plain, mixed[0]), (mixed[0], mixed[1]), (mixed[1], plain)):
        found = compared(old, new)
        assert found is None or found.changes == ()


# -- small networks with one thing changed ------------------------------------------------------------------------


@settings(QUICK, max_examples=60)
@given(layers=chains(), dialect=st.sampled_from(SPOKEN), data=st.data())
def test_a_layer_dropped_from_one_side_is_exactly_that_change(
    layers: list[tuple[tuple[str, ...], float]], dialect: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(layers) - 1))
    whole = network(layers)
    engine = whole.engines[0]
    less = LogPlan((replace(engine, layers=(*engine.layers[:at], *engine.layers[at + 1 :])),))
    old, new = read(composed(whole, dialect)), read(composed(less, dialect))
    (gone,), (come,) = diff(old, new).changes, diff(new, old).changes

    assert (gone.kinds, [one.name for one in gone.match.old]) == (
        ("layer_removed",),
        [engine.layers[at].name],
    )
    assert (come.kinds, [one.name for one in come.match.new]) == (("layer_added",), [engine.layers[at].name])
    assert gone.delta_ms == pytest.approx(-layers[at][1], rel=1e-5)


@settings(QUICK, max_examples=80)
@given(layers=chains(), dialect=st.sampled_from(SPOKEN), data=st.data())
def test_the_other_way_round_is_the_mirror_image_of_an_edited_network(
    layers: list[tuple[tuple[str, ...], float]], dialect: str, data: st.DataObject
) -> None:
    told = data.draw(st.tuples(st.booleans(), st.booleans()))
    plans = network(layers), network(data.draw(edited(layers)))
    old, new = (
        read(composed(plan if whole else without_engine(plan), dialect))
        for plan, whole in zip(plans, told, strict=True)
    )
    there, back = diff(old, new), diff(new, old)

    assert there.summary.basis == ("engine" if all(told) else "winners")
    assert sorted(repr(seen(change)) for change in there.changes) == sorted(
        repr(seen(change, back=True)) for change in back.changes
    )
    for side in ("old", "new"):
        held = [layer.position for change in there.changes for layer in getattr(change.match, side)]
        assert len(held) == len(set(held))  # no layer is in two changes


@settings(QUICK, max_examples=60)
@given(
    layers=chains(),
    dialect=st.sampled_from(SPOKEN),
    before=prefixes,
    after=prefixes,
    joint=st.sampled_from("/._"),
)
def test_names_with_a_random_prefix_align_through_the_onnx_nodes_in_them(
    layers: list[tuple[tuple[str, ...], float]], dialect: str, before: str, after: str, joint: str
) -> None:
    assume(before != after)

    def named(prefix: str) -> LogPlan:
        return network(
            [(tuple(f"{prefix}{joint}{node}" for node in nodes), ms) for nodes, ms in layers], tensors=prefix
        )

    found = diff(read(composed(named(before), dialect)), read(composed(named(after), dialect)))

    assert found.changes == ()
    assert found.summary.matched == {"onnx_nodes": len(layers)}
    assert found.summary.movement.measurements == 2 * len(layers)  # their candidates are found again


@settings(QUICK, max_examples=40)
@given(layers=chains(), dialect=st.sampled_from(DETAILED), data=st.data())
def test_names_that_are_random_each_align_through_the_onnx_nodes_that_the_engine_tells(
    layers: list[tuple[tuple[str, ...], float]], dialect: str, data: st.DataObject
) -> None:
    def named() -> LogPlan:
        drawn = [(tuple(f"{data.draw(prefixes)}~{node}" for node in nodes), ms) for nodes, ms in layers]
        return network(drawn, tensors=data.draw(prefixes))

    old, new = (read(composed(named(), dialect, detailed=True)) for _ in range(2))
    found = diff(old, new)

    assert found.changes == ()
    assert set(found.summary.matched) <= {"onnx_nodes", "name"}


@settings(QUICK, max_examples=40)
@given(layers=chains(), dialect=st.sampled_from(SPOKEN), data=st.data())
def test_a_fusion_that_split_is_one_change_of_all_its_parts(
    layers: list[tuple[tuple[str, ...], float]], dialect: str, data: st.DataObject
) -> None:
    long = [at for at, (nodes, _) in enumerate(layers) if len(nodes) > 1]
    assume(long)
    at = data.draw(st.sampled_from(long))
    nodes, ms = layers[at]
    parts = [((node,), ms) for node in nodes]
    split = [*layers[:at], *parts, *layers[at + 1 :]]
    found = diff(read(composed(network(layers), dialect)), read(composed(network(split), dialect)))
    (change,) = (one for one in found.changes if one.cause == "fusion")

    assert [layer.name for layer in change.match.new] == list(nodes)
    assert change.match.how == "onnx_nodes"
    assert change.verdict is not None
    assert change.delta_ms == pytest.approx(ms * (len(nodes) - 1), rel=1e-4)
