"""Whether this project's training learns as well as a bare `model.fit`: speed alone proves nothing.

The same recipe with few epochs, several seeds each. With a seed the two start from other weights
and see the images in another order, so that only means can be compared. The goal: the means of the
validation accuracy lie within half a point. Where the processor has bfloat16, this project is
measured in `auto` as well, beside the same `model.fit` in float32.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.contestants import (
    AUTO,
    FLOAT32,
    MINIATURES,
    MODEL_FIT,
    NUM_TRAIN,
    OURS,
    miniature,
    processor_has_bfloat16,
)
from benchmarks.recipes import Train, both_sides
from benchmarks.report import Report, at_most

SEEDS = 5
EPOCHS = 3
GOAL_POINTS = 0.5


def run(seeds: int = SEEDS, epochs: int = EPOCHS, num_train: int = NUM_TRAIN) -> Report:
    """Train every miniature with every seed."""
    with both_sides() as sides:
        return compare(sides, seeds, epochs=epochs, num_train=num_train)


def compare(sides: Mapping[str, Train], seeds: int, **recipe: Any) -> Report:
    """Compare means over the seeds.

    Args:
        sides: trains one run, by who does it.
        seeds: how many.
        recipe: changes to the family's recipe.
    """
    precisions = [FLOAT32, AUTO] if processor_has_bfloat16() else [FLOAT32]
    rows = []
    for network in MINIATURES:
        contestants = [(MODEL_FIT, FLOAT32), *((OURS, precision) for precision in precisions)]
        percents: dict[tuple[str, str], list[float]] = {one: [] for one in contestants}
        for seed in range(seeds):
            for (side, precision), figures in percents.items():
                config = miniature(network, precision, seed=seed, **recipe)
                figures.append(100 * sides[side](config)["validation_accuracy"])
        rows += [
            _row(network, precision, percents[OURS, precision], percents[MODEL_FIT, FLOAT32])
            for precision in precisions
        ]
    goals = [
        at_most(
            f"{row['network']} in {row['ours in']}, ours and model.fit differ by",
            GOAL_POINTS,
            abs(row["difference"]),
            "points",
        )
        for row in rows
    ]
    return Report("equal_accuracy", rows, goals)


def _row(network: str, precision: str, ours: list[float], fit: list[float]) -> dict[str, Any]:
    return {
        "network": network,
        "ours in": precision,
        "seeds": len(ours),
        "ours %": statistics.mean(ours),
        "model.fit %": statistics.mean(fit),
        "difference": statistics.mean(ours) - statistics.mean(fit),
        # What chance alone does to the difference of the means.
        "standard error": ((_variance(ours) + _variance(fit)) / len(ours)) ** 0.5,
    }


def _variance(figures: list[float]) -> float:
    return statistics.variance(figures) if len(figures) > 1 else 0.0
