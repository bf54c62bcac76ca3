"""The roots of the contract: the page as a whole, and its parts."""

from __future__ import annotations

from typing import Literal

from tacticlens.report import contract
from tacticlens.report.fleet_contract import Fleet


class Page(contract.Model):
    """The whole page but for its larger parts."""

    kind: Literal["log", "diff", "matrix", "fleet"]
    title: str
    version: str
    families: list[contract.FamilyColour]
    logs: list[contract.Log]
    diff: contract.Diff | None = None
    matrix: contract.Matrix | None = None
    fleet: Fleet | None = None


class Contract(contract.Model):
    """Roots of the contract: the page, and its parts."""

    page: Page
    details: contract.Details
    build_times: contract.BuildTimes
