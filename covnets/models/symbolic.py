"""The pure-Python reading of a network: shapes and costs without TensorFlow.

A builder such as `covnets.models.vgg.vgg` is written once, over a `layers` namespace. Read with
this module it gives a `Sketch`, in microseconds a layer; read with `keras.layers` it gives the
network that trains. Every layer here takes the same arguments as its Keras namesake and refuses
the others, and every layer must carry a name.

Counting: parameters are trainable weights, biases included; one MAC is one multiply-add of a
convolution or dense layer. The receptive field r grows by (k - 1) * j at a kernel of size k,
where j, the jump, is the product of the strides so far (r = j = 1 at the image). What reads every
cell, a dense layer or global pooling, sees the whole image, and so does all that is behind it: it
has no receptive field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from covnets.models.graph import Input as Input
from covnets.models.graph import InputLayer as InputLayer
from covnets.models.graph import Layer, Shape
from covnets.models.graph import Model as Model


@dataclass(frozen=True)
class Conv2D(Layer):
    """Convolution: `filters` kernels slide over height and width."""

    filters: int
    kernel_size: int
    strides: int = 1
    padding: str = "valid"
    groups: int = 1
    use_bias: bool = True
    activation: str | None = None
    kernel_initializer: str = "glorot_uniform"

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        height, width, channels = shapes[0]
        if channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"{self.name}: {channels} channels and {self.filters} filters cannot be parted "
                f"into {self.groups} groups."
            )
        return (*_slide(self, self.kernel_size, self.strides, height, width), self.filters)

    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.strides

    def _num_params(self, shape: Shape) -> int:
        seen = shape[-1] // self.groups
        return self.kernel_size**2 * seen * self.filters + self.use_bias * self.filters

    def _macs(self, shape: Shape, output_shape: Shape) -> int:
        height, width, _ = output_shape
        return self.kernel_size**2 * shape[-1] // self.groups * self.filters * height * width


@dataclass(frozen=True)
class Dense(Layer):
    """Dense layer: every unit reads every input."""

    units: int
    activation: str | None = None
    use_bias: bool = True
    kernel_initializer: str = "glorot_uniform"
    dtype: str | None = None

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        return (*shapes[0][:-1], self.units)

    def _num_params(self, shape: Shape) -> int:
        return (shape[-1] + self.use_bias) * self.units

    def _macs(self, shape: Shape, output_shape: Shape) -> int:
        return shape[-1] * self.units

    def _reads_every_cell(self, shape: Shape) -> bool:
        return len(shape) == 1


@dataclass(frozen=True)
class Pooling2D(Layer):
    """One value of each window."""

    pool_size: int = 2
    strides: int | None = None
    padding: str = "valid"

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        height, width, channels = shapes[0]
        _, strides = self._window()
        return (*_slide(self, self.pool_size, strides, height, width), channels)

    def _window(self) -> tuple[int, int]:
        return self.pool_size, self.strides or self.pool_size


@dataclass(frozen=True)
class MaxPooling2D(Pooling2D):
    """The largest value of each window."""


@dataclass(frozen=True)
class AveragePooling2D(Pooling2D):
    """The mean of each window."""


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Zeros around the image; with `channels_first` the last axis is padded instead of the rows."""

    padding: int | tuple[tuple[int, int], tuple[int, int]] = 1
    data_format: str = "channels_last"

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        first, second = (
            ((self.padding, self.padding),) * 2 if isinstance(self.padding, int) else self.padding
        )
        height, width, channels = shapes[0]
        if self.data_format == "channels_first":
            return height, width + sum(first), channels + sum(second)
        return height + sum(first), width + sum(second), channels


@dataclass(frozen=True)
class BatchNormalization(Layer):
    """Normalises each channel over the batch, then scales and shifts it."""

    momentum: float = 0.99

    def _num_params(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def _num_statistics(self, shape: Shape) -> int:
        return 2 * shape[-1]


@dataclass(frozen=True, kw_only=True)
class LocalResponseNormalization(Layer):
    """Divides each value by what its neighbouring channels have; see `covnets.models.response`."""

    depth_radius: int = 2
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75


@dataclass(frozen=True)
class Activation(Layer):
    """A function applied to each value by itself."""

    activation: str


@dataclass(frozen=True)
class Dropout(Layer):
    """Switches a share of the values off while training."""

    rate: float


@dataclass(frozen=True)
class Flatten(Layer):
    """All cells in one row."""

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        height, width, channels = shapes[0]
        return (height * width * channels,)


@dataclass(frozen=True)
class GlobalAveragePooling2D(Layer):
    """Each channel's mean over height and width."""

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        return shapes[0][-1:]

    def _reads_every_cell(self, shape: Shape) -> bool:
        return True


@dataclass(frozen=True)
class Add(Layer):
    """The sum of its inputs, which must have the same shape."""

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        if len(set(shapes)) > 1:
            raise ValueError(f"{self.name} adds unequal shapes {shapes}: make them equal first.")
        return shapes[0]


@dataclass(frozen=True)
class Concatenate(Layer):
    """Its inputs' channels side by side; height and width must agree."""

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        if len({shape[:-1] for shape in shapes}) > 1:
            raise ValueError(f"{self.name} joins shapes {shapes}: height and width must agree.")
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def _slide(layer: Any, kernel_size: int, strides: int, height: int, width: int) -> tuple[int, int]:
    """Height and width after sliding a window, with Keras' `same` or `valid` padding."""
    if layer.padding == "same":
        return -(-height // strides), -(-width // strides)
    if layer.padding != "valid":
        raise ValueError(f"{layer.name}: padding={layer.padding!r}, expected 'same' or 'valid'.")
    if kernel_size > min(height, width):
        raise ValueError(
            f"{layer.name}: a {kernel_size}x{kernel_size} window does not fit {height}x{width}."
        )
    return (height - kernel_size) // strides + 1, (width - kernel_size) // strides + 1
