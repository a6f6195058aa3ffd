"""Where everything of a drawing goes: blocks in columns and tracks, edges between them.

Vertical lengths are such that a drawing is `HEIGHT` high, about pixels. Horizontal ones are free
units that the figure stretches over whatever width the page has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from covnets.charts.network.blocks import Block
from covnets.charts.network.labels import label
from covnets.charts.network.placed import (
    ARC_ROOM,
    FAN_GAP,
    HEIGHT,
    SHORTEST,
    Box,
    Frame,
    Layout,
    edges_between,
)
from covnets.charts.network.units import Unit, units
from covnets.models import Sketch

# A drawing with more columns than this is folded: on a phone a column is then 14 pixels wide.
MAX_COLUMNS = 24

# From bottom to top: the hint, the stages' labels above it, the folded units' labels, blocks, arcs,
# the legend.
HINT_ROOM = 16.0
STAGE_ROOM, FOLD_ROOM, LEGEND_ROOM = HINT_ROOM + 46.0, 20.0, 46.0
TALLEST, TALLEST_VECTOR, LOWEST = 190.0, 150.0, 14.0
TRACK_GAP = 9.0
# Heights fall more slowly than the spatial size, so that 7x7 beside 28x28 can still be labelled.
HEIGHT_POWER = 0.6

# An auxiliary head is a row of low blocks below all others.
AUXILIARY_ROOM, AUXILIARY_HEIGHT = 34.0, 22.0
# A head that gets less width than this has a row of its own.
AUXILIARY_WIDTH = 8.0

# Horizontal lengths. A block of 16 channels is some three units wide.
GAP, UNIT_GAP, STAGE_GAP = 0.4, 0.9, 1.4
VECTOR_WIDTH, SUM_WIDTH = 1.8, 1.3
# What a label in one line needs of a block in a branch: so much a character, and so much around it.
CHARACTER, PADDING = 0.38, 0.5
# A stage is never narrower than this share of the drawing, nor are image, stem and head than the
# other: their labels need the room.
STAGE_SHARE, END_SHARE = 0.13, 0.1


def layout(sketch: Sketch, max_columns: int = MAX_COLUMNS, *, is_scrolled: bool = False) -> Layout:
    """Place a network's blocks, edges, stages and folded units.

    Args:
        sketch: the network.
        max_columns: a network with more columns than this is folded.
        is_scrolled: whether it may be wider than the page; then no stage need be widened for the
            labels below it.
    """
    every = units(sketch, max_columns)
    parts = [unit for unit in every if not unit.is_auxiliary]
    scale = _Scale.fitting(every)
    stages, folds = [], []
    cursor = 0.0
    for group, width in _widths(parts, is_scrolled):
        content = _width(group)
        left = cursor + (width - content) / 2
        frames = list(_place(group, left, scale))
        boxes = tuple(box for frame in frames for box in frame.boxes)
        stages.append(Frame(cursor, cursor + width, boxes))
        folds += [frame for frame in frames if frame.boxes[0].unit.repeats > 1]
        cursor += width + STAGE_GAP
    width = cursor - STAGE_GAP
    placed = [box for stage in stages for box in stage.boxes]
    heads = [unit for unit in every if unit.is_auxiliary]
    placed += _place_auxiliary_heads(heads, placed, width, _num_auxiliary_rows(every))
    return Layout(tuple(placed), tuple(edges_between(placed)), tuple(stages), tuple(folds), width)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From a block's shape to its height in pixels."""

    largest: int
    tallest: float
    middle: float

    @classmethod
    def fitting(cls, parts: Sequence[Unit]) -> _Scale:
        """Make the blocks as tall as the room, the tracks and the arcs allow."""
        every = [block for unit in parts for block in unit.blocks]
        floor = STAGE_ROOM + FOLD_ROOM * any(unit.repeats > 1 for unit in parts)
        floor += AUXILIARY_ROOM * _num_auxiliary_rows(parts)
        ceiling = HEIGHT - LEGEND_ROOM - ARC_ROOM * any(block.shortcuts for block in every)
        scale = cls(max(_rows(block) for block in every), 1.0, (floor + ceiling) / 2)
        tallest = TALLEST
        for unit in parts:
            if unit.is_auxiliary:
                continue
            tracks = len(unit.tracks)
            room = (ceiling - floor - (tracks - 1) * TRACK_GAP) / tracks
            rows = max(_rows(block) for track in unit.tracks for block in track)
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


def _columns(unit: Unit) -> list[list[tuple[int | None, Block]]]:
    """The unit's blocks by column, with their tracks; short ones begin late, a join has none."""
    tracks = unit.tracks
    length = max(map(len, tracks))
    columns: list[list[tuple[int | None, Block]]] = [[] for _ in range(length)]
    for number, track in enumerate(tracks):
        for column, block in enumerate(track, start=length - len(track)):
            columns[column].append((number, block))
    return columns + ([[(None, unit.join)]] if unit.join else [])


def _sides(unit: Unit, left: float) -> list[tuple[float, float]]:
    """Where each of the unit's columns begins and ends."""
    sides: list[tuple[float, float]] = []
    for column in _columns(unit):
        gap = FAN_GAP if column[0][0] is None else GAP
        start = sides[-1][1] + gap if sides else left
        sides.append((start, start + max(_block_width(block) for _, block in column)))
    return sides


def _gap(before: Unit, after: Unit) -> float:
    """The room between two units of a stage."""
    if after.join:
        return FAN_GAP
    single = len(before.blocks) == len(after.blocks) == before.repeats == after.repeats == 1
    return GAP if single else UNIT_GAP


def _width(group: Sequence[Unit]) -> float:
    gaps = sum(_gap(before, after) for before, after in pairwise(group))
    return sum(_sides(unit, 0.0)[-1][1] for unit in group) + gaps


def _widths(parts: Sequence[Unit], is_scrolled: bool) -> list[tuple[list[Unit], float]]:
    """The units of each stage with the width that the stage gets."""
    groups = [list(group) for _, group in groupby(parts, key=lambda unit: unit.stage)]
    contents = [_width(group) for group in groups]
    total = SHORTEST if is_scrolled else max(SHORTEST, sum(contents))
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
        tracks = [max(scale.height(block) for block in track) for track in unit.tracks]
        top = scale.middle + (sum(tracks) + TRACK_GAP * (len(tracks) - 1)) / 2
        middles = [
            top - sum(tracks[:number]) - height / 2 - TRACK_GAP * number
            for number, height in enumerate(tracks)
        ]
        sides = _sides(unit, left)
        for (start, end), column in zip(sides, _columns(unit), strict=True):
            for track, block in column:
                # In its column a narrow block stands in the middle, with room for its label.
                own = max(_block_width(block), _label_width(block) if unit.join else 0.0)
                margin = max(0.0, end - start - own) / 2
                middle = scale.middle if track is None else middles[track]
                half = scale.height(block) / 2
                edges = start + margin, end - margin, middle - half, middle + half
                boxes.append(Box(block, unit, *edges))
        yield Frame(left, sides[-1][1], tuple(boxes))
        left, before = sides[-1][1], unit


def _num_auxiliary_rows(parts: Sequence[Unit]) -> int:
    """One row for all auxiliary heads, or a row each where the first would not fit."""
    heads = [unit for unit in parts if unit.is_auxiliary]
    if len(heads) < 2:
        return len(heads)
    main = [unit for unit in parts if not unit.is_auxiliary]
    first, second = (
        next(place for place, unit in enumerate(main) if _reads(head, unit)) for head in heads[:2]
    )
    between = main[first + 1 : second + 1]
    join = between[-1].join if between else None
    room = _width(between) - (_block_width(join) if join else 0.0) if between else 0.0
    return 1 if room >= AUXILIARY_WIDTH else len(heads)


def _place_auxiliary_heads(
    heads: Sequence[Unit], placed: Sequence[Box], width: float, num_rows: int
) -> Iterator[Box]:
    """Place auxiliary heads below, each to the right of what it reads.

    With a row each, an earlier one lies lower: the line into the next one ends above it.
    """
    sources = [
        next(box for box in placed if _reads(head, box.unit) and box.block is box.unit.blocks[-1])
        for head in heads
    ]
    # In one row a head must end where the line into the next one comes down.
    ends = [*(source.left - GAP for source in sources), width][1:]
    for number, (head, source) in enumerate(zip(heads, sources, strict=True)):
        row = number if num_rows > 1 else 0
        end = width if num_rows > 1 else ends[number]
        bottom = STAGE_ROOM + AUXILIARY_ROOM * row + (AUXILIARY_ROOM - AUXILIARY_HEIGHT) / 2
        left = source.right + GAP
        gaps = GAP * (len(head.blocks) - 1)
        natural = sum(map(_block_width, head.blocks))
        shrunk = min(1.0, (end - left - gaps) / natural)
        for block in head.blocks:
            right = left + shrunk * _block_width(block)
            yield Box(block, head, left, right, bottom, bottom + AUXILIARY_HEIGHT)
            left = right + GAP


def _reads(head: Unit, unit: Unit) -> bool:
    """Whether a head begins where a unit, or one of those that it stands for, ends."""
    return any(names[-1] == head.blocks[0].inputs[0] for names in unit.names)
