"""What is in a dataset, in a few numbers, and what its times did."""

from __future__ import annotations

from dataclasses import dataclass

from tacticlens.fleet.dataset import Dataset
from tacticlens.fleet.heat import HeatRow, heat
from tacticlens.fleet.trends import USUAL_ORDERS, Trends, trends


@dataclass(frozen=True)
class Overview:
    """A dataset in short.

    Attributes:
        logs: that are in the tables; failed: that could not be read.
        bytes: of the logs, uncompressed; lines: of them; rows: of all tables.
        gpus: names of the GPUs, the most frequent first; versions: of TensorRT.
        unnamed: logs that name no GPU.
        outcomes: outcome -> number of logs.
        labels: label -> number of its values.
        trends: steps over the label that orders the logs; None if no label does.
        heat: each series of the trends against its own median.
    """

    logs: int
    failed: int
    bytes: int
    lines: int
    rows: int
    gpus: list[str]
    versions: list[str]
    unnamed: int
    outcomes: dict[str, int]
    labels: dict[str, int]
    trends: Trends | None
    heat: list[HeatRow]


def overview(dataset: Dataset) -> Overview:
    """Return what is in a dataset."""
    logs = dataset.logs
    ordered = any(label in dataset.labels for label in USUAL_ORDERS)
    moved = trends(dataset) if ordered else None
    frequent = {
        name: logs[name].drop_nulls().value_counts(sort=True)[name].to_list()
        for name in ("gpu", "tensorrt_version")
    }
    return Overview(
        logs=len(logs),
        failed=len(dataset.failed),
        bytes=int(logs["bytes"].sum()),
        lines=int(logs["lines"].sum()),
        rows=int(logs["rows"].sum()),
        gpus=frequent["gpu"],
        versions=frequent["tensorrt_version"],
        unnamed=logs["gpu"].null_count(),
        outcomes=dict(logs["outcome"].value_counts(sort=True).iter_rows()),
        labels={label: logs[label].drop_nulls().n_unique() for label in dataset.labels},
        trends=moved,
        heat=heat(moved) if moved is not None else [],
    )
