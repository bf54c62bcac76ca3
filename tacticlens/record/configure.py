"""What is asked of the builder: the network, the configuration, the timing cache."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tacticlens.record.log_writer import LogWriter
from tacticlens.record.settings import BuildSettings

_MIB = 1 << 20


class RefusedError(Exception):
    """The build cannot be done; the text is one line for the log."""


def read_network(trt: Any, settings: BuildSettings, builder: Any, logger: Any, log: LogWriter) -> Any:
    """Return the network that the ONNX parser makes of the model.

    Raises:
        RefusedError: the parser does not take it, or the version has no such network.
    """
    flags = trt.NetworkDefinitionCreationFlag.__members__
    wanted = ["EXPLICIT_BATCH", *(["STRONGLY_TYPED"] if settings.strongly_typed else [])]
    if settings.strongly_typed and "STRONGLY_TYPED" not in flags:
        message = f"TensorRT {trt.__version__} has no strongly typed networks"
        raise RefusedError(message)
    definition = builder.create_network(sum(1 << int(flags[name]) for name in wanted if name in flags))
    parser = trt.OnnxParser(definition, logger)
    log.say("Start parsing network model.")
    began = time.monotonic()
    if not parser.parse_from_file(settings.model):
        errors = [_parser_error(parser.get_error(number)) for number in range(parser.num_errors)]
        message = f"the ONNX parser refuses {settings.model}: {errors[0] if errors else 'it says no more'}"
        raise RefusedError(" ".join(message.split()))
    if getattr(definition, "num_layers", 1) == 0:
        message = f"{settings.model} holds no network; is it an ONNX model?"
        raise RefusedError(message)
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
            raise RefusedError(message)
        config.set_flag(flags[name.upper()])
    if not settings.tf32 and "TF32" in flags:
        config.clear_flag(flags["TF32"])


def configure(trt: Any, settings: BuildSettings, builder: Any, definition: Any) -> Any:
    """Return the configuration that the settings ask for.

    Raises:
        RefusedError: the version lacks an option.
    """
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
            raise RefusedError(message)
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
            raise RefusedError(message)
        config.num_compute_capabilities = len(names)
        for index, name in enumerate(names):
            config.set_compute_capability(targets[name], index)
    _add_profiles(settings, builder, config, definition)
    return config


def _add_profiles(settings: BuildSettings, builder: Any, config: Any, definition: Any) -> None:
    inputs = {(one := definition.get_input(number)).name: one for number in range(definition.num_inputs)}
    for tensor, one in inputs.items():
        shape = _dims(one)
        if -1 in shape and not settings.profiles:
            text = "x".join("?" if size == -1 else str(size) for size in shape)
            example = "x".join("1" if size == -1 else str(size) for size in shape)
            message = f"input {tensor} has sizes that are not fixed ({text}): name them, --shapes {tensor}:{example}"
            raise RefusedError(message)
    for shapes in settings.profiles:
        profile = builder.create_optimization_profile()
        for tensor, (least, best, most) in shapes.items():
            if tensor not in inputs:
                message = f"the network has no input {tensor}; its inputs are {', '.join(sorted(inputs))}"
                raise RefusedError(message)
            profile.set_shape(tensor, tuple(least), tuple(best), tuple(most))
        config.add_optimization_profile(profile)


def _dims(tensor: Any) -> tuple[int, ...]:
    try:
        return tuple(tensor.shape)
    except ValueError:  # the number of dimensions is not known either
        return ()


def load_cache(trt: Any, settings: BuildSettings, config: Any) -> None:
    """Give the configuration the timing cache of the settings.

    Raises:
        RefusedError: the file is no cache of this version, or the version has no editable one.
    """
    if settings.editable_timing_cache:
        flags = trt.BuilderFlag.__members__
        if "EDITABLE_TIMING_CACHE" not in flags:
            message = f"TensorRT {trt.__version__} has no editable timing cache, 10.8 and later have one"
            raise RefusedError(message)
        config.set_flag(flags["EDITABLE_TIMING_CACHE"])
    if settings.timing_cache is not None:
        path = Path(settings.timing_cache)
        cache = config.create_timing_cache(path.read_bytes() if path.exists() else b"")
        if cache is None or not config.set_timing_cache(cache, False):
            message = f"{path}: is not a timing cache of this version and GPU"
            raise RefusedError(message)
