"""TL008: pointwise work directly behind a matrix product, as a layer of its own."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.layer_groups import share, total

KIND = FindingKind(
    "TL008",
    "pointwise-left-unfused",
    "Pointwise layer after a matrix product is not fused",
    what="A pointwise layer is the only reader of a matrix product's output and was not fused into it. Pointwise "
    "layers after it count with it. One finding per cause: a reshape of the graph between them, a reshape that "
    "TensorRT itself inserts after a MatMul, or an operation that is not fused.",
    why="The product's kernel can do bias, ReLU or Add before it stores its result. A separate layer reads and "
    "writes the whole tensor again.",
    action="Remove the Squeeze, Unsqueeze or Reshape between them; write MatMul and Add as one Gemm "
    "with a bias; make the addend a constant.",
    example="Conv, Unsqueeze, Add, Squeeze, ReLU (TensorRT 8.4.1): the Add and ReLU after each of five "
    "convolutions are separate layers. Built without Squeeze and Unsqueeze, the same network takes 0.089 instead "
    "of 0.142 ms.",
)
Cause = Literal["reshape", "matmul", "operation"]


class _Chain(NamedTuple):
    product: Layer
    behind: list[Layer]
    between: list[str]

    @property
    def time_ms(self) -> float:
        return total(self.behind) or 0.0

    @property
    def cause(self) -> Cause:
        if not self.between:
            return "operation"
        return "matmul" if self.between[0].startswith("reshape_after") else "reshape"


def find(context: Context) -> list[Finding]:
    found = []
    for engine in context.engines:
        causes: dict[Cause, list[_Chain]] = defaultdict(list)
        for layer in engine.layers:
            behind = _behind(engine, layer) if layer.matrix else []
            if behind:
                chain = _Chain(layer, behind, _between(engine, layer))
                causes[chain.cause].append(chain)
        found += [_finding(engine, cause, chains) for cause, chains in causes.items()]
    return found


def _behind(engine: EngineView, product: Layer) -> list[Layer]:
    chain: list[Layer] = []
    at = product
    while not engine.leaves(at):
        behind = engine.feeds(at)
        if len(behind) != 1 or behind[0].family != "pointwise" or behind[0] in chain:
            break
        at = behind[0]
        chain.append(at)
    return chain


def _between(engine: EngineView, product: Layer) -> list[str]:
    """Return the reshapes without work right behind the product; reformats without work show nothing."""
    found: list[str] = []
    at = engine.feeds(product, lambda _: False)
    while at and at[0].family == "noop":
        if not at[0].name.startswith("Reformatting"):
            found.append(at[0].name)
        at = engine.feeds(at[0], lambda _: False)
    return found


_ACTIONS: dict[Cause, str] = {
    "reshape": "Remove {between:name} from the ONNX graph, or apply the constant in the product's own shape.",
    "matmul": "TensorRT runs these MatMuls as convolutions and reshapes their outputs: "
    "write MatMul and Add as one Gemm with a bias.",
    "operation": "Write the operation so that TensorRT fuses it: bias and BatchNormalization as constants "
    "of the product, a supported activation, no second use of the product's output.",
}


def _finding(engine: EngineView, cause: Cause, chains: list[_Chain]) -> Finding:
    ordered = sorted(chains, key=lambda chain: -chain.time_ms)
    first = ordered[0]
    behind = [layer for chain in ordered for layer in chain.behind]
    time = total(behind)
    return KIND.found(
        title="{products:product is/products are} followed by unfused pointwise work"
        + (" ({time_share})" if time is not None else ""),
        why=(
            "{layers:pointwise layer}: {time_ms}, {time_share} of the engine's time." if time is not None else "",
            "{products:=It follows/The longest follows} {product:name}, whose output nothing else reads.",
            "{between:name} lies between and prevents the fusion." if first.between else "",
        ),
        action=_ACTIONS[cause],
        facts={
            "products": len(ordered), "layers": len(behind), "time_ms": time or 0.0,
            "time_share": share(engine, time) or 0.0, "product": first.product.name,
            "between": first.between[0] if first.between else None,
        },
        cause=cause,
        stake_ms=time,
        engine=engine.number,
        build=first.product.build,
        layers=[layer.name for chain in ordered for layer in (chain.product, *chain.behind)],
        lines=[layer.line for chain in ordered for layer in (chain.product, *chain.behind)],
        rows=[
            layer.row(family=layer.family, behind=chain.product.name) for chain in ordered for layer in chain.behind
        ],
    )  # fmt: skip
