"""The action of docs/github-action.md: it is YAML, its commands run, and it keeps to one comment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOC = ROOT / "docs" / "github-action.md"
COMPOSED = ROOT / "tests" / "fixtures" / "composed"
OLD, NEW = COMPOSED / "trt82.log", COMPOSED / "trt861.log"
MARK = "<!-- tacticlens-diff -->"


def blocks() -> list[dict[Any, Any]]:
    return [
        yaml.safe_load(text)
        for text in re.findall(r"```yaml\n(.*?)^```", DOC.read_text(), re.DOTALL | re.MULTILINE)
    ]


def step(name: str) -> dict[str, Any]:
    (found,) = (one for one in blocks()[0]["runs"]["steps"] if one["name"] == name)
    return found


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH on which tacticlens is this one."""
    tools = tmp_path / "tools"
    tools.mkdir()
    tool = tools / "tacticlens"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tacticlens "$@"\n')
    tool.chmod(0o755)
    return f"{tools}{os.pathsep}{os.environ['PATH']}"


def shell(script: str, **environment: object) -> subprocess.CompletedProcess[str]:
    """Run a script as the runner does."""
    told = {name: str(value) for name, value in environment.items()}
    base = {"HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, env={**base, **told}, capture_output=True, text=True, check=False)


def compare(tmp_path: Path, path: str, old: Path, new: Path, fail_on: str = "") -> tuple[str, dict[str, str]]:
    """Run the first step; return its summary and its outputs."""
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    done = shell(
        step("Compare")["run"], PATH=path, OLD=old, NEW=new, FAIL_ON=fail_on, TOP=15, RUNNER_TEMP=tmp_path,
        GITHUB_STEP_SUMMARY=summary, GITHUB_OUTPUT=output,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return summary.read_text(), dict(line.split("=", 1) for line in output.read_text().splitlines())


def test_action_and_workflow_name_each_other_and_their_inputs() -> None:
    action, workflow = blocks()
    (used,) = (one for one in workflow["jobs"]["compare"]["steps"] if "tensorrt-diff" in one["uses"])

    assert set(used["with"]) <= set(action["inputs"])
    assert {name for name, told in action["inputs"].items() if told.get("required")} <= set(used["with"])
    assert workflow["permissions"]["pull-requests"] == "write"
    assert f"{used['uses'].removeprefix('./')}/action.yml" in DOC.read_text()
    assert all(one["shell"] == "bash" for one in action["runs"]["steps"])


def test_no_expression_stands_in_a_script_where_it_could_become_code() -> None:
    assert not [one["name"] for one in blocks()[0]["runs"]["steps"] if "${{" in one["run"]]


def test_the_summary_is_the_comparison_and_the_job_passes(tmp_path: Path, path: str) -> None:
    summary, outputs = compare(tmp_path, path, OLD, NEW)

    assert summary.startswith(f"{MARK}\n## ")
    assert "kernel changed" in summary
    assert outputs["code"] == "0"
    assert shell(step("Judge")["run"], CODE=outputs["code"]).returncode == 0


def test_conditions_of_the_workflow_are_those_of_the_command(tmp_path: Path, path: str) -> None:
    told = blocks()[1]["jobs"]["compare"]["steps"][-1]["with"]["fail-on"]
    summary, outputs = compare(tmp_path, path, OLD, NEW, told)

    assert outputs["code"] == "1"  # the second log is slower
    assert "failed on slower:5%" in summary
    assert shell(step("Judge")["run"], CODE=outputs["code"]).returncode == 1


def test_what_cannot_be_read_fails_with_its_reason_in_the_summary(tmp_path: Path, path: str) -> None:
    summary, outputs = compare(tmp_path, path, OLD, tmp_path / "nowhere.log")

    assert outputs["code"] == "2"
    assert "no such file" in summary


def test_paths_that_begin_with_a_dash_are_paths(tmp_path: Path, path: str) -> None:
    (tmp_path / "-o.log").write_bytes(OLD.read_bytes())
    script = f'cd "{tmp_path}"\n' + step("Compare")["run"]
    summary, told = tmp_path / "summary.md", tmp_path / "output"
    done = shell(
        script, PATH=path, OLD="-o.log", NEW=NEW, FAIL_ON="", TOP=15, RUNNER_TEMP=tmp_path,
        GITHUB_STEP_SUMMARY=summary, GITHUB_OUTPUT=told,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "code=0" in told.read_text()
    assert "kernel changed" in summary.read_text()


def test_what_was_said_cannot_end_its_block(tmp_path: Path, path: str) -> None:
    summary, _ = compare(tmp_path, path, tmp_path / "``` @octocat.log", NEW)

    assert "    tacticlens: error: " in summary
    assert all(not line.startswith("```") for line in summary.splitlines())


@pytest.mark.parametrize(("known", "method"), [("", "POST"), ("17\n23\n", "PATCH")])
def test_a_comment_is_made_once_and_then_changed(tmp_path: Path, path: str, known: str, method: str) -> None:
    calls = tmp_path / "calls"
    tool = tmp_path / "tools" / "gh"
    tool.write_text(
        f'#!/bin/sh\necho "$*" | tr "\\n" " " >> "{calls}"\necho >> "{calls}"\n'
        'case "$*" in *--paginate*) printf "%s" "$KNOWN";; esac\n'
    )
    tool.chmod(0o755)
    report = tmp_path / "report.md"
    report.write_text(f"{MARK}\n## a → b\n")
    done = shell(
        step("Comment")["run"], PATH=path, REPORT=report, REPOSITORY="me/nets", NUMBER=5, KNOWN=known
    )
    asked, told = calls.read_text().splitlines()

    assert done.returncode == 0, done.stderr
    assert "owner=me -F name=nets -F number=5" in asked
    assert "select(.viewerDidAuthor and " in asked
    assert f"--method {method} repos/me/nets/issues/" in told
    assert told.split()[3] == (
        "repos/me/nets/issues/comments/17" if known else "repos/me/nets/issues/5/comments"
    )
    assert told.rstrip().endswith(f"body=@{report}")


def test_a_comparison_that_is_too_long_for_a_comment_says_where_it_is(tmp_path: Path, path: str) -> None:
    tool = tmp_path / "tools" / "gh"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    report = tmp_path / "report.md"
    report.write_text(f"{MARK}\n" + "x" * 70_000)
    shell(step("Comment")["run"], PATH=path, REPORT=report, REPOSITORY="me/nets", NUMBER=5)

    assert report.read_text().startswith(MARK)
    assert "summary of the run" in report.read_text()
