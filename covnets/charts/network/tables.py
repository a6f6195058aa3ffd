"""What a network costs in tables and in words: layer by layer, and beside its famous original."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod

import pandas as pd

from covnets.charts.network.captions import shape_text
from covnets.limits import activation_bytes
from covnets.models import Node, Sketch

# A layer below this share is one of many, and needs no sentence of its own.
NOTABLE_SHARE = 0.25

DENSE_SHARE = "share of parameters in dense layers"
OUTPUT_MEMORY = "layer outputs per image (memory)"


def cost_sentences(sketch: Sketch, *, batch_size: int = 64, flops: bool = False) -> list[str]:
    """Say where a network's costs sit: only what is true and worth saying of this network.

    Args:
        sketch: the network.
        batch_size: images of one training step, whose layer outputs are kept in memory.
        flops: count floating-point operations, two to each multiply-add.

    Returns:
        Up to five sentences: on the layer with most parameters, the one with most multiply-adds,
        convolutions against dense layers, the receptive field and the memory.
    """
    operations, factor = ("FLOPs", 2) if flops else ("multiply-adds", 1)
    params = {node.name: node.num_params for node in sketch.nodes if node.num_params}
    work = {node.name: factor * node.macs for node in sketch.nodes if node.macs}
    sentences = [
        _single_layer(params, "holds", "parameters"),
        _single_layer(work, "makes", operations),
        _by_kind(sketch, operations),
        _receptive_field(sketch),
        _memory(sketch, batch_size),
    ]
    return [sentence for sentence in sentences if sentence]


def layer_table(sketch: Sketch) -> pd.DataFrame:
    """List a network's layers from the image to the classes.

    Args:
        sketch: the network.

    Returns:
        One row a layer: layer, kind (Keras' class name), stage, output shape, parameters
        (trainable ones), MACs (of one image), receptive field (side in pixels, missing where
        it is the whole image), and its shares of all parameters and all MACs, from 0 to 1.
    """
    nodes = sketch.nodes
    num_params, macs = sketch.num_params or 1, sketch.macs or 1
    return pd.DataFrame(
        {
            "layer": [node.name for node in nodes],
            "kind": [node.kind for node in nodes],
            "stage": [node.stage for node in nodes],
            "output shape": [shape_text(node.output_shape) for node in nodes],
            "parameters": [node.num_params for node in nodes],
            "MACs": [node.macs for node in nodes],
            # Whole numbers, although some are missing.
            "receptive field": pd.array([node.receptive_field for node in nodes], dtype="Int64"),
            "share of parameters": [node.num_params / num_params for node in nodes],
            "share of MACs": [node.macs / macs for node in nodes],
        }
    )


def comparison_table(
    sketch: Sketch, original: Sketch, *, name: str, original_name: str
) -> pd.DataFrame:
    """Put a network beside its famous original, figure by figure.

    Args:
        sketch: the network.
        original: what it is a miniature of.
        name: label of the network's column.
        original_name: label of the original's.

    Returns:
        One row a figure: figure, the two values as text with their units (labelled with the two
        names), and ratio (original by miniature; NaN where the miniature has none).
    """
    beside = _figures(original)
    rows = []
    for label, value in _figures(sketch).items():
        text = TEXTS.get(label, "{:,}".format)
        ratio = beside[label] / value if value else float("nan")
        rows.append((label, text(value), text(beside[label]), ratio))
    return pd.DataFrame(rows, columns=["figure", name, original_name, "ratio"])


def _figures(sketch: Sketch) -> dict[str, float]:
    images, output = sketch.nodes[0].output_shape, sketch.nodes[-1].output_shape
    dense = _params(node for node in sketch.nodes if node.kind == "Dense")
    filters = [node.output_shape[-1] for node in sketch.nodes if node.kind == "Conv2D"]
    return {
        "input pixels": prod(images[:2]),
        "classes": output[-1],
        "parameters": sketch.num_params,
        "parameters with moving statistics": sketch.num_params_total,
        "parameters in dense layers": dense,
        DENSE_SHARE: dense / (sketch.num_params or 1),
        "MACs per image": sketch.macs,
        "depth (weight layers)": sketch.depth,
        "layers": len(sketch.nodes),
        "convolutions": len(filters),
        "most filters": max(filters, default=0),
        "receptive field of the last spatial layer (pixels)": sketch.receptive_field,
        "layer outputs per image (values)": sketch.num_values,
        OUTPUT_MEMORY: activation_bytes(sketch),
    }


def memory_unit(num_bytes: float) -> tuple[int, str]:
    """The unit that suits a memory: its size in bytes and its name. A GB has 2**30 bytes."""
    for size, name in ((2**30, "GB"), (2**20, "MB"), (2**10, "kB")):
        if num_bytes >= size:
            return size, name
    return 1, "bytes"


def memory_text(num_bytes: float) -> str:
    """A memory for people: `3.9 GB`, `61 MB`, `40 bytes`."""
    size, unit = memory_unit(num_bytes)
    value = num_bytes / size
    return f"{value:,.{int(size > 1 and value < 9.95)}f} {unit}"


def percent_text(share: float, digits: int = 0) -> str:
    """A share from 0 to 1 in percent: only nothing is 0 %, and only all is 100 %."""
    least = 10.0**-digits
    percent = round(100 * share, digits)
    if share > 0 and percent < least:
        return f"less than {least:g} %"
    if share < 1 and percent > 100 - least:
        return f"more than {100 - least:g} %"
    return f"{percent:.{digits}f} %"


TEXTS: dict[str, Callable[[float], str]] = {
    DENSE_SHARE: percent_text,
    OUTPUT_MEMORY: memory_text,
}
"""How figures of the comparison are written that are no plain numbers."""


def _single_layer(amounts: dict[str, int], verb: str, things: str) -> str:
    """On the layer that has most, if it is a single one with a notable share."""
    if len(amounts) < 2:
        return ""
    total = sum(amounts.values())
    first, second = sorted(amounts, key=lambda name: -amounts[name])[:2]
    most = amounts[first]
    if most == amounts[second] or most < NOTABLE_SHARE * total:
        return ""
    return f"{first} alone {verb} {most:,} of {total:,} {things} ({percent_text(most / total)})."


def _by_kind(sketch: Sketch, operations: str) -> str:
    """Which of convolutions and dense layers hold the parameters, and which make the work."""
    convolutions = [node for node in sketch.nodes if node.kind == "Conv2D"]
    dense = [node for node in sketch.nodes if node.kind == "Dense"]
    if not convolutions or not dense:
        return ""
    made = percent_text(sum(node.macs for node in convolutions) / sketch.macs)
    work = f"{_verb('make', convolutions)} {made} of the {operations}."
    if _params(dense) > _params(convolutions):
        noun, holders = "dense layer", dense
        work = f", the {_plural('convolution', convolutions)} {work}"
    else:
        noun, holders = "convolution", convolutions
        work = f" and {work}"
    held = percent_text(_params(holders) / sketch.num_params)
    return f"The {_plural(noun, holders)} {_verb('hold', holders)} {held} of the parameters{work}"


def _receptive_field(sketch: Sketch) -> str:
    """From which layer on a cell sees as much as the image is wide, or that none does."""
    layers = [
        (node.name, node.receptive_field)
        for node in sketch.nodes
        if node.receptive_field is not None
    ]
    height, width = sketch.nodes[0].output_shape[:2]
    side, widest = max(height, width), max(field for _, field in layers)
    if widest < side:
        return (
            f"Before the head no cell sees the whole image: at most {min(widest, height)} × "
            f"{min(widest, width)} of its {height} × {width} pixels."
        )
    narrow = [place for place, (_, field) in enumerate(layers) if field < side]
    if not narrow or narrow[-1] + 1 == len(layers):
        return ""
    # A cell at the image's edge looks at padding as well, so this is no more than a width.
    first, _ = layers[narrow[-1] + 1]
    return f"From {first} on, the receptive field is at least as wide as the image ({side} pixels)."


def _memory(sketch: Sketch, batch_size: int) -> str:
    images = f"A batch of {batch_size:,}" if batch_size > 1 else "A single image"
    kept = memory_text(batch_size * activation_bytes(sketch))
    return f"{images} keeps at most {kept} of layer outputs for the backward pass."


def _plural(noun: str, nodes: Sequence[Node]) -> str:
    return noun + "s" * (len(nodes) > 1)


def _verb(verb: str, nodes: Sequence[Node]) -> str:
    return verb + "s" * (len(nodes) == 1)


def _params(nodes: Iterable[Node]) -> int:
    return sum(node.num_params for node in nodes)
