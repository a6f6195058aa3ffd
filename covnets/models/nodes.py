"""What a network is when it is read without TensorFlow: its layers in order, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from covnets.models.graph import Layer

Shape = tuple[int, ...]


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
