"""The pure-Python reading of a network: shapes and costs without TensorFlow.

A builder such as `covnets.models.vgg.vgg` is written once, over a `layers` namespace. Read with
this module it gives a `Sketch`, in microseconds a layer; read with `keras.layers` it gives the
network that trains. Every layer here takes the same arguments as its Keras namesake and refuses
the others, and every layer must carry a name.

Counting: parameters are trainable weights, biases included; one MAC is one multiply-add of a
convolution or dense layer. The receptive field r grows by (k - 1) * j at a kernel of size k,
where j, the jump, is the product of the strides so far (r = j = 1 at the image).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from covnets.models.nodes import Node, Shape, Sketch

STAGE_OF_NAME = re.compile(r"stem|stage\d+|head")


class Tensor(NamedTuple):
    """What flows between layers: the output of a node, and the nodes made so far."""

    node: Node
    jump: int
    graph: list[Node]

    @property
    def reach(self) -> tuple[int, int, int]:
        """Pixels from cell to cell, pixels that a cell sees, weight layers on the way."""
        return self.jump, self.node.receptive_field, self.node.depth

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Shape with the batch dimension, as Keras has it: (None, height, width, channels)."""
        return (None, *self.node.output_shape)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What every layer has: a name, and a reading of its inputs' shapes."""

    name: str

    def __call__(self, inputs: Tensor | Sequence[Tensor]) -> Tensor:
        """Append this layer to the network that the inputs belong to."""
        tensors = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        shapes = [tensor.node.output_shape for tensor in tensors]
        graph = tensors[0].graph
        kernel, stride = self._window()
        # Where branches meet, the one that has seen most counts; most layers have one input only.
        jump, seen, depth = tensors[0].reach
        for tensor in tensors[1:]:
            jump, seen, depth = map(max, (jump, seen, depth), tensor.reach)
        num_params = self._num_params(shapes[0])
        output_shape = self._output_shape(shapes)
        node = Node(
            name=self.name,
            kind=type(self).__name__,
            stage=_stage(self.name),
            inputs=tuple([tensor.node.name for tensor in tensors]),
            output_shape=output_shape,
            num_params=num_params,
            num_params_total=num_params + self._num_statistics(shapes[0]),
            macs=self._macs(shapes[0], output_shape),
            receptive_field=seen + (kernel - 1) * jump,
            jump=jump,
            depth=depth + self._is_weight_layer(),
            layer=self,
        )
        graph.append(node)
        return Tensor(node, jump * stride, graph)

    def _output_shape(self, shapes: list[Shape]) -> Shape:
        """Shape of the output for inputs of these shapes; unchanged unless a layer says so."""
        return shapes[0]

    def _window(self) -> tuple[int, int]:
        """Kernel size and stride, (1, 1) for a layer that looks at one cell at a time."""
        return 1, 1

    def _num_params(self, shape: Shape) -> int:
        """Trainable weights for an input of this shape."""
        return 0

    def _num_statistics(self, shape: Shape) -> int:
        """Weights that are kept but not trained."""
        return 0

    def _macs(self, shape: Shape, output_shape: Shape) -> int:
        """Multiply-adds for one image."""
        return 0

    def _is_weight_layer(self) -> bool:
        """Whether the layer counts toward the network's depth."""
        return False


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

    def _is_weight_layer(self) -> bool:
        return True


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

    def _is_weight_layer(self) -> bool:
        return True


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


@dataclass(frozen=True, kw_only=True)
class InputLayer(Layer):
    """The images themselves."""

    shape: Shape = field(default=())


def Input(shape: Shape, *, name: str) -> Tensor:
    """Start a network with images of this shape, (height, width, channels)."""
    shape = tuple(shape)
    layer = InputLayer(name=name, shape=shape)
    node = Node(name, "InputLayer", "input", (), shape, 0, 0, 0, 1, 1, 0, layer)
    return Tensor(node, 1, [node])


def Model(inputs: Tensor, outputs: Tensor | Sequence[Tensor], *, name: str) -> Sketch:
    """Close a network: keep, in order, the nodes that the outputs depend on.

    The first of several outputs is the one that counts, and must be the last that was made.
    """
    several = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    wanted = {output.node.name for output in several}
    kept = []
    for node in reversed(inputs.graph):
        if node.name in wanted:
            wanted.update(node.inputs)
            kept.append(node)
    names = [node.name for node in kept]
    if len(set(names)) < len(names):
        twice = sorted({layer for layer in names if names.count(layer) > 1})
        raise ValueError(f"Layer names must be unique, these are not: {', '.join(twice)}.")
    return Sketch(name, tuple(reversed(kept)))


def _stage(name: str) -> str:
    match = STAGE_OF_NAME.match(name)
    if match is None:
        raise ValueError(f"Layer {name!r} tells no place: begin it with stem, stage1, ... or head.")
    return match.group()


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
