"""From a sketch's layers to the blocks of a drawing: what is drawn, and what is folded.

A drawing shows what students speak of: convolutions, pooling, dense layers, joins. A BatchNorm,
an activation, dropout or padding belongs to the block that it serves. A shortcut is no block but
an arc. Neighbouring units (a residual block, an Inception module, a single convolution) that do
the same may be folded into one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    nodes = {node.name: node for node in sketch.nodes}
    consumers: dict[str, list[str]] = {name: [] for name in nodes}
    for node in sketch.nodes:
        for name in node.inputs:
            consumers[name].append(node.name)

    ways = _shortcut_ways(nodes, consumers)
    on_shortcut = {node.name for way in ways.values() for path in way for node in path}
    owners: dict[str, str] = {}
    members: dict[str, list[Node]] = {}
    for node in sketch.nodes:
        if node.name not in on_shortcut:
            owners[node.name] = owner = _owner(node, nodes, consumers, owners)
            members.setdefault(owner, []).append(node)
    return tuple(
        _block(node, nodes, owners, members, ways.get(node.name, ()))
        for node in sketch.nodes
        if node.name in members
    )


def _shortcut_ways(
    nodes: dict[str, Node], consumers: dict[str, list[str]]
) -> dict[str, tuple[tuple[Node, ...], ...]]:
    """For every sum its shortcuts: the layers on the way, back to where the ways part.

    By convention a sum's first input is the block's own path, the others are its shortcuts.
    """
    ways = {}
    for node in nodes.values():
        if node.kind != "Add":
            continue
        paths = []
        for name in node.inputs[1:]:
            path: tuple[Node, ...] = ()
            while len(consumers[name]) == 1 and nodes[name].inputs:
                path = (nodes[name], *path)
                name = nodes[name].inputs[0]
            paths.append(path)
        ways[node.name] = tuple(paths)
    return ways


def _owner(
    node: Node, nodes: dict[str, Node], consumers: dict[str, list[str]], owners: dict[str, str]
) -> str:
    """The block that a layer belongs to: its own, the one before, or the one that it prepares."""
    if node.kind not in MERGED_KINDS:
        return node.name
    before = owners[node.inputs[0]]
    ahead = node
    while ahead.kind in MERGED_KINDS and consumers[ahead.name]:
        # Where ways part, a block's own comes first.
        ahead = nodes[consumers[ahead.name][0]]
    if ahead.kind in MERGED_KINDS:
        return before
    # A reducer's name begins with that of the convolution that it serves.
    follows = node.name.startswith(f"{before}_")
    prepares = node.name.startswith(f"{ahead.name}_") and not follows
    prepares |= nodes[before].stage != node.stage
    return ahead.name if prepares else before


def _block(
    node: Node,
    nodes: dict[str, Node],
    owners: dict[str, str],
    members: dict[str, list[Node]],
    ways: Sequence[tuple[Node, ...]],
) -> Block:
    own = tuple(members[node.name])
    if not node.inputs:
        return Block(node, own, (), node.output_shape)
    entering = own[0].inputs[: -len(ways) or None]
    sources = [
        path[0].inputs[0] if path else name
        for path, name in zip(ways, own[0].inputs[1:], strict=False)
    ]
    return Block(
        node=node,
        nodes=own,
        inputs=tuple(owners[name] for name in entering),
        input_shape=nodes[entering[0]].output_shape,
        shortcuts=tuple(
            _shortcut(nodes[source], node.name, path, owners, members)
            for source, path in zip(sources, ways, strict=True)
        ),
    )


def _shortcut(
    source: Node,
    target: str,
    path: tuple[Node, ...],
    owners: dict[str, str],
    members: dict[str, list[Node]],
) -> Shortcut:
    """A shortcut that leaves from within a block is drawn from the block before that one."""
    owner = owners[source.name]
    until_there = tuple(members[owner][: members[owner].index(source) + 1])
    if any(node.name == owner for node in until_there):
        return Shortcut(owner, target, path)
    return Shortcut(owners[until_there[0].inputs[0]], target, path, until_there)
