"""Libraries of the extras, imported when something needs them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tacticlens.errors import refusal

_EXTRAS = {
    "deltalake": "fleet", "fsspec": "fleet", "s3fs": "s3", "dask": "dask", "distributed": "dask",
    "numpy": "onnx", "onnx": "onnx", "onnx_graphsurgeon": "onnx", "onnxruntime": "onnx",
}  # fmt: skip


def need(library: str) -> Any:
    """Return a library of an extra.

    Raises:
        UsageError: it is not installed, or does not load; the message says which extra brings it.
    """
    try:
        return import_module(library)
    except ImportError as error:
        why = None if isinstance(error, ModuleNotFoundError) else " ".join(str(error).split())[:200]
        raise no_library(library, why, _EXTRAS[library.partition(".")[0]]) from None


@refusal
def no_library(library: str, why: str | None, extra: str) -> str:
    """Refuse without a library; `why` it does not load, None where it is not installed."""
    state = "is not installed" if why is None else f"does not load ({why})"
    return f"the Python package {library} {state}; pip install 'tacticlens[{extra}]'"
