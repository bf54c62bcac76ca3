"""The built wheel and sdist: all of the project is in them, nothing else, and the wheel works far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

from tacticlens.grammar.parsers import READY

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "tests" / "fixtures" / "composed" / "trt10.log"
IN_SDIST = {"tacticlens", "grammars", "tests", "scripts", "docs", "examples", "explorer"}

pytestmark = pytest.mark.xdist_group("wheel")  # built once, not once per worker


def python(*arguments: str, cwd: Path, path: Path | None = None) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path is not None:
        environment["PYTHONPATH"] = os.pathsep.join([str(path), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    python("-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT), cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("target")
    (wheel,) = built.glob("*.whl")
    python("-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel), cwd=target)
    return target


def sources(folder: str) -> set[str]:
    """Files under a folder of the checkout, without what Python and editors leave there."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }


def test_the_wheel_holds_the_package_and_the_grammars_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert names == sources("tacticlens") | {f"tacticlens/{name}" for name in sources("grammars")}
    assert "tacticlens/py.typed" in names
    assert "tacticlens/grammars/log_line.lark" in names


def test_the_wheel_carries_parser_tables_that_fit_its_grammars(installed: Path, tmp_path: Path) -> None:
    code = (
        "from tacticlens.grammar import parsers, ready;"
        "print(*(n for n in parsers.READY if ready.read(n, parsers.grammar(n), parsers.OPTIONS[n])))"
    )
    ready = python("-c", code, cwd=tmp_path, path=installed).split()

    assert ready == list(READY)


def test_the_wheel_carries_the_licence_and_the_command(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        parts = {name.split(".dist-info/")[1]: name for name in archive.namelist() if ".dist-info/" in name}
        scripts = archive.read(parts["entry_points.txt"]).decode()

    assert "licenses/LICENSE" in parts
    assert "tacticlens = tacticlens.__main__:main" in scripts


def test_the_sdist_holds_what_the_wheel_and_the_tests_need_and_nothing_foreign(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    top = {name.split("/")[0] for name in names}
    files = {name for name in top - IN_SDIST if not name.endswith(".md")}

    made = {name for name in sources("tacticlens") if name.startswith("tacticlens/grammar/ready/")}
    assert (sources("tacticlens") - made) | sources("grammars") <= names
    assert LOG.relative_to(ROOT).as_posix() in names
    assert files == {"LICENSE", "PKG-INFO", "pyproject.toml", ".gitignore", "hatch_build.py"}


def test_the_installed_package_is_imported_from_where_it_was_installed(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "import sys, tacticlens, tacticlens.log;"
        "from tacticlens.grammar.rules import line_rules; line_rules();"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('tacticlens')), sep='\\n')"
    )
    files = [Path(line) for line in python("-c", code, cwd=tmp_path, path=installed).splitlines()]

    assert len(files) > 3
    assert [file for file in files if not file.is_relative_to(installed)] == []


def test_the_installed_command_reads_a_log(installed: Path, tmp_path: Path) -> None:
    code = (
        "import sys, tacticlens.__main__ as command;"
        f"assert command.__file__.startswith({str(installed)!r}), command.__file__;"
        "sys.argv[0] = 'tacticlens'; command.main()"
    )
    arguments = ("parse", str(LOG), "--format", "json")
    told = json.loads(python("-m", "tacticlens", *arguments, cwd=tmp_path, path=installed))

    assert len(told["tactics"]) > 0
    assert sum(row["lines"] for row in told["ledger"]) == told["log"]["lines"]
    assert json.loads(python("-c", code, *arguments, cwd=tmp_path, path=installed)) == told
