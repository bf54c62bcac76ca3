"""Are two models equal? Shapes of the outputs, and onnxruntime on random inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tacticlens.network.reading import need

TOLERANCES = {"float16": 1e-2, "bfloat16": 5e-2, "float32": 1e-4, "float64": 1e-6}
"""Largest difference that counts as equal, relative to the largest number of the output."""
_DYNAMIC = 2
_RUNS = 2


class CheckError(Exception):
    """The models differ, or cannot be compared; the text says which."""


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
            message = f"input {item.name} is no tensor"
            raise CheckError(message)
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
        message = f"onnxruntime does not take the model: {' '.join(str(error).split())[:160]}"
        raise CheckError(message) from None


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
            message = f"the model is not valid: {' '.join(str(error).split())[:160]}"
            raise CheckError(message) from None
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
        message = f"onnxruntime cannot run it: {' '.join(str(error).split())[:160]}"
        raise CheckError(message) from None


def _compared(name: str, one: Any, other: Any) -> float:
    if one.shape != other.shape or one.dtype != other.dtype:
        message = f"output {name} has another shape or type: {other.shape} {other.dtype}"
        raise CheckError(message)
    difference, limit = _difference(need("numpy"), one, other), TOLERANCES.get(one.dtype.name, 0.0)
    if difference > limit:
        message = f"output {name} differs by {difference:.2g}, {limit:g} is allowed"
        raise CheckError(message)
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
