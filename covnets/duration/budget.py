"""What fits a lesson's budget: fewer epochs, or fewer training images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from covnets.config import TrainConfig
from covnets.duration.model import RunCost
from covnets.errors import ConfigError


def fitting_epochs(cost: RunCost, train: TrainConfig, budget: float) -> int | None:
    """Return the largest number of epochs that the slider offers and the budget allows.

    Args:
        cost: what the network costs on this machine with this batch size.
        train: the recipe, whose other fields stay as they are.
        budget: seconds from Start to the end of the run.

    Returns:
        A number of epochs, or None if not even the fewest fit.
    """
    return _largest_fitting("epochs", cost, train, budget)


def fitting_images(cost: RunCost, train: TrainConfig, budget: float) -> int | None:
    """Return the largest number of training images that the slider offers and the budget allows.

    Args:
        cost: what the network costs on this machine with this batch size.
        train: the recipe, whose other fields stay as they are.
        budget: seconds from Start to the end of the run.

    Returns:
        A number of images, at least a whole batch; None if not even the fewest fit.
    """
    return _largest_fitting("num_train", cost, train, budget)


def offered(field: str) -> Sequence[int]:
    """The whole numbers that a field's slider offers, in ascending order."""
    extra: Any = TrainConfig.model_fields[field].json_schema_extra
    low, high, step = extra["slider"]
    return range(low, high + 1, step)


def _largest_fitting(field: str, cost: RunCost, train: TrainConfig, budget: float) -> int | None:
    def fits(value: int) -> bool:
        return cost.duration(train.replace(**{field: value})).seconds <= budget

    values = [value for value in offered(field) if _is_valid(field, value, train)]
    # Each by itself: where a longer run is evaluated less often, more may take less time.
    return max(filter(fits, values), default=None)


def _is_valid(field: str, value: int, train: TrainConfig) -> bool:
    try:
        train.replace(**{field: value})
    except ConfigError:
        return False
    return True
