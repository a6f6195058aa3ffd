"""What a drawing consists of once everything has its place: boxes, frames, and the edges between.

For the units of length see `covnets.charts.network.layout`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from covnets.charts.network.blocks import Block, Shortcut
from covnets.charts.network.units import Unit

Point = tuple[float, float]

HEIGHT = 320
"""Height of a drawing; a page shows it somewhat lower."""
SHORTEST = 46.0
"""A shallow network is not stretched over the whole page."""
ARC_ROOM = 38.0
"""The room above the blocks that their shortcuts take."""
FAN_GAP = 1.2
"""The width in which a line changes its track."""


@dataclass(frozen=True, slots=True)
class Box:
    """A placed block: its four sides, and the unit that it stands in."""

    block: Block
    unit: Unit
    left: float
    right: float
    bottom: float
    top: float

    @property
    def centre(self) -> Point:
        """Its middle, across and up."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2


@dataclass(frozen=True, slots=True)
class Edge:
    """A connection between two placed blocks.

    Attributes:
        source: name of the block that it leaves.
        target: name of the block that it enters.
        points: its line; a shortcut's is an arc with its summit in the middle.
        shortcut: the shortcut, if it is one.
    """

    source: str
    target: str
    points: tuple[Point, ...]
    shortcut: Shortcut | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What belongs together from left to right: a stage, or a unit that stands for several."""

    left: float
    right: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole drawing, ready to be painted. It begins at 0 and ends at `width`."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    stages: tuple[Frame, ...]
    folds: tuple[Frame, ...]
    width: float


def edges_between(boxes: Sequence[Box]) -> Iterator[Edge]:
    """Every connection between blocks; those between the copies of a folded unit are the fold."""
    by_name = {
        name: box
        for box in boxes
        for names in box.unit.names
        for block, name in zip(box.unit.blocks, names, strict=True)
        if block is box.block
    }
    places = {box.block.name: place for place, box in enumerate(boxes)}
    for box in boxes:
        for name in box.block.inputs:
            source = by_name[name]
            yield Edge(source.block.name, box.block.name, _line(source, box))
        for shortcut in box.block.shortcuts:
            source = by_name[shortcut.source]
            between = boxes[places[source.block.name] : places[box.block.name] + 1]
            summit = max(other.top for other in between) + ARC_ROOM - 6
            yield Edge(source.block.name, box.block.name, _arc(source, box, summit), shortcut)


def _line(source: Box, target: Box) -> tuple[Point, ...]:
    """A line from side to side; one that changes track swings where the tracks part or meet."""
    (middle, start), (_, end) = source.centre, target.centre
    if target.unit.is_auxiliary and target.unit is not source.unit:
        return (middle, source.bottom), (middle, end), (target.left, end)
    if abs(start - end) < 1:
        return (source.right, start), (target.left, end)
    parting = target.unit.join is not target.block
    bend = source.right if parting else max(source.right, target.left - FAN_GAP)
    length = min(FAN_GAP, target.left - bend)
    swing = [
        (bend + length * t, start + (end - start) * t * t * (3 - 2 * t))
        for t in (step / 8 for step in range(9))
    ]
    return (source.right, start), *swing, (target.left, end)


def _arc(source: Box, target: Box, summit: float) -> tuple[Point, ...]:
    """An arc over everything between two blocks, from top to top."""
    start, end = max(source.centre[0], source.right - 0.6), target.centre[0]
    points = []
    for step in range(25):
        angle = math.pi * step / 24
        # Flatter than a circle, with steep flanks, so that it clears the blocks' corners.
        across, up = -math.cos(angle), math.sin(angle) ** 0.6
        foot = source.top if step < 12 else target.top
        x = (start + end) / 2 + (end - start) / 2 * math.copysign(abs(across) ** 0.9, across)
        points.append((x, foot + (summit - foot) * up))
    return tuple(points)
