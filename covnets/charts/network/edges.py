"""The lines of a drawing: from block to block, into auxiliary heads, and shortcuts as arcs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from covnets.charts.network.placed import ARC_ROOM, FAN_GAP, Box, Edge, Point


def edges(boxes: Sequence[Box]) -> Iterator[Edge]:
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
    (middle, start), (_, end) = source.centre, target.centre
    if target.unit.aside and target.unit is not source.unit:
        return (middle, source.bottom), (middle, end), (target.left, end)
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
