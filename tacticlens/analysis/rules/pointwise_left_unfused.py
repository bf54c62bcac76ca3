"""TL008: pointwise work directly behind a matrix product, as a layer of its own.

What it finds: a product whose output is taken by one pointwise layer only (through layers without work). Why it
matters: the product's kernel can do bias, ReLU or Add before it stores its result; as a layer of its own the work
reads and writes the whole tensor again. How to act: remove what stands between (Squeeze, Unsqueeze, Reshape), bring
the operation into a form that TensorRT fuses. Example: Conv -> Unsqueeze -> Add -> Squeeze -> ReLU.
"""

from __future__ import annotations

from tacticlens.analysis.context import Context
from tacticlens.analysis.engine_view import EngineView, Layer
from tacticlens.analysis.finding import Finding, FindingKind
from tacticlens.analysis.rules.wording import count, notable, share_text, short, total

KIND = FindingKind(
    "TL008",
    "pointwise-left-unfused",
    "Pointwise layer behind a matrix product is not fused",
    "The output of a matrix product is taken by a pointwise layer and by nothing else, and the "
    "pointwise work is a layer "
    "of its own. Pointwise layers behind it count with it.",
)
Chain = tuple[Layer, list[Layer]]


def find(context: Context) -> list[Finding]:
    """Return a finding per notable chain of pointwise layers and one for the others."""
    found = []
    for engine in context.engines:
        chains = [
            (layer, chain) for layer in engine.layers if layer.matrix and (chain := _behind(engine, layer))
        ]
        large, _ = notable(engine, [chain[0] for _, chain in chains])
        heads = {layer.position for layer in large}
        found += [_single(engine, chain) for chain in chains if chain[1][0].position in heads]
        small = [chain for chain in chains if chain[1][0].position not in heads]
        if small:
            found.append(_together(engine, small, more=bool(heads)))
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
    """Return the reshapes without work right behind the product; reformats without work tell nothing."""
    found: list[str] = []
    at = engine.feeds(product, lambda _: False)
    while at and at[0].family == "noop":
        if not at[0].name.startswith("Reformatting"):
            found.append(at[0].name)
        at = engine.feeds(at[0], lambda _: False)
    return found


def _single(engine: EngineView, chain: Chain) -> Finding:
    product, behind = chain
    between = _between(engine, product)
    hindered = f" Between them stands {short(between[0], 50)}, which keeps them apart." if between else ""
    own = bool(between) and between[0].startswith("reshape_after")
    action = (
        "TensorRT runs this MatMul as a convolution and reshapes behind it: write MatMul and Add as one "
        "Gemm with a bias, so that "
        "the bias belongs to the product"
        if own
        else "Remove the Squeeze, Unsqueeze or Reshape between them in the ONNX graph (apply the "
        "constant in the product's own shape)"
        if between
        else "Write the operation so that TensorRT fuses it: bias and BatchNormalization as constants "
        "of the product, a supported "
        "activation, no second use of the product's output"
    )
    return KIND.found(
        title=f"{short(product.name)} -> {' -> '.join(short(x.name, 40) for x in behind)}: not fused, "
        f"{share_text(engine, total(behind))}",
        why=f"The product's output goes nowhere else.{hindered} {engine.source_note}",
        action=action + "; then look whether the layer is gone.",
        stake_ms=total(behind),
        engine=engine.number,
        build=product.build,
        layers=[product.name, *(layer.name for layer in behind)],
        lines=[product.line, *(layer.line for layer in behind)],
        rows=[layer.row(family=layer.family) for layer in (product, *behind)],
    )


def _together(engine: EngineView, chains: list[Chain], *, more: bool) -> Finding:
    behind = [layer for _, chain in chains for layer in chain]
    return KIND.found(
        title=f"{count(len(chains), 'more product' if more else 'product')} with unfused pointwise work "
        f"behind: {share_text(engine, total(behind))}",
        why=f"None is known to take 1 % alone. {engine.source_note}",
        action="See what the chains have in common: a reshape between, an activation that is not fused, "
        "a second output.",
        stake_ms=total(behind),
        engine=engine.number,
        build=engine.build,
        layers=[layer.name for layer in behind],
        lines=[layer.line for layer in behind],
        rows=[layer.row(behind=product.name) for product, chain in chains for layer in chain],
    )
