"""This project's training as a share of what the machine can do at best.

What a network needs are its multiply-adds, three times those of the way forward, two operations
each. What the machine can do is measured in between: large float32 matrices multiplied by the same
library on the same threads. The rest is everything else that training does: normalising,
activating, pooling, updating, moving memory.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.shared.contestants import (
    BURST_IMAGES,
    FLOAT32,
    MINIATURES,
    Contestant,
    burst,
    contestant,
    train_ours,
)
from benchmarks.shared.report import Report, alternating, at_least, median_ratio
from covnets.limits import training_macs
from covnets.models import PRESETS, sketch

ROUNDS = 5
GOAL_NETWORK = "mini_vgg"
GOAL_PERCENT = 50.0

MATMUL = "matmul"
# A multiply-add is two operations.
GFLOP_PER_MAC = 2e-9


def run(rounds: int = ROUNDS, num_train: int = BURST_IMAGES) -> Report:
    """Multiply matrices and train the miniatures in turn."""
    with (
        contestant("ours", as_ours=True) as ours,
        contestant("matmul", as_ours=True) as matmul,
    ):
        measures: dict[str, Callable[[], float]] = {MATMUL: partial(_matmul_rate, matmul)}
        for network in MINIATURES:
            measures[network] = partial(_training_rate, ours, network, num_train)
        return shares(alternating(measures, rounds))


def shares(figures: dict[str, list[float]]) -> Report:
    """Set every network's multiply-adds per second, by round, in relation to the matrices'."""
    rows = [
        _row(network, rates, figures[MATMUL])
        for network, rates in figures.items()
        if network != MATMUL
    ]
    percent = next(row["share %"] for row in rows if row["network"] == GOAL_NETWORK)
    name = f"{GOAL_NETWORK} of the rate of matrix multiplication, {FLOAT32}"
    return Report("limit", rows, [at_least(name, GOAL_PERCENT, percent, "%")])


def _matmul_rate(matmul: Contestant) -> float:
    return float(matmul.ask()["macs_per_second"])


def _training_rate(ours: Contestant, network: str, num_train: int) -> float:
    images_per_second: float = train_ours(ours, burst(network, num_train))["images_per_second"]
    return images_per_second * _macs_per_image(network)


def _macs_per_image(network: str) -> int:
    return training_macs(sketch(PRESETS[network]))


def _row(network: str, rates: list[float], matmul_rates: list[float]) -> dict[str, Any]:
    rate = statistics.median(rates)
    return {
        "network": network,
        "images/s": rate / _macs_per_image(network),
        "GFLOP/s": GFLOP_PER_MAC * rate,
        "matmul GFLOP/s": GFLOP_PER_MAC * statistics.median(matmul_rates),
        "share %": 100 * median_ratio(rates, matmul_rates),
    }
