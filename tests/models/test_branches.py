"""Which branches an Inception module has, and what they read."""

import pytest

from covnets.config import InceptionConfig
from covnets.models import Sketch, sketch, symbolic
from covnets.models.inception import in_proportion, module

BRANCHES = ("1x1", "3x3", "5x5", "pool")


def inception_module(base_filters: int, channels: int, reducers: bool = True) -> Sketch:
    """One module on its own, with its filters in GoogLeNet's proportions."""
    config = InceptionConfig(reducers=reducers)
    images = symbolic.Input((14, 14, channels), name="images")
    row = in_proportion(base_filters)
    joined = module(config, symbolic, images, row, name="stage1_module1")
    return symbolic.Model(images, joined, name="module")


def test_at_64_base_filters_a_module_is_googlenet_s_3a():
    drawn = inception_module(64, channels=192)
    filters = [node.output_shape[-1] for node in drawn.nodes if node.kind == "Conv2D"]
    assert filters == [64, 96, 128, 16, 32, 32]
    assert drawn.nodes[-1].output_shape == (14, 14, 256)


def edges(drawn: Sketch) -> set[tuple[str, str]]:
    """Which convolution or pooling reads which, with the layers between them left out."""
    nodes = {node.name: node for node in drawn.nodes}
    between = ("BatchNormalization", "Activation")

    def source(name: str) -> str:
        node = nodes[name]
        if node.kind in between:
            return source(node.inputs[0])
        return name.removeprefix("stage1_module1_")

    return {
        (source(read), source(node.name))
        for node in drawn.nodes
        for read in node.inputs
        if node.kind not in between
    }


def test_with_reducers_a_1x1_stands_before_each_large_filter_and_after_the_pooling():
    assert edges(inception_module(16, channels=32)) == {
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
    drawn = inception_module(16, channels=32, reducers=False)
    around = {("images", branch) for branch in BRANCHES} | {(branch, "join") for branch in BRANCHES}
    assert edges(drawn) == around
    # The pooled input is passed on whole: 16 + 32 + 8 filters, and all 32 channels again.
    assert drawn.nodes[-1].output_shape[-1] == 16 + 32 + 8 + 32


@pytest.mark.parametrize(("reducers", "widths"), [(True, 1), (False, 4)])
def test_only_the_naive_modules_output_keeps_growing(reducers, widths):
    nodes = sketch(InceptionConfig(num_stages=1, num_modules=4, reducers=reducers)).nodes
    channels = [node.output_shape[-1] for node in nodes if node.kind == "Concatenate"]
    assert channels == sorted(channels)
    assert len(channels) == 4
    assert len(set(channels)) == widths


@pytest.mark.parametrize("branch", BRANCHES)
def test_each_branch_can_be_switched_off(branch):
    others = tuple(other for other in BRANCHES if other != branch)
    names = [node.name for node in sketch(InceptionConfig(branches=others)).nodes]
    assert f"stage1_module1_{branch}" not in names
    assert all(f"stage1_module1_{other}" in names for other in others)
