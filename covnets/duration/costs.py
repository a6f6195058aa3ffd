"""What the work of a run consists of, counted from the network's sketch: terms of a cost model.

Tracing, a step and an evaluated batch each take a sum of terms: so much for every layer, so much
for a million multiply-adds, and so on. What a unit of each term costs is the machine's affair
(`covnets.duration.model`).
"""

from __future__ import annotations

from collections.abc import Mapping

from covnets.config import TrainConfig
from covnets.models import Node, Sketch
from covnets.models.symbolic import Conv2D, Pooling2D

Terms = Mapping[str, float]

LAYERS = ("convolutions", "normalisations", "other_layers")
"""Counted once a step, however many images there are."""
VALUES = (
    *("macs_1x1", "macs_3x3", "macs_larger", "patches", "dense_macs"),
    *("normalised", "activated", "activated_smoothly", "gated", "pooled", "moved", "spilled"),
)
"""Counted once an image, in millions."""

MILLION = 1e6
BYTES_PER_VALUE = 4
# Larger outputs do not stay in a processor's cache, and their memory is asked for anew each time.
CACHE_BYTES = 16 * 2**20
# Processors compute eight or sixteen channels at once: three take as long as eight.
CHANNELS_AT_ONCE = 8
SMOOTH = ("elu", "sigmoid", "tanh")
"""Activations that need an exponential."""
GATED = ("gelu", "silu")
"""Activations that multiply their input by such a function of it: dearer still."""


def trace_terms(drawn: Sketch) -> Terms:
    """What building and tracing a network consists of: so many layers of each kind."""
    return {"trace": 1.0, **_layers(drawn)}


def step_terms(drawn: Sketch, train: TrainConfig) -> Terms:
    """What one step consists of, whatever the size of its batch."""
    parameters = drawn.num_params / MILLION
    adam = parameters * (train.optimizer == "adam")
    return {"step": 1.0, **_layers(drawn), "parameters": parameters, "adam": adam}


def batch_terms(drawn: Sketch) -> Terms:
    """What evaluating one batch consists of, whatever its size."""
    return {"batch": 1.0, "layers": sum(_layers(drawn).values())}


def image_terms(drawn: Sketch, batch_size: int) -> Terms:
    """What one image adds to a step or to an evaluated batch of this size, in millions."""
    terms = dict.fromkeys(VALUES, 0.0)
    by_name = {node.name: node for node in drawn.nodes}
    for node in drawn.nodes:
        for name, amount in _of_node(node, [by_name[name] for name in node.inputs]):
            terms[name] += amount / MILLION
        if node.num_values * batch_size * BYTES_PER_VALUE > CACHE_BYTES:
            terms["spilled"] += node.num_values / MILLION
    return terms


def _layers(drawn: Sketch) -> Terms:
    kinds = [node.kind for node in drawn.nodes]
    convolutions = kinds.count("Conv2D")
    normalisations = kinds.count("BatchNormalization")
    free = kinds.count("InputLayer") + kinds.count("Flatten")
    others = len(kinds) - convolutions - normalisations - free
    return dict(zip(LAYERS, map(float, (convolutions, normalisations, others)), strict=True))


def _of_node(node: Node, sources: list[Node]) -> list[tuple[str, int]]:
    """Multiply-adds, and the values that are read and written, for one image in one layer."""
    written = node.num_values
    read = sum(source.num_values for source in sources)
    terms = [*_activated(node, written)]
    if isinstance(node.layer, Conv2D):
        terms += _convolution(node.layer, sources[0].output_shape[-1] // node.layer.groups, written)
        terms.append(("moved", read + written))
    elif isinstance(node.layer, Pooling2D):
        terms.append(("pooled", node.layer.pool_size**2 * written))
        terms.append(("moved", read + written))
    elif node.kind == "Dense":
        terms.append(("dense_macs", node.macs))
    elif node.kind == "BatchNormalization":
        terms.append(("normalised", written))
    elif node.kind not in ("Activation", "InputLayer", "Flatten"):
        terms.append(("moved", read + written))
    return terms


def _convolution(layer: Conv2D, channels: int, written: int) -> list[tuple[str, int]]:
    weighed = layer.kernel_size**2 * written // layer.filters
    macs = weighed * _whole_vectors(channels) * _whole_vectors(layer.filters)
    if layer.kernel_size == 1:
        return [("macs_1x1", macs)]
    # The pixels below a kernel are copied into a row of their own before they are multiplied.
    patches = ("patches", weighed * channels)
    return [("macs_3x3" if layer.kernel_size == 3 else "macs_larger", macs), patches]


def _activated(node: Node, values: int) -> list[tuple[str, int]]:
    activation = getattr(node.layer, "activation", None)
    if activation in (None, "softmax"):
        return []
    if activation in GATED:
        return [("gated", values)]
    return [("activated_smoothly" if activation in SMOOTH else "activated", values)]


def _whole_vectors(channels: int) -> int:
    return -(-channels // CHANNELS_AT_ONCE) * CHANNELS_AT_ONCE
