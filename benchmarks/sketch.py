"""How long a sketch takes, beside building the same network in Keras.

The goal is for a ResNet of depth 56: at most 3 ms.
"""

from __future__ import annotations

import statistics
import time
from functools import partial

from benchmarks.report import Report, alternating, at_most, median_ratio
from covnets.config import InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import build, sketch

NETWORKS: dict[str, NetworkConfig] = {
    "ResNet, depth 56": ResNetConfig(num_blocks=9, input_shape=(32, 32, 3)),
    "mini VGG": VGGConfig(),
    "mini Inception": InceptionConfig(),
    "mini ResNet": ResNetConfig(),
}


def run() -> Report:
    """Measure every network's two readings in turn."""
    rows, slowest = [], 0.0
    for name, config in NETWORKS.items():
        figures = alternating(
            {"sketch": partial(_sketch_ms, config), "keras": partial(_build_ms, config)}
        )
        sketch_ms = statistics.median(figures["sketch"])
        slowest = slowest or sketch_ms
        rows.append(
            {
                "network": name,
                "layers": len(sketch(config).nodes),
                "sketch ms": sketch_ms,
                "keras ms": statistics.median(figures["keras"]),
                "keras/sketch": median_ratio(figures["keras"], figures["sketch"]),
            }
        )
    return Report("sketch", rows, [at_most("sketch of a ResNet of depth 56", 3, slowest, "ms")])


def _sketch_ms(config: NetworkConfig) -> float:
    began = time.perf_counter()
    sketch(config)
    return 1000 * (time.perf_counter() - began)


def _build_ms(config: NetworkConfig) -> float:
    began = time.perf_counter()
    build(config)
    return 1000 * (time.perf_counter() - began)
