"""What a drawing says: labels on blocks and stages, and the words that appear on hovering."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from covnets.charts.network import formulas
from covnets.charts.network.blocks import Block, Shortcut
from covnets.charts.network.units import Unit
from covnets.models import Node, symbolic
from covnets.models.graph import Shape

ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
}
# Characters of a line that appears on hovering: the page has more to show than that.
WIDEST = 64


def shape_text(shape: Sequence[int]) -> str:
    """A shape for people: `28 × 28 × 16`, or `128` for a vector."""
    return " × ".join(map(str, shape))


def describe_block(block: Block, unit: Unit) -> str:
    """Everything about a block, or about the equal blocks that it stands for.

    Figures come with their formulas, as in `covnets.charts.network.formulas`, where a line
    has the room.

    Args:
        block: the block.
        unit: the unit that it is in.

    Returns:
        Up to nine lines, parted by `<br>`.
    """
    place = unit.blocks.index(block)
    names = [copy[place] for copy in unit.names]
    title = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    each = " each" if len(names) > 1 else ""
    main = block.nodes.index(block.node)
    before, after = block.nodes[:main], block.nodes[main + 1 :]
    costly = (*block.nodes, *(node for way in block.shortcuts for node in way.nodes))
    lines = [
        f"<b>{title}</b>",
        f"{len(names)} times:" if each else "",
        *(_wrapped(f"{_list(before, block.input_shape)}, then") if before else ()),
        _words(block.node),
        *(_wrapped(f"then {_list(after, block.node.output_shape)}") if after else ()),
        _output(block, unit),
        _cost(f"{block.num_params:,} parameters{each}", costly, formulas.parameters, block.node),
        _cost(f"{block.macs:,} MACs{each}", costly, formulas.macs, block.node),
        _receptive_field(block, unit),
    ]
    return "<br>".join(filter(None, lines))


def describe_shortcut(shortcut: Shortcut) -> str:
    """What happens on the way of a shortcut, and after which layers of the block it leaves."""
    nodes = shortcut.nodes
    titles = {"identity": "identity", "padding": "option A", "projection": "projection"}
    lines = [
        f"<b>shortcut: {titles[shortcut.kind]}</b>",
        f"leaves after {_list(shortcut.shared, ())}" if shortcut.shared else "",
    ]
    if nodes:
        num_params = sum(node.num_params for node in nodes)
        num_macs = sum(node.macs for node in nodes)
        lines += [
            *map(_words, nodes),
            f"output {shape_text(nodes[-1].output_shape)}",
            _cost(f"{num_params:,} parameters", nodes, formulas.parameters, nodes[0]),
            _cost(f"{num_macs:,} MACs", nodes, formulas.macs, nodes[0]) if num_macs else "",
        ]
    else:
        lines += ["added as it is", "0 parameters"]
    return "<br>".join(filter(None, lines))


def describe_stage(last: Block) -> tuple[str, str]:
    """A stage's name and the shape of its output, from its last block."""
    if last.node.stage == "head":
        return "head", f"{last.output_shape[-1]} classes"
    name = "image" if last.node.stage == "input" else last.node.stage
    return re.sub(r"(\d+)$", r" \1", name), "×".join(map(str, last.output_shape))


def _words(node: Node, shape: Shape = ()) -> str:
    """One layer in words; `shape` is what it reads, if that is known."""
    layer = node.layer
    match layer:
        case symbolic.InputLayer():
            return "the image"
        case symbolic.Conv2D(kernel_size=size, strides=strides, filters=filters, groups=groups):
            stride = f", stride {strides}" if strides > 1 else ""
            parted = f", in {groups} groups" if groups > 1 else ""
            return f"convolution {size}×{size}, {filters} filters{stride}{parted}"
        case symbolic.MaxPooling2D(pool_size=1, strides=strides):
            return f"subsampling: one pixel of each {strides}×{strides}"
        case symbolic.MaxPooling2D(pool_size=size, strides=strides):
            return f"max pooling {size}×{size}, stride {strides or size}"
        case symbolic.AveragePooling2D(pool_size=size, strides=strides):
            return f"average pooling {size}×{size}, stride {strides or size}"
        case symbolic.GlobalAveragePooling2D():
            return "global average pooling: each channel's mean"
        case symbolic.Dense(units=units, activation=activation):
            function = f", {_activation(activation)}" if activation else ""
            return f"dense layer, {units} units{function}"
        case symbolic.Add():
            return "sum of the block's path and its shortcut"
        case symbolic.Concatenate():
            return "join: the branches' channels side by side"
        case symbolic.BatchNormalization():
            return "BatchNorm"
        case symbolic.LocalResponseNormalization(depth_radius=radius):
            return f"local response normalization over {2 * radius + 1} channels"
        case symbolic.Activation(activation=activation):
            return _activation(activation)
        case symbolic.Flatten():
            product = "·".join(f"{side:,}" for side in shape)
            return f"flatten to {product and f'{product} = '}{node.output_shape[-1]:,}"
        case symbolic.Dropout(rate=rate):
            return f"dropout {rate:g}"
        case symbolic.ZeroPadding2D(data_format="channels_first"):
            return "zeros for the missing channels"
        case symbolic.ZeroPadding2D():
            return "zero padding"
    return node.kind.lower()


def _list(nodes: Sequence[Node], shape: Shape) -> str:
    """Layers that follow one another, the first of which reads this shape."""
    reads = [shape, *(node.output_shape for node in nodes)]
    return ", ".join(map(_words, nodes, reads))


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDEST, break_on_hyphens=False)


def _activation(name: str) -> str:
    return ACTIVATIONS.get(name, name)


def _cost(
    figure: str, nodes: Sequence[Node], formula: Callable[[Node], str | None], main: Node
) -> str:
    """A figure of several layers and the sum that makes it; terms but the main one are named."""
    terms = [(node, term) for node in nodes if (term := formula(node))]
    named = (term if node is main else f"{term} ({_in_a_sum(node)})" for node, term in terms)
    sums = (" + ".join(named), " + ".join(term for _, term in terms))
    return _fitting(*(f"{figure} = {one}" for one in sums if one), figure)


def _in_a_sum(node: Node) -> str:
    """Whose term it is; a convolution that is not the block's own is on its shortcut."""
    return "BatchNorm" if node.kind == "BatchNormalization" else "projection"


def _output(block: Block, unit: Unit) -> str:
    """The shape of a block's output, and how the layer came to it."""
    text = f"output {shape_text(block.output_shape)}"
    if block.output_shape != block.node.output_shape:
        return text
    reads, zeros = _read_by(block, unit)
    sizes = formulas.output_size(block.node, reads, zeros)
    explained = [f"{size:,} = {arithmetic}" for size, arithmetic in sizes]
    return _fitting(", ".join([text, *explained]), text)


def _read_by(block: Block, unit: Unit) -> tuple[list[Shape], int]:
    """The shapes that a block's own layer reads, and the zeros that were put around the first."""
    if block.nodes[0] is not block.node:
        before = block.nodes[block.nodes.index(block.node) - 1]
        padding = getattr(before.layer, "padding", 0)
        return [before.output_shape], padding if isinstance(padding, int) else 0
    if block is unit.join:
        shapes = {other.name: other.output_shape for other in unit.blocks}
        return [shapes[name] for name in block.inputs], 0
    return [block.input_shape], 0


def _receptive_field(block: Block, unit: Unit) -> str:
    """The side of what one cell sees; for folded blocks from the first to the last."""
    first = block.node.receptive_field
    if first is None:
        return "sees the whole image"
    last = first + unit.sees_further
    formula = formulas.receptive_field(block.node) or ""
    if first == last:
        text = f"receptive field {first} × {first} pixels"
        explained = f"{first:,} = {formula}"
    else:
        text = f"receptive field {first} to {last} pixels wide"
        # The fields differ, what each of the equal blocks adds to its input's is the same.
        explained = f"each adds {formula.partition(' + ')[2]}"
    return _fitting(f"{text}, {explained}", text) if formula else text


def _fitting(*texts: str) -> str:
    """The first of these texts that is not too wide; the last one if all are."""
    return next((text for text in texts if len(text) <= WIDEST), texts[-1])
