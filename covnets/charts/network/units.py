"""From blocks to units: what is placed together, and what is folded.

A residual block, an Inception module or a single convolution is a unit. Neighbouring units that do
the same may be folded into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from covnets.charts.network.blocks import Block, blocks
from covnets.models import Node, Sketch

UNIT_OF_NAME = re.compile(r"(stage\d+_[a-z]+\d+)_")


@dataclass(frozen=True, slots=True)
class Unit:
    """Blocks that are placed together, and how often they follow one another.

    Attributes:
        stage: the stage that it belongs to.
        blocks: the blocks of the first of the equal units.
        names: for each of the equal units the names of its blocks, in the same order.
        sees_further: pixels by which the receptive fields in the last of the equal units are
            wider than those in the first.
        is_auxiliary: whether the network goes on without it, as without an auxiliary head.
    """

    stage: str
    blocks: tuple[Block, ...]
    names: tuple[tuple[str, ...], ...]
    sees_further: int
    is_auxiliary: bool = False

    @property
    def repeats(self) -> int:
        """How many equal units are drawn as one."""
        return len(self.names)

    @property
    def tracks(self) -> tuple[tuple[Block, ...], ...]:
        """The parallel branches, top to bottom; without a join a single one with all blocks."""
        if self.join is None:
            return (self.blocks,)
        by_name = {block.name: block for block in self.blocks}
        return tuple(_chain(by_name, name) for name in self.join.inputs)

    @property
    def join(self) -> Block | None:
        """The block that joins the tracks, if there are several."""
        return self.blocks[-1] if len(self.blocks[-1].inputs) > 1 else None

    @property
    def num_columns(self) -> int:
        """Columns that it takes in the drawing; an auxiliary head stands below others."""
        return 0 if self.is_auxiliary else max(map(len, self.tracks)) + (self.join is not None)


def units(sketch: Sketch, max_columns: int) -> tuple[Unit, ...]:
    """Cut a sketch into units, from left to right; fold equal neighbours if there are too many.

    Args:
        sketch: the network.
        max_columns: a drawing with more columns than this is folded.
    """
    parts = [list(part) for _, part in groupby(blocks(sketch), lambda block: unit_name(block.name))]
    read = {name for part in parts for block in part for name in _sources(block)}
    read.add(parts[-1][-1].name)
    unfolded = tuple(_unit([part], read) for part in parts)
    if sum(unit.num_columns for unit in unfolded) <= max_columns:
        return unfolded
    return tuple(_unit(list(equal), read) for _, equal in groupby(parts, _signature))


def unit_name(name: str) -> str:
    """The unit that a layer is in, from the layer's name, which tells its place.

    Args:
        name: like `stage2_block1_conv1`, which is a part of the unit `stage2_block1`.
    """
    match = UNIT_OF_NAME.match(name)
    return match.group(1) if match else name


def _signature(part: list[Block]) -> Any:
    """What a unit does, without names: equal units have equal signatures."""
    places = {block.name: place for place, block in enumerate(part)}
    return [part[0].node.stage] + [
        (
            block.input_shape,
            [places.get(name, -1) for name in block.inputs],
            [_does(node) for node in block.nodes],
            [
                (places.get(way.source, -1), *map(_does, (*way.shared, *way.nodes)))
                for way in block.shortcuts
            ],
        )
        for block in part
    ]


def _does(node: Node) -> Any:
    arguments = {name: value for name, value in vars(node.layer).items() if name != "name"}
    return node.kind, node.output_shape, arguments


def _sources(block: Block) -> Iterator[str]:
    yield from block.inputs
    yield from (way.source for way in block.shortcuts)


def _unit(equal: list[list[Block]], read: set[str]) -> Unit:
    # Both may see the whole image.
    first, last = (part[0].node.receptive_field or 0 for part in (equal[0], equal[-1]))
    return Unit(
        stage=equal[0][0].node.stage,
        blocks=tuple(equal[0]),
        names=tuple(tuple(block.name for block in part) for part in equal),
        sees_further=last - first,
        is_auxiliary=equal[0][-1].name not in read,
    )


def _chain(by_name: dict[str, Block], name: str) -> tuple[Block, ...]:
    """The blocks of a unit that lead to this one, first to last."""
    chain: list[Block] = []
    while name in by_name:
        chain.insert(0, by_name[name])
        name = chain[0].inputs[0]
    return tuple(chain)
