"""From a sketch's layers to the blocks of a drawing: what is drawn, and what is folded.

A drawing shows what students speak of: convolutions, pooling, dense layers, joins. A BatchNorm,
an activation, dropout or padding belongs to the block that it serves. A shortcut is no block but
an arc. Neighbouring units (a residual block, an Inception module, a single convolution) that do
the same may be folded into one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from covnets.charts.theme import LIGHT_BLUE, kind_color
from covnets.models import Node, Sketch, symbolic

KINDS = {
    "image": kind_color("InputLayer"),
    "convolution": kind_color("Conv2D"),
    "1×1 conv.": LIGHT_BLUE,
    "pooling": kind_color("MaxPooling2D"),
    "dense": kind_color("Dense"),
    "sum": kind_color("Add"),
    "join": kind_color("Concatenate"),
}
"""Kinds of blocks in a student's words, as in a drawing's legend, and their colours."""

MERGED_KINDS = frozenset(
    {
        "Activation",
        "BatchNormalization",
        "Dropout",
        "Flatten",
        "LocalResponseNormalization",
        "ZeroPadding2D",
    }
)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A way around some blocks, from the output of one block into a sum.

    Attributes:
        source: name of the block that it leaves.
        target: name of the sum that it enters.
        nodes: the layers on the way; none where the input is added as it is.
        shared: layers that come before, and belong to the block whose way around this is.
    """

    source: str
    target: str
    nodes: tuple[Node, ...]
    shared: tuple[Node, ...] = ()

    @property
    def kind(self) -> str:
        """`"identity"`, `"padding"` (option A, where the shape changes) or `"projection"`."""
        if any(node.num_params for node in self.nodes):
            return "projection"
        return "padding" if self.nodes else "identity"


@dataclass(frozen=True, slots=True)
class Block:
    """One layer worth drawing, with the layers that belong to it.

    Attributes:
        node: the layer itself.
        nodes: all layers of the block in order, `node` among them.
        inputs: names of the blocks that it reads, shortcuts left out.
        input_shape: shape of what it reads.
        shortcuts: the shortcuts that enter it, if it is a sum.
    """

    node: Node
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    input_shape: tuple[int, ...]
    shortcuts: tuple[Shortcut, ...] = ()

    @property
    def name(self) -> str:
        """Name of the layer that gives the block its name."""
        return self.node.name

    @property
    def kind(self) -> str:
        """What it is: a key of `KINDS`."""
        match self.node.layer:
            case symbolic.InputLayer():
                return "image"
            case symbolic.Conv2D(kernel_size=size):
                return "1×1 conv." if size == 1 else "convolution"
            case symbolic.Dense():
                return "dense"
            case symbolic.Add():
                return "sum"
            case symbolic.Concatenate():
                return "join"
        return "pooling"

    @property
    def num_params(self) -> int:
        """Trainable parameters of all its layers and of the shortcuts that enter it."""
        return sum(node.num_params for node in self._all_nodes())

    @property
    def macs(self) -> int:
        """Multiply-adds of all its layers and of the shortcuts that enter it."""
        return sum(node.macs for node in self._all_nodes())

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of its last layer's output."""
        return self.nodes[-1].output_shape

    def _all_nodes(self) -> Iterable[Node]:
        yield from self.nodes
        for shortcut in self.shortcuts:
            yield from shortcut.nodes


def blocks(sketch: Sketch) -> tuple[Block, ...]:
    """Group a sketch's layers into blocks, in order; shortcuts become part of their sum."""
    graph = _Graph(sketch)
    return tuple(graph.block(node) for node in sketch.nodes if node.name in graph.members)


class _Graph:
    """A sketch's layers, what reads them, and the blocks that they belong to.

    Attributes:
        nodes: the layers by name.
        consumers: for each layer the names of those that read it.
        ways: for every sum its shortcuts, each from where the ways part: that layer's name, and
            the layers on the way. By convention a sum's first input is the block's own path, the
            others are its shortcuts.
        owners: for each layer that is not on a shortcut the name of its block.
        members: for each block its layers, in order.
    """

    def __init__(self, sketch: Sketch) -> None:
        self.nodes = {node.name: node for node in sketch.nodes}
        self.consumers: dict[str, list[str]] = {name: [] for name in self.nodes}
        for node in sketch.nodes:
            for name in node.inputs:
                self.consumers[name].append(node.name)
        sums = (node for node in sketch.nodes if node.kind == "Add")
        self.ways = {node.name: list(map(self._way, node.inputs[1:])) for node in sums}
        on_ways = {node.name for ways in self.ways.values() for _, way in ways for node in way}
        self.owners: dict[str, str] = {}
        self.members: dict[str, list[Node]] = {}
        for node in sketch.nodes:
            if node.name not in on_ways:
                self.owners[node.name] = owner = self._owner(node)
                self.members.setdefault(owner, []).append(node)

    def block(self, node: Node) -> Block:
        """The block that a layer gives its name to."""
        own = tuple(self.members[node.name])
        if not node.inputs:
            return Block(node, own, (), node.output_shape)
        ways = self.ways.get(node.name, [])
        entering = own[0].inputs[: -len(ways) or None]
        return Block(
            node=node,
            nodes=own,
            inputs=tuple(self.owners[name] for name in entering),
            input_shape=self.nodes[entering[0]].output_shape,
            shortcuts=tuple(self._shortcut(source, node.name, way) for source, way in ways),
        )

    def _way(self, name: str) -> tuple[str, tuple[Node, ...]]:
        way: tuple[Node, ...] = ()
        while len(self.consumers[name]) == 1 and self.nodes[name].inputs:
            way = (self.nodes[name], *way)
            name = self.nodes[name].inputs[0]
        return name, way

    def _owner(self, node: Node) -> str:
        """A layer's block: its own, the one before, or the one that it prepares."""
        if node.kind not in MERGED_KINDS:
            return node.name
        before = self.owners[node.inputs[0]]
        ahead = node
        while ahead.kind in MERGED_KINDS and self.consumers[ahead.name]:
            # Where ways part, a block's own comes first.
            ahead = self.nodes[self.consumers[ahead.name][0]]
        if ahead.kind in MERGED_KINDS:
            return before
        # A reducer's name begins with that of the convolution that it serves.
        follows = node.name.startswith(f"{before}_")
        prepares = node.name.startswith(f"{ahead.name}_") and not follows
        prepares |= self.nodes[before].stage != node.stage
        return ahead.name if prepares else before

    def _shortcut(self, source: str, target: str, way: tuple[Node, ...]) -> Shortcut:
        """A shortcut that leaves from within a block is drawn from the block before that one."""
        owner = self.owners[source]
        members = self.members[owner]
        until_there = tuple(members[: members.index(self.nodes[source]) + 1])
        if any(node.name == owner for node in until_there):
            return Shortcut(owner, target, way)
        return Shortcut(self.owners[until_there[0].inputs[0]], target, way, until_there)
