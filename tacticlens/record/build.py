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
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from tacticlens.record.settings import BuildSettings

_LETTERS = {"INTERNAL_ERROR": "F", "ERROR": "E", "WARNING": "W", "INFO": "I", "VERBOSE": "V"}
_MIB = 1 << 20


class _RefusedError(Exception):
    """The build cannot be done; the text is one line for the log."""


class LogWriter:
    """Writes messages as trtexec does, each with one system call.

    Args:
        write: takes the bytes of a message.
        clock: gives the time of a message.
    """

    def __init__(self, write: Callable[[bytes], Any], clock: Callable[[], datetime] = datetime.now) -> None:
        self._write, self._clock = write, clock

    def message(self, severity: str, text: str, *, library: bool = True) -> None:
        """Write one message; the library's have ``[TRT]``, trtexec's own have not."""
        letter, source = _LETTERS.get(severity, "V"), "[TRT] " if library else ""
        line = f"[{self._clock():%m/%d/%Y-%H:%M:%S}] [{letter}] {source}{text}\n"
        self._write(line.encode("utf-8", "replace"))

    def say(self, text: str) -> None:
        """Write a message of the program itself."""
        self.message("INFO", text, library=False)

    def status(self, status: str, settings: BuildSettings, version: str) -> None:
        """Write a status line: RUNNING, PASSED or FAILED."""
        digits = "".join(f"{int(part):02d}" for part in version.split(".")[:3] if part.isdecimal())
        program = "TensorRT.tensorrt-rtx" if settings.module == "tensorrt_rtx" else "TensorRT.tacticlens"
        self._write(f"&&&& {status} {program} [TensorRT v{digits}] # {settings.command}\n".encode())


def _logger(trt: Any, log: LogWriter) -> Any:
    """Return an ILogger; its class can be made once the module is there."""

    class Logger(trt.ILogger):  # type: ignore[misc]
        def __init__(self) -> None:
            trt.ILogger.__init__(self)  # the binding wants this call by name, not through super()

        def log(self, severity: Any, msg: str) -> None:
            log.message(severity.name, msg)

    return Logger()


def _echo(settings: BuildSettings, version: str, log: LogWriter) -> None:
    """Print the options as trtexec does, so that they are in the table of options."""
    log.say("=== Model Options ===")
    log.say("Format: ONNX")
    log.say(f"Model: {settings.model}")
    log.say("=== Build Options ===")
    workspace = "default" if settings.workspace_mib is None else f"{settings.workspace_mib:g} MiB"
    log.say(f"Memory Pools: workspace: {workspace}")
    precision = "+".join(("FP32", *(name.upper() for name in settings.precisions)))
    typed = settings.strongly_typed or settings.module == "tensorrt_rtx"
    log.say(f"Precision: {'Strongly Typed' if typed else precision}")
    log.say(f"Save engine: {settings.engine or ''}")
    log.say(f"Profiling verbosity: {settings.verbosity}")
    log.say(f"timingCacheFile: {settings.timing_cache or ''}")
    level = settings.optimization_level
    log.say(f"BuilderOptimizationLevel: {'-1' if level is None else level}")
    for number, shapes in enumerate(settings.profiles):
        for tensor, sides in shapes.items():
            text = "+".join("x".join(map(str, side)) for side in sides)
            log.say(f"Input build shape (profile {number}): {tensor}={text}")
    log.say("=== Device Information ===")
    for capability in settings.capabilities:
        log.say(f"Compute Capability: {capability}")
    log.say(f"TensorRT version: {version}")


def _network(trt: Any, settings: BuildSettings, builder: Any, logger: Any, log: LogWriter) -> Any:
    flags = trt.NetworkDefinitionCreationFlag.__members__
    wanted = ["EXPLICIT_BATCH", *(["STRONGLY_TYPED"] if settings.strongly_typed else [])]
    if settings.strongly_typed and "STRONGLY_TYPED" not in flags:
        message = f"TensorRT {trt.__version__} has no strongly typed networks"
        raise _RefusedError(message)
    definition = builder.create_network(sum(1 << int(flags[name]) for name in wanted if name in flags))
    parser = trt.OnnxParser(definition, logger)
    log.say("Start parsing network model.")
    began = time.monotonic()
    if not parser.parse_from_file(settings.model):
        errors = [_parser_error(parser.get_error(number)) for number in range(parser.num_errors)]
        message = f"the ONNX parser refuses {settings.model}: {errors[0] if errors else 'it says no more'}"
        raise _RefusedError(" ".join(message.split()))
    if getattr(definition, "num_layers", 1) == 0:
        message = f"{settings.model} holds no network; is it an ONNX model?"
        raise _RefusedError(message)
    log.say(f"Finished parsing network model. Parse time: {time.monotonic() - began:.6g}")
    return definition


def _parser_error(error: Any) -> str:
    """Return what an error says, with the node where the version names it (TensorRT 10 and later)."""
    name, operator = getattr(error, "node_name", None), getattr(error, "node_operator", None)
    if name is None or operator is None:
        return str(error.desc())
    return f"{operator()} {name()}: {error.desc()}"


def _set_precisions(trt: Any, settings: BuildSettings, config: Any) -> None:
    flags = trt.BuilderFlag.__members__
    for name in settings.precisions:
        if name.upper() not in flags:
            message = (
                f"{settings.module} {trt.__version__} has no {name} option: its networks are strongly typed; "
                "write the types into the ONNX model"
            )
            raise _RefusedError(message)
        config.set_flag(flags[name.upper()])
    if not settings.tf32 and "TF32" in flags:
        config.clear_flag(flags["TF32"])


def _config(trt: Any, settings: BuildSettings, builder: Any, definition: Any) -> Any:
    config = builder.create_builder_config()
    if hasattr(trt, "ProfilingVerbosity"):  # since 8.2
        config.profiling_verbosity = trt.ProfilingVerbosity.__members__[settings.verbosity.upper()]
    _set_precisions(trt, settings, config)
    if settings.workspace_mib is not None:
        limit = int(settings.workspace_mib * _MIB)
        if hasattr(config, "set_memory_pool_limit"):  # since 8.4
            config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, limit)
        else:
            config.max_workspace_size = limit
    if settings.optimization_level is not None:
        if not hasattr(config, "builder_optimization_level"):
            message = f"TensorRT {trt.__version__} has no optimization level"
            raise _RefusedError(message)
        config.builder_optimization_level = settings.optimization_level
    if settings.capabilities:
        targets = trt.ComputeCapability.__members__
        names = [f"SM{capability.replace('.', '')}" for capability in settings.capabilities]
        unknown = [name for name in names if name not in targets]
        if unknown:
            known = ", ".join(name.removeprefix("SM") for name in targets if name.startswith("SM"))
            message = (
                f"{settings.module} {trt.__version__} does not build for {unknown[0]}; it knows SM {known}"
            )
            raise _RefusedError(message)
        config.num_compute_capabilities = len(names)
        for index, name in enumerate(names):
            config.set_compute_capability(targets[name], index)
    _add_profiles(settings, builder, config, definition)
    return config


def _add_profiles(settings: BuildSettings, builder: Any, config: Any, definition: Any) -> None:
    inputs = {definition.get_input(number).name for number in range(definition.num_inputs)}
    for shapes in settings.profiles:
        profile = builder.create_optimization_profile()
        for tensor, (least, best, most) in shapes.items():
            if tensor not in inputs:
                message = f"the network has no input {tensor}; its inputs are {', '.join(sorted(inputs))}"
                raise _RefusedError(message)
            profile.set_shape(tensor, tuple(least), tuple(best), tuple(most))
        config.add_optimization_profile(profile)


def _load_cache(trt: Any, settings: BuildSettings, config: Any) -> None:
    if settings.editable_timing_cache:
        flags = trt.BuilderFlag.__members__
        if "EDITABLE_TIMING_CACHE" not in flags:
            message = f"TensorRT {trt.__version__} has no editable timing cache, 10.8 and later have"
            raise _RefusedError(message)
        config.set_flag(flags["EDITABLE_TIMING_CACHE"])
    if settings.timing_cache is not None:
        path = Path(settings.timing_cache)
        cache = config.create_timing_cache(path.read_bytes() if path.exists() else b"")
        if cache is None or not config.set_timing_cache(cache, False):
            message = f"{path}: is no timing cache of this version and GPU"
            raise _RefusedError(message)


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


def _inspect(trt: Any, settings: BuildSettings, plan: Any, logger: Any) -> None:
    """Write the inspector's JSON, if there is a GPU that can load the engine."""
    if settings.inspector is None or not has_gpu():
        return
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    if engine is not None:
        text = engine.create_engine_inspector().get_engine_information(trt.LayerInformationFormat.JSON)
        Path(settings.inspector).write_text(text, encoding="utf-8")


def build(settings: BuildSettings, log: LogWriter) -> bool:
    """Build one engine, everything that is said about it going to ``log``; tell whether there is one."""
    trt = import_module(settings.module)
    version = ".".join(str(trt.__version__).split(".")[:3])
    log.status("RUNNING", settings, version)
    _echo(settings, version, log)
    began = time.monotonic()
    try:
        logger = _logger(trt, log)
        builder = trt.Builder(logger)
        definition = _network(trt, settings, builder, logger, log)
        config = _config(trt, settings, builder, definition)
        _load_cache(trt, settings, config)
        plan = builder.build_serialized_network(definition, config)
        if plan is None:
            log.status("FAILED", settings, version)
            return False
        log.say(f"Engine built in {time.monotonic() - began:.6g} sec.")
        _save(settings, plan, config, log)
        _inspect(trt, settings, plan, logger)
    except (_RefusedError, OSError, TypeError, ValueError, RuntimeError) as error:
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
