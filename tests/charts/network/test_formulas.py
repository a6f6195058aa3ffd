"""What a formula says is what it makes, and what the network has."""

import math
import re
from collections.abc import Sequence

import pytest

from covnets.charts.network import formulas
from covnets.charts.network.captions import WIDEST, describe_block, describe_shortcut
from covnets.charts.network.layout import MAX_COLUMNS
from covnets.charts.network.units import units
from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.models import PRESETS, Node, Sketch, sketch

LANDSCAPE = {"input_shape": (40, 51, 3)}
NETWORKS: dict[str, NetworkConfig] = {
    name: config for name, config in PRESETS.items() if name != "cifar_resnet1202"
} | {
    "alexnet with BatchNorm": AlexNetConfig(local_response=True),
    "landscape alexnet": AlexNetConfig(**LANDSCAPE),
    "landscape vgg": VGGConfig(**LANDSCAPE),
    "landscape inception": InceptionConfig(**LANDSCAPE, reducers=False),
    "landscape resnet": ResNetConfig(**LANDSCAPE, shortcut="projection", preactivation=True),
    "resnet without BatchNorm": ResNetConfig(batchnorm=False, shortcut="projection"),
}


Shapes = Sequence[tuple[int, ...]]


def explained(node: Node, inputs: Shapes) -> dict[str, list[tuple[int, str]]]:
    """The figures of a layer that have a formula, each with it."""
    figures = {
        "parameters": (node.num_params, formulas.parameters(node)),
        "MACs": (node.macs, formulas.macs(node)),
        "field": (node.receptive_field, formulas.receptive_field(node)),
    }
    found = {name: [pair] for name, pair in figures.items() if pair[1]}
    sizes = formulas.output_size(node, inputs)
    return found | ({"output": sizes} if sizes else {})


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Sketch:
    return sketch(NETWORKS[request.param])


def calculate(arithmetic: str) -> float:
    """Work a formula out, as a reader would with pencil and paper."""
    for written, read in {
        "·": "*",
        "−": "-",
        ",": "",
        "⌈": "math.ceil(",
        "⌊": "math.floor(",
        "⌉": ")",
        "⌋": ")",
    }.items():
        arithmetic = arithmetic.replace(written, read)
    return eval(arithmetic, {"math": math})


def reads(network: Sketch) -> list[tuple[Node, Shapes]]:
    """Every layer with the shapes that it reads."""
    shapes = {node.name: node.output_shape for node in network.nodes}
    return [(node, [shapes[name] for name in node.inputs]) for node in network.nodes]


def hovers(network: Sketch) -> list[list[str]]:
    """The lines of every text that appears on hovering."""
    texts = []
    for unit in units(network, MAX_COLUMNS):
        for block in unit.blocks:
            texts.append(describe_block(block, unit))
            texts += map(describe_shortcut, block.shortcuts)
    return [text.split("<br>") for text in texts]


def test_every_formula_makes_the_figure_that_it_explains(network):
    for node, shapes in reads(network):
        found = explained(node, shapes)
        for what, pairs in found.items():
            for figure, arithmetic in pairs:
                assert calculate(arithmetic) == figure, f"{node.name}, {what}: {arithmetic}"
        assert ("parameters" in found) == (node.num_params > 0)
        assert ("MACs" in found) == (node.macs > 0)


def test_receptive_fields_follow_from_the_largest_field_that_is_read(network):
    fields = {node.name: node.receptive_field for node in network.nodes}
    for node, _ in reads(network):
        formula = formulas.receptive_field(node)
        before = [fields[name] for name in node.inputs] or [1]
        if node.receptive_field is None:
            assert formula is None
        elif formula is None:
            assert node.receptive_field == max(before)
        else:
            assert formula.startswith(f"{max(before):,} + ")


def test_output_sizes_are_explained_wherever_they_change(network):
    for node, shapes in reads(network):
        explained_sizes = {size for size, _ in formulas.output_size(node, shapes)}
        assert explained_sizes <= set(node.output_shape)
        if node.kind in {"Conv2D", "MaxPooling2D", "AveragePooling2D"}:
            assert (explained_sizes or set(shapes[0][:-1])) == set(node.output_shape[:-1])


def test_hovering_is_compact_and_its_sums_are_right(network):
    for lines in hovers(network):
        assert len(lines) <= 9
        for line in lines:
            assert len(line) <= WIDEST or line.startswith("<b>"), line
            without_names = re.sub(r" \([A-Za-z]+\)", "", line)
            if cost := re.fullmatch(
                r"([\d,]+) (?:parameters|MACs)(?: each)? = (.+)", without_names
            ):
                assert calculate(cost[2]) == int(cost[1].replace(",", "")), line
            for value, arithmetic in re.findall(r", ([\d,]+) = ([^,]+(?:,\d{3}[^,]*)*)", line):
                assert calculate(arithmetic) == int(value.replace(",", "")), line


def test_every_cost_of_an_original_comes_with_its_formula():
    for preset in ("vgg16", "googlenet_aux", "resnet152", "alexnet"):
        for lines in hovers(sketch(PRESETS[preset])):
            for line in lines:
                if re.match(r"[1-9][\d,]* (parameters|MACs)", line):
                    assert " = " in line


@pytest.mark.parametrize(
    ("config", "block", "told"),
    [
        (
            VGGConfig(),
            "<b>stage1_conv1</b>",
            [
                "<b>stage1_conv1</b>",
                "convolution 3×3, 16 filters",
                "then BatchNorm, ReLU",
                "output 28 × 28 × 16",
                "176 parameters = 3·3·1·16 + 2·16 (BatchNorm)",
                "112,896 MACs = 3·3·1·16·28·28",
                "receptive field 3 × 3 pixels, 3 = 1 + (3 − 1)·1",
            ],
        ),
        (
            VGGConfig(num_stages=4, num_convs=(4, 4, 4, 6)),
            "stage1_conv2 … stage1_conv4",
            [
                "3 times:",
                "2,336 parameters each = 3·3·16·16 + 2·16 (BatchNorm)",
                "receptive field 5 to 9 pixels wide, each adds (3 − 1)·1",
            ],
        ),
        (
            PRESETS["resnet50"],
            "stem_conv",
            [
                "zero padding, then",
                "output 112 × 112 × 64, 112 = ⌊(224 + 2·3 − 7) / 2⌋ + 1",
                "9,536 parameters = 7·7·3·64 + 2·64 (BatchNorm)",
            ],
        ),
        (
            ResNetConfig(num_stages=2, shortcut="projection"),
            "stage2_block1_add",
            ["576 parameters = 1·1·16·32 (projection) + 2·32 (BatchNorm)"],
        ),
        (
            PRESETS["alexnet"],
            "stage1_conv",
            ["output 55 × 55 × 96, 55 = ⌊(227 − 11) / 4⌋ + 1"],
        ),
        (
            PRESETS["alexnet"],
            "stage2_conv",
            [
                "convolution 5×5, 256 filters, in 2 groups",
                "307,456 parameters = 5·5·(96/2)·256 + 256",
                "223,948,800 MACs = 5·5·(96/2)·256·27·27",
                "receptive field 51 × 51 pixels, 51 = 19 + (5 − 1)·8",
            ],
        ),
        (
            PRESETS["googlenet"],
            "stage1_module1_join",
            ["output 28 × 28 × 256, 256 = 64 + 128 + 32 + 32"],
        ),
        (PRESETS["googlenet"], "stage2_pool", ["output 14 × 14 × 480, 14 = ⌈28 / 2⌉"]),
        (
            PRESETS["googlenet_aux"],
            "stage2_auxiliary1_average",
            ["average pooling 5×5, stride 3"],
        ),
        (
            PRESETS["vgg16"],
            "head_dense1",
            [
                "flatten to 7·7·512 = 25,088, then",
                "102,764,544 parameters = 25,088·4,096 + 4,096",
                "sees the whole image",
            ],
        ),
        (
            ResNetConfig(),
            "option A",
            ["subsampling: one pixel of each 2×2", "zeros for the missing channels"],
        ),
    ],
)
def test_hovering_tells_what_a_block_does_makes_costs_and_sees(config, block, told):
    lines = next(lines for lines in hovers(sketch(config)) if block in lines[0])
    assert [line for line in lines if line in told] == told
