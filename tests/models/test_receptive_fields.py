"""Receptive fields against brute force, in small real networks of every family.

With weights of one and biases of zero an empty image leaves all cells zero: those that are more
have seen what is in an image.
"""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covnets.config import NetworkConfig
from covnets.models import Node, Sketch, build, sketch
from tests.models.any_network import any_network

LARGE = 256

# Left out are activations that make something of nothing, and stems that see hundreds of pixels.
LEFT_OUT = {
    "vgg": {"activation": "relu"},
    "inception": {"activation": "relu", "stem": "3x3", "auxiliary_heads": False},
    "resnet": {"activation": "relu"},
    "alexnet": {"stem_strides": 1},
}


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


@pytest.mark.parametrize("family", LEFT_OUT)
@settings(max_examples=5, derandomize=True, deadline=None, database=None)
@given(data=st.data())
def test_a_cell_sees_as_many_pixels_as_the_sketch_says(family, data):
    config = image_for(data.draw(any_network(family, most_stages=2)).replace(**LEFT_OUT[family]))
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
