"""Which images a network takes: refused is what cannot be built, and the advice can be followed."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    VGGConfig,
    fit_to_images,
)
from covnets.errors import ConfigError
from covnets.models import FAMILIES, PRESETS, sketch
from tests.models.any_network import any_network

LARGE = (1024, 1024, 1)


@pytest.mark.parametrize(
    ("network", "images", "sentence"),
    [
        (
            VGGConfig(num_stages=5, input_shape=LARGE),
            (28, 28, 1),
            "num_stages=5 needs at least 32x32 pixels, the images are 28x28: "
            "use 4 stages or larger images.",
        ),
        (
            InceptionConfig(auxiliary_heads=True),
            (16, 40, 1),
            "auxiliary_heads=True needs 2 stages or more, and for the 5x5 cells over which the "
            "heads average at least 17x17 pixels, here are num_stages=3 and images of 16x40: "
            "change that, or switch them off.",
        ),
        (
            AlexNetConfig(),
            (40, 18, 1),
            "stem_kernel_size=5 with stem_strides=1 needs at least 19x19 pixels, the images are "
            "40x18: use stem_kernel_size=4 with stem_strides=1, or larger images.",
        ),
    ],
)
def test_images_too_small_for_a_network_are_refused_with_advice(network, images, sentence):
    assert refusal(network, input_shape=images) == sentence


def refusal(config: NetworkConfig, **changes: object) -> str:
    with pytest.raises(ConfigError) as refused:
        config.replace(**changes)
    return str(refused.value)


@st.composite
def networks(draw: st.DrawFn) -> NetworkConfig:
    """Any network of any family, for images that are large enough for it."""
    network = draw(st.sampled_from(sorted(FAMILIES)).flatmap(lambda each: any_network(each, 8)))
    network = network.replace(input_shape=LARGE)
    if isinstance(network, AlexNetConfig):
        stem = {"stem_kernel_size": st.integers(1, 31), "stem_strides": st.integers(1, 8)}
        return network.replace(**draw(st.fixed_dictionaries(stem)))
    if isinstance(network, InceptionConfig) and network.num_stages > 1:
        return network.replace(auxiliary_heads=draw(st.booleans()))
    return network


SIDES = st.one_of(st.integers(1, 40), st.integers(1, 300))


def can_be_drawn(config: NetworkConfig, images: tuple[int, int, int]) -> bool:
    """Whether the layers themselves take such images, whatever the config says of them."""
    try:
        sketch(config.model_copy(update={"input_shape": images}))
    except ValueError:
        return False
    return True


@settings(max_examples=500, derandomize=True, deadline=None, database=None)
@given(networks(), SIDES, SIDES)
@example(PRESETS["resnet50"], 1, 1)
@example(PRESETS["googlenet"], 1, 9)
@example(PRESETS["googlenet_aux"], 64, 65)
@example(PRESETS["googlenet_aux"], 65, 65)
@example(PRESETS["alexnet"], 66, 67)
@example(PRESETS["alexnet"], 67, 67)
def test_images_are_refused_exactly_where_the_layers_refuse_them(config, height, width):
    images = (height, width, config.input_shape[2])
    try:
        accepted = config.replace(input_shape=images)
    except ConfigError as error:
        assert not can_be_drawn(config, images)
        assert_advice_is_good(str(error), config, images)
    else:
        assert sketch(accepted).nodes[-1].output_shape == (config.num_classes,)


def assert_advice_is_good(
    sentence: str, config: NetworkConfig, images: tuple[int, int, int]
) -> None:
    """Whatever a refusal says would do is tried, and what is a bit less does not do."""
    smallest = int(re.search(r"at least (\d+)x\1 pixels", sentence)[1])
    channels = images[2]
    sketch(config.replace(input_shape=(smallest, smallest, channels)))
    refusal(config, input_shape=(smallest - 1, 1024, channels))
    if fewer := re.search(r"use (\d) stage", sentence):
        config.replace(input_shape=images, num_stages=int(fewer[1]))
        refusal(config, input_shape=images, num_stages=int(fewer[1]) + 1)
    elif stem := re.search(r"use stem_kernel_size=(\d+) with stem_strides=(\d)", sentence):
        kernel_size, strides = map(int, stem.groups())
        changed = {"input_shape": images, "stem_strides": strides}
        config.replace(**changed, stem_kernel_size=kernel_size)
        if kernel_size < config.stem_kernel_size:
            refusal(config, **changed, stem_kernel_size=kernel_size + 1)
    elif "switch them off" in sentence:
        config.replace(input_shape=images, auxiliary_heads=False)
    else:
        assert "use larger images" in sentence
        least = {"num_stages": 1}
        if isinstance(config, AlexNetConfig):
            least = {"stem_kernel_size": 1, "stem_strides": 1}
        refusal(config, input_shape=images, **least)


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(networks())
def test_the_total_stride_is_that_of_the_layers(config):
    nodes = sketch(config).nodes
    flattening = next(node for node in nodes if node.stage == "head" and not node.output_shape[1:])
    assert config.total_stride == flattening.jump


def test_auxiliary_heads_need_a_second_stage():
    said = refusal(InceptionConfig(), auxiliary_heads=True, num_stages=1)
    assert said.startswith("auxiliary_heads=True needs 2 stages or more")
    InceptionConfig(auxiliary_heads=True, num_stages=2)


SMALL_STEM = {"stem": "3x3"}
SMALL_ALEXNET = {"stem_kernel_size": 5, "stem_strides": 1}
TINY_IMAGES = {
    "vgg": {"num_stages": 4},
    "googlenet": SMALL_STEM,
    "resnet": SMALL_STEM,
    "alexnet": SMALL_ALEXNET,
}
SMALL_IMAGES = {"googlenet_aux": SMALL_STEM, "alexnet": SMALL_ALEXNET}
FITTED = {
    (20, 20, 1): TINY_IMAGES,
    (24, 40, 3): TINY_IMAGES,
    (28, 28, 1): TINY_IMAGES,
    (32, 32, 3): SMALL_IMAGES,
    (64, 64, 3): SMALL_IMAGES,
    (224, 224, 3): {},
}
"""What fitting changes, by the images and by the preset's first name; nothing else changes."""


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("images", FITTED)
def test_a_fitted_preset_has_the_stem_and_the_stages_that_suit_the_images(preset, images):
    changes = next(
        (change for name, change in FITTED[images].items() if preset.startswith(name)), {}
    )
    fitted = fit_to_images(PRESETS[preset], images, 7)
    assert fitted == PRESETS[preset].replace(input_shape=images, num_classes=7, **changes)
    assert fit_to_images(fitted, images, 7) == fitted


@pytest.mark.parametrize(
    ("preset", "images", "changes"),
    [
        ("resnet50", (4, 4, 1), SMALL_STEM | {"num_stages": 3}),
        ("cifar_resnet20", (2, 9, 1), {"num_stages": 2}),
        (
            "googlenet",
            (4, 4, 1),
            SMALL_STEM
            | {"num_stages": 2, "module_filters": PRESETS["googlenet"].module_filters[:7]},
        ),
        # No Inception is so small that it leaves a single pixel as it is.
        ("mini_inception", (1, 1, 1), {"num_stages": 1}),
    ],
)
def test_fewer_stages_are_left_for_tiny_images(preset, images, changes):
    fitted = fit_to_images(PRESETS[preset], images, 10)
    assert fitted == PRESETS[preset].replace(input_shape=images, num_classes=10, **changes)


def test_images_that_no_network_of_the_family_takes_are_refused():
    with pytest.raises(ConfigError, match="needs at least 19x19 pixels"):
        fit_to_images(AlexNetConfig(), (8, 8, 1), 10)
