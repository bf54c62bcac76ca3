"""The shape of the house: imports point one way, heavy libraries stay in their rooms, files stay short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("imports")  # one worker reads all of it once

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tacticlens"

ORDER = (
    {"words", "lazy"},
    {"errors"},
    {"extras"},
    {"network"},
    {"ingest"},
    {"grammar"},
    {"kernels"},
    {"schema"},
    {"events"},
    {"assemble"},
    {"tables"},
    {"join"},
    {"records"},
    {"analysis", "diff", "export", "pin"},
    {"fleet"},
    {"views"},
    {"report"},
    {"log", "notebook"},
    {"cli"},
)
"""The rooms, each below those that may import it. Rooms of one step do not import each other."""

NARROW = {"kernels": {"errors", "grammar"}, "record": {"errors"}, "network": {"errors", "extras"}}
"""Rooms that may import less than stands below them."""

SPEAKING = {"errors", "extras", "views", "report", "cli"}
"""Rooms that write sentences: only they may import what spells numbers and lists."""

AT_THE_DOOR = {"__init__", "__main__"}
"""Modules above all rooms: what is public, and the command."""

HOMES = {
    "lark": ("grammar/",),
    "typer": ("cli/",),
    "rich": ("cli/", "views/"),
    "jinja2": ("views/html",),
    "tensorrt": ("record/", "record.py"),
    "tensorrt_rtx": ("record/", "record.py"),
    "loky": ("events/", "fleet/engines"),
    "deltalake": ("fleet/",),
    "distributed": ("fleet/",),
    "fsspec": ("fleet/",),
    "onnx": ("network/",),
    "onnx_graphsurgeon": ("network/",),
    "onnxruntime": ("network/",),
}
"""Where a library may be imported: the begin of the path inside the package."""

NOT_AT_HOME = {"rich": ("views/html", "views/markdown")}
"""Where it may not, although the place is inside one of its homes: these views are no terminals."""

LONGEST = 500


@cache
def modules() -> dict[str, ast.Module]:
    """Syntax trees by path inside the package."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


@cache
def imports_of(path: str) -> tuple[tuple[int, str], ...]:
    """(line, full module name) of all imports of a module, those in functions and for typing too."""
    return tuple(imported(modules()[path]))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, (
                f"line {node.lineno}: write imports in full, so that they can be read alone"
            )
            if node.module == "tacticlens":
                yield from ((node.lineno, f"tacticlens.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def room_of(path: str) -> str:
    """The first part of a path inside the package: a folder or a module."""
    return path.split("/", maxsplit=1)[0].removesuffix(".py")


def step_of(room: str) -> int:
    return next((step for step, rooms in enumerate(ORDER) if room in rooms), 0)


def allowed(room: str) -> set[str]:
    """Rooms that a room may import."""
    below = set[str]().union(*ORDER)
    if room not in AT_THE_DOOR:
        below = NARROW.get(room) or set[str]().union(*ORDER[: step_of(room)])
        below = below if room in SPEAKING else below - {"words"}
    if room == "cli":
        below |= {"record"}
    return below | {room}


def test_every_room_has_its_place_in_the_order() -> None:
    known = set[str]().union(*ORDER) | NARROW.keys() | AT_THE_DOOR
    assert {room_of(path) for path in modules()} <= known


def test_imports_point_one_way() -> None:
    against = [
        f"{path}:{line} imports {name}"
        for path in modules()
        for line, name in imports_of(path)
        if name.split(".")[0] == "tacticlens" and ".".join(name.split(".")[1:2]) not in allowed(room_of(path))
    ]
    assert against == []


def test_no_two_modules_need_each_other() -> None:
    names = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in modules()}
    graph = {
        name: {one.removeprefix("tacticlens.") for _, one in imports_of(path)} & names.keys()
        for name, path in names.items()
        if name not in AT_THE_DOOR
    }
    TopologicalSorter(graph).prepare()  # names the circle if there is one


def test_a_room_never_imports_the_package_as_a_whole() -> None:
    whole = [
        f"{path}:{line}"
        for path in modules()
        for line, name in imports_of(path)
        if name == "tacticlens" and room_of(path) not in {"cli", *AT_THE_DOOR}
    ]
    assert whole == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_in_its_rooms_only(library: str) -> None:
    strays = [
        f"{path}:{line}"
        for path in modules()
        for line, name in imports_of(path)
        if name.split(".")[0] == library
        and (not path.startswith(HOMES[library]) or path.startswith(NOT_AT_HOME.get(library, ("\0",))))
    ]
    assert strays == []


def test_only_the_command_line_prints() -> None:
    prints = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if room_of(path) != "cli"
    ]
    assert prints == []


def test_files_stay_readable_in_one_sitting() -> None:
    written = [
        path
        for folder in ("tacticlens", "grammars", "tests", "scripts")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".lark", ".sh"} and "fixtures" not in path.relative_to(ROOT).parts
    ]
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in written
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST
    }
    assert len(written) > 40
    assert long == {}
