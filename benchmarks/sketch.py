"""How long a sketch takes, beside building the same network in Keras; and how long drawing it.

The goals: at most 3 ms to sketch a ResNet of depth 56; at most 50 ms to sketch the ResNet of depth
1202, and less than 300 ms to draw it once it is sketched. Keras would take half a minute for that
one, and is left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.shared.report import Report, alternating, at_most, median_ratio
from covnets.charts.network.drawing import network_figure
from covnets.charts.page import figure_bytes
from covnets.config import InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import PRESETS, build, sketch

NETWORKS: dict[str, NetworkConfig] = {
    "ResNet, depth 56": ResNetConfig(num_blocks=9, input_shape=(32, 32, 3)),
    "mini VGG": VGGConfig(),
    "mini Inception": InceptionConfig(),
    "mini ResNet": ResNetConfig(),
}


ORIGINALS = ("vgg16", "googlenet", "resnet152", "cifar_resnet1202")


def run() -> Report:
    """Measure sketches, drawings and, of the small networks, Keras models in turn."""
    rows = [_row(name, config, is_built=True) for name, config in NETWORKS.items()]
    rows += [_row(name, PRESETS[name], is_built=False) for name in ORIGINALS]
    goals = [
        at_most("sketch of a ResNet of depth 56", 3, rows[0]["sketch ms"], "ms"),
        at_most("sketch of ResNet-1202", 50, rows[-1]["sketch ms"], "ms"),
        at_most("drawing of ResNet-1202", 300, rows[-1]["drawing ms"], "ms"),
    ]
    return Report("sketch", rows, goals)


def _row(name: str, config: NetworkConfig, is_built: bool) -> dict[str, Any]:
    work: dict[str, Callable[[], float]] = {
        "sketch": partial(_sketch_ms, config),
        "drawing": partial(_drawing_ms, config),
    }
    if is_built:
        work["keras"] = partial(_build_ms, config)
    figures = alternating(work)
    return {
        "network": name,
        "layers": len(sketch(config).nodes),
        "sketch ms": statistics.median(figures["sketch"]),
        "drawing ms": statistics.median(figures["drawing"]),
        "drawing/sketch": median_ratio(figures["drawing"], figures["sketch"]),
        "keras ms": statistics.median(figures["keras"]) if is_built else None,
        "keras/sketch": median_ratio(figures["keras"], figures["sketch"]) if is_built else None,
    }


def _sketch_ms(config: NetworkConfig) -> float:
    began = time.perf_counter()
    sketch.__wrapped__(config)  # not the one that is kept
    return 1000 * (time.perf_counter() - began)


def _drawing_ms(config: NetworkConfig) -> float:
    drawn = sketch(config)
    began = time.perf_counter()
    figure_bytes(network_figure(drawn))
    return 1000 * (time.perf_counter() - began)


def _build_ms(config: NetworkConfig) -> float:
    began = time.perf_counter()
    build(config)
    return 1000 * (time.perf_counter() - began)
