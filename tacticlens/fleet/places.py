"""Where logs and datasets are: paths, globs, folders and addresses such as ``s3://bucket/logs``, all through fsspec."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacticlens.errors.fleet import cannot_list, no_file_system, no_logs
from tacticlens.extras import need

_LOGS = (".log", ".txt")
_PACKED = (".gz", ".xz", ".zst")
_STAMPS = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "created")
"""What file systems call that which changes when a file is written again, the surest first."""


@dataclass(frozen=True)
class Found:
    """A log that can be collected.

    Attributes:
        address: absolute path, or address with its protocol.
        bytes: size of the file as it lies there, compressed or not.
        stamp: changes when the file does.
    """

    address: str
    bytes: int
    stamp: str


def file_system(address: str) -> tuple[Any, str]:
    """Return the fsspec file system of an address, and the path in it.

    Raises:
        UsageError: nothing installed serves such addresses.
    """
    fsspec = need("fsspec")
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise no_file_system(address, str(error)) from None
    return system, path


def is_local(address: str) -> bool:
    """Tell whether an address is a path of this machine."""
    return "://" not in address


def absolute(address: str) -> str:
    """Return an address that means the same from every folder."""
    return os.path.abspath(address) if is_local(address) else address.rstrip("/")  # noqa: PTH100  keeps symbolic links


def find(sources: Iterable[str]) -> list[Found]:
    """Return the logs behind paths, globs, folders and addresses, each once, in order of their addresses.

    Of a folder, files named .log or .txt are taken, compressed ones too, with those of the folders in it.

    Raises:
        UsageError: a source names nothing.
    """
    found: dict[str, Found] = {}
    for source in sources:
        logs = list(_behind(source))
        if not logs:
            raise no_logs(source)
        found |= {log.address: log for log in logs}
    return [found[address] for address in sorted(found)]


def _behind(source: str) -> Iterator[Found]:
    if is_local(source):
        yield from _on_this_machine(source)
        return
    system, path = file_system(source)
    try:
        if system.isdir(path):
            infos = [info for name, info in system.find(path, detail=True).items() if _is_log_name(name)]
        elif any(sign in path for sign in "*?[") and not system.exists(path):
            infos = [info for info in system.glob(path, detail=True).values() if info["type"] == "file"]
        else:
            infos = [system.info(path)]
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_list(source, str(error)) from None
    for info in infos:
        yield Found(system.unstrip_protocol(info["name"]), int(info["size"] or 0), _stamp(info))


def _on_this_machine(source: str) -> Iterator[Found]:
    from glob import glob

    path, seen = Path(source), set[str]()
    if path.is_dir():
        # folders behind symbolic links are left out: they may lead round in a circle
        names = [
            str(Path(folder) / name)
            for folder, _, files in os.walk(path)
            for name in files
            if _is_log_name(name)
        ]
    else:
        names = [source] if path.exists() else glob(source, recursive=True)  # noqa: PTH207  a whole pattern
    for name in sorted(names, key=len):
        real = os.path.realpath(name)
        if real in seen:
            continue
        seen.add(real)
        try:
            facts = Path(name).stat()
        except OSError:  # a link that leads nowhere, or a file that has just gone
            continue
        if Path(name).is_file():
            yield Found(absolute(name), facts.st_size, f"{facts.st_size}-{facts.st_mtime_ns}")


def _is_log_name(name: str) -> bool:
    plain = name.lower()
    for ending in _PACKED:
        plain = plain.removesuffix(ending)
    return plain.endswith(_LOGS)


def _stamp(info: dict[str, Any]) -> str:
    changes = next((info[key] for key in _STAMPS if info.get(key) is not None), "")
    return f"{info['size']}-{changes}"


def scan_options(address: str) -> dict[str, str] | None:
    """Return what polars and delta-rs must be told to reach an address; they take the rest from the environment.

    fsspec follows ``AWS_ENDPOINT_URL`` to a server of plain HTTP, they only when told.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if is_local(address) or not endpoint:
        return None
    return {"aws_endpoint_url": endpoint, "aws_allow_http": str(endpoint.startswith("http://")).lower()}
