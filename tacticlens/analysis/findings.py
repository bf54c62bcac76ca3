"""All findings of a log: the closed list of kinds, and the function that runs their rules."""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules import (
    build_time,
    data_movement,
    depthwise_convolution,
    files_disagree,
    half_accumulator,
    many_tiny_layers,
    matrix_vector_product,
    near_tie,
    no_tensor_core_candidate,
    plugin_forces_formats,
    pointwise_left_unfused,
    precision_fell_back,
    reformat_between_layers,
    single_candidate,
    skipped_for_memory,
    tensor_core_candidate_lost,
    tensor_core_share,
    tensor_core_unproven,
    timing_cache,
    transpose_pair,
)
from tacticlens.analysis.stakes import scaled
from tacticlens.tables.collector import without_collector
from tacticlens.tables.table_set import TableSet

RULES = (
    tensor_core_share,
    tensor_core_unproven,
    tensor_core_candidate_lost,
    no_tensor_core_candidate,
    reformat_between_layers,
    data_movement,
    transpose_pair,
    pointwise_left_unfused,
    precision_fell_back,
    half_accumulator,
    near_tie,
    skipped_for_memory,
    single_candidate,
    depthwise_convolution,
    matrix_vector_product,
    plugin_forces_formats,
    build_time,
    timing_cache,
    many_tiny_layers,
    files_disagree,
)
"""The modules of the rules, in order of their codes."""

KINDS: tuple[FindingKind, ...] = tuple(rule.KIND for rule in RULES)
"""Every kind of finding there is, in order of the codes."""


def findings(tables: TableSet, *, goal: float = 0.9) -> list[Finding]:
    """Return what is found in a log, most time at stake first.

    Args:
        tables: the tables of the log.
        goal: the share of an engine's time that should run on Tensor Cores, 0 to 1.

    Raises:
        ValueError: the goal is no share.
    """
    if not 0.0 <= goal <= 1.0:
        raise ValueError(f"the goal is a share from 0 to 1, not {goal}")
    context = Context(tables, goal)
    with without_collector():
        found = [finding for rule in RULES for finding in rule.find(context)]
        found = scaled(found, tables, context.engines)
    return sorted(found, key=Finding.order)
