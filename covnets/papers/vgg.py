"""The cards of VGG."""

from __future__ import annotations

from covnets.models import symbolic
from covnets.papers.card import (
    TEXTBOOK,
    Claim,
    convolutions,
    dense_params,
    giga,
    num_filters,
    percent,
    preset,
    printed_errors,
)
from covnets.papers.figures import FIGURES, TORCHVISION_PARAMS, VGG_PAPER, WORSE_WITH_5X5

CONFIGURATIONS = {
    "A": "vgg11",
    "B": "vgg13",
    "C": "vgg16_1x1",
    "D": "vgg16",
    "E": "vgg19",
}
CHANNELS = 64
"""Any number would do for the comparison of filter sizes: both sides grow with its square."""


def only_small_filters() -> Claim:
    """Every convolution of the paper's configurations is small."""
    sizes = [
        (name, node.layer.kernel_size)
        for name, key in CONFIGURATIONS.items()
        for node in preset(key).nodes
        if isinstance(node.layer, symbolic.Conv2D)
    ]
    small = sum(size == 3 for _, size in sizes)
    ones = [name for name, size in sizes if size == 1]
    return Claim(
        title="Only small filters",
        claim='VGG has "only 3x3 filters, but many".',
        printed="3x3",
        counted=(
            f"{small} convolutions of 3x3 in A to E, "
            f"and {len(ones)} of 1x1 (all in {', '.join(sorted(set(ones)))})."
        ),
        verdict="nearly",
        explanation=(
            "It holds for A, B, D and E. In C the third convolution of each of the last three "
            "stages is a 1x1: one more non-linear function, but nothing more of the image to "
            "see. D, with 3x3 in their place, was better. No filter is larger than 3x3."
        ),
        source=f"{TEXTBOOK}; {VGG_PAPER}, table 1",
    )


def stacked(kernel_size: int, layers: int) -> tuple[int, str]:
    """Weights without biases of equal convolutions in a row, and what one reads of them."""
    x = symbolic.Input((32, 32, CHANNELS), name="images")
    weights = 0
    for layer in range(layers):
        convolution = symbolic.Conv2D(
            CHANNELS, kernel_size, padding="same", use_bias=False, name=f"stage1_conv{layer}"
        )
        x = convolution(x)
        weights += x.node.num_params
    field = x.node.receptive_field
    return weights, f"{weights // CHANNELS**2} C² weights see {field}x{field}"


def three_small_for_one_large() -> Claim:
    """Three layers of 3x3 see as far as one of 7x7, with fewer weights."""
    (small, of_small), (large, of_large) = stacked(3, layers=3), stacked(7, layers=1)
    return Claim(
        title="Three small filters for one large",
        claim="Three 3x3 layers see as far as one 7x7 layer, which has 81 % more weights.",
        printed="27 C² against 49 C² weights: 81 % more",
        counted=f"{of_small}; {of_large}: {percent(large - small, small)} more.",
        verdict="holds",
        explanation=(
            f"With C = {CHANNELS} channels these are {small:,} and {large:,} weights, biases left "
            "out. The three layers also have three non-linear functions where the large one has "
            "one."
        ),
        source=VGG_PAPER,
    )


def two_small_for_one_larger() -> Claim:
    """The same with 5x5, and what it does to the error."""
    (_, of_small), (_, of_large) = stacked(3, layers=2), stacked(5, layers=1)
    return Claim(
        title="Two small filters for one larger",
        claim="A network with one 5x5 layer for each pair of 3x3 layers is worse.",
        printed=f"B with 5x5 layers: top-1 error {WORSE_WITH_5X5} % worse",
        counted=f"Two 3x3 layers: {of_small}; one 5x5 layer: {of_large}.",
        verdict="measured",
        explanation=(
            "Both see as far. The pair has fewer weights and one non-linear function more, and "
            "it was the pair that had the smaller error."
        ),
        source=VGG_PAPER,
    )


def sixteen_or_nineteen() -> Claim:
    """The number in the name counts the dense layers too."""
    counts = [
        (drawn.depth, len(convolutions(drawn)), len(dense_params(drawn)))
        for drawn in (preset("vgg16"), preset("vgg19"))
    ]
    return Claim(
        title="What the 16 and the 19 count",
        claim='VGG has "a total of just 16 or 19 convolutional layers".',
        printed="16 or 19 convolutional layers",
        counted="; ".join(
            f"{convs} convolutions and {dense} dense layers: {depth} weight layers"
            for depth, convs, dense in counts
        )
        + ".",
        verdict="differs",
        explanation=(
            "16 and 19 are right for the layers that have weights. The wording is a little quick: "
            "the last three of them are dense layers, not convolutions. Pooling layers have no "
            "weights, and are not counted."
        ),
        source=f"{TEXTBOOK}; {VGG_PAPER}, table 1",
    )


def dense_layers_are_heavy() -> Claim:
    """Nearly all weights are where nothing is shared."""
    drawn = preset("vgg16")
    dense = dense_params(drawn)
    macs = sum(node.macs for node in drawn.nodes if node.kind == "Dense")
    return Claim(
        title="Where the weights are",
        claim="Most of VGG's weights are in its dense layers.",
        printed=f"D has {FIGURES['vgg16'].printed.params} parameters in all.",
        counted=(
            f"D's three dense layers hold {sum(dense):,} of {drawn.num_params:,} parameters, "
            f"{percent(sum(dense), drawn.num_params)}; the first alone holds {dense[0]:,}."
        ),
        verdict="holds",
        explanation=(
            "The first dense layer reads every cell of the last pooling layer with a weight of "
            "its own. The convolutions share theirs, and so it is the other way round with the "
            f"work: only {100 * macs / drawn.macs:.1f} % of the multiply-adds are in the dense "
            "layers. GoogLeNet and ResNet average each channel instead."
        ),
        source=f"{VGG_PAPER}, table 1",
    )


def number_of_parameters() -> Claim:
    """The paper's totals are rounded counts."""
    printed = {name: FIGURES[key].printed.params for name, key in CONFIGURATIONS.items()}
    counted = {name: preset(key).num_params for name, key in CONFIGURATIONS.items()}
    return Claim(
        title="Number of parameters",
        claim="The configurations have from 133 to 144 million parameters; D has 138 million.",
        printed=", ".join(f"{name} {params}" for name, params in printed.items()),
        counted=", ".join(f"{name} {params:,}" for name, params in counted.items()),
        verdict="holds",
        explanation=(
            "Each figure of the paper is the count, rounded to millions. The configurations "
            "differ only in their convolutions, and these have few of the weights: with eight "
            "more layers, E has only "
            f"{percent(counted['E'] - counted['A'], counted['A'])} more parameters than A."
        ),
        source=VGG_PAPER,
    )


def depth_saturates() -> Claim:
    """VGG-19 is no better than VGG-16."""
    shallow, deep = preset("vgg16"), preset("vgg19")
    return Claim(
        title="Where depth stops to help",
        claim="The error no longer falls when VGG grows from 16 to 19 weight layers.",
        printed=printed_errors({"D": "vgg16", "E": "vgg19"}),
        counted=(
            f"E has {deep.num_params - shallow.num_params:,} more parameters than D, and needs "
            f"{giga(deep.macs)} multiply-adds where D needs {giga(shallow.macs)}."
        ),
        verdict="measured",
        explanation=(
            "Trained and tested at this one scale, E is slightly worse than D, and costs more. "
            "The errors are the paper's: a sketch counts the cost, it cannot measure an error. "
            "ResNet's shortcuts are what made greater depth pay."
        ),
        source=VGG_PAPER,
    )


def biases_before_batchnorm() -> Claim:
    """Torchvision's VGG with BatchNorm keeps biases that change nothing."""
    drawn = preset("vgg16", batchnorm=True)
    biases = num_filters(convolutions(drawn))
    return Claim(
        title="Biases before BatchNorm",
        claim=(
            "Torchvision's VGG-16 with BatchNorm has "
            f"{TORCHVISION_PARAMS['vgg16_bn'] / 1e6:.2f} million parameters."
        ),
        printed=f"{TORCHVISION_PARAMS['vgg16_bn']:,} (torchvision)",
        counted=(
            f"D with BatchNorm: {drawn.num_params:,}; with {biases:,} biases of convolutions: "
            f"{drawn.num_params + biases:,}."
        ),
        verdict="nearly",
        explanation=(
            "Torchvision's convolutions keep their biases before BatchNorm. They change nothing: "
            "BatchNorm subtracts each channel's mean, and the bias with it, and then adds a shift "
            "of its own. So here a convolution before BatchNorm has none. The paper is older than "
            "BatchNorm: its networks have the biases alone."
        ),
        source=f"torchvision, vgg16_bn; {VGG_PAPER}, table 1",
    )


CARDS = (
    only_small_filters,
    three_small_for_one_large,
    two_small_for_one_larger,
    sixteen_or_nineteen,
    dense_layers_are_heavy,
    number_of_parameters,
    depth_saturates,
    biases_before_batchnorm,
)
