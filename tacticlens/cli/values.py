"""Values of a command line that need no conversion: Typer loads pydantic, which takes 70 ms, for those too."""

from __future__ import annotations

from pathlib import Path
from types import NoneType
from typing import Any

_AS_TYPED = {str: str, Path: Path}


class _Values:
    """How a parameter gets its value: what is absent, a text or a path at once, the rest by Typer."""

    def __init__(self, parameter: Any) -> None:
        self._of_typer = parameter.get_runtime_param

    def __call__(self) -> _Values:
        return self

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the value that the command gets."""
        annotation = param.type_descriptor.annotation
        if value is None and param.nargs == 1 and not param.multiple:
            return None
        if annotation in _AS_TYPED and isinstance(value, str):
            return _AS_TYPED[annotation](value)
        if annotation == list[str]:
            return list(value or ())
        return self._of_typer().coerce(value, param=param, ctx=ctx)


def take_as_typed(command: Any) -> None:
    """Give a command and those under it their values without pydantic, where Typer would load it."""
    of_typer = command.get_params

    def get_params(ctx: Any) -> Any:
        parameters = of_typer(ctx)  # --help, too, which Typer makes when it is asked
        for parameter in parameters:
            if not isinstance(getattr(parameter, "get_runtime_param", None), (_Values, NoneType)):
                parameter.get_runtime_param = _Values(parameter)  # Typers before 0.29 convert by themselves
        return parameters

    command.get_params = get_params
    for one in getattr(command, "commands", {}).values():
        take_as_typed(one)
