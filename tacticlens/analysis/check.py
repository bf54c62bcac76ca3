"""A gate for continuous integration: the rules a build must keep, and where it breaks them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any

import polars as pl

from tacticlens.errors import UsageError
from tacticlens.kernels import FAMILIES
from tacticlens.tables.shares import Shares, engines, profiles, shares
from tacticlens.tables.table_set import TableSet

_SHARES = ("min_gemm_share", "min_tensor_core_share", "max_reformat_share")
_NAMED = 5
_REMEDY = "build with --verbose so that tactics are timed, or add --dumpProfile"
_ROUNDING = 1e-9
"""A share of exactly the limit is kept, however its sum was rounded."""


@dataclass(frozen=True)
class Rules:
    """What a build must keep; None or empty = not asked.

    Attributes:
        min_gemm_share: least share of the engine's time in matrix products, 0 to 1.
        min_tensor_core_share: least share of the time on Tensor Cores, proven by kernel names.
        max_reformat_share: most share of the time in reformats, copies, permutations and shuffles.
        forbid_family: families that no layer of the engine may have.
        max_unread: most lines of the log that may be left unread.
    """

    min_gemm_share: float | None = None
    min_tensor_core_share: float | None = None
    max_reformat_share: float | None = None
    forbid_family: tuple[str, ...] = ()
    max_unread: int | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            UsageError: a share outside of 0 to 1, a family that does not exist, a negative count.
        """
        for name in _SHARES:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                message = f"{name} is {value:g}; shares go from 0 to 1, 0.9 is 90 %"
                raise UsageError(message)
        unknown = [name for name in self.forbid_family if name not in FAMILIES]
        if unknown:
            message = f"forbid_family: no family {unknown[0]!r}; the families are {', '.join(FAMILIES)}"
            raise UsageError(message)
        if self.max_unread is not None and self.max_unread < 0:
            message = f"max_unread is {self.max_unread}; give 0 or more lines"
            raise UsageError(message)

    @property
    def asked(self) -> bool:
        """Tell whether there is any rule."""
        return any(getattr(self, part.name) not in (None, ()) for part in fields(self))

    def over(self, other: Rules) -> Rules:
        """Return these rules, filled up with others where these do not say."""
        mine = {part.name: getattr(self, part.name) for part in fields(self)}
        return Rules(
            **{name: getattr(other, name) if value in (None, ()) else value for name, value in mine.items()}
        )


def rules_from_toml(text: str, name: str) -> Rules:
    """Return the rules of the table [check] of a TOML text.

    Args:
        text: the TOML.
        name: what to call it in errors.

    Raises:
        UsageError: no TOML, no table [check], an unknown key or a wrong type.
    """
    # the same reader: in the standard library since Python 3.11, its backport before
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        data = toml.loads(text)
    except toml.TOMLDecodeError as error:
        message = f"{name}: no valid TOML: {error}"
        raise UsageError(message) from None
    except (RecursionError, ValueError):  # brackets in brackets, a number of thousands of digits
        message = f"{name}: no valid TOML: nested too deeply, or a number too long"
        raise UsageError(message) from None
    table = data.get("check")
    if not isinstance(table, Mapping):
        message = (
            f"{name}: has no table [check]; write [check] and below it, for example, min_gemm_share = 0.9"
        )
        raise UsageError(message)
    known = [part.name for part in fields(Rules)]
    for key in [*(key for key in data if key != "check"), *(key for key in table if key not in known)]:
        message = f"{name}: unknown key {key!r}; the table [check] has the keys {', '.join(known)}"
        raise UsageError(message)
    try:
        return Rules(**{key: _typed(key, value, name) for key, value in table.items()})
    except UsageError as error:
        message = str(error) if str(error).startswith(f"{name}: ") else f"{name}: {error}"
        raise UsageError(message) from None


def _typed(key: str, value: Any, name: str) -> Any:
    if key == "forbid_family":
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        wanted = 'a list of families, ["reformat", "copy"]'
    elif key == "max_unread":
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        wanted = "a whole number of lines"
    else:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
        wanted = "a number from 0 to 1"
    message = f"{name}: {key} is {value!r}; it must be {wanted}"
    raise UsageError(message)


@dataclass(frozen=True)
class Verdict:
    """One rule, judged at one place.

    Attributes:
        rule: name of the rule.
        where: what was judged: an engine, an optimization profile, the log.
        ok: kept; None = it cannot be judged.
        value: the number that was judged.
        limit: the limit.
        detail: what to know beside the number: what is not known, which layers.
        lines: lines of the log to look at.
    """

    rule: str
    where: str
    ok: bool | None
    value: float | None
    limit: float | None
    detail: str = ""
    lines: tuple[int, ...] = field(default=())


def check(tables: TableSet, rules: Rules) -> list[Verdict]:
    """Judge a log: one verdict per rule and engine, or optimization profile of it."""
    verdicts = [verdict for where, told in _places(tables) for verdict in _shares(rules, where, told)]
    if not verdicts and any(getattr(rules, name) is not None for name in _SHARES):
        why = "the log prints no layers of an engine: it ends too early, or was not written with --verbose"
        verdicts = [Verdict(name, "log", None, None, getattr(rules, name), why)
                    for name in _SHARES if getattr(rules, name) is not None]  # fmt: skip
    verdicts += [_family(tables, family) for family in rules.forbid_family]
    if rules.max_unread is not None:
        verdicts.append(_unread(tables, rules.max_unread))
    return verdicts


def _places(tables: TableSet) -> Iterator[tuple[str, Shares]]:
    """Yield what has times of its own: every engine, every optimization profile of one."""
    numbers = engines(tables)
    for number in numbers:
        name = f"engine {number}" if number is not None else "engine that no build of the log made"
        builds = profiles(tables, number)
        if len(builds) < 2:
            yield name, shares(tables, number)
            continue
        for build in builds:
            told = tables["builds"].filter(pl.col("build").eq_missing(build))["profile"].to_list()
            yield f"{name}, optimization profile {told[0] if told else '–'}", shares(tables, number, build)


def _shares(rules: Rules, where: str, told: Shares) -> Iterator[Verdict]:
    unknown = (
        f"for {told.tensor_core_unknown:.1%} of the time the log does not tell"
        if told.tensor_core_unknown
        else ""
    )
    regions = (
        f"{told.untold:.1%} of the time is in fused regions and in no named operation" if told.untold else ""
    )
    untimed = (
        f"{_layers(told.untimed_layers)} no time and {'is' if told.untimed_layers == 1 else 'are'} left out"
        if told.untimed_layers
        else ""
    )
    asked = (
        ("min_gemm_share", told.gemm, (regions, untimed)),
        ("min_tensor_core_share", told.tensor_core, (unknown, untimed)),
        ("max_reformat_share", told.reformat, (regions, untimed)),
    )
    for name, value, details in asked:
        limit = getattr(rules, name)
        if limit is None:
            continue
        detail = "; ".join(part for part in details if part)
        if value is not None and told.untimed_layers * 2 > told.working_layers:
            # a share of the few layers with a time says nothing of the engine
            why = f"{told.untimed_layers} of {told.working_layers} working layers have no time in the log"
            yield Verdict(name, where, None, None, limit, f"{why}; {_REMEDY}")
        elif value is None:
            yield Verdict(name, where, None, None, limit, f"the log tells no time of its layers; {_REMEDY}")
        else:
            ok = value >= limit - _ROUNDING if name.startswith("min_") else value <= limit + _ROUNDING
            yield Verdict(name, where, ok, value, limit, detail)


def _layers(number: int) -> str:
    return "1 working layer has" if number == 1 else f"{number} working layers have"


def _family(tables: TableSet, family: str) -> Verdict:
    layers = tables["engine_layers"]
    if layers.is_empty():
        why = "the log prints no layers of an engine: it ends too early, or was not written with --verbose"
        return Verdict("forbid_family", family, None, None, 0, why)
    places = pl.concat([
        layers.filter(pl.col("family") == family).select("name", "line"),
        tables["engine_ops"].filter(pl.col("family") == family).select(pl.col("op").alias("name"), "line"),
    ])  # fmt: skip
    names = [name or "?" for name in places["name"].to_list()]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    detail = ", ".join(names[:_NAMED]) + more
    lines = tuple(places["line"].drop_nulls().to_list()[:_NAMED])
    if not names:
        unknown = len(layers.filter(pl.col("family").is_in(["unknown", "myelin"])))
        detail = (
            f"{unknown} layers of the engine are fused regions or unknown and may hide some"
            if unknown
            else ""
        )
    return Verdict("forbid_family", family, not names, len(names), 0, detail, lines)


def _unread(tables: TableSet, limit: int) -> Verdict:
    lines = sum(count for outcome, _, count in tables["ledger"].iter_rows() if outcome == "unread")
    shapes = tuple(tables["unread"]["line"].head(_NAMED).to_list())
    return Verdict("max_unread", "log", lines <= limit, lines, limit, "", shapes)
