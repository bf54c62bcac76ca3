"""The trtexec command that builds what `BuildSettings` ask for."""

from __future__ import annotations

import shlex

from tacticlens.record.settings import BuildSettings


def trtexec_command(settings: BuildSettings, log: str) -> str:
    """Return a line for a shell that builds the same and keeps the same log.

    >>> trtexec_command(BuildSettings("net.onnx", "tensorrt", "", precisions=("fp16",)), "build.log")
    'trtexec --onnx=net.onnx --verbose --profilingVerbosity=detailed --skipInference --fp16 > build.log 2>&1'
    """
    words = [
        f"--onnx={settings.model}",
        "--verbose",
        f"--profilingVerbosity={settings.verbosity}",
        "--skipInference",
    ]
    words += [f"--{name}" for name in settings.precisions]
    words += ["--stronglyTyped"] * settings.strongly_typed + ["--noTF32"] * (not settings.tf32)
    if settings.workspace_mib is not None:
        words.append(f"--memPoolSize=workspace:{settings.workspace_mib:g}")
    if settings.optimization_level is not None:
        words.append(f"--builderOptimizationLevel={settings.optimization_level}")
    if settings.timing_cache is not None:
        words.append(f"--timingCacheFile={settings.timing_cache}")
    if settings.engine is not None:
        words.append(f"--saveEngine={settings.engine}")
    for number, shapes in enumerate(settings.profiles):
        words += [f"--profile={number}"] * (len(settings.profiles) > 1)
        for at, side in enumerate(("min", "opt", "max")):
            sizes = ",".join(f"{name}:{'x'.join(map(str, sides[at]))}" for name, sides in shapes.items())
            words.append(f"--{side}Shapes={sizes}")
    return f"{shlex.join(['trtexec', *words])} > {shlex.quote(log)} 2>&1"
