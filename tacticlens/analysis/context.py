"""What the rules look at: the tables of one log, and frames that are computed once for all rules."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from tacticlens.analysis.advice import Advice
from tacticlens.analysis.elsewhere import Elsewhere
from tacticlens.analysis.engine_view import EngineView, Layer, layers_of
from tacticlens.analysis.failure import Failure, failure
from tacticlens.analysis.goal import GOAL
from tacticlens.kernels import decode
from tacticlens.tables.families import with_families
from tacticlens.tables.profiles import statistic_of
from tacticlens.tables.shares import divided, shares_of_each
from tacticlens.tables.table_set import TableSet

_FIRST_WITH_TENSOR_CORES = 7.0
_FIRST_WITH_TF32 = 8.0
_ENOUGH_KERNELS = 8
"""So many matrix kernels, all compiled for older GPUs, say that the GPU is an older one."""
# Turing without Tensor Cores: compute capability 7.5 like the RTX 20 series, and none inside.
_TURING_WITHOUT = re.compile(r"\b(GTX 16\d\d|T[45]00\b|T[56]50\b|MX[45]50)")

_MACHINES = {"maxwell": 50, "pascal": 60, "volta": 70, "turing": 75, "ampere": 80, "ada": 89, "hopper": 90}


@dataclass(frozen=True)
class Context:
    """One log, as the rules see it.

    Attributes:
        tables: the tables of the log.
        goal: the share of an engine's time that should run on Tensor Cores, 0 to 1.
        elsewhere: layers for which most other logs have another, faster kernel.
    """

    tables: TableSet
    goal: float = GOAL
    elsewhere: tuple[Elsewhere, ...] = ()

    @cached_property
    def failure(self) -> Failure | None:
        """How the last build failed; None where it did not."""
        return failure(self.tables)

    @cached_property
    def dropped_builds(self) -> list[int]:
        """Builds that are known to have lost: nothing of them is in an engine."""
        builds: list[int] = self.tables.builds.filter(~pl.col("in_engine"))["build"].to_list()
        return builds

    @cached_property
    def engines(self) -> tuple[EngineView, ...]:
        """The engines whose layers the log prints; one with several optimization profiles once per profile.

        One profile runs at a time, so the times of two profiles never add up.
        """
        keys = ["engine", "profile"]
        several = pl.col("build").n_unique().over("engine") > 1
        rows = (
            self.tables.engine_layers.with_columns(pl.when(several).then("build").alias("profile"))
            .filter(pl.col("build").is_in(self.dropped_builds).not_().fill_null(value=True))
        )  # fmt: skip
        parts = divided(rows, self.tables.engine_ops).join(
            rows.select(*keys, "position"), on=["engine", "position"], nulls_equal=True, maintain_order="left"
        )
        shares_of = shares_of_each(rows, parts, keys)
        of_each = parts.partition_by(keys, as_dict=True)
        layers: dict[tuple[Any, ...], list[Layer]] = {key: [] for key in shares_of}
        for key, layer in zip(rows.select(keys).iter_rows(), layers_of(rows), strict=True):
            layers[key].append(layer)
        statistic = statistic_of(self.tables.profile)
        return tuple(
            EngineView(
                number, profile, tuple(layers[number, profile]), shares, of_each[number, profile], statistic
            )
            for (number, profile), shares in shares_of.items()
        )

    @cached_property
    def combinations(self) -> pl.DataFrame:
        """Format combinations of layers in builds that count.

        Columns: build, layer, combination, formats, result, runner, tactic, time_ms, origin, line, name (the
        layer's), measured (the combination that has the candidates: this one, or where it was measured before).
        """
        wanted = [
            "build", "layer", "combination", "purpose", "formats", "result", "runner", "tactic", "time_ms", "origin",
            "line",
        ]  # fmt: skip
        rows = self.tables.slim("combinations", wanted).filter(
            pl.col("purpose") == "layer", ~pl.col("build").is_in(self.dropped_builds)
        )
        names = self.tables.layers.select("layer", "name")
        return rows.join(names, on="layer", how="left", maintain_order="left").with_columns(
            pl.coalesce("origin", "combination").alias("measured")
        )

    @cached_property
    def chosen(self) -> pl.DataFrame:
        """Engine layers whose combination is known.

        Columns: engine, position, name, combination, tactic, layer_type, layer (the costed layer), measured (the
        combination with the candidates). Where those of an equal layer were measured, layer and measured are its own.
        """
        rows = self.tables.engine_layers.filter(pl.col("combination").is_not_null())
        known = rows.select("engine", "position", "name", "combination", "tactic", "layer_type").join(
            self.combinations.select("combination", "build", "formats", "layer", "measured"),
            on="combination",
            how="inner",
            maintain_order="left",
        )
        times = self.tables.choices.filter(
            pl.col("verdict") != "excluded", pl.col("low_ms").is_not_null()
        ).select("engine", "position", "combination", pl.col("low_ms").alias("time_ms"))
        twins = self._measured_like(
            known.join(times, on=["engine", "position", "combination"], nulls_equal=True)
        )
        return (
            known.join(twins, on=["engine", "position"], how="left", nulls_equal=True, maintain_order="left")
            .with_columns(
                pl.coalesce("twin_layer", "layer").alias("layer"),
                pl.coalesce("twin", "measured").alias("measured"),
            )
            .drop("build", "formats", "twin", "twin_layer")
        )

    def _measured_like(self, layers: pl.DataFrame) -> pl.DataFrame:
        """Return engine, position, twin and twin_layer of layers whose combination has no candidates of its own.

        The log repeats the measurement of an equal layer without saying which: it has equal formats, tactic and time.
        """
        alone = layers.join(self.tactics.select("measured").unique(), on="measured", how="anti")
        formats = self.combinations.select(
            pl.col("combination").alias("twin"), "build", "formats", pl.col("layer").alias("twin_layer")
        )
        tried = self.tactics.filter(pl.col("status") == "timed").select(
            pl.col("measured").alias("twin"), "tactic", "time_ms"
        )
        keys = ["build", "formats", "tactic", "time_ms"]
        return (
            alone.join(tried.join(formats, on="twin"), on=keys)
            .sort("engine", "position", "twin")
            .unique(["engine", "position"], keep="first", maintain_order=True)
            .select("engine", "position", "twin", "twin_layer")
        )

    @cached_property
    def _costed(self) -> dict[int | None, dict[int, int]]:
        table: dict[int | None, dict[int, int]] = defaultdict(dict)
        rows = self.chosen.filter(pl.col("layer").is_not_null()).select("engine", "position", "layer")
        for engine, position, layer in rows.iter_rows():
            table[engine][position] = layer
        return table

    def costed(self, engine: EngineView) -> dict[int, int]:
        """Return the number of the costed layer by the position of the engine layer that came of it."""
        return self._costed.get(engine.number, {})

    @cached_property
    def _own(self) -> dict[tuple[int | None, int], list[tuple[str | None, float, int]]]:
        pairs = self.chosen.select("engine", "position", "measured", "tactic")
        timed = self.tactics.filter(pl.col("time_ms").is_not_null()).select(
            "measured", "tactic", "runner", "time_ms", "line"
        )
        rows = pairs.join(timed, on=["measured", "tactic"], how="inner", maintain_order="left_right")
        table: dict[tuple[int | None, int], list[tuple[str | None, float, int]]] = defaultdict(list)
        for engine, position, *rest in rows.select(
            "engine", "position", "runner", "time_ms", "line"
        ).iter_rows():
            table[engine, position].append((rest[0], rest[1], rest[2]))
        return table

    def own_candidate(self, layer: Layer) -> tuple[float, int] | None:
        """Return (time, line) of the candidate that the layer is: what other candidates compare with."""
        rows = self._own.get((layer.engine, layer.position), [])
        exact = [row for row in rows if row[0] == layer.layer_type] or rows
        return exact[0][1:] if exact else None

    @cached_property
    def tactics(self) -> pl.DataFrame:
        """All candidates, with the columns that rules need: no names are judged here.

        Columns: measured (the combination), build, layer, runner, tactic, kernel, time_ms, status, line.
        """
        wanted = ["combination", "build", "layer", "runner", "tactic", "kernel", "time_ms", "status", "line"]
        return self.tables.slim("tactics", wanted).rename({"combination": "measured"})

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """All candidates that were measured for the layers of the engines, in all their format combinations.

        Columns: layer, combination, formats, measured, runner, tactic, kernel, time_ms, status, family, gemm,
        tensor_core, evidence, line. A cached combination stands with the candidates of its origin.
        """
        wanted = self.chosen.select("layer").unique()
        combinations = self.combinations.join(wanted, on="layer", how="semi").select(
            "layer", "combination", "formats", "measured"
        )
        needed = self.tactics.drop("layer", "build").join(
            combinations.select("measured").unique(), on="measured", how="semi"
        )
        judged = with_families(needed, runner="runner")
        return combinations.join(judged, on="measured", how="inner", maintain_order="left_right")

    @cached_property
    def advice(self) -> Advice:
        """What the user of this log can set: flags of its trtexec, or calls."""
        log = self.tables.log.row(0, named=True)
        return Advice(log["producer"], self.version or self._oldest, log["command"] or "", log["gpu"])

    @property
    def _oldest(self) -> tuple[int, ...]:
        """The oldest version that prints what this log has, where it does not print the version."""
        if self.tables.slim("runners", ["runner_id"])["runner_id"].count():
            return (8, 6)
        if not self.tables.timing_cache.is_empty():
            return (8,)
        return (7,) if self.combinations["formats"].drop_nulls().len() else (5, 1)

    @cached_property
    def gpu(self) -> str | None:
        """The name of the GPU, None if the log does not print it."""
        name = self.tables.log["gpu"][0]
        return None if name is None else str(name)

    @cached_property
    def device_bytes(self) -> int | None:
        """The memory of the GPU as trtexec echoes it, None if the log does not."""
        options = self.tables.options.filter(pl.col("key").str.starts_with("Device Global Memory"))
        sizes = [re.match(r"\d{1,9}\b", value) for value in options["value"].drop_nulls()]
        return int(sizes[0][0]) << 20 if sizes and sizes[0] else None

    @cached_property
    def compute_capability(self) -> float | None:
        """The GPU's compute capability, None if the log does not print it."""
        text = self.tables.log["compute_capability"][0]
        try:
            return float(text)
        except (TypeError, ValueError):
            return None

    @cached_property
    def _machines(self) -> list[int]:
        """The machines that the matrix kernels which ran were compiled for, as `80` for sm80; one per name."""
        names = self.tactics.filter(pl.col("status") == "timed")["kernel"].drop_nulls().unique()
        kernels = [decode(name) for name in names]
        return [
            machine for kernel in kernels if kernel.gemm and (machine := _machine(kernel.arch)) is not None
        ]

    @property
    def newest_kernels(self) -> int | None:
        """The newest machine that matrix kernels were compiled for which ran; None without names."""
        return max(self._machines, default=None)

    @property
    def gpu_has_tensor_cores(self) -> bool | None:
        """Tell whether the GPU has Tensor Cores.

        Where the log does not name the GPU, by the kernels that ran: newer GPUs try newer kernels besides old ones.
        """
        if self.compute_capability is None:
            if (self.newest_kernels or 0) >= 10 * _FIRST_WITH_TENSOR_CORES:
                return True
            return False if len(self._machines) >= _ENOUGH_KERNELS else None
        if self.gpu is not None and _TURING_WITHOUT.search(self.gpu):
            return False
        return self.compute_capability >= _FIRST_WITH_TENSOR_CORES

    @property
    def gpu_has_tf32(self) -> bool | None:
        """Tell whether the GPU multiplies single precision on Tensor Cores; None if not known.

        Where the log does not name the GPU: no kernel compiled for Ampere or later was tried, so it is older.
        """
        if self.compute_capability is not None:
            return self.compute_capability >= _FIRST_WITH_TF32
        return None if self.newest_kernels is None else self.newest_kernels >= 10 * _FIRST_WITH_TF32

    @cached_property
    def version(self) -> tuple[int, ...]:
        """TensorRT's version as numbers, empty if the log does not say."""
        return tuple(
            int(part) for part in re.findall(r"\d+", str(self.tables.log["tensorrt_version"][0] or ""))
        )


def _machine(arch: str | None) -> int | None:
    """Return the number of a machine that a kernel's name gives, `80` for `sm80` and `ampere`."""
    if arch is None:
        return None
    digits = re.match(r"sm_?(\d+)", arch)
    return int(digits[1]) if digits else _MACHINES.get(arch.lower())
