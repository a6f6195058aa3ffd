"""What the papers' networks hold: sketches and counts by hand agree, and with what is printed."""

import re

import pytest

from covnets.config import InceptionConfig, ResNetConfig
from covnets.models import PRESETS, Node, Sketch, sketch, symbolic
from covnets.models.inception import in_proportion, module
from covnets.papers.figures import FIGURES, GOOGLENET_MODULES
from tests.models.by_hand import BY_HAND, MODULES, Ledger, module_by_hand


def test_every_network_of_a_paper_has_figures():
    papers_own = {name for name in PRESETS if not name.startswith("mini_")}
    assert set(FIGURES) == set(BY_HAND) == papers_own
    assert all(figures.source for figures in FIGURES.values())


@pytest.mark.parametrize("name", FIGURES)
def test_the_sketch_is_what_one_counts_by_hand(name):
    drawn = sketch(PRESETS[name])
    counted = (drawn.depth, drawn.num_params, drawn.macs, drawn.receptive_field)
    assert counted == BY_HAND[name]


@pytest.mark.parametrize("name", FIGURES)
def test_depth_is_the_printed_number_of_weight_layers(name):
    printed = FIGURES[name].printed.weight_layers
    assert printed in (None, sketch(PRESETS[name]).depth)
    in_name = re.search(r"(?:vgg|resnet)(\d+)", name)
    assert (in_name is None) == (printed is None)
    assert in_name is None or int(in_name[1]) == printed


@pytest.mark.parametrize("name", [name for name in FIGURES if FIGURES[name].printed.params])
def test_the_printed_number_of_parameters_is_the_count_rounded(name):
    printed = FIGURES[name].printed.params.rstrip("M ")
    decimals = len(printed.partition(".")[2])
    assert round(BY_HAND[name].params / 1e6, decimals) == float(printed)


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_the_printed_multiply_adds_are_the_count_within_two_per_cent(depth):
    printed = float(FIGURES[f"resnet{depth}"].printed.macs.rstrip("G")) * 1e9
    assert BY_HAND[f"resnet{depth}"].macs == pytest.approx(printed, rel=0.02)


def test_where_a_bottleneck_strides_changes_no_weights():
    usual, late = (
        [(node.name, node.num_params) for node in sketch(PRESETS[name]).nodes if node.num_params]
        for name in ("resnet50", "resnet50_3x3")
    )
    assert usual == late


def test_a_basic_block_has_its_stride_in_its_first_3x3_whatever_is_said_of_bottlenecks():
    config = PRESETS["resnet18"]
    assert sketch(config.replace(stride_in="3x3")) == sketch(config)


def test_with_option_a_resnet_34_needs_the_printed_multiply_adds():
    assert round(sketch(PRESETS["resnet34"].replace(shortcut="identity")).macs / 1e9, 2) == 3.64


@pytest.mark.parametrize("printed", GOOGLENET_MODULES, ids=lambda printed: printed.name)
def test_googlenet_s_modules_cost_what_one_counts_by_hand(printed):
    side, channels, *row = MODULES[printed.name]
    ledger = Ledger()
    module_by_hand(printed.name, ledger, per_filter=0)
    drawn = inception_module(tuple(row), shape=(side, side, channels))
    assert sum(weights(drawn).values()) == ledger.params
    assert drawn.macs == ledger.macs
    # Of the paper's table, 4c's parameters and 5a's multiply-adds are farthest from the count.
    assert ledger.params == pytest.approx(printed.kilo_params * 1000, rel=0.11)
    assert ledger.macs == pytest.approx(printed.mega_macs * 1e6, rel=0.06)


def cifar_resnet(num_blocks: int, **changes: object) -> ResNetConfig:
    return ResNetConfig(num_blocks=num_blocks, filters=16, input_shape=(32, 32, 3), **changes)


def spatial(drawn: Sketch) -> list[Node]:
    return [node for node in drawn.nodes if len(node.output_shape) == 3]


def test_cifar_resnets_end_on_eight_by_eight_cells():
    assert spatial(sketch(cifar_resnet(3)))[-1].output_shape == (8, 8, 64)


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
@pytest.mark.parametrize("preactivation", [False, True])
@pytest.mark.parametrize("batchnorm", [False, True])
def test_plain_twins_have_exactly_the_residual_parameters(block, preactivation, batchnorm):
    variants = {
        shortcut: sketch(
            cifar_resnet(
                2,
                block=block,
                preactivation=preactivation,
                batchnorm=batchnorm,
                shortcut=shortcut,
            )
        )
        for shortcut in ("identity", "none", "projection")
    }
    assert variants["identity"].num_params == variants["none"].num_params
    assert variants["identity"].num_params_total == variants["none"].num_params_total
    assert variants["identity"].depth == variants["none"].depth == variants["projection"].depth
    assert variants["projection"].num_params > variants["identity"].num_params


def test_only_the_plain_network_has_no_shortcut():
    for shortcut, num_joins in [("identity", 9), ("projection", 9), ("none", 0)]:
        drawn = sketch(cifar_resnet(3, shortcut=shortcut))
        assert [node.kind for node in drawn.nodes].count("Add") == num_joins


def inception_module(
    row: tuple[int, ...], shape: tuple[int, int, int], reducers: bool = True
) -> Sketch:
    """One module on its own, without biases, as the paper's table counts it."""
    config = InceptionConfig(reducers=reducers)
    images = symbolic.Input(shape, name="images")
    joined = module(config, symbolic, images, row, name="stage1_module1")
    return symbolic.Model(images, joined, name="module")


def weights(drawn: Sketch) -> dict[str, int]:
    return {
        node.name.removeprefix("stage1_module1_"): node.num_params
        for node in drawn.nodes
        if node.kind == "Conv2D"
    }


def test_at_64_base_filters_a_module_is_googlenet_s_3a():
    assert in_proportion(64) == MODULES["3a"][2:]
    drawn = inception_module(in_proportion(64), shape=(28, 28, 192))
    filters = {node.name: node.output_shape[-1] for node in drawn.nodes if node.kind == "Conv2D"}
    assert list(filters.values()) == [64, 96, 128, 16, 32, 32]
    assert drawn.nodes[-1].output_shape == (28, 28, 256)


def edges(drawn: Sketch) -> set[tuple[str, str]]:
    """Which convolution or pooling reads which, with the layers between them left out."""
    nodes = {node.name: node for node in drawn.nodes}

    def source(name: str) -> str:
        node = nodes[name]
        if node.kind in ("BatchNormalization", "Activation"):
            return source(node.inputs[0])
        return name.removeprefix("stage1_module1_")

    return {
        (source(read), source(node.name))
        for node in drawn.nodes
        for read in node.inputs
        if node.kind not in ("BatchNormalization", "Activation")
    }


def test_with_reducers_all_four_branches_are_in_the_graph():
    assert edges(inception_module(in_proportion(16), shape=(14, 14, 32))) == {
        ("images", "1x1"),
        ("1x1", "join"),
        ("images", "3x3_reducer"),
        ("3x3_reducer", "3x3"),
        ("3x3", "join"),
        ("images", "5x5_reducer"),
        ("5x5_reducer", "5x5"),
        ("5x5", "join"),
        ("images", "pool"),
        ("pool", "pool_projection"),
        ("pool_projection", "join"),
    }


def test_without_reducers_the_branches_are_joined_directly():
    drawn = inception_module(in_proportion(16), shape=(14, 14, 32), reducers=False)
    assert edges(drawn) == {
        ("images", "1x1"),
        ("images", "3x3"),
        ("images", "5x5"),
        ("images", "pool"),
        ("1x1", "join"),
        ("3x3", "join"),
        ("5x5", "join"),
        ("pool", "join"),
    }
    pooling = next(node for node in drawn.nodes if node.kind == "MaxPooling2D")
    assert pooling.layer.pool_size == 3
    # The pooled input is passed on whole: 16 + 32 + 8 filters, and all 32 channels again.
    assert drawn.nodes[-1].output_shape[-1] == 16 + 32 + 8 + 32


@pytest.mark.parametrize(("reducers", "grows"), [(True, False), (False, True)])
def test_only_the_naive_modules_output_keeps_growing(reducers, grows):
    config = InceptionConfig(num_stages=1, num_modules=4, reducers=reducers)
    channels = [
        node.output_shape[-1] for node in sketch(config).nodes if node.kind == "Concatenate"
    ]
    assert len(channels) == 4
    assert (len(set(channels)) == 4) == grows
    assert channels == sorted(channels)


@pytest.mark.parametrize("branch", ["1x1", "3x3", "5x5", "pool"])
def test_each_branch_can_be_switched_off(branch):
    others = tuple(b for b in ("1x1", "3x3", "5x5", "pool") if b != branch)
    names = [node.name for node in sketch(InceptionConfig(branches=others)).nodes]
    assert f"stage1_module1_{branch}" not in names
    assert all(f"stage1_module1_{other}" in names for other in others)
