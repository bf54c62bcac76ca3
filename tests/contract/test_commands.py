"""Every command against every kind of bad and odd input: an exit code, one true line, never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tacticlens.cli.app import main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
COMPOSED = FIXTURES / "composed"
RECORDED = FIXTURES / "recorded"
PLAIN = COMPOSED / "trt861.log"
EDITABLE = COMPOSED / "trt10-editable.log"
PINS = FIXTURES / "pins" / "trt10-editable.json"

COMMANDS: dict[str, list[str]] = {
    "parse": ["parse", "LOG"],
    "parse-json": ["parse", "LOG", "--format", "json"],
    "parse-ndjson": ["parse", "LOG", "--format", "ndjson"],
    "parse-csv": ["parse", "LOG", "--format", "csv", "-o", "OUT"],
    "parse-parquet": ["parse", "LOG", "--format", "parquet", "-o", "OUT"],
    "parse-table": ["parse", "LOG", "--table", "tactics"],
    "tactics": ["tactics", "LOG"],
    "explain": ["explain", "LOG", "stem"],
    "query": ["query", "LOG", "SELECT count(*) AS n FROM tactics"],
    "check": ["check", "LOG", "--min-gemm-share", "0.1", "--max-unread", "100000"],
    "findings": ["findings", "LOG"],
    "pin": ["pin", "LOG"],
    "pin-file": ["pin", "LOG", "-f", "json", "-o", "OUT"],
    "pin-verify": ["pin", "--verify", str(PINS), "LOG"],
    "pin-polygraphy": ["pin", "LOG", "--polygraphy"],
    "onnx": ["onnx", "LOG", "MODEL"],
    "advise": ["advise", "LOG", "--onnx", "MODEL", "-o", "OUT"],
}
"""Every command that reads a log; LOG and OUT stand for paths."""


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Run:
    """Return a function that runs a command in this process and holds it to the contract."""

    def command(name: str, log: Path | str) -> Said:
        arguments = [
            {"LOG": str(log), "OUT": str(tmp_path / "out"), "MODEL": str(tmp_path / "small.onnx")}.get(
                part, part
            )
            for part in COMMANDS[name]
        ]
        if "MODEL" in COMMANDS[name]:
            model_file(tmp_path / "small.onnx")
        capfdbinary.readouterr()
        code = main(arguments)
        out, err = (stream.decode("utf-8", "replace") for stream in capfdbinary.readouterr())
        said = Said(code, out, err)
        hold(said)
        return said

    return command


def hold(said: Said) -> None:
    """Hold what a command said to the contract."""
    assert said.code in {0, 1, 2}
    assert "Traceback" not in said.out + said.err
    lines = said.err.splitlines()
    if said.code == 2:
        assert len(lines) == 1, said.err
        assert lines[0].startswith("tacticlens: error: ")
    else:
        assert "error: " not in said.err
    assert "\x1b" not in said.out + said.err


def model_file(path: Path) -> None:
    """Write a small ONNX model."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install 'tacticlens[onnx]'")
    value = onnx.helper.make_tensor_value_info
    node = onnx.helper.make_node("Relu", ["x"], ["y"], name="stem")
    graph = onnx.helper.make_graph([node], "g", [value("x", 1, [2])], [value("y", 1, [2])])
    onnx.save(
        onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8), path
    )


def onnx_file() -> bytes:
    """A protobuf that begins as an ONNX model does: version of the format, and who wrote it."""
    producer = b"pytorch"
    return b"\x08\x08\x12" + bytes([len(producer)]) + producer + b"\x1a\x052.4.0:" + bytes(range(256)) * 8


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path, "no such file"),
    "directory": (lambda path: path.mkdir(), "is a directory"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "random": (lambda path: path.write_bytes(random.Random(7).randbytes(70_000)), "binary"),
    "onnx": (lambda path: path.write_bytes(onnx_file()), "ONNX model"),
    "prose": (lambda path: path.write_text("Dear reader,\nno builder spoke here.\n"), "none of its 2 lines"),
    "long-line": (lambda path: path.write_bytes(b"A" * 200_000), "none of its 1 lines"),
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_log_is_refused_in_one_line_that_names_file_kind_and_remedy(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    make, word = BAD[kind]
    path = tmp_path / "input.log"
    make(path)
    said = run(name, path)

    assert said.code == 2
    assert said.out == ""
    assert str(path) in said.err
    assert word in said.err


@pytest.mark.parametrize("name", COMMANDS)
def test_a_gzip_that_is_cut_in_half_gives_what_was_read_and_says_so(
    run: Run, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "cut.log.gz"
    whole = gzip.compress(PLAIN.read_bytes())
    path.write_bytes(whole[: len(whole) // 2])
    said = run(name, path)

    if name in {"parse", "findings"} and said.code == 0:
        assert "not read completely" in " ".join(said.out.split())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("log", ["trt5", "trt7", "trt85", "trt10", "trt10-profiles", "trt10-editable"])
def test_a_log_that_is_cut_anywhere_gives_a_true_partial_result(
    run: Run, tmp_path: Path, name: str, log: str
) -> None:
    whole = (COMPOSED / f"{log}.log").read_bytes()
    path = tmp_path / "cut.log"
    offsets = range(100, len(whole), 100)
    # every command sees other offsets: together the commands see most of them
    for offset in random.Random(name + log).sample(offsets, 7):
        path.write_bytes(whole[:offset])
        run(name, path)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_very_long_line_inside_a_log_is_no_trouble(run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / "long.log"
    # all commands read in one way: one of them gets the line of ten megabytes
    length = 10_000_000 if name == "parse" else 200_000
    path.write_bytes(PLAIN.read_bytes() + b"DEBUG: " + b"x" * length + b"\n")

    assert run(name, path).code == run(name, PLAIN).code


NOTHING_TRIED = {
    "load-engine": "&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --loadEngine=a.plan\n"
    "[01/02/2024-10:00:00] [I] Engine loaded in 0.01 sec.\n&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec\n",
    "not-verbose": "&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --onnx=a.onnx\n"
    "[01/02/2024-10:00:00] [I] Engine built in 4.1 sec.\n&&&& PASSED TensorRT.trtexec [TensorRT v8601] # trtexec\n",
}


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("kind", NOTHING_TRIED)
def test_a_log_without_tactics_says_what_it_is_and_how_to_get_them(
    run: Run, tmp_path: Path, name: str, kind: str
) -> None:
    path = tmp_path / "quiet.log"
    path.write_text(NOTHING_TRIED[kind])
    said = run(name, path)

    if name in {"tactics", "explain", "check"} or name.startswith("pin"):
        assert said.code == 2
    if name in {"parse", "tactics", "findings"}:
        assert "--verbose" in said.out + said.err


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("log", sorted(path.name for path in RECORDED.glob("*.log")))
def test_a_log_of_tensorrt_rtx_gives_what_it_has(run: Run, name: str, log: str) -> None:
    run(name, RECORDED / log)


@pytest.mark.parametrize("name", [*COMMANDS])
def test_standard_input_is_read_like_a_file(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    of_file = run(name, PLAIN)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.read_bytes())))
    of_stdin = run(name, "-")

    assert of_stdin.code == of_file.code
    if "parse" not in name:
        assert of_stdin.out == of_file.out


@pytest.mark.parametrize("name", ["tactics", "explain", "query", "check"])
def test_colours_and_carriage_returns_in_a_log_change_nothing(run: Run, tmp_path: Path, name: str) -> None:
    dressed = tmp_path / "dressed.log"
    lines = PLAIN.read_text(encoding="utf-8").split("\n")[:-1]
    dressed.write_text("".join(f"\x1b[36m{line}\x1b[0m\r\n" for line in lines), encoding="utf-8", newline="")

    assert run(name, dressed).out == run(name, PLAIN).out


def test_every_json_is_json(run: Run, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for arguments in (
        ["parse", str(PLAIN), "-f", "json"],
        ["parse", str(PLAIN), str(PLAIN), "-f", "json"],
        ["tactics", str(PLAIN), "-f", "json"],
        ["explain", str(PLAIN), "stem", "-f", "json"],
        ["query", str(PLAIN), "SELECT * FROM engine_layers", "-f", "json"],
        ["check", str(PLAIN), "--max-unread", "9", "-f", "json"],
        ["findings", str(PLAIN), "-f", "json"],
        ["kernel", "sm80_xmma_gemm_f16f16_f16f32_f32_tn_n", "-f", "json"],
        ["schema"],
        ["schema", "tactics"],
        ["schema", "pins"],
        ["pin", str(EDITABLE), "-f", "json"],
        ["pin", "--verify", str(PINS), str(EDITABLE), "-f", "json"],
        ["pin", str(PLAIN), "--polygraphy", "-f", "json"],
    ):
        capfdbinary.readouterr()
        assert main(arguments) in {0, 1}
        json.loads(capfdbinary.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["parse"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["parse", str(PLAIN), "--table", "nope"], "no table 'nope'"),
        (["parse", str(PLAIN), "-f", "csv"], "need a directory"),
        (["parse", str(PLAIN), "-f", "yaml"], "yaml"),
        (["tactics", str(PLAIN), "--layer", "("], "not a regular expression"),
        (["tactics", str(PLAIN), "--layer", "nowhere"], "no layer matches"),
        (["tactics", str(PLAIN), "--family", "gem"], "no family 'gem'"),
        (["tactics", str(PLAIN), "--runner", "Nobody"], "no runner 'Nobody'; its runners are"),
        (["tactics", str(PLAIN), "--build", "7"], "no build 7"),
        (["tactics", str(COMPOSED / "trt5.log"), "--in-engine"], "layers of the engine are not in this log"),
        (["explain", str(PLAIN), "e"], "is part of the names of"),
        (["explain", str(PLAIN), "stem/cnv 3x3 + stem/relu"], "near names"),
        (["query", str(PLAIN), "SELECT"], "the query cannot be answered"),
        (["check", str(PLAIN)], "no rule to check"),
        (["check", str(PLAIN), "--min-gemm-share", "90"], "shares go from 0 to 1"),
        (["check", str(PLAIN), "--rules", "/nowhere.toml"], "cannot be read"),
        (["findings", str(PLAIN), "--goal", "2"], "--goal"),
        (["schema", "nope"], "no table 'nope'"),
        (["kernel"], "Missing argument"),
        (["pin"], "Missing argument"),
        (["pin", str(PLAIN)], "BuilderFlag.EDITABLE_TIMING_CACHE"),
        (["pin", str(EDITABLE), "--layer", "("], "not a regular expression"),
        (["pin", str(EDITABLE), "--layer", "nowhere"], "operations with keys are 'attn/query'"),
        (["pin", str(EDITABLE), "--tactic", "fast"], "is not a tactic hash"),
        (
            ["pin", str(EDITABLE), "--tactic", "0x1"],
            "was not evaluated for 'attn/query' (line 28); evaluated were 0x",
        ),
        (["pin", str(EDITABLE), "--build", "7"], "no build 7"),
        (["pin", str(COMPOSED / "trt85.log"), "--polygraphy"], "lacks the id of the implementation"),
        (["pin", "--verify", str(PINS), str(PLAIN)], "no key of an editable timing cache"),
        (["pin", "--verify", str(PINS), str(EDITABLE), "--layer", "x"], "--layer does not go with --verify"),
        (["pin", "--verify", str(PINS), "--apply", str(PINS), "x"], "do not go together"),
        (["pin", "--verify", "/nowhere.json", str(EDITABLE)], "/nowhere.json: the pins cannot be read"),
        (["pin", "--apply", str(PINS), "/nowhere.cache"], "/nowhere.cache: the timing cache cannot be read"),
        (["pin", "--apply", "/nowhere.json", str(PLAIN)], "the pins cannot be read"),
        (["pin", "--apply", str(PINS), str(FIXTURES)], "cannot be read (Is a directory)"),
    ],
)
def test_a_wrong_request_is_refused_in_one_line(
    capfdbinary: pytest.CaptureFixture[bytes], arguments: list[str], said: str
) -> None:
    code = main(arguments)
    out, err = (stream.decode() for stream in capfdbinary.readouterr())
    hold(Said(code, out, err))

    assert code == 2
    assert said in err


def test_an_output_that_cannot_be_written_is_refused(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for arguments in (
        ["parse", "LOG", "-f", "json"],
        ["tactics", "LOG", "-f", "csv"],
        ["query", "LOG", "SELECT 1 AS one"],
        ["pin", str(EDITABLE)],
        ["pin", "LOG", "--polygraphy"],
    ):
        code = main(
            [str(PLAIN) if part == "LOG" else part for part in arguments] + ["-o", "/proc/nowhere/out"]
        )
        out, err = (stream.decode() for stream in capfdbinary.readouterr())
        hold(Said(code, out, err))
        assert code == 2


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("mode", ["--verify", "--apply"])
def test_what_is_no_file_of_pins_is_refused(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], mode: str, kind: str
) -> None:
    path = tmp_path / "input.json"
    BAD[kind][0](path)
    code = main(["pin", mode, str(path), str(EDITABLE)])
    out, err = (stream.decode() for stream in capfdbinary.readouterr())
    hold(Said(code, out, err))

    assert code == 2
    assert str(path) in err


def test_verify_takes_its_two_files_in_either_order(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    said = []
    for arguments in ([str(PINS), str(EDITABLE)], [str(EDITABLE), str(PINS)]):
        assert main(["pin", "--verify", *arguments]) == 0
        said.append(capfdbinary.readouterr().out)

    assert said[0] == said[1]


def test_verify_fails_as_a_gate_where_a_pin_did_not_hold(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    code = main(["pin", "--verify", str(PINS), str(COMPOSED / "trt10-editable-new.log"), "-f", "json"])
    said = json.loads(capfdbinary.readouterr().out)

    assert (code, said["ok"]) == (1, False)
    assert said["counts"] == {"held": 1, "same_kernel": 1, "not_held": 1, "not_evaluated": 1, "absent": 1}


@pytest.mark.parametrize("name", ["parse", "tactics", "explain", "findings", "check", "pin-polygraphy"])
def test_colours_are_for_terminals_without_no_color(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], name: str
) -> None:
    arguments = [str(PLAIN) if part == "LOG" else part for part in COMMANDS[name]]
    monkeypatch.setattr("tacticlens.cli.output.to_terminal", lambda **_: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(arguments)
    coloured = capfdbinary.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main(arguments)
    plain = capfdbinary.readouterr().out

    assert b"\x1b[" in coloured
    assert b"\x1b[" not in plain


@pytest.mark.parametrize(
    "arguments",
    [
        ["parse", str(COMPOSED / "trt10.log"), "-f", "json"],
        ["tactics", str(COMPOSED / "trt10.log"), "-f", "ndjson"],
    ],
)
def test_a_reader_that_has_seen_enough_is_no_error(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "tacticlens", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (0, b"")


def test_help_of_every_command_is_printed_without_reading_anything() -> None:
    script = (
        "import sys\nfrom tacticlens.cli.app import main\nmain(['--help'])\n"
        "print([name for name in ('polars', 'lark', 'rich', 'pydantic') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    assert said.rstrip().endswith("[]")
    for command in ("parse", "tactics", "explain", "query", "check", "findings", "kernel", "pin", "schema"):
        assert f" {command} " in said
