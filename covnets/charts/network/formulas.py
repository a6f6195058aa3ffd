"""The arithmetic behind a layer's figures: `3·3·16·32 + 32` for its 4,640 parameters.

The formulas are those of `covnets.models.symbolic`, with a layer's own numbers filled in. A layer
that has no such figure, or whose size and field stay as they are, has no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from covnets.models import Node, symbolic
from covnets.models.graph import Shape


def parameters(node: Node) -> str | None:
    """Trainable weights of a convolution, a dense layer or BatchNorm, in that layer's numbers.

    Args:
        node: the layer. What it reads follows from its weights: a shortcut's layer is known where
            its input is not.

    Returns:
        The formula, or None for a layer without weights.
    """
    match node.layer:
        case (
            symbolic.Conv2D(filters=width, use_bias=bias)
            | symbolic.Dense(units=width, use_bias=bias)
        ):
            return f"{_weights(node)} + {width:,}" if bias else _weights(node)
        case symbolic.BatchNormalization():
            return f"2·{node.output_shape[-1]:,}"
    return None


def macs(node: Node) -> str | None:
    """Multiply-adds for one image: each weight once at every cell of the output.

    Args:
        node: the layer.

    Returns:
        The formula, or None for a layer that is neither a convolution nor dense.
    """
    weights = _weights(node)
    cells = "".join(f"·{side:,}" for side in node.output_shape[:-1])
    return f"{weights}{cells}" if weights else None


def receptive_field(node: Node) -> str | None:
    """How far one cell sees: r + (k − 1)·j, where j is the product of the strides before.

    Args:
        node: the layer.

    Returns:
        The formula, or None where a cell sees no more than the input's cells do, or the whole
        image.
    """
    match node.layer:
        case symbolic.Conv2D(kernel_size=kernel) | symbolic.Pooling2D(pool_size=kernel):
            if kernel > 1 and node.receptive_field is not None:
                before = node.receptive_field - (kernel - 1) * node.jump
                return f"{before:,} + ({kernel} − 1)·{node.jump:,}"
    return None


def output_size(node: Node, inputs: Sequence[Shape], zeros: int = 0) -> list[tuple[int, str]]:
    """How a layer's output comes to its size.

    With `same` padding a stride s leaves ⌈n / s⌉ of n cells, with `valid` a window of k cells has
    ⌊(n − k) / s⌋ + 1 places. A join adds up channels.

    Args:
        node: the layer.
        inputs: shapes of what it reads, without the batch dimension.
        zeros: rows of zeros that a layer just before puts on each side of the first input; they
            are written out, ⌊(n + 2·p − k) / s⌋ + 1.

    Returns:
        Sizes with their formulas: one where height and width are equal, two where they differ, none
        where nothing changes.
    """
    match node.layer:
        case symbolic.Concatenate():
            channels = " + ".join(f"{read[-1]:,}" for read in inputs)
            return [(node.output_shape[-1], channels)]
        case symbolic.Conv2D(kernel_size=kernel, strides=strides, padding=padding):
            written = _window(kernel, strides, padding, zeros)
        case symbolic.Pooling2D(pool_size=kernel, strides=strides, padding=padding):
            written = _window(kernel, strides or kernel, padding, zeros)
        case _:
            return []
    sides = [(node.output_shape[axis], written(inputs[0][axis])) for axis in (0, 1)]
    return [side for side in dict.fromkeys(sides) if side[1]]


def _weights(node: Node) -> str:
    """The weights of a convolution or dense layer without its biases, as a product."""
    match node.layer:
        case symbolic.Conv2D(kernel_size=kernel, filters=filters, groups=groups, use_bias=bias):
            seen = (node.num_params - bias * filters) // (kernel**2 * filters)
            channels = f"({seen * groups:,}/{groups})" if groups > 1 else f"{seen:,}"
            return f"{kernel}·{kernel}·{channels}·{filters:,}"
        case symbolic.Dense(units=units, use_bias=bias):
            return f"{node.num_params // units - bias:,}·{units:,}"
    return ""


def _window(kernel: int, strides: int, padding: str, zeros: int) -> Callable[[int], str]:
    """What becomes of a side when a window slides along it; empty if nothing."""
    around = f" + 2·{zeros}" if zeros else ""

    def written(side: int) -> str:
        if strides == 1 and (padding == "same" or kernel == 1):
            return ""
        if padding == "same":
            return f"⌈{side} / {strides}⌉"
        return f"⌊({side - 2 * zeros}{around} − {kernel}) / {strides}⌋ + 1"

    return written
