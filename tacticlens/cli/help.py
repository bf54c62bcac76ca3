"""The help of all commands in one place: in which group each stands, what it does in one line, two examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from typer.core import TyperGroup

if TYPE_CHECKING:
    import typer


class Entry(NamedTuple):
    """What the help says of a command: one line that fits 80 columns, and two examples with what they do."""

    line: str
    first: tuple[str, str]
    second: tuple[str, str]


GROUPS: dict[str, dict[str, Entry]] = {
    "Look": {
        "parse": Entry(
            "What is in a log: GEMM and Tensor Core share, slowest layers",
            ("tacticlens parse build.log", "one screen"),
            ("tacticlens parse build.log -f csv -o tables/", "every table as a file"),
        ),
        "tactics": Entry(
            "The candidates of each layer: tried, won, in the engine",
            ("tacticlens tactics build.log --layer conv1", "candidates of the layers that match"),
            ("tacticlens tactics build.log --in-engine --sort time", "what runs, the slowest first"),
        ),
        "explain": Entry(
            "Why one layer got its kernel, and what another would cost",
            ("tacticlens explain build.log layer3.0.conv2", "a layer, an ONNX node, or a part of the name"),
            ("tacticlens explain build.log :12", "the layer at position 12 of the engine"),
        ),
        "kernel": Entry(
            "What a kernel name says: family, Tensor Cores, types, tile",
            ("tacticlens kernel sm80_xmma_gemm_f16f16_f16f32_f32_tn_n_tilesize128x64x64_stage3", "one name"),
            ("tacticlens kernel - -f csv < names.txt", "a name per line"),
        ),
        "report": Entry(
            "One HTML page to explore a build, without a network",
            ("tacticlens report build.log -o build.html", "write the page"),
            ("tacticlens report build.log --open", "and open it"),
        ),
    },
    "Ask": {
        "findings": Entry(
            "What stands out, what it costs, what to do about it",
            ("tacticlens findings build.log", "one line each"),
            ("tacticlens findings build.log --code TL005", "reason, advice and log lines of one kind"),
        ),
        "finding": Entry(
            "What a kind of finding means",
            ("tacticlens finding TL005", "by its code"),
            ("tacticlens finding transpose-pair -f markdown", "by its name"),
        ),
        "query": Entry(
            "SQL over the tables of a log",
            ('tacticlens query build.log "SELECT runner, count(*) FROM tactics GROUP BY runner"', "count"),
            ('tacticlens query build.log "SELECT * FROM engine_layers" -f parquet -o e.parquet', "as a file"),
        ),
        "onnx": Entry(
            "Where each ONNX node went, what each kernel carries",
            ("tacticlens onnx build.log model.onnx", "both directions"),
            ("tacticlens onnx build.log model.onnx --gpu 'RTX 4090'", "with the roofline of this GPU"),
        ),
        "advise": Entry(
            "Which edits of the ONNX graph are safe and may help",
            ("tacticlens advise build.log --onnx model.onnx", "say what to edit"),
            ("tacticlens advise build.log --onnx model.onnx -o fixed.onnx", "and write the edited model"),
        ),
        "schema": Entry(
            "The tables and their JSON Schema",
            ("tacticlens schema", "of the whole export"),
            ("tacticlens schema tactics", "of the rows of one table"),
        ),
    },
    "Compare": {
        "diff": Entry(
            "What changed between builds, and whether it is noise",
            ("tacticlens diff old.log new.log", "two builds; two.log:1 two.log:2 in one file"),
            ("tacticlens diff old.log new.log -f markdown --fail-on slower:5%", "for a pull request"),
        ),
        "collect": Entry(
            "Add logs to a dataset that grows",
            ("tacticlens collect logs/ -o dataset", "only what is new is read"),
            ("tacticlens collect logs/*.gz -o dataset --label night=2026-01-31", "with a label"),
        ),
        "fleet": Entry(
            "Query a dataset of many logs",
            ("tacticlens fleet trends dataset", "what got slower, and since when"),
            ('tacticlens fleet dataset "SELECT gpu, count(*) FROM log GROUP BY gpu"', "SQL"),
        ),
    },
    "Gate": {
        "check": Entry(
            "Check a build against rules: exit code 1 if one is broken",
            ("tacticlens check build.log --min-gemm-share 0.9", "one rule"),
            ("tacticlens check build.log --rules rules.toml", "rules of a file"),
        ),
    },
    "Keep": {
        "pin": Entry(
            "Keep the tactics of one build in the next",
            ("tacticlens pin build.log -o pins.json", "write down what the build chose"),
            ("tacticlens pin --verify pins.json new.log", "exit code 1 if a pin did not hold"),
        ),
        "record": Entry(
            "Build an ONNX model and keep the log",
            ("tacticlens record model.onnx -o build.log --fp16", "with TensorRT, or TensorRT-RTX"),
            ("tacticlens record model.onnx -o build.log --compute-capability 8.9", "without a GPU"),
        ),
        "follow": Entry(
            "How far a running build has got",
            ("tacticlens follow build.log", "until the build ends"),
            ("tacticlens follow build.log && tacticlens parse build.log", "and then what is in it"),
        ),
    },
}
"""Group -> command -> what the help says of it, in the order of the help."""


class FullHelpGroup(TyperGroup):
    """A group of commands whose help has their first sentences whole."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands and what they do."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([
                (name, (command.help or "").partition("\n\n")[0].replace("\n", " "))
                for name, command in commands.items() if command is not None
            ])  # fmt: skip


COMMANDS = tuple(name for entries in GROUPS.values() for name in entries)
"""The names of all commands, in the order of the help."""


class Root(TyperGroup):
    """The command of all commands: its help names them in groups, each in one whole line."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the signature is Typer's
        """Write a section per group."""
        for group, entries in GROUPS.items():
            with formatter.section(group):
                formatter.write_dl([(f"{name:<8}", entry.line) for name, entry in entries.items()])


def add_help(app: typer.Typer) -> None:
    """Give every command its examples."""
    entries = {name: entry for group in GROUPS.values() for name, entry in group.items()}
    for command in app.registered_commands:
        if command.name in entries:
            command.epilog = examples(entries[command.name])


def examples(entry: Entry) -> str:
    """Return the examples as they stand below the help of a command; the first mark keeps the lines as they are."""
    lines = [
        line for command, what in (entry.first, entry.second) for line in (f"  # {what}", f"  {command}")
    ]
    return "\b\nExamples:\n" + "\n".join(lines)
