"""Are two models equal? Shapes of the outputs, and onnxruntime on random inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tacticlens.extras import need

TOLERANCES = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-4, "float64": 1e-6}
"""Largest difference that counts as equal, relative to the largest number of the output."""
_DYNAMIC = 2
_RUNS = 2


@dataclass(frozen=True)
class Fault:
    """Why two models are not equal, or cannot be compared.

    Attributes:
        kind: no_tensor = an input is no tensor; invalid, not_loaded, not_run = onnx or onnxruntime refuses the model;
            other_output = an output has another shape or type; other_values = an output is too far off.
        name: the input or output.
        detail: what onnx or onnxruntime says; shape and type of the output.
        difference: how far the output is off, relative to its largest number.
        limit: how far it may be.
    """

    kind: Literal["no_tensor", "invalid", "not_loaded", "not_run", "other_output", "other_values"]
    name: str = ""
    detail: str = ""
    difference: float = 0.0
    limit: float = 0.0


class CheckError(Exception):
    """The models differ, or cannot be compared."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.kind)
        self.fault = fault


def random_inputs(model: Any, shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Any]:
    """Return random arrays for the inputs of a model; unknown dimensions are 2.

    Raises:
        CheckError: an input is no tensor of numbers.
    """
    np, onnx = need("numpy"), need("onnx")
    random = np.random.default_rng(seed)
    weights = {tensor.name for tensor in model.graph.initializer}
    named: dict[str, int] = {}
    arrays = {}
    for item in model.graph.input:
        if item.name in weights:
            continue
        tensor = item.type.tensor_type
        if not item.type.HasField("tensor_type"):
            raise CheckError(Fault("no_tensor", item.name))
        dims = list(shapes.get(item.name, ()))
        if not dims:
            dims = [
                dim.dim_value if dim.HasField("dim_value") else named.setdefault(dim.dim_param, _DYNAMIC)
                for dim in tensor.shape.dim
            ]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        if dtype == np.bool_:
            arrays[item.name] = random.integers(0, 2, dims).astype(dtype)
        elif np.issubdtype(dtype, np.integer):
            arrays[item.name] = random.integers(0, 4, dims).astype(dtype)
        else:
            arrays[item.name] = random.standard_normal(dims).astype(dtype)
    return arrays


def _session(model: Any) -> Any:
    runtime = need("onnxruntime")
    options = runtime.SessionOptions()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        return runtime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001  the runtime's own classes have no common base
        raise CheckError(Fault("not_loaded", detail=_one_line(error))) from None


class Judge:
    """Holds changed models against one that is right.

    Args:
        before: the model as it was.
        shapes: sizes of dynamic inputs.
    """

    def __init__(self, before: Any, shapes: Mapping[str, Sequence[int]]) -> None:
        self._before, self._shapes = before, shapes
        self._runs: list[tuple[dict[str, Any], list[Any]]] = []

    def difference(self, after: Any) -> float:
        """Return the largest difference of an output, relative to its largest number.

        Raises:
            CheckError: it is more than `TOLERANCES`, a shape differs, or one of the models cannot be run.
        """
        onnx = need("onnx")
        try:
            onnx.checker.check_model(after, full_check=True)
        except Exception as error:  # noqa: BLE001  the checker is C++
            raise CheckError(Fault("invalid", detail=_one_line(error))) from None
        if not self._runs:
            session = _session(self._before)
            inputs = [random_inputs(self._before, self._shapes, seed) for seed in range(_RUNS)]
            self._runs = [(arrays, _run(session, arrays)) for arrays in inputs]
        session, worst = _session(after), 0.0
        for arrays, old in self._runs:
            for item, one, other in zip(self._before.graph.output, old, _run(session, arrays), strict=True):
                worst = max(worst, _compared(item.name, one, other))
        return worst


def _run(session: Any, inputs: dict[str, Any]) -> list[Any]:
    try:
        return list(session.run(None, inputs))
    except Exception as error:  # noqa: BLE001  the runtime's own classes have no common base
        raise CheckError(Fault("not_run", detail=_one_line(error))) from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:160]


def _compared(name: str, one: Any, other: Any) -> float:
    if one.shape != other.shape or one.dtype != other.dtype:
        raise CheckError(Fault("other_output", name, f"{other.shape} {other.dtype}"))
    difference, limit = _difference(need("numpy"), one, other), TOLERANCES.get(one.dtype.name, 0.0)
    if difference > limit:
        raise CheckError(Fault("other_values", name, difference=difference, limit=limit))
    return difference


def _difference(np: Any, one: Any, other: Any) -> float:
    if one.dtype.kind not in "fc" and one.dtype.name != "bfloat16":
        return 0.0 if np.array_equal(one, other) else float("inf")
    wide, changed = one.astype(np.float64), other.astype(np.float64)
    finite = np.isfinite(wide)
    if not np.array_equal(wide[~finite], changed[~finite], equal_nan=True):
        return float("inf")
    if not finite.any():
        return 0.0
    scale = max(float(np.abs(wide[finite]).max()), 1e-12)
    return float(np.abs(wide[finite] - changed[finite]).max()) / scale
