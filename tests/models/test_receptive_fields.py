"""Receptive fields against brute force, in small real networks of every family.

An empty image goes through the network with all weights one, then an image with something in it;
the cells that differ have seen it.
"""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.models import Node, Sketch, build, sketch

LARGE = 256

few = st.integers(1, 2)
branches = st.sets(st.sampled_from(["1x1", "3x3", "5x5", "pool"]), min_size=1)
vggs = st.builds(
    VGGConfig,
    num_stages=few,
    num_convs=st.integers(1, 3),
    filters=st.integers(2, 4),
    kernel_size=st.sampled_from([1, 2, 3, 5]),
    third_conv_1x1=st.booleans(),
    batchnorm=st.booleans(),
    local_response=st.booleans(),
    units=st.integers(1, 5),
)
inceptions = st.builds(
    InceptionConfig,
    num_stages=few,
    num_modules=few,
    filters=st.integers(4, 6),
    stem_filters=st.integers(2, 4),
    reducers=st.booleans(),
    branches=branches.map(sorted).map(tuple),
    head=st.sampled_from(["average_pooling", "dense"]),
    units=st.integers(1, 5),
    batchnorm=st.booleans(),
)
resnets = st.builds(
    ResNetConfig,
    num_stages=few,
    num_blocks=few,
    filters=st.integers(2, 4),
    block=st.sampled_from(["basic", "bottleneck"]),
    shortcut=st.sampled_from(["identity", "projection", "none"]),
    stride_in=st.sampled_from(["1x1", "3x3"]),
    preactivation=st.booleans(),
    batchnorm=st.booleans(),
    stem=st.sampled_from(["3x3", "7x7"]),
)
alexnets = st.builds(
    AlexNetConfig,
    input_shape=st.just((64, 64, 1)),
    filters=st.just(6),
    stem_kernel_size=st.sampled_from([3, 5]),
    stem_strides=few,
    groups=few,
    units=st.integers(1, 5),
    local_response=st.booleans(),
    batchnorm=st.booleans(),
)
NETWORKS = {"vgg": vggs, "inception": inceptions, "resnet": resnets, "alexnet": alexnets}


def with_weights_of_one(config: NetworkConfig, last: str) -> keras.Model:
    """The real network up to a layer; what is more than zero stays so, and zero stays zero."""
    keras.backend.clear_session()
    whole = build(config)
    for weight in whole.trainable_variables:
        is_factor = weight.name in ("kernel", "gamma")
        weight.assign(np.full(weight.shape, float(is_factor), np.float32))
    return keras.Model(whole.input, whole.get_layer(last).output)


def last_map(drawn: Sketch) -> Node:
    """The last layer that still has rows and columns."""
    return [node for node in drawn.nodes if len(node.output_shape) == 3][-1]


def image_for(config: NetworkConfig) -> NetworkConfig:
    """The network for images that hold a central cell's receptive field."""
    large = sketch(config.replace(input_shape=(LARGE, LARGE, 1)))
    side = large.receptive_field + 4 * -(-LARGE // last_map(large).output_shape[0])
    return config.replace(input_shape=(side, side, 1))


def moved(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """For each image, whether the central output cell is more than the zero of an empty image."""
    outputs = model(images).numpy()
    centre = outputs.shape[1] // 2
    return outputs[:, centre, centre].any(axis=1)


def lines(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Images with one full row, one after another, and images with one full column."""
    rows = np.zeros((side, side, side, 1), np.float32)
    rows[np.arange(side), np.arange(side)] = 1
    return rows, rows.transpose(0, 2, 1, 3)


def single_pixels(side: int, places: list[tuple[int, int]]) -> np.ndarray:
    images = np.zeros((len(places), side, side, 1), np.float32)
    for image, place in zip(images, places, strict=True):
        image[place] = 1
    return images


@pytest.mark.parametrize("family", NETWORKS)
@settings(max_examples=6, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_cell_sees_as_many_pixels_as_the_sketch_says(family, data):
    config = image_for(data.draw(NETWORKS[family]))
    side, drawn = config.input_shape[0], sketch(config)
    model = with_weights_of_one(config, last_map(drawn).name)
    seen_rows, seen_columns = (
        np.flatnonzero(moved(model, images)).tolist() for images in lines(side)
    )
    for seen in (seen_rows, seen_columns):
        assert 0 < seen[0] <= seen[-1] < side - 1, "The image is too small to hold the field."
        assert seen[-1] - seen[0] + 1 == drawn.receptive_field
    (top, bottom), (left, right) = ((seen[0], seen[-1]) for seen in (seen_rows, seen_columns))
    corners = [(row, column) for row in (top, bottom) for column in (left, right)]
    outside = [(top - 1, left), (top, left - 1), (bottom + 1, right), (bottom, right + 1)]
    assert moved(model, single_pixels(side, corners)).all()
    assert not moved(model, single_pixels(side, outside)).any()
