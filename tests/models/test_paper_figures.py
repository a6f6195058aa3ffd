"""What the papers' networks hold, counted from their definitions."""

import pytest

from covnets.config import InceptionConfig, ResNetConfig, VGGConfig
from covnets.models import Node, Sketch, sketch, symbolic
from covnets.models.inception import module

IMAGENET = {"input_shape": (224, 224, 3), "num_classes": 1000}


def paper_vgg(*num_convs: int) -> VGGConfig:
    return VGGConfig(num_convs=num_convs, filters=64, units=4096, batchnorm=False, **IMAGENET)


def cifar_resnet(num_blocks: int, **changes: object) -> ResNetConfig:
    return ResNetConfig(num_blocks=num_blocks, filters=16, input_shape=(32, 32, 3), **changes)


def spatial(drawn: Sketch) -> list[Node]:
    return [node for node in drawn.nodes if len(node.output_shape) == 3]


@pytest.mark.parametrize(
    ("num_convs", "depth", "num_params", "gmacs", "receptive_field"),
    [
        ((1, 1, 2, 2, 2), 11, 132_863_336, 7.61, 150),
        ((2, 2, 2, 2, 2), 13, 133_047_848, 11.31, 156),
        ((2, 2, 3, 3, 3), 16, 138_357_544, 15.47, 212),
    ],
)
def test_vgg_has_the_paper_s_size(num_convs, depth, num_params, gmacs, receptive_field):
    drawn = sketch(paper_vgg(*num_convs))
    assert drawn.depth == depth
    assert drawn.num_params == num_params
    assert round(drawn.macs / 1e9, 2) == gmacs
    assert drawn.receptive_field == receptive_field


def test_vgg_19_has_the_paper_s_size():
    drawn = sketch(paper_vgg(2, 2, 4, 4, 4))
    assert (drawn.depth, drawn.num_params) == (19, 143_667_240)


def test_the_dense_layers_hold_nine_tenths_of_vgg_16():
    drawn = sketch(paper_vgg(2, 2, 3, 3, 3))
    dense = [node.num_params for node in drawn.nodes if node.kind == "Dense"]
    assert dense[0] == 102_764_544
    assert round(sum(dense) / drawn.num_params, 2) == 0.89


@pytest.mark.parametrize(
    ("num_blocks", "depth", "num_params"),
    [(3, 20, 269_722), (5, 32, 464_154), (7, 44, 658_586), (9, 56, 853_018)],
)
def test_cifar_resnets_have_the_paper_s_size(num_blocks, depth, num_params):
    drawn = sketch(cifar_resnet(num_blocks))
    assert drawn.depth == depth == 6 * num_blocks + 2
    assert drawn.num_params == num_params


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


def inception_module(filters: int, reducers: bool, shape: tuple[int, int, int]) -> Sketch:
    """One module on its own, without biases, as the paper's table counts it."""
    config = InceptionConfig(reducers=reducers)
    images = symbolic.Input(shape, name="images")
    joined = module(config, symbolic, images, filters, name="stage1_module1")
    return symbolic.Model(images, joined, name="module")


def weights(drawn: Sketch) -> dict[str, int]:
    return {
        node.name.removeprefix("stage1_module1_"): node.num_params
        for node in drawn.nodes
        if node.kind == "Conv2D"
    }


def test_at_64_base_filters_a_module_is_googlenet_s_3a():
    drawn = inception_module(64, reducers=True, shape=(28, 28, 192))
    filters = {node.name: node.output_shape[-1] for node in drawn.nodes if node.kind == "Conv2D"}
    assert list(filters.values()) == [64, 96, 128, 16, 32, 32]
    assert drawn.nodes[-1].output_shape == (28, 28, 256)
    assert sum(weights(drawn).values()) == 163_328
    assert round(drawn.macs / 1e6) == 128


def test_without_reducers_3a_s_convolutions_cost_more_than_twice_as_much():
    drawn = inception_module(64, reducers=False, shape=(28, 28, 192))
    assert weights(drawn) == {"1x1": 64 * 192, "3x3": 9 * 128 * 192, "5x5": 25 * 32 * 192}
    assert sum(weights(drawn).values()) == 387_072
    assert drawn.macs // 1_000_000 == 303


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
    assert edges(inception_module(16, reducers=True, shape=(14, 14, 32))) == {
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
    drawn = inception_module(16, reducers=False, shape=(14, 14, 32))
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
