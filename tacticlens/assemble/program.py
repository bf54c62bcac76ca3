"""Room of the program that wrote the log: its options, device, measurements and outcome."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tacticlens.assemble.builds import BuildRoom
from tacticlens.assemble.state import State
from tacticlens.grammar.pattern import Values

_DEVICE_KEYS = {
    "device_selected": "Selected Device", "device_id": "Selected Device ID", "device_uuid": "Selected Device UUID",
    "compute_capability": "Compute Capability", "sm_count": "SMs", "compute_clock": "Compute Clock Rate (GHz)",
    "memory_clock": "Memory Clock Rate (GHz)", "device_memory": "Device Global Memory (MiB)",
    "shared_memory": "Shared Memory per SM (KiB)", "bus_width": "Memory Bus Width (bits)",
    "version_line": "TensorRT version",
}  # fmt: skip
_ONE_VALUE = {
    "throughput": ("Throughput", "qps"), "host_walltime": ("Total Host Walltime", "s"),
    "compute_total": ("Total GPU Compute Time", "s"), "engine_built": ("Engine built in", "s"),
    "engine_created": ("Engine size", "MiB"), "engine_deserialized": ("Engine deserialized in", "s"),
    "context_created": ("Execution context device memory", "MiB"), "unstable_time": ("GPU compute time variance", "%"),
}  # fmt: skip
_PERCENTILE = re.compile(r"percentile\(([\d.]+)%\) = (-?\d{1,40}(?:\.\d{1,40})?(?:e[-+]\d{1,3})?) ms")


@dataclass
class Facts:
    """Facts about the whole log, from lines of the program and the library; the first mention counts."""

    producer: str | None = None
    tensorrt_version: str | None = None
    gpu: str | None = None
    compute_capability: str | None = None
    command: str | None = None
    outcome: str | None = None
    rtx: bool = False
    polygraphy: bool = False
    load_engine: bool = False
    statuses: list[str] = field(default_factory=list)


@dataclass
class RunFacts:
    """One run of a program, from its banner on."""

    line: int
    program: str | None
    command: str | None
    tensorrt_version: str | None = None
    gpu: str | None = None
    compute_capability: str | None = None
    outcome: str = "incomplete"
    last_line: int | None = None


_OUTCOMES = {"PASSED": "passed", "WAIVED": "passed", "FAILED": "failed"}


def banner_version(digits: str) -> str:
    """Return the version of a banner: 8601 is 8.6.1, 8510 is 8.5.10, 101601 is 10.16.1.

    Two digits each since TensorRT 10; before, one for major and minor and the rest for the patch.
    """
    if "." in digits:
        return digits
    if len(digits) >= 6:
        parts = (digits[:-4], digits[-4:-2], digits[-2:])
    elif len(digits) == 4:
        parts = (digits[0], digits[1], digits[2:])
    else:
        return digits
    return ".".join(str(int(part)) for part in parts)


class ProgramRoom:
    """Reads the lines of trtexec, and those of the library about itself and the device."""

    def __init__(self, state: State, builds: BuildRoom) -> None:
        self.facts = Facts()
        self._state = state
        self._builds = builds
        self._section: str | None = None
        self._run = 0
        self._runs: list[RunFacts] = []
        self._iterations: int | None = None

    def handlers(self) -> dict[str, Callable[[int, Values], None]]:
        """Return the handlers of this room by kind of line."""
        own: dict[str, Callable[[int, Values], None]] = {
            "status": self.status, "section": self.section, "option": self.option, "option_echo_5": self.option,
            "metric": self.metric, "profile_title": self.profile_title,
            "library_trying": self.library_version,
            "profile_row_name_first": lambda n, v: self.profile_row(n, v[0], v[1], v[2], v[3], v[4]),
            "profile_row_no_median": lambda n, v: self.profile_row(n, v[0], v[1], v[2], None, v[3]),
            "profile_row_name_last": lambda n, v: self.profile_row(n, v[4], v[0], v[1], v[2], v[3]),
            "profile_row_5": lambda n, v: self.profile_row_5(n, v[0], v[1], v[2], v[3]),
            "module_loaded": self.module_loaded,
            "jit_build": self.rtx, "polygraphy_command": self.polygraphy_command,
        }  # fmt: skip
        own.update({kind: self._device(kind) for kind in _DEVICE_KEYS})
        own.update({kind: self._value(kind) for kind in _ONE_VALUE})
        return own

    def status(self, line: int, values: Values) -> None:
        status, program, version, _, command = values
        facts = self.facts
        facts.statuses.append(status or "")
        if status == "RUNNING":
            self._builds.program_started(line)
            self._run += 1
            name = (program or "").removeprefix("TensorRT.") or None
            self._runs.append(RunFacts(line, name, command, banner_version(version) if version else None))
            facts.command = facts.command or command
            facts.load_engine = facts.load_engine or "--loadEngine" in (command or "")
        elif self._runs:
            self._runs[-1].outcome = _OUTCOMES.get(status or "", "incomplete")
            self._runs[-1].last_line = line
        if facts.producer is None:
            facts.producer = (program or "").removeprefix("TensorRT.") or None
        if facts.tensorrt_version is None and version:
            facts.tensorrt_version = banner_version(version)

    def section(self, line: int, values: Values) -> None:
        self._section = values[0]

    def option(self, line: int, values: Values) -> None:
        key, value = values[0], values[1] if len(values) > 1 else None
        self._state.options.add(run=self._run, section=self._section, key=key, value=value, line=line)

    def _device(self, kind: str) -> Callable[[int, Values], None]:
        key = _DEVICE_KEYS[kind]

        def handler(line: int, values: Values) -> None:
            value, facts = values[0], self.facts
            # version and GPU of later runs may differ: they do not go into the facts of the log
            runs: list[Facts | RunFacts] = [self._runs[-1]] if self._runs else []
            for one in [facts, *runs] if len(self._runs) < 2 else runs:
                if kind == "device_selected":
                    one.gpu = one.gpu or value
                elif kind == "compute_capability":
                    one.compute_capability = one.compute_capability or value
                elif kind == "version_line" and value:
                    one.tensorrt_version = banner_version(value)
            self._state.options.add(
                run=self._run, section="Device Information", key=key, value=value, line=line
            )

        return handler

    def library_version(self, line: int, values: Values) -> None:
        """``libnvinfer_builder_resource_sm90.so.10.16.2`` is the best source of the version in Python logs."""
        found = re.search(r"\.so\.(\d+\.\d+\.\d+)$", values[0] or "")
        if found and self.facts.tensorrt_version is None:
            self.facts.tensorrt_version = found.group(1)

    def rtx(self, line: int, values: Values) -> None:
        """Only TensorRT-RTX prints this line about just-in-time builds."""
        if not self.facts.rtx:
            self._state.options.add(
                run=self._run, section=self._section, key="TensorRT-RTX", value=values[0], line=line
            )
        self.facts.rtx = True
        self.facts.producer = self.facts.producer or "tensorrt-rtx"

    def polygraphy_command(self, line: int, values: Values) -> None:
        self.facts.polygraphy = True
        self.facts.producer = self.facts.producer or "polygraphy"
        self.facts.command = self.facts.command or values[0]

    def _value(self, kind: str) -> Callable[[int, Values], None]:
        metric, unit = _ONE_VALUE[kind]

        def handler(line: int, values: Values) -> None:
            self._measure(line, metric, "value", values[0], unit)
            if kind == "engine_built":
                self._builds.engine_built(line)

        return handler

    def _measure(self, line: int, metric: str | None, statistic: str, value: str | None, unit: str) -> None:
        if value is not None:
            self._state.performance.add(
                run=self._run, metric=metric, statistic=statistic, value=float(value), unit=unit, line=line
            )

    def metric(self, line: int, values: Values) -> None:
        name, minimum, maximum, mean, median, percentiles = values
        for statistic, value in (("min", minimum), ("max", maximum), ("mean", mean), ("median", median)):
            self._measure(line, name, statistic, value, "ms")
        for percent, value in _PERCENTILE.findall(percentiles or ""):
            self._measure(line, name, f"percentile {percent}", value, "ms")

    def profile_title(self, line: int, values: Values) -> None:
        self._iterations = int(values[0]) if values[0] else None

    def profile_row(
        self,
        line: int,
        name: str | None,
        total: str | None,
        average: str | None,
        median: str | None,
        percent: str | None,
    ) -> None:
        total_ms, average_ms, median_ms, share = (
            None if v is None else float(v) for v in (total, average, median, percent)
        )
        self._state.profile.add(
            run=self._run, iterations=self._iterations, name=(name or "").strip(), total_ms=total_ms,
            average_ms=average_ms, median_ms=median_ms, percent=share, line=line,
        )  # fmt: skip

    def profile_row_5(
        self, line: int, name: str | None, percent: str | None, invocations: str | None, total: str | None
    ) -> None:
        """TensorRT 5's sample profiler prints invocations per layer in place of an average."""
        runs = int(invocations or 0)
        average = str(float(total or 0) / runs) if runs else None
        self._iterations = runs or None
        self.profile_row(line, name, total, average, None, percent)

    def module_loaded(self, line: int, values: Values) -> None:
        """Polygraphy prints the version of the module that it loaded: 10.16.2.5."""
        if self.facts.tensorrt_version is None and values[0]:
            self.facts.tensorrt_version = ".".join(values[0].split(".")[:3])

    def finish(self) -> None:
        """Add the rows of the runs; the log takes a GPU that only a later run prints if no run contradicts it."""
        for number, run in enumerate(self._runs, 1):
            self._state.runs.add(
                run=number, program=run.program, tensorrt_version=run.tensorrt_version, gpu=run.gpu,
                compute_capability=run.compute_capability, command=run.command, outcome=run.outcome,
                last_line=run.last_line, line=run.line,
            )  # fmt: skip
        facts = self.facts
        versions = {facts.tensorrt_version, *(run.tensorrt_version for run in self._runs)} - {None}
        gpus = {(run.gpu, run.compute_capability) for run in self._runs if run.gpu is not None}
        if len(versions) < 2 and len(gpus) == 1 and facts.gpu is None:
            facts.gpu, facts.compute_capability = gpus.pop()

    def outcome(self) -> str:
        """Return passed, failed or incomplete, from the last status line."""
        for status in reversed(self.facts.statuses):
            if status in {"PASSED", "WAIVED"}:
                return "passed"
            if status == "FAILED":
                return "failed"
        return "incomplete"
