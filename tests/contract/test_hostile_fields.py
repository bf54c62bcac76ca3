"""Whatever stands in a field of a line: no command shows it so that a terminal or a page obeys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lark import Token, Tree
from scripted import load_script

from tacticlens.cli import output
from tacticlens.cli.app import main
from tacticlens.grammar.rules import STARTS, line_parser, line_rules
from tacticlens.grammar.scanner import line_scanner
from tacticlens.words import is_plain

ROOT = Path(__file__).resolve().parents[2]
COMPOSED = ROOT / "tests" / "fixtures" / "composed"
MODEL = ROOT / "tests" / "fixtures" / "profiled" / "convnet-fp16.onnx"
PREFIX = "[01/01/2026-00:00:00] [V] [TRT] "
CONTROLS = "\x00\x07\x08\x7f\x9b31m\u202e\u2066\u200b\u2028\ufe0f\u3164\U000e0041"
MARKDOWN = (
    "@octocat #1 GH-2 www.evil.example https://evil.example/?a=b me@evil.example :tada: ``` `x` | <img src=x> "
    "[a](b) ![c](d) **bold** da39a3ee5e6b4b0d3255bfef95601890afd80709 \\"
)
HOSTILE = (CONTROLS + MARKDOWN, CONTROLS + "@octocat", CONTROLS)
"""The first that a field takes is put there."""

EXAMPLE = re.compile(r"^// (?P<example>.*)\n(?P<rule>[a-z]\w*): ", re.MULTILINE)


alive = load_script("fuzz_program").alive


def examples() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "grammars").glob("*_line.lark"))]
    return [found["example"].rstrip() for text in texts for found in EXAMPLE.finditer(text)]


def tokens(message: str) -> list[Token]:
    """The fields of a message, with their places in it."""
    for start in STARTS:
        try:
            tree = line_parser().parse(message, start=start)
        except Exception:  # noqa: BLE001  it begins at the other start
            continue
        assert isinstance(tree, Tree)
        return list(tree.scan_values(lambda value: isinstance(value, Token)))
    return []


def with_hostile_field(message: str, field: Token) -> str | None:
    """The message with a hostile text in a field, if the rule still reads it."""
    scan = line_scanner().scan
    was = scan(message)
    assert was is not None
    begin, end = field.start_pos or 0, field.end_pos or 0
    for hostile in HOSTILE:
        for text in (hostile, field[:1] + hostile + field[1:], str(field) + hostile):
            changed = message[:begin] + text + message[end:]
            found = scan(changed)
            if found is not None and found[0] == was[0] and any(CONTROLS in (one or "") for one in found[1]):
                return changed
    return None


@pytest.fixture(scope="module")
def every_field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with a line for each field of each rule that takes a hostile text."""
    lines = []
    for message in examples():
        lines.append(message)
        lines += [one for field in tokens(message) if (one := with_hostile_field(message, field)) is not None]
    lines += ["a form that no rule reads " + hostile for hostile in HOSTILE]
    path = tmp_path_factory.mktemp("fields") / "build.log"
    path.write_text("".join(f"{PREFIX}{line}\n" for line in lines), encoding="utf-8", newline="")
    return path


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build whose layers, tensors and kernels have hostile names everywhere."""
    path = tmp_path_factory.mktemp("names") / "build.log"
    text = (COMPOSED / "trt861.log").read_text(encoding="utf-8")
    for name in ("stem/conv", "neck/mul", "head/dense", "shape_of_x", "x.1", "CudnnConvolution"):
        text = text.replace(name, f"{name}{CONTROLS}@octocat#1:tada:`{name}")
    text = text.replace("relu_small", f"relu{CONTROLS}_small")
    path.write_text(text, encoding="utf-8", newline="")
    return path


TEXTS = (
    ("parse", "{}"), ("parse", "--strict", "{}"), ("tactics", "{}"), ("tactics", "{}", "--layer", "nobody"),
    ("explain", "{}", "stem/conv"), ("explain", "{}", "nobody"), ("findings", "{}"),
    ("check", "{}", "--max-unread", "0"), ("check", "{}", "--min-gemm-share", "0.99"),
    ("diff", str(COMPOSED / "trt82.log"), "{}"), ("diff", "{}", "{}:7"),
    ("diff", "{}", str(COMPOSED / "trt10.log"), "{}"), ("pin", "{}"), ("query", "{}", "SELECT * FROM messages"),
    ("query", "{}", "SELECT * FROM tactics"), ("follow", "{}", "--idle", "0"), ("kernel", MARKDOWN + "\u202e"),
    ("report", "{}", "-o", "{}.html"), ("collect", "{}", "-o", "{}.dataset"), ("onnx", "{}", str(MODEL)),
    ("advise", "{}", "--onnx", str(MODEL)), ("finding", CONTROLS + "@octocat"),
    *(("fleet", question, "{}.dataset") for question in ("tactics", "noise", "outliers", "coverage", "trends")),
    ("fleet", "{}.dataset", "SELECT * FROM messages"),
    *(("parse", "{}", "--table", table) for table in ("layers", "tactics", "engine_layers", "unread", "options")),
)  # fmt: skip
PAGES = (
    ("findings", "{}", "--format", "markdown"),
    ("diff", str(COMPOSED / "trt82.log"), "{}", "--format", "markdown"),
    ("diff", "{}", str(COMPOSED / "trt10.log"), "{}", "--format", "markdown"),
)


def shown(command: tuple[str, ...], log: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> tuple[str, str]:
    dataset = Path(f"{log}.dataset")
    if command[0] == "fleet" and not dataset.exists():
        assert main(["collect", str(log), "-o", str(dataset)]) == 0
    capfdbinary.readouterr()
    code = main([one.replace("{}", str(log)) for one in command])
    out, errors = (stream.decode() for stream in capfdbinary.readouterr())
    assert code in {0, 1, 2}
    return out, errors


def strange(text: str) -> set[str]:
    return {character for character in text if character != "\n" and not is_plain(character)}


def test_most_fields_take_a_hostile_text(every_field: Path) -> None:
    text = every_field.read_text(encoding="utf-8")
    touched = sum(CONTROLS in line for line in text.split("\n"))

    assert touched > 150, touched
    assert len(line_rules()) < len(examples()) + 20


@pytest.mark.parametrize("log", ["every_field", "names"])
@pytest.mark.parametrize("command", TEXTS + PAGES, ids=" ".join)
def test_no_text_has_a_character_that_a_terminal_obeys_or_hides(
    command: tuple[str, ...],
    log: str,
    request: pytest.FixtureRequest,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    out, errors = shown(command, request.getfixturevalue(log), capfdbinary)

    assert (strange(out), strange(errors)) == (set(), set())


@pytest.mark.parametrize("log", ["every_field", "names"])
@pytest.mark.parametrize("command", PAGES, ids=" ".join)
def test_nothing_of_a_log_is_alive_in_markdown(
    command: tuple[str, ...],
    log: str,
    request: pytest.FixtureRequest,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    out, _ = shown(command, request.getfixturevalue(log), capfdbinary)

    assert alive(out) == ""


def test_what_is_alive_is_noticed() -> None:
    for text in (
        "see @octocat", "closes #1", "www.evil.example", "a `code` https://x", ":tada:", "<b>", "![a](b)", "[a](b)",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709", "GH-12", "`unclosed @octocat",
    ):  # fmt: skip
        assert alive(text), text
    assert alive("`@octocat` **plain** words, 12 %") == ""


@pytest.mark.parametrize("form", ["json", "csv", "ndjson"])
def test_data_on_a_terminal_has_escapes_and_in_a_pipe_is_exact(
    form: str, names: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("tactics", "{}", "--format", form)
    exact, _ = shown(command, names, capfdbinary)
    monkeypatch.setattr(output, "to_terminal", lambda **_: True)
    seen, _ = shown(command, names, capfdbinary)

    assert "\u202e" in exact
    assert strange(seen) == set()
    assert "\\u202e" in seen
