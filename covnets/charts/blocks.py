"""From a sketch's layers to the blocks of a drawing: what is drawn, and what is folded.

A drawing shows what students speak of: convolutions, pooling, dense layers, joins. A BatchNorm,
an activation, dropout or padding belongs to the block that it serves. A shortcut is no block but
an arc. Neighbouring units (a residual block, an Inception module, a single convolution) that do
the same may be folded into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from covnets.models import Node, Sketch

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
# A layer's name tells its place: stage2_block1_conv1 is a part of the unit stage2_block1.
UNIT_OF_NAME = re.compile(r"(stage\d+_[a-z]+\d+)_")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A way around some blocks, from the output of one block into a sum.

    Attributes:
        source: name of the block that it leaves.
        target: name of the sum that it enters.
        nodes: the layers on the way; none where the input is added as it is.
    """

    source: str
    target: str
    nodes: tuple[Node, ...]

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


@dataclass(frozen=True, slots=True)
class Unit:
    """Blocks that are placed together, and how often they follow one another.

    Attributes:
        stage: the stage that it belongs to.
        blocks: the blocks of the first of the equal units.
        names: for each of the equal units the names of its blocks, in the same order.
        receptive_fields: for each of the equal units that of its last block.
        aside: whether the network goes on without it: an auxiliary head.
    """

    stage: str
    blocks: tuple[Block, ...]
    names: tuple[tuple[str, ...], ...]
    receptive_fields: tuple[int, ...]
    aside: bool = False

    @property
    def repeats(self) -> int:
        """How many equal units are drawn as one."""
        return len(self.names)

    @property
    def lanes(self) -> tuple[tuple[Block, ...], ...]:
        """The parallel branches, top to bottom; without a join a single one with all blocks."""
        join = self.blocks[-1]
        if len(join.inputs) < 2:
            return (self.blocks,)
        by_name = {block.name: block for block in self.blocks}
        return tuple(_chain(by_name, name) for name in join.inputs)

    @property
    def join(self) -> Block | None:
        """The block that joins the lanes, if there are several."""
        return self.blocks[-1] if len(self.blocks[-1].inputs) > 1 else None

    @property
    def num_columns(self) -> int:
        """Columns that it takes in the drawing; what stands aside stands below others."""
        return 0 if self.aside else max(map(len, self.lanes)) + (self.join is not None)


def units(sketch: Sketch, max_columns: int) -> tuple[Unit, ...]:
    """Cut a sketch into units, from left to right; fold equal neighbours if there are too many.

    Args:
        sketch: the network.
        max_columns: a drawing with more columns than this is folded.
    """
    parts: list[list[Block]] = []
    last = ""
    for block in blocks(sketch):
        match = UNIT_OF_NAME.match(block.name)
        unit = match.group(1) if match else block.name
        if unit != last:
            parts.append([])
            last = unit
        parts[-1].append(block)
    read = {name for part in parts for block in part for name in _sources(block)}
    read.add(parts[-1][-1].name)
    unfolded = tuple(_unit([part], read) for part in parts)
    if sum(unit.num_columns for unit in unfolded) <= max_columns:
        return unfolded
    return tuple(_unit(run, read) for run in _runs(parts))


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
        if node.name in on_shortcut:
            continue
        owner = node.name
        if node.kind in MERGED_KINDS:
            owner = _owner(node, nodes, consumers, owners)
        owners[node.name] = owner
        members.setdefault(owner, []).append(node)
    return tuple(
        _block(node, tuple(members[node.name]), nodes, owners, ways.get(node.name, ()))
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
    """The block that a merged layer belongs to: the one before it, or the one that it prepares."""
    before = owners[node.inputs[0]]
    ahead = node
    while ahead.kind in MERGED_KINDS and len(consumers[ahead.name]) == 1:
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
    own: tuple[Node, ...],
    nodes: dict[str, Node],
    owners: dict[str, str],
    ways: Sequence[tuple[Node, ...]],
) -> Block:
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
            Shortcut(owners[source], node.name, path)
            for source, path in zip(sources, ways, strict=True)
        ),
    )


def _runs(parts: list[list[Block]]) -> list[list[list[Block]]]:
    """Group neighbouring units of a stage that do the same."""
    runs: list[list[list[Block]]] = []
    last: Any = None
    for part in parts:
        does = _signature(part)
        if does != last:
            runs.append([])
            last = does
        runs[-1].append(part)
    return runs


def _signature(part: list[Block]) -> Any:
    """What a unit does, without names: equal units have equal signatures."""
    places = {block.name: place for place, block in enumerate(part)}
    return [part[0].node.stage] + [
        (
            block.input_shape,
            [places.get(name, -1) for name in block.inputs],
            [_does(node) for node in block.nodes],
            [(places.get(way.source, -1), *map(_does, way.nodes)) for way in block.shortcuts],
        )
        for block in part
    ]


def _does(node: Node) -> Any:
    arguments = {name: value for name, value in vars(node.layer).items() if name != "name"}
    return node.kind, node.output_shape, arguments


def _sources(block: Block) -> Iterator[str]:
    yield from block.inputs
    yield from (way.source for way in block.shortcuts)


def _unit(run: list[list[Block]], read: set[str]) -> Unit:
    return Unit(
        stage=run[0][0].node.stage,
        blocks=tuple(run[0]),
        names=tuple(tuple(block.name for block in part) for part in run),
        receptive_fields=tuple(part[-1].node.receptive_field for part in run),
        aside=run[0][-1].name not in read,
    )


def _chain(by_name: dict[str, Block], name: str) -> tuple[Block, ...]:
    """The blocks of a unit that lead to this one, first to last."""
    chain: list[Block] = []
    while name in by_name:
        chain.insert(0, by_name[name])
        name = chain[0].inputs[0]
    return tuple(chain)
