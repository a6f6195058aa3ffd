"""Metric points, from the training's events to rows of the store."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from covnets.errors import StoreError

SPLITS = ("train", "train_eval", "validation")

_OF_SPLIT = (
    "(SELECT {} FROM points WHERE points.run = runs.number AND split = '{}' "
    "AND accuracy IS NOT NULL ORDER BY {} LIMIT 1)"
)
RESULTS = ", ".join(
    f"{column} = {_OF_SPLIT.format(source, split, order)}"
    for column, source, split, order in (
        ("best_accuracy", "accuracy", "validation", "accuracy DESC, step"),
        ("best_epoch", "epoch", "validation", "accuracy DESC, step"),
        ("last_accuracy", "accuracy", "validation", "step DESC"),
        ("train_eval_accuracy", "accuracy", "train_eval", "step DESC"),
    )
)
"""SQL that brings a run's results up to date with its points."""

Row: TypeAlias = tuple[int, str, int, int, float | None, float | None, float]


def point_rows(run_number: int, points: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Turn "metrics" events into rows (run, split, step, epoch, loss, accuracy, seconds).

    A loss or accuracy that is not a number becomes None, SQL's NULL. Seconds are never negative.

    Raises:
        StoreError: an event lacks a field or holds something else than a number in it.
    """
    return [_row(run_number, point) for point in points]


def _row(run_number: int, point: Mapping[str, Any]) -> Row:
    try:
        split, step, epoch = str(point["split"]), int(point["step"]), int(point["epoch"])
        loss, accuracy = _number(point["loss"]), _number(point["accuracy"])
        seconds = float(point["seconds"])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{dict(point)} is not a metric point ({error!r}). {_EXPECTED}") from error
    if split not in SPLITS or step < 1 or epoch < 1 or not math.isfinite(seconds):
        raise StoreError(f"{dict(point)} is not a metric point. {_EXPECTED}")
    return run_number, split, step, epoch, loss, accuracy, max(0.0, seconds)


def _number(value: Any) -> float | None:
    number = float(value)
    return None if math.isnan(number) else number


_EXPECTED = (
    f"Expected: split ({', '.join(SPLITS)}), step and epoch (counted from 1), loss, accuracy "
    "and seconds (finite)."
)
