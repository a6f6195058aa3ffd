"""Where everything of a drawing goes: blocks in columns and lanes, edges between them.

Vertical lengths are pixels of a figure of fixed height. Horizontal ones are free units that the
figure stretches over whatever width the page has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from covnets.charts.blocks import Block, Shortcut, Unit, units
from covnets.charts.captions import label
from covnets.models import Sketch

Point = tuple[float, float]

HEIGHT = 320
"""Height of a drawing in pixels."""

# A drawing with more columns than this is folded: on a phone a column is then 14 pixels wide.
MAX_COLUMNS = 24

# From bottom to top: the hint, the stages' labels above it, the folded units' labels, blocks, arcs,
# the legend.
HINT_ROOM = 16.0
STAGE_ROOM, FOLD_ROOM, ARC_ROOM, LEGEND_ROOM = HINT_ROOM + 46.0, 20.0, 38.0, 46.0
TALLEST, TALLEST_VECTOR, LOWEST = 190.0, 150.0, 14.0
LANE_GAP = 9.0
# Heights fall more slowly than the spatial size, so that 7x7 beside 28x28 can still be labelled.
HEIGHT_POWER = 0.6

# Horizontal lengths. A block of 16 channels is some three units wide.
GAP, UNIT_GAP, FAN_GAP, STAGE_GAP = 0.4, 0.9, 1.2, 1.4
VECTOR_WIDTH, SUM_WIDTH = 1.8, 1.3
# What a label in one line needs of a block in a branch: so much a character, and so much around it.
CHARACTER, PADDING = 0.38, 0.5
# A stage is never narrower than this share of the drawing, nor are image, stem and head than the
# other: their labels need the room.
STAGE_SHARE, END_SHARE = 0.13, 0.1
# A shallow network is not stretched over the whole page.
SHORTEST = 46.0


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


def layout(sketch: Sketch, max_columns: int = MAX_COLUMNS) -> Layout:
    """Place a network's blocks, edges, stages and folded units.

    Args:
        sketch: the network.
        max_columns: a network with more columns than this is folded.
    """
    parts = units(sketch, max_columns)
    scale = _Scale.fitting(parts)
    stages, folds = [], []
    cursor = 0.0
    for group, width in _widths(parts):
        content = _width(group)
        left = cursor + (width - content) / 2
        frames = list(_place(group, left, scale))
        boxes = tuple(box for frame in frames for box in frame.boxes)
        stages.append(Frame(cursor, cursor + width, boxes))
        folds += [frame for frame in frames if frame.boxes[0].unit.repeats > 1]
        cursor += width + STAGE_GAP
    all_boxes = tuple(box for stage in stages for box in stage.boxes)
    return Layout(
        all_boxes, tuple(_edges(all_boxes)), tuple(stages), tuple(folds), cursor - STAGE_GAP
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a block's shape to its height in pixels."""

    largest: int
    tallest: float
    middle: float

    @classmethod
    def fitting(cls, parts: Sequence[Unit]) -> _Scale:
        """Make the blocks as tall as the room, the lanes and the arcs allow."""
        every = [block for unit in parts for block in unit.blocks]
        floor = STAGE_ROOM + FOLD_ROOM * any(unit.repeats > 1 for unit in parts)
        ceiling = HEIGHT - LEGEND_ROOM - ARC_ROOM * any(block.shortcuts for block in every)
        scale = cls(max(_rows(block) for block in every), 1.0, (floor + ceiling) / 2)
        tallest = TALLEST
        for unit in parts:
            lanes = len(unit.lanes)
            room = (ceiling - floor - (lanes - 1) * LANE_GAP) / lanes
            rows = max(_rows(block) for lane in unit.lanes for block in lane)
            tallest = min(tallest, room / scale._relative(rows))
        return cls(scale.largest, tallest, scale.middle)

    def height(self, block: Block) -> float:
        """The height of a block: follows its rows, or the logarithm of a vector's length."""
        if len(block.output_shape) == 1:
            return TALLEST_VECTOR * min(1.0, 0.2 + 0.08 * math.log2(block.output_shape[0]))
        return max(LOWEST, self.tallest * self._relative(_rows(block)))

    def _relative(self, rows: int) -> float:
        return float((rows / self.largest) ** HEIGHT_POWER)


def _rows(block: Block) -> int:
    return block.output_shape[0] if len(block.output_shape) > 1 else 1


def _block_width(block: Block) -> float:
    """The width of a block: follows the channels, slowly, so that 4 and 512 fit one page."""
    if block.node.kind == "Add":
        return SUM_WIDTH
    if len(block.output_shape) == 1:
        return VECTOR_WIDTH
    return 1.6 + 0.45 * float(block.output_shape[-1] ** 0.36)


def _label_width(block: Block) -> float:
    return PADDING + CHARACTER * len(label(block))


def _columns(unit: Unit) -> list[list[tuple[int, Block]]]:
    """The unit's blocks by column, each with its lane; short lanes begin late."""
    lanes = unit.lanes
    length = max(map(len, lanes))
    columns: list[list[tuple[int, Block]]] = [[] for _ in range(length)]
    for number, lane in enumerate(lanes):
        for column, block in enumerate(lane, start=length - len(lane)):
            columns[column].append((number, block))
    return columns


def _column_width(column: list[tuple[int, Block]]) -> float:
    return max(_block_width(block) for _, block in column)


def _unit_width(unit: Unit) -> float:
    columns = _columns(unit)
    width = sum(map(_column_width, columns)) + GAP * (len(columns) - 1)
    return width + (FAN_GAP + _block_width(unit.join) if unit.join else 0.0)


def _gap(before: Unit, after: Unit) -> float:
    """The room between two units of a stage."""
    if after.join:
        return FAN_GAP
    single = len(before.blocks) == len(after.blocks) == before.repeats == after.repeats == 1
    return GAP if single else UNIT_GAP


def _width(group: Sequence[Unit]) -> float:
    gaps = sum(_gap(before, after) for before, after in pairwise(group))
    return sum(map(_unit_width, group)) + gaps


def _widths(parts: Sequence[Unit]) -> list[tuple[list[Unit], float]]:
    """The units of each stage with the width that the stage gets."""
    groups = [list(group) for _, group in groupby(parts, key=lambda unit: unit.stage)]
    contents = [_width(group) for group in groups]
    total = max(SHORTEST, sum(contents))
    shares = [STAGE_SHARE if group[0].stage.startswith("stage") else END_SHARE for group in groups]
    return [
        (group, max(content, share * total))
        for group, content, share in zip(groups, contents, shares, strict=True)
    ]


def _place(group: Sequence[Unit], left: float, scale: _Scale) -> Iterator[Frame]:
    """Place the units of a stage side by side, beginning at `left`."""
    before = None
    for unit in group:
        left += _gap(before, unit) if before else 0.0
        boxes = []
        lanes = [max(scale.height(block) for block in lane) for lane in unit.lanes]
        top = scale.middle + (sum(lanes) + LANE_GAP * (len(lanes) - 1)) / 2
        middles = [
            top - sum(lanes[:number]) - height / 2 - LANE_GAP * number
            for number, height in enumerate(lanes)
        ]
        cursor = left
        for column in _columns(unit):
            width = _column_width(column)
            for lane, block in column:
                # In its column a narrow block stands in the middle, with room for its label.
                own = max(_block_width(block), _label_width(block) if unit.join else 0.0)
                margin = (width - min(own, width)) / 2
                half = scale.height(block) / 2
                sides = cursor + margin, cursor + width - margin
                boxes.append(Box(block, unit, *sides, middles[lane] - half, middles[lane] + half))
            cursor += width + GAP
        cursor -= GAP
        if unit.join:
            cursor += FAN_GAP
            half = scale.height(unit.join) / 2
            right = cursor + _block_width(unit.join)
            boxes.append(
                Box(unit.join, unit, cursor, right, scale.middle - half, scale.middle + half)
            )
            cursor = right
        yield Frame(left, cursor, tuple(boxes))
        left, before = cursor, unit


def _edges(boxes: Sequence[Box]) -> Iterator[Edge]:
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
    """A line from side to side; one that changes lane swings where the lanes part or meet."""
    (_, start), (_, end) = source.centre, target.centre
    if abs(start - end) < 1:
        return (source.right, start), (target.left, end)
    parting = target.unit.join is not target.block
    bend = source.right if parting else max(source.right, target.left - FAN_GAP)
    swing = []
    length = min(FAN_GAP, target.left - bend)
    for step in range(9):
        t = step / 8
        swing.append((bend + length * t, start + (end - start) * t * t * (3 - 2 * t)))
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
