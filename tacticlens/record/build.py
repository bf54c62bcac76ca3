"""The process that builds: ``python -m tacticlens.record.build SETTINGS``.

Every message of the builder goes to standard output, which is the log, in trtexec's line format and at once: what
was printed is on disk however the process ends. A process of its own, because a builder may crash, and because
Ctrl-C must not run through the library's own frames.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from tacticlens.record.configure import RefusedError, configure, load_cache, read_network
from tacticlens.record.log_writer import LogWriter, echo
from tacticlens.record.settings import BuildSettings

_MIB = 1 << 20


def _logger(trt: Any, log: LogWriter) -> Any:
    """Return an ILogger; its class can be made once the module is there."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # the binding wants this call by name, not through super()

        def log(self, severity: Any, msg: str) -> None:
            log.message(severity.name, msg)

    return Logger()


def _save(settings: BuildSettings, plan: Any, config: Any, log: LogWriter) -> None:
    log.say(f"Created engine with size: {plan.nbytes / _MIB:.6g} MiB")
    if settings.engine is not None:
        Path(settings.engine).write_bytes(plan)
    if settings.timing_cache is not None:
        cache = config.get_timing_cache()
        data = cache.serialize() if cache is not None else None
        if data is not None:
            Path(settings.timing_cache).write_bytes(data)


def has_gpu() -> bool:
    """Tell whether the CUDA driver is there and sees a GPU."""
    import ctypes

    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
    except OSError:
        return False
    number = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(number)) == 0 and number.value > 0


def _inspect(trt: Any, settings: BuildSettings, plan: Any, logger: Any, log: LogWriter) -> None:
    """Write the inspector's JSON, if there is a GPU that can load the engine.

    The engine may be for another GPU than the one that is here: that is no failure of the build.
    """
    if settings.inspector is None or not has_gpu():
        return
    try:
        engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
        if engine is not None:
            text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
            Path(settings.inspector).write_text(text, encoding="utf-8")
            return
        reason = "it cannot be loaded on this GPU"
    except (OSError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
    log.message("WARNING", f"tacticlens: the engine is built but was not inspected: {reason}", library=False)


def build(settings: BuildSettings, log: LogWriter) -> bool:
    """Build one engine, with everything that TensorRT says going to ``log``; return whether there is one."""
    trt = import_module(settings.module)
    version = ".".join(str(trt.__version__).split(".")[:3])
    log.status("RUNNING", settings, version)
    echo(settings, version, log)
    began = time.monotonic()
    try:
        logger = _logger(trt, log)
        builder = trt.Builder(logger)
        definition = read_network(trt, settings, builder, logger, log)
        config = configure(trt, settings, builder, definition)
        load_cache(trt, settings, config)
        plan = builder.build_serialized_network(definition, config)
        if plan is None:
            log.status("FAILED", settings, version)
            return False
        log.say(f"Engine built in {time.monotonic() - began:.6g} sec.")
        _save(settings, plan, config, log)
        _inspect(trt, settings, plan, logger, log)
    except (RefusedError, OSError, TypeError, ValueError, RuntimeError) as error:
        # pybind11 turns what the library refuses into the last three
        reason = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, OSError) and error.filename:
            reason = f"{error.filename}: cannot be read or written ({error.strerror})"
        log.message("ERROR", f"tacticlens: {reason}", library=False)
        log.status("FAILED", settings, version)
        return False
    log.status("PASSED", settings, version)
    return True


def _end_with_the_command() -> None:
    """End when the command that started this process has ended: its end of standard input closes."""
    while os.read(0, 1 << 16):
        pass
    os._exit(1)


def _write_all(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Build what the argument says; exit code 0 if there is an engine."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command takes Ctrl-C, and ends this process
    threading.Thread(target=_end_with_the_command, daemon=True).start()
    log = LogWriter(_write_all)
    built = build(BuildSettings.from_json(sys.argv[1]), log)
    sys.stdout.flush()
    os._exit(0 if built else 1)  # without the library's own clean-up, which may crash and has nothing to say


if __name__ == "__main__":
    main()
