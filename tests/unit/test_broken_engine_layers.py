"""A line of an engine's list that is broken in two: both halves are counted as unread, what follows is read."""

from __future__ import annotations

import io

from tacticlens.log import Log, read_log

PREFIX = "[07/22/2022-16:22:29] [V] [TRT] "
TITLE = f"{PREFIX}Engine Layer Information:"
WHOLE = "Layer(CaskConvolution): whole, Tactic: 0x1, x[Float(1,3,28,28)] -> y[Float(1,3,28,28)]"
BEGIN = "Layer(CaskConvolution): a name"
END = "in two lines, Tactic: 0x2, y[Float(1,3,28,28)] -> z[Float(1,3,28,28)]"


def read(*lines: str) -> Log:
    return read_log(io.BytesIO("".join(f"{line}\n" for line in lines).encode()), processes=0)


def unread(log: Log) -> list[tuple[int, str, int, str]]:
    return log.tables.unread.select("line", "origin", "lines", "text").rows()


def counted(log: Log) -> dict[tuple[str, str], int]:
    return {(outcome, kind): lines for outcome, kind, lines in log.tables.ledger.iter_rows()}


def test_both_halves_of_a_broken_layer_are_unread_and_shown() -> None:
    log = read(TITLE, f"{PREFIX}{WHOLE}", BEGIN, END)

    assert unread(log) == [(3, "layer", 1, BEGIN), (4, "layer", 1, END)]
    assert counted(log)["unread", "layer"] == 2
    assert log.tables.engine_layers["name"].to_list() == ["whole"]


def test_a_tensor_without_a_name_keeps_its_other_fields() -> None:
    tensors = "Inputs: [ { Name: , Location: Device, Dimensions: [8,64], Format/Datatype: Half }]"
    log = read(TITLE, f"{PREFIX}Name: conv, LayerType: gemm, {tensors}, StreamId: 0")

    ((tensor,),) = log.tables.engine_layers["inputs"].to_list()
    assert (tensor["name"], tensor["dims"], tensor["dtype"]) == ("", ["8", "64"], "Half")


def test_only_one_line_is_the_second_half_of_a_broken_layer() -> None:
    log = read(TITLE, f"{PREFIX}{WHOLE}", BEGIN, END, END)

    assert [line for line, *_ in unread(log)] == [3, 4]
    assert counted(log)["unread", "layer"] == 2
    assert counted(log)["foreign", "text"] == 1


def test_a_line_without_tensors_is_no_second_half() -> None:
    log = read(TITLE, f"{PREFIX}{WHOLE}", BEGIN, "what another program prints")

    assert unread(log) == [(3, "layer", 1, BEGIN)]
    assert counted(log)["foreign", "text"] == 1


def test_a_broken_layer_is_no_name_of_a_detailed_list() -> None:
    """A detailed list may hold names alone, one a line: a line that begins as a layer of the short form is none."""
    log = read(f"{PREFIX}Engine Layer Information:\nLayers:\nfirst", BEGIN, END)

    assert [line for line, *_ in unread(log)] == [4, 5]
    assert BEGIN not in log.tables.engine_layers["name"].to_list()
