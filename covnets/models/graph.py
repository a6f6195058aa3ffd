"""What a network is when it is read without TensorFlow: its layers in order, and what they cost.

Each layer, when it is called, appends a node; the layers themselves are in
`covnets.models.symbolic`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import NamedTuple

Shape = tuple[int, ...]

STAGE_OF_NAME = re.compile(r"stem|stage\d+|head")


class Node(NamedTuple):
    """One layer in its place in the network.

    A tuple, because nothing else that cannot be changed is made as fast: there may be thousands.

    Attributes:
        name: the layer's name, the same as in the Keras model.
        kind: Keras' class name, for instance `"Conv2D"`.
        stage: `"input"`, `"stem"`, `"stage1"`, ... or `"head"`.
        inputs: names of the layers that it reads.
        output_shape: (height, width, channels) or (units,), without the batch dimension.
        num_params: trainable weights.
        num_params_total: trainable weights and BatchNorm's moving statistics.
        macs: multiply-adds for one image.
        receptive_field: side in pixels of the image region that one output cell sees; None if it
            sees the whole image, as behind a dense layer or global pooling.
        jump: pixels between two neighbouring cells of its input: the product of the strides before.
        depth: weight layers on the longest path from the image to this layer's output.
        layer: the symbolic layer, with its arguments.
    """

    name: str
    kind: str
    stage: str
    inputs: tuple[str, ...]
    output_shape: Shape
    num_params: int
    num_params_total: int
    macs: int
    receptive_field: int | None
    jump: int
    depth: int
    layer: Layer

    @property
    def num_values(self) -> int:
        """Values in its output for one image."""
        return prod(self.output_shape)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A whole network: its nodes in order, from the image to the class probabilities."""

    name: str
    nodes: tuple[Node, ...]

    @property
    def num_params(self) -> int:
        """Trainable parameters."""
        return sum(node.num_params for node in self.nodes)

    @property
    def num_params_total(self) -> int:
        """Trainable parameters and moving statistics, as Keras' `count_params()` has it."""
        return sum(node.num_params_total for node in self.nodes)

    @property
    def macs(self) -> int:
        """Multiply-adds of one image's way forward; convolutions and dense layers only."""
        return sum(node.macs for node in self.nodes)

    @property
    def num_values(self) -> int:
        """Values in all layers' outputs for one image."""
        return sum(node.num_values for node in self.nodes)

    @property
    def receptive_field(self) -> int:
        """Receptive field in pixels of the last spatial layer on the way to the output."""
        nodes = {node.name: node for node in self.nodes}
        node = self.nodes[-1]
        while node.receptive_field is None:
            node = nodes[node.inputs[0]]
        return node.receptive_field

    @property
    def depth(self) -> int:
        """Weight layers (convolutions and dense layers) on the longest path."""
        return self.nodes[-1].depth


class Tensor(NamedTuple):
    """What flows between layers: the output of a node, and the nodes made so far."""

    node: Node
    jump: int
    graph: list[Node]

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
        first = tensors[0]
        jump, seen, depth = first.jump, first.node.receptive_field, first.node.depth
        for tensor in tensors[1:]:
            jump, depth = max(jump, tensor.jump), max(depth, tensor.node.depth)
            seen = _wider(seen, tensor.node.receptive_field)
        if seen is not None:
            seen = None if self._reads_every_cell(shapes[0]) else seen + (kernel - 1) * jump
        num_params = self._num_params(shapes[0])
        output_shape = self._output_shape(shapes)
        macs = self._macs(shapes[0], output_shape)
        node = Node(
            name=self.name,
            kind=type(self).__name__,
            stage=_stage(self.name),
            inputs=tuple([tensor.node.name for tensor in tensors]),
            output_shape=output_shape,
            num_params=num_params,
            num_params_total=num_params + self._num_statistics(shapes[0]),
            macs=macs,
            receptive_field=seen,
            jump=jump,
            # Weight layers are those that multiply.
            depth=depth + (macs > 0),
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

    def _reads_every_cell(self, shape: Shape) -> bool:
        """Whether each value of the output is made from all cells of an input of this shape."""
        return False

    def _num_params(self, shape: Shape) -> int:
        """Trainable weights for an input of this shape."""
        return 0

    def _num_statistics(self, shape: Shape) -> int:
        """Weights that are kept but not trained."""
        return 0

    def _macs(self, shape: Shape, output_shape: Shape) -> int:
        """Multiply-adds for one image."""
        return 0


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
    made = [node.name for node in inputs.graph]
    last = max(several, key=lambda output: made.index(output.node.name))
    if last is not several[0]:
        raise ValueError(
            f"{several[0].node.name} is the first output, but {last.node.name} was made after it: "
            "make the first output last, it counts for depth and receptive field."
        )
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


def _wider(first: int | None, second: int | None) -> int | None:
    """The larger one of two receptive fields, of which None is the largest."""
    return None if first is None or second is None else max(first, second)


def _stage(name: str) -> str:
    match = STAGE_OF_NAME.match(name)
    if match is None:
        raise ValueError(f"Layer {name!r} tells no place: begin it with stem, stage1, ... or head.")
    return match.group()
