"""Measures how fast this machine trains, so that a run's time can be told before it starts."""

from __future__ import annotations

from typing import Any

from covnets.config import RunConfig
from covnets.models import FAMILIES
from covnets.training.run import train

NUM_TRAIN = 2_000
SECONDS_PER_FAMILY = 1.5


def measure_speed(family: str) -> dict[str, Any]:
    """Train a family's miniature for a moment.

    Args:
        family: a key of `FAMILIES`.

    Returns:
        The fields of the `started` and `finished` events.
    """
    facts = FAMILIES[family]
    recipe = facts.train_defaults.replace(num_train=NUM_TRAIN, epochs=1000)
    record: dict[str, Any] = {}

    def enough() -> bool:
        return bool(record.get("seconds", 0.0) > SECONDS_PER_FAMILY)

    train(RunConfig(network=facts.config_class(), train=recipe), record.update, enough)
    return record
