"""BatchNorm as one operation.

Keras computes it out of a dozen small operations, which read and write the whole activations again
and again. TensorFlow has one operation that does the same; with it a step is faster and a network
is traced faster. The layer stays Keras' own, so that a saved network opens wherever Keras is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import keras

# Height, width, channels, and the batch: what the operation is made for.
_RANK = 4


def fuse(model: keras.Model) -> None:
    """Let the BatchNorm layers of a network that has just been built compute in one operation.

    Results differ from Keras' by rounding alone: moving statistics, float32 arithmetic in every
    precision, and the biased variance are kept.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization) and _is_plain(layer):
            layer.call = partial(_normalized, layer)


def _is_plain(layer: keras.layers.BatchNormalization) -> bool:
    return (
        len(layer.input.shape) == _RANK
        and layer.axis in (-1, _RANK - 1)
        and layer.center
        and layer.scale
        and not layer.renorm
    )


def _normalized(
    layer: keras.layers.BatchNormalization,
    inputs: tf.Tensor,
    training: bool | None = None,
    mask: tf.Tensor | None = None,
) -> tf.Tensor:
    """Normalise (batch, height, width, channels) over all but the channels."""
    in_training = bool(training) and layer.trainable
    moving = [layer.moving_mean.value, layer.moving_variance.value]
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=tf.cast(inputs, tf.float32),
        scale=layer.gamma.value,
        offset=layer.beta.value,
        mean=tf.zeros(0) if in_training else moving[0],
        variance=tf.zeros(0) if in_training else moving[1],
        epsilon=layer.epsilon,
        is_training=in_training,
    )
    if in_training:
        # The operation's variance is divided by one value less than there are; Keras' is not. Of a
        # single value both are 0.
        values = tf.size(inputs) // inputs.shape[-1]
        biased = variance * tf.cast((values - 1) / values, tf.float32)
        for average, new in zip(moving, (mean, biased), strict=True):
            average.assign_sub((average - new) * (1.0 - layer.momentum))
    return tf.cast(outputs, layer.compute_dtype)
