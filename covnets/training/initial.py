"""Initial weights and dropout masks that depend on (seed, layer name, shape) alone.

Keras draws initial weights in the order in which layers are made, so that one more layer changes
all that follow. Here each layer draws by its own name: twins with and without shortcuts start
with the same weights, and a network built earlier starts like one built now.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

STARTS_AT_ONE = ("gamma", "moving_variance")


def set_initial_weights(model: keras.Model, seed: int) -> None:
    """Give every weight of `model` the value that belongs to its seed, layer name and shape.

    Kernels are drawn anew by their own initializer; biases, BatchNorm's parameters and its moving
    statistics start, as always, at zeros and ones, whatever the network was trained on before.
    Dropout gets a random state of its own.
    """
    import keras

    for layer in model.layers:
        for weight in layer.weights:
            if weight.name == "kernel":
                description = layer.kernel_initializer.get_config()
                description["seed"] = layer_seed(seed, layer.name, tuple(weight.shape))
                initializer = type(layer.kernel_initializer).from_config(description)
                weight.assign(initializer(weight.shape, dtype=weight.dtype))
            else:
                start = keras.ops.ones if weight.name in STARTS_AT_ONE else keras.ops.zeros
                weight.assign(start(weight.shape, dtype=weight.dtype))
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(
                keras.ops.convert_to_tensor([layer_seed(seed, layer.name, ()), 0], dtype="uint32")
            )


def layer_seed(seed: int, layer_name: str, shape: tuple[int, ...]) -> int:
    """Return a seed from 0 to 2**31 - 1 that belongs to this run's seed, layer and shape."""
    text = f"{seed}/{layer_name}/{'x'.join(map(str, shape))}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") >> 1
