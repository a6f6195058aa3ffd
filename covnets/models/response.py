"""Local response normalization, the one layer of the papers that Keras lacks.

Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton, "ImageNet Classification with Deep
Convolutional Neural Networks", 2012, section 3.3: a value is divided by

    (k + alpha * the sum of the squares in the n neighbouring channels, its own among them) ** beta

with k = 2, n = 5, alpha = 0.0001, beta = 0.75. It has no weights. VGG's authors found it useless,
BatchNorm has replaced it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LocalResponseNormalization:
    """Written with Keras' operations, so that a saved network opens where this project is not.

    In the network it is those operations and, last and with its name, a `Multiply`.
    """

    name: str
    depth_radius: int = 2
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    def __call__(self, x: Any) -> Any:
        """Normalise a tensor (batch, height, width, channels)."""
        import keras

        channels = x.shape[-1]
        # Squares of bfloat16 numbers would be too coarse to be summed.
        squares = keras.ops.square(keras.ops.cast(x, "float32"))
        around = [(0, 0), (0, 0), (0, 0), (self.depth_radius, self.depth_radius)]
        padded = keras.ops.pad(squares, around)
        sums = sum(
            padded[..., shift : shift + channels] for shift in range(2 * self.depth_radius + 1)
        )
        scale = keras.ops.power(self.bias + self.alpha * sums, -self.beta)
        scale = keras.ops.cast(scale, x.dtype)
        return keras.layers.Multiply(name=self.name)([x, scale])
