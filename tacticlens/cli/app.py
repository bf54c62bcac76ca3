"""The command line: every command is one call of the library, then text, file and exit code."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer
from typer import BadParameter

from tacticlens.cli import output
from tacticlens.cli.help import COMMANDS, Root, add_help
from tacticlens.cli.values import take_as_typed

_USAGE_ERROR: type[BadParameter] = BadParameter.__mro__[2]  # ClickException, wherever Typer keeps it

_INTERRUPTED = 130

_ROOM = {"onnx": "onnx_map"}
"""Command -> its file, where that has another name; the function in it is named after the command."""


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"tacticlens {version('tacticlens')}")
        raise typer.Exit


def _main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    pass


def _wanted(arguments: list[str]) -> tuple[str, ...]:
    """Return the commands that a command line can lead to: the help of all needs none of them."""
    first = arguments[0] if arguments else "--help"
    if first in COMMANDS:
        return (first,)
    return () if first in {"-h", "--help", "--version"} else COMMANDS


def _application(commands: tuple[str, ...]) -> typer.Typer:
    """Return the command line with these commands; Typer works through every option of each that it has."""
    app = typer.Typer(
        name="tacticlens",
        help="Read the verbose build log of TensorRT: which kernel each layer got, what else was tried, how much "
        "of the time is GEMM on Tensor Cores.",
        cls=Root,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in commands:
        command = getattr(import_module(f"tacticlens.cli.{_ROOM.get(name, name)}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    add_help(app)
    app.callback()(_main)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 fine, 1 a gate failed, 2 it cannot be done."""
    given = sys.argv[1:] if arguments is None else arguments
    completes = any(name.startswith("_TACTICLENS") for name in os.environ)
    command = typer.main.get_command(_application(COMMANDS if completes else _wanted(given)))
    take_as_typed(command)
    try:
        result = command.main(args=arguments, prog_name="tacticlens", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        result = _INTERRUPTED
    except _USAGE_ERROR as error:
        return _usage(error)
    except (typer.Abort, EOFError):
        return _fail("stopped")
    except Exception as error:
        from tacticlens.errors import TacticLensError

        if isinstance(error, (TacticLensError, OSError)):
            return _fail(str(error))
        raise
    if result == _INTERRUPTED:  # Typer makes this number of Ctrl-C, and says nothing
        output.warn("interrupted")
    return result if isinstance(result, int) else 0


def _usage(error: BadParameter) -> int:
    """Say what is wrong with a command line, and whose help to read; print the help itself where nothing was asked."""
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(f"{message}\n")
        return 0
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "tacticlens"
    message = message.strip().rstrip(".")
    return _fail(f"{message}{' ' if message.endswith('?') else '; '}'{path} --help' shows the usage")


def _fail(message: str) -> int:
    output.warn(f"error: {' '.join(message.split())}")
    return 2
