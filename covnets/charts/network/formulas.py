"""A layer's figures with the arithmetic behind them: `3·3·16·32 + 32 = 4,640 parameters`.

The formulas are those of `covnets.models.symbolic`, with a layer's own numbers filled in. A layer
that has no such figure, or whose size and field stay as they are, has no formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from covnets.models import Node, symbolic
from covnets.models.nodes import Shape


@dataclass(frozen=True, slots=True)
class Formula:
    """A figure and how it comes about.

    Attributes:
        arithmetic: the right numbers in the right places, for instance `5 + (3 − 1)·2`.
        value: what they make, for instance 9.
        unit: what the figure counts, for instance `pixels`.
    """

    arithmetic: str
    value: int
    unit: str

    def __str__(self) -> str:
        """The whole line, the figure at its end."""
        return f"{self.arithmetic} = {self.value:,} {self.unit}"


def parameters(node: Node) -> Formula | None:
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
            arithmetic = _weights(node) + (f" + {width:,}" if bias else "")
        case symbolic.BatchNormalization():
            arithmetic = f"2·{node.output_shape[-1]:,}"
        case _:
            return None
    return Formula(arithmetic, node.num_params, "parameters")


def macs(node: Node) -> Formula | None:
    """Multiply-adds for one image: each weight once at every cell of the output.

    Args:
        node: the layer.

    Returns:
        The formula, or None for a layer that is neither a convolution nor dense.
    """
    if not isinstance(node.layer, symbolic.Conv2D | symbolic.Dense):
        return None
    cells = "".join(f"·{side:,}" for side in node.output_shape[:-1])
    return Formula(_weights(node) + cells, node.macs, "MACs")


def receptive_field(node: Node) -> Formula | None:
    """How far one cell sees: r + (k − 1)·j, where j is the product of the strides before.

    Args:
        node: the layer.

    Returns:
        The formula, in pixels, or None where a cell sees no more than the input's cells do, or
        the whole image.
    """
    match node.layer:
        case symbolic.Conv2D(kernel_size=kernel) | symbolic.Pooling2D(pool_size=kernel):
            pass
        case _:
            return None
    if kernel == 1 or node.receptive_field is None:
        return None
    before = node.receptive_field - (kernel - 1) * node.jump
    arithmetic = f"{before:,} + ({kernel} − 1)·{node.jump:,}"
    return Formula(arithmetic, node.receptive_field, "pixels")


def output_size(node: Node, inputs: Sequence[Shape], zeros: int = 0) -> tuple[Formula, ...]:
    """How a layer's output comes to its size.

    With `same` padding a stride s leaves ⌈n / s⌉ of n cells, with `valid` a window of k cells has
    ⌊(n − k) / s⌋ + 1 places. A join adds up channels, flattening multiplies all sides.

    Args:
        node: the layer.
        inputs: shapes of what it reads, without the batch dimension.
        zeros: rows of zeros that a layer just before puts on each side of the first input; they
            are written out, ⌊(n + 2·p − k) / s⌋ + 1.

    Returns:
        One formula where height and width are equal, two where they differ, none where nothing
        changes.
    """
    shape = node.output_shape
    match node.layer:
        case symbolic.Flatten():
            return (Formula("·".join(f"{side:,}" for side in inputs[0]), shape[0], "values"),)
        case symbolic.Concatenate():
            channels = " + ".join(f"{read[-1]:,}" for read in inputs)
            return (Formula(channels, shape[-1], "channels"),)
        case symbolic.ZeroPadding2D(padding=int(margin)):
            return _sides(inputs[0], shape, lambda side: f"{side:,} + 2·{margin}")
        case symbolic.Conv2D(kernel_size=kernel, strides=strides, padding=padding):
            return _window(node, inputs[0], (kernel, strides, padding), zeros)
        case symbolic.Pooling2D(pool_size=kernel, strides=strides, padding=padding):
            return _window(node, inputs[0], (kernel, strides or kernel, padding), zeros)
    return ()


def _weights(node: Node) -> str:
    """The weights of a convolution or dense layer without its biases, as a product."""
    match node.layer:
        case symbolic.Conv2D(kernel_size=kernel, filters=filters, groups=groups, use_bias=bias):
            seen = (node.num_params - bias * filters) // (kernel**2 * filters)
            channels = f"({seen * groups:,}/{groups})" if groups > 1 else f"{seen:,}"
            return f"{kernel}·{kernel}·{channels}·{filters:,}"
        case symbolic.Dense(units=units, use_bias=bias):
            return f"{node.num_params // units - bias:,}·{units:,}"
    raise TypeError(f"{node.name} is a {node.kind}: it has no weights to multiply with.")


def _window(
    node: Node, shape: Shape, window: tuple[int, int, str], zeros: int
) -> tuple[Formula, ...]:
    """Height and width after sliding a window: its side, its stride and its padding."""
    kernel, strides, padding = window
    if strides == 1 and (padding == "same" or kernel == 1):
        return ()
    around = f" + 2·{zeros}" if zeros else ""

    def written(side: int) -> str:
        if padding == "same":
            return f"⌈{side} / {strides}⌉"
        return f"⌊({side - 2 * zeros}{around} − {kernel}) / {strides}⌋ + 1"

    return _sides(shape, node.output_shape, written)


def _sides(before: Shape, after: Shape, written: Callable[[int], str]) -> tuple[Formula, ...]:
    """One formula for height and width, or one for each where they are not the same."""
    rows, columns = (Formula(written(before[axis]), after[axis], "") for axis in (0, 1))
    if rows == columns:
        return (Formula(rows.arithmetic, rows.value, "rows and columns"),)
    return (
        Formula(rows.arithmetic, rows.value, "rows"),
        Formula(columns.arithmetic, columns.value, "columns"),
    )
