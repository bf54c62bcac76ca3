"""The rules that a build must keep: from options, or from a TOML file."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from tacticlens.errors import UsageError
from tacticlens.errors import rules as refusals
from tacticlens.kernels import FAMILIES

Share = Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)]


class Rules(BaseModel):
    """What a build must keep; None or empty = no such rule.

    Attributes:
        min_gemm_share: least share of the engine's time in matrix products, 0 to 1.
        min_tensor_core_share: least share of the time on Tensor Cores, proven by kernel names.
        max_reformat_share: most share of the time in reformats, copies, permutations and shuffles.
        forbid_family: families that no layer of the engine may have.
        max_unread: most lines of the log that may be left unread.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    min_gemm_share: Share = None
    min_tensor_core_share: Share = None
    max_reformat_share: Share = None
    forbid_family: Annotated[tuple[str, ...], Field(strict=False)] = ()
    max_unread: Annotated[int | None, Field(ge=0)] = None

    @field_validator("forbid_family", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("forbid_family")
    @classmethod
    def _exist(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = next((family for family in value if family not in FAMILIES), None)
        if unknown is not None:
            raise ValueError(unknown)
        return value

    @property
    def empty(self) -> bool:
        """Tell whether there is no rule."""
        return not self.model_dump(exclude_defaults=True)

    def over(self, other: Rules) -> Rules:
        """Return these rules, and those of `other` where these have none."""
        return Rules(**{**other.model_dump(exclude_defaults=True), **self.model_dump(exclude_defaults=True)})


def rules_of(source: str | None = None, /, **values: object) -> Rules:
    """Return the rules with these values.

    Args:
        source: what to call their origin in errors: the name of a file; None = options.
        values: by the names of `Rules`.

    Raises:
        UsageError: an unknown name, a wrong type, a value outside of its range.
    """
    try:
        return Rules.model_validate(values)
    except ValidationError as error:
        raise _first(error, source) from None


def rules_from_toml(text: str, name: str) -> Rules:
    """Return the rules of the table [check] of a TOML text.

    Args:
        text: the TOML.
        name: what to call it in errors.

    Raises:
        UsageError: no TOML, no table [check], an unknown key, a wrong type or value.
    """
    # the same reader: in the standard library since Python 3.11, its backport before
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        data = toml.loads(text)
    except toml.TOMLDecodeError as error:
        raise refusals.no_toml(name, str(error)) from None
    except (RecursionError, ValueError):  # brackets in brackets, a number of thousands of digits
        raise refusals.no_toml(name, "") from None
    section = data.pop("check", None)
    if data:
        raise refusals.key_outside(name, next(iter(data)))
    if not isinstance(section, dict):
        raise refusals.no_check_table(name)
    return rules_of(name, **section)


def _first(error: ValidationError, source: str | None) -> UsageError:
    """Return the first thing that is wrong."""
    wrong = error.errors(include_url=False)[0]
    key = str(wrong["loc"][0])
    if wrong["type"] == "extra_forbidden":
        return refusals.unknown_rule(source, key, list(Rules.model_fields))
    if wrong["type"] == "value_error":
        family = str(wrong["ctx"]["error"])
        near = next(iter(get_close_matches(family, FAMILIES, 1)), None)
        return refusals.no_such_family(source, key, family, near, FAMILIES)
    return refusals.wrong_limit(source, key, wrong["input"])
