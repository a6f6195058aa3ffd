"""A network's weights as one or two long vectors, so that an update is one operation for all.

An optimizer updates each weight by itself, with some thirty small operations each. Most weights
of a miniature are short, and a deep one has a hundred: setting all this up took half of the time
to the first step. What optimizers do, they do number by number, so that the long vectors give the
same results to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    import keras

# `make_optimizer` knows by these names what weight decay spares.
SPARED = ("bias", "gamma", "beta")


class WeightVectors:
    """Vectors that an optimizer updates in place of a network's own weights.

    Args:
        variables: the network's trainable weights.
        apart: whether the weights that weight decay spares have a vector of their own.
    """

    def __init__(self, variables: Sequence[keras.Variable], apart: bool) -> None:
        import keras

        spared = [weight for weight in variables if apart and weight.name in SPARED]
        of_spared = set(map(id, spared))
        others = [weight for weight in variables if id(weight) not in of_spared]
        self.parts = [part for part in (others, spared) if part]
        self.vectors = [
            keras.Variable(
                tf.zeros(sum(_size(weight) for weight in part)),
                name="_".join(SPARED) if part is spared else "weights",
            )
            for part in self.parts
        ]

    def read(self) -> None:
        """Copy the network's weights into the vectors."""
        for vector, part in zip(self.vectors, self.parts, strict=True):
            vector.assign(_joined([weight.value for weight in part]))

    def update(
        self, optimizer: keras.optimizers.Optimizer, gradients: Sequence[Sequence[tf.Tensor]]
    ) -> None:
        """Let the optimizer make one step, and give the network the new weights.

        Args:
            optimizer: built for `vectors`.
            gradients: of the weights in `parts`, in the same order.
        """
        optimizer.apply([_joined(part) for part in gradients], self.vectors)
        for vector, part in zip(self.vectors, self.parts, strict=True):
            pieces = tf.split(vector.value, [_size(weight) for weight in part])
            for weight, piece in zip(part, pieces, strict=True):
                weight.assign(tf.reshape(piece, weight.shape))


def _joined(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    return tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], axis=0)


def _size(weight: keras.Variable) -> int:
    return math.prod(weight.shape)
