"""Kinds of blocks in a student's words, as in a drawing's legend, and their colours."""

from __future__ import annotations

from covnets.charts.network.blocks import Block
from covnets.charts.theme import LIGHT_BLUE, kind_color
from covnets.models import Node, symbolic

BLOCKS = {
    "image": kind_color("InputLayer"),
    "convolution": kind_color("Conv2D"),
    "1×1 conv.": LIGHT_BLUE,
    "pooling": kind_color("MaxPooling2D"),
    "dense": kind_color("Dense"),
    "sum": kind_color("Add"),
    "join": kind_color("Concatenate"),
}


def node_color(node: Node) -> str:
    """The colour of one layer: that of its kind, or a 1x1 convolution's own."""
    is_small = isinstance(node.layer, symbolic.Conv2D) and node.layer.kernel_size == 1
    return LIGHT_BLUE if is_small else kind_color(node.kind)


def kind_of(block: Block) -> str:
    """What a block is: a key of `BLOCKS`."""
    match block.node.layer:
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
