"""Pins and replay files of real logs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tacticlens.errors import UsageError
from tacticlens.log import Log
from tacticlens.pin import plan, replay, verify

Read = Callable[[str], Log]

EDITABLE = "trt-sample-editable-timing-cache-10.8.log"
SELECTOR = "cookbook-algorithmselector-10.16.2-h100.log"
SAME_NETWORK = "python-10.16.2-h100-mnist-x3-a.log"


def test_the_one_real_log_with_a_key_gives_the_pin_that_it_says_was_selected(read_corpus: Read) -> None:
    (pin,) = plan(read_corpus(EDITABLE)).pins.pins

    assert (pin.key, pin.tactic_hash) == ("0x1814870c44ff0f8574df6e3dda04cbd7", "0x000665ded9abbf88")
    assert (pin.op, pin.time_ms, pin.line) == ("matMul1", 0.011264, 4)
    assert plan(read_corpus(EDITABLE)).notes == ()
    assert verify(plan(read_corpus(EDITABLE)).pins, read_corpus(EDITABLE)).ok


def test_its_other_evaluated_tactics_can_be_pinned_and_then_did_not_hold(read_corpus: Read) -> None:
    log = read_corpus(EDITABLE)
    pins = plan(log, layer=re.compile("matMul1"), tactic="0x393e4ef8ad243").pins
    (verdict,) = verify(pins, log).verdicts

    assert (verdict.status, verdict.tactic_hash) == ("not_held", "0x000665ded9abbf88")
    assert (verdict.time_ms, verdict.pinned_ms) == (0.011264, 0.0118784)


def test_only_that_log_has_keys_and_every_other_one_says_what_is_missing(
    corpus_log: str, read_corpus: Read
) -> None:
    if corpus_log == EDITABLE:
        return
    try:
        log = read_corpus(corpus_log)
    except UsageError:
        return
    with pytest.raises(UsageError, match=r"EDITABLE_TIMING_CACHE|has no editable timing cache"):
        plan(log)


def why_not(log: Log) -> str:
    """Say why no replay file can be made, empty if it was made."""
    try:
        replay(log)
    except UsageError as error:
        return str(error)
    return ""


def test_a_replay_file_is_made_of_every_log_that_has_what_it_takes_and_refused_of_the_others(
    corpus_log: str, read_corpus: Read
) -> None:
    log = read_corpus(corpus_log)
    why = why_not(log)
    told = log.tables.runners["runner_id"].drop_nulls().len() > 0
    if not why:
        for entry in replay(log).layers.values():
            assert told
            assert 0x80000000 <= entry["implementation"] < 2**32
            assert -(2**63) <= entry["tactic"] < 2**63
    elif "nothing was chosen by timing" in why:
        assert log.tables.tactics.filter(status="timed").is_empty()
    elif (log.info.tensorrt_version or "").startswith("11."):
        assert "has no IAlgorithmSelector" in why
    elif log.tables.engine_layers.is_empty():
        assert "the layers of the engine are not in this log" in why
    elif "not how they were chosen" in why:
        regions = log.tables.combinations.filter(purpose="layer", runner="Myelin").drop_nulls("tactic")
        assert regions.is_empty()
    else:
        assert (" lacks the id of the implementation" in why) <= (not told)
        assert " lacks " in why


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("trtexec-8.6.0-rtx3090-mnist.log", 8),
        ("trtexec-8.6.1-rtx3080-mobilenetv2.log", 55),
        ("trtexec-10.16.1-h100-mnist-level5.log", 5),
        (SAME_NETWORK, 10),
    ],
)
def test_logs_since_86_give_replay_files(name: str, layers: int, read_corpus: Read) -> None:
    assert len(replay(read_corpus(name)).layers) == layers


TENSOR = re.compile(
    r"(?:Input|Output) +\d:datatype=(\w+),stride=\(([\d, ]*)\),vectorized_dim=(-?\d+),components_per_element=(\d+)"
)
TYPES = {"float32": "DataType.FLOAT", "int64": "DataType.INT64"}


@pytest.fixture(scope="module")
def reported(corpus_dir: Path) -> dict[str, set[tuple[object, ...]]]:
    """What ``IAlgorithmSelector`` itself reported for each layer, as a program printed it."""
    found: dict[str, set[tuple[object, ...]]] = {}
    name, algorithm, tensors = "", (0, 0), []
    for line in (corpus_dir / "logs" / SELECTOR).read_text(encoding="utf-8").splitlines():
        if head := re.match(r"Layer (.+), nInput=", line):
            name = head[1]
        elif told := re.search(r"implementation\[ *(\d+)\],tactic\[ *(-?\d+)\]", line):
            algorithm, tensors = (int(told[1]), int(told[2])), []
        elif seen := TENSOR.search(line):
            strides = tuple(int(stride) for stride in seen[2].split(",") if stride.strip())
            tensors.append((TYPES[seen[1]], strides, int(seen[3]), int(seen[4])))
            found.setdefault(name, set()).add((*algorithm, *tensors))
    return found


def test_a_replay_file_names_layers_and_algorithms_as_the_selector_itself_reports_them(
    reported: dict[str, set[tuple[object, ...]]], read_corpus: Read
) -> None:
    layers = replay(read_corpus(SAME_NETWORK)).layers
    entries = {
        name: (
            entry["implementation"],
            entry["tactic"],
            *(
                (t["dtype"], tuple(t["strides"]), t["vectorized_dim"], t["components_per_element"])
                for t in (*entry["inputs"], *entry["outputs"])
            ),
        )
        for name, entry in layers.items()
    }

    assert set(layers) == set(reported)
    for name, entry in entries.items():
        assert entry[0] in {algorithm[0] for algorithm in reported[name]}
    # builds differ in what they choose: these layers got in this build what they got in that one
    same = {name for name, entry in entries.items() if entry in reported[name]}
    assert {"node_conv2d_1 + node_relu_1", "{ForeignNode[gemm1.weight...ONNXTRT_castHelper_9]}"} <= same
