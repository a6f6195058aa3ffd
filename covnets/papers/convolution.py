"""A convolution against a dense layer: the card of every family."""

from __future__ import annotations

from math import prod

from covnets.models import symbolic
from covnets.papers.card import TEXTBOOK, Claim

FILTERS = 16

Shape = tuple[int, int, int]


def weights_of_each_cell(input_shape: Shape) -> Claim:
    """A dense layer needs a separate weight for every cell; a filter is shared by all."""
    height, width, channels = input_shape
    shared = _convolution(input_shape)
    separate = _dense(input_shape)
    larger = (2 * height, 2 * width, channels)
    growth = round(_dense(larger) / separate)
    return Claim(
        title="Shared weights",
        claim='Without convolutions there would be "a separate weight for every cell".',
        printed="No number is printed.",
        counted=(
            f"From {height}x{width}x{channels} to {height}x{width}x{FILTERS}: {shared:,} "
            f"parameters with {FILTERS} filters of 3x3, {separate:,} with a dense layer."
        ),
        verdict="holds",
        explanation=(
            "The filter slides over the image, and all positions share its weights. A dense layer "
            "has a weight of its own for each pair of an input and an output cell. On images "
            f"twice as high and wide, the convolution still has {_convolution(larger):,} "
            f"parameters, and the dense layer about {growth} times as many."
        ),
        source=f"{TEXTBOOK}; counted for images of {height}x{width}x{channels}",
    )


def _convolution(shape: Shape) -> int:
    images = symbolic.Input(shape, name="images")
    layer = symbolic.Conv2D(FILTERS, 3, padding="same", name="stem_conv")
    return layer(images).node.num_params


def _dense(shape: Shape) -> int:
    """Parameters of the dense layer that makes an output of the same shape from the same image."""
    images = symbolic.Input(shape, name="images")
    cells = symbolic.Flatten(name="head_flatten")(images)
    units = prod(shape[:2]) * FILTERS
    return symbolic.Dense(units, name="head_dense")(cells).node.num_params
