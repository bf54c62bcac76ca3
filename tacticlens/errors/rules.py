"""The rules of `check` are not what they must be."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import repr as shortened

from tacticlens.errors import refusal

_MUST_BE = {
    "forbid_family": 'a list of families, ["reformat", "copy"]',
    "max_unread": "a whole number of lines, 0 or more",
}
_SHARE = "a number from 0 to 1; shares go from 0 to 1, 0.9 is 90 %"


@refusal
def no_toml(source: str, why: str) -> str:
    return f"{source}: not valid TOML: {why or 'nested too deeply, or a number too long'}"


@refusal
def key_outside(source: str, key: str) -> str:
    return f"{source}: unknown key {shortened(key)}; rules stand below [check]"


@refusal
def no_check_table(source: str) -> str:
    return f"{source}: has no table [check]; write [check], and below it min_gemm_share = 0.9"


@refusal
def unknown_rule(source: str | None, key: str, rules: Sequence[str]) -> str:
    return f"{_at(source)}unknown key {shortened(key)}; there are {', '.join(rules)}"


@refusal
def no_such_family(
    source: str | None, key: str, family: str, near: str | None, families: Sequence[str]
) -> str:
    """Refuse a family that does not exist; `near` is the one that is most like it."""
    meant = f"did you mean '{near}'? " if near else ""
    return f"{_at(source)}{key}: no family {shortened(family)}; {meant}the families are {', '.join(families)}"


@refusal
def wrong_limit(source: str | None, rule: str, value: object) -> str:
    return f"{_at(source)}{rule} is {shortened(value)}; it must be {_MUST_BE.get(rule, _SHARE)}"


def _at(source: str | None) -> str:
    return "" if source is None else f"{source}: "
