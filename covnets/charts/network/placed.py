"""What a drawing consists of once everything has its place: boxes, edges, frames.

For the units see `covnets.charts.network.layout`.
"""

from __future__ import annotations

from dataclasses import dataclass

from covnets.charts.network.blocks import Block, Shortcut
from covnets.charts.network.units import Unit

Point = tuple[float, float]

ARC_ROOM = 38.0
"""The room above the blocks that their shortcuts take."""
FAN_GAP = 1.2
"""The width in which a line changes its lane."""


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

    @property
    def centre(self) -> float:
        """Its middle, across."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole drawing, ready to be painted. It begins at 0 and ends at `width`."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    stages: tuple[Frame, ...]
    folds: tuple[Frame, ...]
    width: float
