"""A fleet of logs cannot be found, labelled or asked."""

from __future__ import annotations

from collections.abc import Sequence

from tacticlens.errors import refusal


@refusal
def no_dataset(address: str) -> str:
    return f"{address}: is not a dataset; make one with: tacticlens collect LOG... -o {address}"


@refusal
def newer_dataset(version: int, here: int) -> str:
    return f"the dataset has tables of schema {version}, this tacticlens reads up to {here}: update it"


@refusal
def cannot_tidy(address: str, why: str) -> str:
    return f"{address}: small parts cannot be made one ({why}); the dataset is as it was, run tidy again"


@refusal
def no_repeats(address: str, logs: int, source: str, version: str | None, gpu: str | None) -> str:
    return (
        f"{address}: none of its {logs:,} logs repeats {source}: same network, TensorRT "
        f"{version or 'of unknown version'} and {gpu or 'a GPU that the log does not name'}"
    )


@refusal
def no_logs(source: str) -> str:
    return f"{source}: no log there; name files, a glob in quotes, or a folder of .log or .txt files (or .gz .xz .zst)"


@refusal
def no_file_system(address: str, why: str) -> str:
    return f"{address}: {why}; s3:// needs pip install 'tacticlens[s3]'"


@refusal
def cannot_list(source: str, why: str) -> str:
    return f"{source}: cannot be listed ({why}); check the address and its credentials"


@refusal
def no_label(option: str) -> str:
    return f"--label {option}: write it as name=value, for example model=resnet50"


@refusal
def unreadable_manifest(path: str, why: str) -> str:
    return f"{path}: cannot be read as CSV or JSON ({why}); CSV has a header line with the column log"


@refusal
def no_list_of_logs(path: str) -> str:
    return f"{path}: is not a list of objects, each with log and labels"


@refusal
def row_without_log(path: str, row: int) -> str:
    return f"{path}: row {row} has no log; each row names a log, the other columns are its labels"


@refusal
def no_label_value(path: str, row: int, type_: str) -> str:
    return f"{path}: row {row}: a label has a name and one value, not {type_}"


@refusal
def wrong_label_name(where: str, name: str) -> str:
    return f"{where} {name!r} cannot be the name of a label: lower-case letters, digits and _, a letter first"


@refusal
def label_is_column(where: str, name: str) -> str:
    return f"{where} {name} is a column of the tables already; call the label {name}_label, for example"


@refusal
def no_such_label(name: str, labels: Sequence[str]) -> str:
    return f"there is no label {name!r}; the dataset has {', '.join(labels) or 'none'}"


@refusal
def no_order(labels: Sequence[str]) -> str:
    return (
        f"which label orders the logs? name it with --over: {', '.join(labels)}; collect with --label "
        "night=2026-11-24, or a manifest, gives logs one"
    )


@refusal
def nothing_like_it() -> str:
    return "say what the layers are like, for example --like 'conv 3x3 64->64'"


@refusal
def not_one_layer(log: str, address: str, layer: str, matches: int) -> str:
    found = (
        f"{matches} layers of {log} contain {layer!r}" if matches else f"no layer of {log} contains {layer!r}"
    )
    return f"{found}; 'tacticlens parse {address} --table engine_layers' lists them"


@refusal
def no_tensors(log: str, layer: str) -> str:
    return f"{log} does not print the tensors of {layer}; name another log, or use --like"


@refusal
def not_one_log(dataset: str, log: str, matches: int) -> str:
    found = f"{matches} logs of the dataset are named {log}" if matches else f"no log of the dataset is {log}"
    return f"{found}; tacticlens fleet {dataset} 'SELECT address, sha256 FROM collected' lists them"
