"""What a drawing says: labels on blocks and stages, and the words that appear on hovering."""

from __future__ import annotations

import re
from collections.abc import Sequence

from covnets.charts.blocks import Block, Shortcut, Unit
from covnets.models import Node, symbolic

ACTIVATIONS = {
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
}


def shape_text(shape: Sequence[int]) -> str:
    """A shape for people: `28 × 28 × 16`, or `128` for a vector."""
    return " × ".join(map(str, shape))


def label(block: Block) -> str:
    """The short label on a block: `3×3, 16` for a convolution with 16 filters."""
    layer, shape = block.node.layer, block.node.output_shape
    match layer:
        case symbolic.InputLayer():
            return _tight(shape)
        case symbolic.Conv2D(kernel_size=size):
            return f"{size}×{size}, {shape[-1]}"
        case symbolic.MaxPooling2D(pool_size=size):
            return f"max {size}×{size}"
        case symbolic.GlobalAveragePooling2D():
            return f"average {shape[-1]}"
        case symbolic.Dense(activation=activation):
            return f"{'softmax' if activation == 'softmax' else 'dense'} {shape[-1]}"
        case symbolic.Add():
            return "+"
    return str(shape[-1])


def describe_block(block: Block, unit: Unit) -> str:
    """Everything about a block, or about the equal blocks that it stands for."""
    place = unit.blocks.index(block)
    names = [copy[place] for copy in unit.names]
    title = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"
    each = " each" if len(names) > 1 else ""
    main = block.nodes.index(block.node)
    before, after = block.nodes[:main], block.nodes[main + 1 :]
    lines = [
        f"<b>{title}</b>",
        f"{len(names)} times:" if each else "",
        f"{_list(before)}, then" if before else "",
        _words(block.node),
        f"then {_list(after)}" if after else "",
        f"output {shape_text(block.output_shape)}",
        f"{block.num_params:,} parameters{each}",
        f"{block.macs:,} MACs{each}",
        f"receptive field {_receptive_field(block, unit)}" if len(block.output_shape) > 1 else "",
    ]
    return "<br>".join(line for line in lines if line)


def describe_shortcut(shortcut: Shortcut) -> str:
    """What happens on the way of a shortcut."""
    if not shortcut.nodes:
        return "<b>shortcut: identity</b><br>added as it is<br>0 parameters"
    title = "option A" if shortcut.kind == "padding" else "projection"
    num_params = sum(node.num_params for node in shortcut.nodes)
    macs = sum(node.macs for node in shortcut.nodes)
    lines = [
        f"<b>shortcut: {title}</b>",
        *map(_words, shortcut.nodes),
        f"output {shape_text(shortcut.nodes[-1].output_shape)}",
        f"{num_params:,} parameters",
        f"{macs:,} MACs" if macs else "",
    ]
    return "<br>".join(line for line in lines if line)


def describe_stage(last: Block) -> tuple[str, str]:
    """A stage's name and the shape of its output, from its last block."""
    if last.node.stage == "head":
        return "head", f"{last.output_shape[-1]} classes"
    name = "image" if last.node.stage == "input" else last.node.stage
    return re.sub(r"(\d+)$", r" \1", name), _tight(last.output_shape)


def _words(node: Node) -> str:
    """One layer in words."""
    layer = node.layer
    match layer:
        case symbolic.InputLayer():
            return "the image"
        case symbolic.Conv2D(kernel_size=size, strides=strides, filters=filters):
            stride = f", stride {strides}" if strides > 1 else ""
            return f"convolution {size}×{size}, {filters} filters{stride}"
        case symbolic.MaxPooling2D(pool_size=1, strides=strides):
            return f"subsampling: one pixel of each {strides}×{strides}"
        case symbolic.MaxPooling2D(pool_size=size, strides=strides):
            return f"max pooling {size}×{size}, stride {strides or size}"
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
        case symbolic.Activation(activation=activation):
            return _activation(activation)
        case symbolic.Flatten():
            return f"flatten to {node.output_shape[-1]:,}"
        case symbolic.Dropout(rate=rate):
            return f"dropout {rate:g}"
        case symbolic.ZeroPadding2D(data_format="channels_first"):
            return "zeros for the missing channels"
        case symbolic.ZeroPadding2D():
            return "zero padding"
    return node.kind.lower()


def _list(nodes: Sequence[Node]) -> str:
    return ", ".join(map(_words, nodes))


def _activation(name: str) -> str:
    return ACTIVATIONS.get(name, name)


def _tight(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape))


def _receptive_field(block: Block, unit: Unit) -> str:
    """The side of what one cell sees; for folded blocks from the first to the last."""
    first = block.node.receptive_field
    last = first + unit.receptive_fields[-1] - unit.receptive_fields[0]
    return f"{first} × {first} pixels" if first == last else f"{first} to {last} pixels wide"
