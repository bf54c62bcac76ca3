"""A timing cache through TensorRT's own Python package: ``ITimingCache`` in editable mode.

The package is imported when a cache is opened. What is used of it: ``Logger``, ``Builder``,
``IBuilderConfig.set_flag`` and ``create_timing_cache``, ``BuilderFlag.EDITABLE_TIMING_CACHE``,
``ITimingCache.queryKeys``, ``query``, ``update`` and ``serialize``, ``TimingCacheKey.parse`` and
``TimingCacheValue``; all since TensorRT 10.8.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from tacticlens.errors import UsageError

_INVALID_HASH = 2**64 - 1
"""What the library returns as the hash of an entry that is not valid."""
_NEEDED = ("TimingCacheKey", "TimingCacheValue")
_INSTALL = "pip install 'tacticlens[tensorrt]' installs it; use the version that wrote the cache"


class TimingCache:
    """One timing cache, opened for editing.

    Args:
        data: the serialized cache.
        source: its name, for messages.
        module: name of the package, `tensorrt` except in tests.

    Raises:
        UsageError: the package is missing or too old, cannot work on this machine, or does not take the bytes.
    """

    def __init__(self, data: bytes, source: str, module: str = "tensorrt") -> None:
        self._trt = trt = _import(module)
        self.version: str = str(getattr(trt, "__version__", "of unknown version"))
        missing = [name for name in _NEEDED if not hasattr(trt, name)]
        if missing or not hasattr(trt.BuilderFlag, "EDITABLE_TIMING_CACHE"):
            message = f"TensorRT {self.version} cannot edit timing caches, 10.8 and later can; {_INSTALL}"
            raise UsageError(message)
        # the library writes what it thinks of bad bytes to standard error; it is trouble in one line below
        self._logger = trt.Logger(trt.Logger.INTERNAL_ERROR)
        try:
            self._builder = trt.Builder(self._logger)
            self._config = self._builder.create_builder_config()
            self._config.set_flag(trt.BuilderFlag.EDITABLE_TIMING_CACHE)
            self._cache = self._config.create_timing_cache(data)
        except (TypeError, RuntimeError, ValueError) as error:  # pybind11 turns a null pointer into these
            message = (
                f"{source}: TensorRT {self.version} cannot open it ({_one_line(error)}); is there a GPU here?"
            )
            raise UsageError(message) from None
        if self._cache is None:
            message = f"{source}: TensorRT {self.version} does not read it; it must be a timing cache of this version"
            raise UsageError(message)
        self._keys = {str(key).lower(): key for key in self._ask_keys(source)}

    def _ask_keys(self, source: str) -> list[Any]:
        try:
            return list(self._cache.queryKeys())
        except RuntimeError as error:
            message = f"{source}: TensorRT {self.version} cannot list its entries ({_one_line(error)})"
            raise UsageError(message) from None

    def keys(self) -> frozenset[str]:
        """Return the keys as 0x and 32 lower-case digits."""
        return frozenset(self._keys)

    def query(self, key: str) -> tuple[int, float] | None:
        """Return (tactic hash, milliseconds) of a key, None if there is no valid entry."""
        known = self._keys.get(key)
        if known is None:
            return None
        value = self._cache.query(known)
        if value.tacticHash == _INVALID_HASH or math.isnan(value.timingMSec) or value.timingMSec < 0:
            return None
        return int(value.tacticHash), float(value.timingMSec)

    def update(self, key: str, tactic_hash: int, time_ms: float) -> bool:
        """Write an entry; False if the library refuses it or has no such key.

        A time that is no number would delete the entry: it is refused here.
        """
        known = self._keys.get(key)
        if known is None or not math.isfinite(time_ms) or time_ms < 0:
            return False
        return bool(self._cache.update(known, self._trt.TimingCacheValue(tactic_hash, time_ms)))

    def serialize(self) -> bytes:
        """Return the cache as bytes."""
        return bytes(self._cache.serialize())


def _import(module: str) -> Any:
    try:
        return import_module(module)
    except (ImportError, OSError) as error:  # a library beside it that does not load is an OSError
        missing = isinstance(error, ModuleNotFoundError) and error.name == module
        trouble = "is not installed" if missing else f"does not load ({_one_line(error)})"
        message = f"the Python package {module} {trouble}, and only it can edit a timing cache; {_INSTALL}"
        raise UsageError(message) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
