"""Grouped convolutions as ordinary ones, group by group.

TensorFlow's gradients of a grouped convolution are computed on a processor without the fast
operations: AlexNet trains several times faster when each group is a convolution of its own. The
layer stays Keras' own, so that a saved network opens wherever Keras is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import keras


def part(model: keras.Model) -> None:
    """Let the grouped convolutions of a network that has just been built compute group by group.

    Results differ from Keras' by rounding alone.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1 and _is_plain(layer):
            layer.call = partial(_group_by_group, layer)


def _is_plain(layer: keras.layers.Conv2D) -> bool:
    return tuple(layer.dilation_rate) == (1, 1) and layer.data_format == "channels_last"


def _group_by_group(layer: keras.layers.Conv2D, inputs: tf.Tensor) -> tf.Tensor:
    """Convolve (batch, height, width, channels), the channels and filters parted into groups."""
    import keras

    # As `keras.layers.Conv2D` does it, in the precision that the layer computes in.
    kernel = tf.cast(layer.kernel, layer.compute_dtype)
    parts = zip(
        tf.split(inputs, layer.groups, axis=-1),
        tf.split(kernel, layer.groups, axis=-1),
        strict=True,
    )
    outputs = tf.concat(
        [
            keras.ops.conv(group, filters, strides=list(layer.strides), padding=layer.padding)
            for group, filters in parts
        ],
        axis=-1,
    )
    if layer.use_bias:
        outputs += tf.cast(layer.bias, layer.compute_dtype)
    return outputs if layer.activation is None else layer.activation(outputs)
