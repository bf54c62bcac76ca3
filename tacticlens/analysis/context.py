"""What the rules look at: the tables of one log, and frames that are computed once for all rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from tacticlens.analysis.engine_view import EngineView, layer_of
from tacticlens.analysis.shares import engines, shares
from tacticlens.tables.tables import Tables

_FIRST_WITH_TENSOR_CORES = 7.0
_FIRST_WITH_TF32 = 8.0
# Turing without Tensor Cores: compute capability 7.5 like the RTX 20 series, and none inside.
_TURING_WITHOUT = re.compile(r"\b(GTX 16\d\d|T[45]00\b|T[56]50\b|MX[45]50)")


@dataclass(frozen=True)
class Context:
    """One log, as the rules see it.

    Attributes:
        tables: the tables of the log.
        goal: the share of an engine's time that should run on Tensor Cores, 0 to 1.
    """

    tables: Tables
    goal: float = 0.9

    @cached_property
    def dropped_builds(self) -> list[int]:
        """Builds that are known to have lost: nothing of them is in an engine."""
        builds = self.tables.builds
        return builds.filter(pl.col("in_engine").eq_missing(False))["build"].to_list()  # noqa: FBT003

    @cached_property
    def engines(self) -> tuple[EngineView, ...]:
        """The engines whose layers the log prints."""
        layers = self.tables.engine_layers.filter(
            pl.col("build").is_null() | ~pl.col("build").is_in(self.dropped_builds)
        )
        views = []
        for number in engines(self.tables):
            rows = layers.filter(pl.col("engine").eq_missing(number))
            if len(rows):
                told = shares(self.tables, number)
                views.append(EngineView(number, tuple(layer_of(row) for row in rows.iter_rows(named=True)), told))
        return tuple(views)

    @cached_property
    def measured(self) -> pl.DataFrame:
        """Layer combinations of builds that count, with where each was measured.

        Columns of `combinations` and: name (the layer's), measured (the combination that has the candidates).
        """
        combinations = self.tables.combinations.filter(
            pl.col("purpose") == "layer", ~pl.col("build").is_in(self.dropped_builds)
        )
        return combinations.join(
            self.tables.layers.select("layer", "name"), on="layer", how="left", maintain_order="left"
        ).with_columns(pl.coalesce("origin", "combination").alias("measured"))

    @cached_property
    def chosen(self) -> pl.DataFrame:
        """Engine layers whose combination is known.

        Columns: engine, position, combination, tactic, layer_type, layer (the costed layer's number), measured.
        """
        rows = self.tables.engine_layers.filter(pl.col("combination").is_not_null())
        return rows.select("engine", "position", "combination", "tactic", "layer_type").join(
            self.measured.select("combination", "layer", "measured"),
            on="combination", how="inner", maintain_order="left",
        )  # fmt: skip

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """All candidates that were measured for the layers of the engines, in all their format combinations.

        Columns: layer, combination, formats, measured, runner, tactic, kernel, time_ms, status, family,
        tensor_core, line. A layer's cached combinations stand with the candidates of their origin.
        """
        wanted = self.chosen.select("layer").unique()
        combinations = self.measured.join(wanted, on="layer", how="semi").select(
            "layer", "combination", "formats", "measured"
        )
        tactics = self.tables.tactics.select(
            pl.col("combination").alias("measured"), "runner", "tactic", "kernel", "time_ms", "status", "reason",
            "family", "tensor_core", "line",
        )  # fmt: skip
        needed = tactics.join(combinations.select("measured").unique(), on="measured", how="semi")
        return combinations.join(needed, on="measured", how="inner", maintain_order="left_right")

    @cached_property
    def command(self) -> str:
        """The command line, empty if the log does not print it."""
        return str(self.tables.log["command"][0] or "")

    @cached_property
    def gpu(self) -> str | None:
        """The name of the GPU, None if the log does not print it."""
        name = self.tables.log["gpu"][0]
        return None if name is None else str(name)

    @cached_property
    def compute_capability(self) -> float | None:
        """The GPU's compute capability, None if the log does not print it."""
        text = self.tables.log["compute_capability"][0]
        try:
            return float(text)
        except (TypeError, ValueError):
            return None

    @property
    def gpu_has_tensor_cores(self) -> bool | None:
        """Tell whether the GPU has Tensor Cores; None if the log does not tell the GPU."""
        if self.compute_capability is None:
            return None
        if self.gpu is not None and _TURING_WITHOUT.search(self.gpu):
            return False
        return self.compute_capability >= _FIRST_WITH_TENSOR_CORES

    @property
    def gpu_has_tf32(self) -> bool | None:
        """Tell whether the GPU multiplies single precision on Tensor Cores; None if not known."""
        return None if self.compute_capability is None else self.compute_capability >= _FIRST_WITH_TF32

    def option(self, key: str) -> tuple[str, int] | None:
        """Return value and line of an option of trtexec's echo, the last one if it is echoed again."""
        rows = self.tables.options.filter(pl.col("key") == key, pl.col("value").is_not_null())
        return None if rows.is_empty() else (str(rows["value"][-1]), int(rows["line"][-1]))

    @cached_property
    def version(self) -> tuple[int, ...]:
        """TensorRT's version as numbers, empty if the log does not tell it."""
        return tuple(int(part) for part in re.findall(r"\d+", str(self.tables.log["tensorrt_version"][0] or "")))
