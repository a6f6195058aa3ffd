"""The cards of Inception."""

from __future__ import annotations

from collections.abc import Iterator

from covnets.claims.card import TEXTBOOK, Claim, giga, mega, percent, preset
from covnets.models import PRESETS, Node, Sketch, sketch
from covnets.models.papers import (
    ALEXNET_PAPER,
    ALEXNET_TO_GOOGLENET,
    FIGURES,
    GOOGLENET_BUDGET,
    GOOGLENET_MODULES,
    GOOGLENET_PAPER,
)


def modules(drawn: Sketch) -> Iterator[tuple[int, int]]:
    """Weights without biases, and multiply-adds, of each module from 3a on."""
    parts: dict[str, list[Node]] = {}
    for node in drawn.nodes:
        if node.kind == "Conv2D" and "_module" in node.name:
            parts.setdefault("_".join(node.name.split("_")[:2]), []).append(node)
    for convolutions in parts.values():
        biases = sum(node.output_shape[-1] for node in convolutions)
        weights = sum(node.num_params for node in convolutions) - biases
        yield weights, sum(node.macs for node in convolutions)


def googlenet(**changes: object) -> Sketch:
    """GoogLeNet, with some of its hyperparameters changed."""
    return sketch(PRESETS["googlenet"].replace(**changes))


def fewer_than_alexnet() -> Claim:
    """GoogLeNet is small, if not quite as small as they say."""
    small, large = preset("googlenet").num_params, preset("alexnet").num_params
    with_heads = preset("googlenet_aux").num_params
    only_modules = sum(weights for weights, _ in modules(preset("googlenet")))
    return Claim(
        title="Fewer parameters than AlexNet",
        claim='GoogLeNet has "10 times fewer parameters than AlexNet".',
        printed=f"10 times (textbook), {ALEXNET_TO_GOOGLENET} times (paper)",
        counted=f"{large:,} / {small:,} = {large / small:.1f} times",
        verdict="differs",
        explanation=(
            "It is far smaller indeed, by a little less than the wording has it. Much depends on "
            f"what is counted: the nine modules alone, without biases, hold {only_modules:,}, "
            f"and AlexNet has {large / only_modules:.1f} times as many; with the auxiliary heads "
            f"GoogLeNet has {with_heads:,}, and the ratio is {large / with_heads:.1f}. Most of "
            "AlexNet's parameters are in its dense layers, and GoogLeNet averages each channel "
            "instead."
        ),
        source=f"{TEXTBOOK}; {GOOGLENET_PAPER}; AlexNet: {ALEXNET_PAPER}",
        family="inception",
    )


def budget() -> Claim:
    """The paper set itself a limit of work."""
    drawn = preset("googlenet")
    over = drawn.macs / GOOGLENET_BUDGET - 1
    return Claim(
        title="A budget of multiply-adds",
        claim="The network was designed to keep a budget of 1.5 billion multiply-adds.",
        printed=str(FIGURES["googlenet"].printed.macs),
        counted=f"{giga(drawn.macs)} ({drawn.macs:,})",
        verdict="nearly",
        explanation=(
            f"The count is {100 * over:.0f} % above the budget, which is a round number. All "
            "convolutions and the dense layer are counted, for one image of 224x224, without the "
            f"auxiliary heads. VGG-16 needs {preset('vgg16').macs / drawn.macs:.1f} times as many."
        ),
        source=GOOGLENET_PAPER,
        family="inception",
    )


def reducers() -> Claim:
    """A 1x1 convolution before a large filter pays for itself."""
    weights, macs = next(modules(googlenet()))
    naive_weights, naive_macs = next(modules(googlenet(reducers=False)))
    return Claim(
        title="What the 1x1 reducers save",
        claim="1x1 convolutions that squeeze the channels first make large filters affordable.",
        printed=(
            f"3a: {GOOGLENET_MODULES[0].printed_kilo_params}K parameters, "
            f"{GOOGLENET_MODULES[0].printed_mega_macs}M multiply-adds with reducers"
        ),
        counted=(
            f"3a with reducers: {weights:,} weights, {mega(macs)} multiply-adds. Without: "
            f"{naive_weights:,} weights, {naive_macs // 10**6} million multiply-adds."
        ),
        verdict="holds",
        explanation=(
            f"The reducers save {percent(naive_weights - weights, naive_weights)} of the weights, "
            "although they, and the projection after the pooling, are convolutions themselves. "
            "Without the projection the pooled channels are passed on whole, so that the naive "
            "module's output, and the next module with it, keeps growing. Biases are left out."
        ),
        source=f"{GOOGLENET_PAPER}, table 1",
        family="inception",
    )


def table_of_modules() -> Claim:
    """Module by module, the paper's table against the count."""
    rows = list(zip(GOOGLENET_MODULES, modules(googlenet()), strict=True))
    farthest, (weights, macs) = max(
        rows, key=lambda row: abs(row[1][0] / row[0].printed_kilo_params - 1000)
    )
    work, (_, other_macs) = max(
        rows, key=lambda row: abs(row[1][1] / row[0].printed_mega_macs - 1e6)
    )
    positions = macs // weights
    implied = farthest.printed_mega_macs * 10**6 / positions
    return Claim(
        title="The table of modules",
        claim="The paper's table gives parameters and multiply-adds of each module.",
        printed=", ".join(
            f"{module.name} {module.printed_kilo_params}K / {module.printed_mega_macs}M"
            for module, _ in rows
        ),
        counted=", ".join(
            f"{module.name} {weights / 1000:.0f}K / {macs / 1e6:.1f}M"
            for module, (weights, macs) in rows
        ),
        verdict="differs",
        explanation=(
            "The multiply-adds agree within a million, except in "
            f"{work.name}: {work.printed_mega_macs}M are printed, {other_macs / 1e6:.1f}M counted. "
            f"The parameters agree less, least in {farthest.name}: {farthest.printed_kilo_params}K "
            f"printed, {weights:,} counted. The paper's own multiply-adds speak for the count: "
            "each weight is used once at each of the "
            f"{positions} positions, and {farthest.printed_mega_macs}M / {positions} is about "
            f"{implied / 1000:.0f}K. Biases are left out; they would add less than 1 %."
        ),
        source=f"{GOOGLENET_PAPER}, table 1",
        family="inception",
    )


CARDS = (fewer_than_alexnet, budget, reducers, table_of_modules)
