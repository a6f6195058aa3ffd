"""Receptive fields against brute force, on tiny networks of every family.

An empty image goes through the network with all weights one, then an image with something in it;
the cells that differ have seen it.
"""

from collections.abc import Iterator
from functools import reduce
from typing import Any

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
from covnets.models import Node, Sketch, sketch, symbolic

LARGE = 256

UNCHANGED = {"BatchNormalization", "LocalResponseNormalization", "Activation", "Dropout"}
"""Layers that look at one place at a time, and keep zero at zero and more than zero above it."""

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


def starts(length: int, window: int, stride: int, padding: str) -> list[int]:
    """Where a window begins, in Keras' two manners of padding; negative: before the image."""
    if padding == "valid":
        return list(range(0, length - window + 1, stride))
    cells = len(range(0, length, stride))
    missing = max(0, (cells - 1) * stride + window - length)
    return [cell * stride - missing // 2 for cell in range(cells)]


def shifted(values: np.ndarray, layer: Any, window: int, stride: int) -> Iterator[np.ndarray]:
    """Of each window of a batch of images its first value, its second, ... and its last."""
    rows, columns = (
        np.array(starts(length, window, stride, layer.padding)) for length in values.shape[1:3]
    )
    # Zeros on all sides, so many that no window reaches beyond them.
    padded = np.pad(values, ((0, 0), (window, window), (window, window), (0, 0)))
    for row in range(window):
        for column in range(window):
            yield padded[:, rows + window + row][:, :, columns + window + column]


def forward(node: Node, inputs: list[np.ndarray]) -> np.ndarray:
    """What a layer makes of its inputs when all weights are one and all biases zero."""
    layer: Any = node.layer
    values = inputs[0]
    if isinstance(layer, symbolic.Conv2D):
        grouped = values.reshape(*values.shape[:3], layer.groups, -1).sum(axis=4)
        grouped = sum(shifted(grouped, layer, layer.kernel_size, layer.strides))
        return np.repeat(grouped, layer.filters // layer.groups, axis=3)
    if isinstance(layer, symbolic.MaxPooling2D):
        stride = layer.strides or layer.pool_size
        return reduce(np.maximum, shifted(values, layer, layer.pool_size, stride))
    if isinstance(layer, symbolic.ZeroPadding2D):
        width = layer.padding
        first, second = ((width,) * 2,) * 2 if isinstance(width, int) else width
        if layer.data_format == "channels_first":
            return np.pad(values, ((0, 0), (0, 0), first, second))
        return np.pad(values, ((0, 0), first, second, (0, 0)))
    if isinstance(layer, symbolic.Add):
        return sum(inputs[1:], values)
    if isinstance(layer, symbolic.Concatenate):
        return np.concatenate(inputs, axis=3)
    assert node.kind in UNCHANGED, f"{node.kind} is not read here."
    return values


def last_map(drawn: Sketch, images: np.ndarray) -> np.ndarray:
    """The output of the last layer that still has rows and columns."""
    outputs = {drawn.nodes[0].name: images}
    for node in drawn.nodes[1:]:
        if len(node.output_shape) < 3:
            break
        outputs[node.name] = forward(node, [outputs[name] for name in node.inputs])
        assert outputs[node.name].shape[1:] == node.output_shape
        last = outputs[node.name]
    return last


def image_for(config: NetworkConfig) -> tuple[Sketch, int]:
    """The network on an image that holds a central cell's receptive field, and its side."""
    large = sketch(config.replace(input_shape=(LARGE, LARGE, 1)))
    cells = [node.output_shape[0] for node in large.nodes if len(node.output_shape) == 3][-1]
    side = large.receptive_field + 4 * -(-LARGE // cells)
    return sketch(config.replace(input_shape=(side, side, 1))), side


def moved(drawn: Sketch, images: np.ndarray) -> np.ndarray:
    """For each image, whether the central output cell is more than the zero of an empty image."""
    outputs = last_map(drawn, images)
    centre = outputs.shape[1] // 2
    return outputs[:, centre, centre].any(axis=1)


def lines(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Images with one full row, one after another, and images with one full column."""
    rows = np.zeros((side, side, side, 1), np.float32)
    rows[np.arange(side), np.arange(side)] = 1
    return rows, rows.transpose(0, 2, 1, 3)


def single_pixels(side: int, places: list[tuple[int, int]]) -> np.ndarray:
    images = np.zeros((len(places), side, side, 1))
    for image, place in zip(images, places, strict=True):
        image[place] = 1
    return images


@pytest.mark.parametrize("family", NETWORKS)
@settings(max_examples=10, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_cell_sees_as_many_pixels_as_the_sketch_says(family, data):
    config = data.draw(NETWORKS[family])
    drawn, side = image_for(config)
    seen_rows, seen_columns = (
        np.flatnonzero(moved(drawn, images)).tolist() for images in lines(side)
    )
    for seen in (seen_rows, seen_columns):
        assert 0 < seen[0] <= seen[-1] < side - 1, "The image is too small to hold the field."
        assert seen[-1] - seen[0] + 1 == drawn.receptive_field
    (top, bottom), (left, right) = ((seen[0], seen[-1]) for seen in (seen_rows, seen_columns))
    corners = [(row, column) for row in (top, bottom) for column in (left, right)]
    outside = [(top - 1, left), (top, left - 1), (bottom + 1, right), (bottom, right + 1)]
    assert moved(drawn, single_pixels(side, corners)).all()
    assert not moved(drawn, single_pixels(side, outside)).any()
