"""Libraries of the extras, imported when a command needs them."""

from __future__ import annotations

import importlib
from types import ModuleType

from tacticlens.errors import UsageError

_EXTRAS = {"deltalake": "fleet", "fsspec": "fleet", "s3fs": "s3", "dask": "dask", "distributed": "dask"}


def need(library: str) -> ModuleType:
    """Return a library of an extra.

    Raises:
        UsageError: it is not installed; the message says which extra brings it.
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        extra = _EXTRAS[library.partition(".")[0]]
        message = f"this needs {library}, which is not installed: pip install 'tacticlens[{extra}]'"
        raise UsageError(message) from None
