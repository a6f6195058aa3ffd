"""The cards of Inception."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from covnets.models import Node, Sketch, symbolic
from covnets.papers.card import (
    TEXTBOOK,
    Claim,
    convolutions,
    giga,
    mega,
    num_filters,
    percent,
    preset,
)
from covnets.papers.figures import (
    ALEXNET_PAPER,
    ALEXNET_TO_GOOGLENET,
    FIGURES,
    GOOGLENET_BUDGET,
    GOOGLENET_MODULES,
    GOOGLENET_PAPER,
    GOOGLENET_STEM_KILO_PARAMS,
    GOOGLENET_STEM_MEGA_MACS,
    TORCHVISION_PARAMS,
)


def modules(drawn: Sketch) -> Iterator[tuple[int, int]]:
    """Weights without biases, and multiply-adds, of each module from 3a on."""
    parts: dict[str, list[Node]] = {}
    for node in convolutions(drawn):
        if "_module" in node.name:
            parts.setdefault("_".join(node.name.split("_")[:2]), []).append(node)
    for nodes in parts.values():
        weights = sum(node.num_params for node in nodes) - num_filters(nodes)
        yield weights, sum(node.macs for node in nodes)


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
    )


def reducers() -> Claim:
    """A 1x1 convolution before a large filter pays for itself."""
    weights, macs = next(modules(preset("googlenet")))
    naive_weights, naive_macs = next(modules(preset("googlenet", reducers=False)))
    return Claim(
        title="What the 1x1 reducers save",
        claim="1x1 convolutions that squeeze the channels first make large filters affordable.",
        printed=(
            f"3a: {GOOGLENET_MODULES[0].kilo_params}K parameters, "
            f"{GOOGLENET_MODULES[0].mega_macs}M multiply-adds with reducers"
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
    )


def table_of_modules() -> Claim:
    """Module by module, the paper's table against the count."""
    rows = list(zip(GOOGLENET_MODULES, modules(preset("googlenet")), strict=True))
    farthest, (weights, macs) = max(rows, key=lambda row: abs(row[1][0] / row[0].kilo_params - 1e3))
    work, (_, other_macs) = max(rows, key=lambda row: abs(row[1][1] / row[0].mega_macs - 1e6))
    positions = macs // weights
    implied = farthest.mega_macs * 10**6 / positions
    return Claim(
        title="The table of modules",
        claim="The paper's table gives parameters and multiply-adds of each module.",
        printed=", ".join(
            f"{module.name} {module.kilo_params}K / {module.mega_macs}M" for module, _ in rows
        ),
        counted=", ".join(
            f"{module.name} {weights / 1000:.0f}K / {macs / 1e6:.1f}M"
            for module, (weights, macs) in rows
        ),
        verdict="differs",
        explanation=(
            "The multiply-adds agree within a million, except in "
            f"{work.name}: {work.mega_macs}M are printed, {other_macs / 1e6:.1f}M counted. "
            f"The parameters agree less, least in {farthest.name}: {farthest.kilo_params}K "
            f"printed, {weights:,} counted. The paper's own multiply-adds speak for the count: "
            "each weight is used once at each of the "
            f"{positions} positions, and {farthest.mega_macs}M / {positions} is about "
            f"{implied / 1000:.0f}K. Biases are left out; they would add less than 1 %."
        ),
        source=f"{GOOGLENET_PAPER}, table 1",
    )


def cost_of_the_stem() -> Claim:
    """The table's first row does not fit a convolution of 7x7 over three colours."""
    stem = convolutions(preset("googlenet"))[0]
    filters = stem.output_shape[-1]
    positions = prod(stem.output_shape[:2])
    implied = GOOGLENET_STEM_MEGA_MACS * 10**6 / positions
    colours = symbolic.Input((224, 224, 3), name="images")
    apart = symbolic.Conv2D(
        24, 7, strides=2, padding="same", groups=3, use_bias=False, name="stem_conv_apart"
    )(colours)
    mixed = symbolic.Conv2D(filters, 1, use_bias=False, name="stem_conv_mixed")(apart)
    two_steps = [apart.node, mixed.node]
    return Claim(
        title="The first row of the table",
        claim=f"The stem's 7x7 convolution has {GOOGLENET_STEM_KILO_PARAMS}K parameters.",
        printed=(
            f"{GOOGLENET_STEM_KILO_PARAMS}K parameters, {GOOGLENET_STEM_MEGA_MACS}M multiply-adds"
        ),
        counted=(
            f"{stem.num_params - filters:,} weights, {stem.num_params:,} parameters with biases, "
            f"{mega(stem.macs)} multiply-adds."
        ),
        verdict="differs",
        explanation=(
            f"The printed figures agree with each other: {GOOGLENET_STEM_MEGA_MACS}M / "
            f"{positions:,} positions is about {implied / 1000:.1f}K weights. They do not fit "
            f"{filters} filters that read three colours each. They would fit a convolution in two "
            "steps, 8 filters of 7x7 for each colour and a 1x1 over what these make: "
            f"{sum(node.num_params for node in two_steps):,} weights and "
            f"{mega(sum(node.macs for node in two_steps))} multiply-adds. This paper does not say "
            "so; the next Inception network (arXiv 1502.03167) begins with such a convolution."
        ),
        source=f"{GOOGLENET_PAPER}, table 1",
    )


def three_for_five() -> Claim:
    """Torchvision's 5x5 branch has filters of 3x3."""
    drawn = preset("googlenet", batchnorm=True)
    fives = [node for node in convolutions(drawn) if node.name.endswith("_5x5")]
    less = sum(node.num_params - node.num_params * 3**2 // 5**2 for node in fives)
    return Claim(
        title="A 5x5 that is a 3x3",
        claim=f"Torchvision's GoogLeNet has {TORCHVISION_PARAMS['googlenet']:,} parameters.",
        printed=f"{TORCHVISION_PARAMS['googlenet']:,} (torchvision, without auxiliary heads)",
        counted=(
            f"The paper's network with BatchNorm: {drawn.num_params:,}; with 3x3 in place of its "
            f"{len(fives)} convolutions of 5x5: {drawn.num_params - less:,}."
        ),
        verdict="differs",
        explanation=(
            "Torchvision's network has BatchNorm, which is younger than GoogLeNet, and in the "
            "branch that the paper calls 5x5 its filters are 3x3: its source calls that a known "
            "bug. Its figures are right for what it builds, but that is not table 1. The paper's "
            f"network as it stands has {preset('googlenet').num_params:,}."
        ),
        source=f"torchvision, googlenet; {GOOGLENET_PAPER}, table 1",
    )


CARDS = (
    fewer_than_alexnet,
    budget,
    reducers,
    table_of_modules,
    cost_of_the_stem,
    three_for_five,
)
