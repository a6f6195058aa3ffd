"""What live reporting costs: every step written into a store on disk, beside nobody listening.

One process trains each miniature in turn with a recorder, as a worker does, and with a function
that does nothing. The goal: under 2 % of the images/s.
"""

from __future__ import annotations

import statistics
from functools import partial
from typing import Any

from benchmarks.contestants import (
    BURST_IMAGES,
    MINIATURES,
    Contestant,
    burst,
    contestant,
    train_ours,
)
from benchmarks.report import Report, alternating, at_most, median_ratio

ROUNDS = 7
GOAL_PERCENT = 2.0

LIVE, MUTE = "live", "mute"


def run(rounds: int = ROUNDS, num_train: int = BURST_IMAGES) -> Report:
    """Train every miniature with and without live reporting."""
    with contestant("ours", as_ours=True) as ours:
        figures = {
            network: alternating(
                {
                    LIVE: partial(_images_per_second, ours, network, num_train, True),
                    MUTE: partial(_images_per_second, ours, network, num_train, False),
                },
                rounds,
            )
            for network in MINIATURES
        }
    return costs(figures)


def costs(figures: dict[str, dict[str, list[float]]]) -> Report:
    """Compare the images/s of each network, round by round."""
    rows = [_row(network, rates) for network, rates in figures.items()]
    return Report(
        "reporting",
        rows,
        [
            at_most(f"{row['network']}, live reporting costs", GOAL_PERCENT, row["cost %"], "%")
            for row in rows
        ],
    )


def _images_per_second(ours: Contestant, network: str, num_train: int, live: bool) -> float:
    return float(train_ours(ours, burst(network, num_train), live)["images_per_second"])


def _row(network: str, rates: dict[str, list[float]]) -> dict[str, Any]:
    ratios = [live / mute for live, mute in zip(rates[LIVE], rates[MUTE], strict=True)]
    return {
        "network": network,
        "live, images/s": statistics.median(rates[LIVE]),
        "mute, images/s": statistics.median(rates[MUTE]),
        "cost %": 100 * (1 - median_ratio(rates[LIVE], rates[MUTE])),
        # A busy machine shows in their spread: wide, and the cost is not known to a percent.
        "least %": 100 * (1 - max(ratios)),
        "most %": 100 * (1 - min(ratios)),
    }
