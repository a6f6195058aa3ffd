"""Labels on the blocks of a drawing, worded so that they fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from covnets.charts.network.blocks import Block
from covnets.charts.network.placed import HEIGHT, SHORTEST, Box, Layout
from covnets.models import symbolic

Wording = tuple[Callable[[str], str], bool]

SMALLEST_TEXT = 10
"""In pixels; a text that does not fit in this size is hidden."""
# Pixels across a laptop's page beside the sidebar, where a drawing is as many pixels high as lie
# between a page's curves and its end. Labels are worded for it.
PAGE_WIDTH, PAGE_HEIGHT = 900, 290
# What a text of plotly.js takes: a character's width and a line's height in parts of its size, and
# what it keeps free around, in pixels.
CHARACTER, LINE, AROUND = 0.46, 1.3, 6


def label(block: Block) -> str:
    """The short label on a block: `3×3, 16` for a convolution with 16 filters."""
    layer, shape = block.node.layer, block.node.output_shape
    match layer:
        case symbolic.InputLayer():
            return "×".join(map(str, shape))
        case symbolic.Conv2D(kernel_size=size, groups=groups):
            return f"{size}×{size}, {shape[-1]}" + f", {groups} groups" * (groups > 1)
        case symbolic.MaxPooling2D(pool_size=size):
            return f"max {size}×{size}"
        case symbolic.AveragePooling2D(pool_size=size):
            return f"avg {size}×{size}"
        case symbolic.GlobalAveragePooling2D():
            return f"average {shape[-1]}"
        case symbolic.Dense(activation=activation):
            return f"{'softmax' if activation == 'softmax' else 'dense'} {shape[-1]}"
        case symbolic.Add():
            return "+"
    return str(shape[-1])


def labels_of(drawing: Layout, width: float = PAGE_WIDTH) -> dict[str, str]:
    """Each block's label by its name; on the branches of a module all are worded alike.

    Args:
        drawing: the placed blocks.
        width: pixels across the whole drawing.
    """
    across = width / max(SHORTEST, drawing.width)
    labels: dict[str, str] = {}
    for _, frame in groupby(drawing.boxes, key=lambda box: id(box.unit)):
        boxes = list(frame)
        branches = boxes[:-1] if boxes[0].unit.join else []
        labels |= _worded(branches, across, ALIKE)
        for box in boxes[len(branches) :]:
            labels |= _worded([box], across, ALONE)
    return labels


def _worded(boxes: Sequence[Box], across: float, wordings: Sequence[Wording]) -> dict[str, str]:
    """The first wording that fits all of some boxes; if none does, the last one."""
    texts: dict[str, str] = {}
    for worded, turned in wordings:
        texts = {box.block.name: worded(label(box.block)) for box in boxes}
        if all(fits(texts[box.block.name], box, across, turned) for box in boxes):
            break
    return texts


def fits(text: str, box: Box, across: float, turned: bool) -> bool:
    """Whether a text fits into a block, upright or turned by a quarter.

    Args:
        text: the text.
        box: the block.
        across: pixels of a unit of width.
        turned: whether it may be turned.
    """
    lines = text.split("<br>")
    length = CHARACTER * SMALLEST_TEXT * max(map(len, lines)) + AROUND
    depth = LINE * SMALLEST_TEXT * len(lines) + AROUND
    width, height = (box.right - box.left) * across, (box.top - box.bottom) * PAGE_HEIGHT / HEIGHT
    upright = length <= width and depth <= height
    return upright or (turned and depth <= width and length <= height)


def _in_two_lines(text: str) -> str:
    return text.replace(", ", "<br>") if ", " in text else text.replace(" ", "<br>")


def _without_filters(text: str) -> str:
    return text.partition(",")[0]


# From the best to the last resort, and whether a text may then be turned: what stands one above the
# other is read best upright.
ALIKE: tuple[Wording, ...] = (
    (str, False),
    (_in_two_lines, False),
    (str, True),
    (_without_filters, True),
)
ALONE: tuple[Wording, ...] = ((str, True), (_in_two_lines, True), (_without_filters, True))
