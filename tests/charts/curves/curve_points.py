"""Curves of runs that never were, and a look at figures."""

from typing import Any

import numpy as np

from covnets.runs.curves import Columns, Curves

LOSSES = ("loss_mean", "loss_min", "loss_max")


def points(
    *, steps: int = 40, every: int = 1, epochs: int = 4, level: float = 0.8, spread: float = 0.0
) -> Curves:
    """Accuracy rises to `level`, loss falls; training in buckets of `every` steps.

    With a spread the buckets hold two steps or more; with no epochs nothing is evaluated yet.
    """
    train = np.arange(every, steps + 1, every)
    ends = np.arange(1, epochs + 1) * (steps // epochs) if steps and epochs else np.zeros(0, int)

    def columns(at: np.ndarray, spread: float, counts: np.ndarray) -> Columns:
        accuracy, loss = level * at / max(1, steps), 2 - at / max(1, steps)
        return {
            "step": at,
            "epoch": at / max(1, steps // max(1, epochs)),
            "loss_mean": loss,
            "loss_min": loss - spread,
            "loss_max": loss + spread,
            "accuracy_mean": accuracy,
            "accuracy_min": accuracy - spread,
            "accuracy_max": accuracy + spread,
            "seconds": at * 0.5,
            "points": counts.astype(float),
        }

    counts = np.maximum(np.diff(train, prepend=0), 1 + (spread > 0))
    return {
        "train": columns(train, spread, counts),
        "train_eval": columns(ends, 0.0, np.ones(len(ends))),
        "validation": columns(ends, 0.0, np.ones(len(ends))),
    }


def until(curves: Curves, step: int) -> Curves:
    """The curves as they were when a step was made."""
    return {
        split: {name: values[columns["step"] <= step] for name, values in columns.items()}
        for split, columns in curves.items()
    }


def changed(curves: Curves, split: str, at: slice, **values: Any) -> Curves:
    """The curves with other values at some points of a split."""
    columns = {name: column.copy() for name, column in curves[split].items()}
    for name, value in values.items():
        columns[name][at] = value
    return {**curves, split: columns}


def with_losses(curves: Curves, split: str, at: slice, loss: float) -> Curves:
    """The curves with another loss at some points of a split."""
    return changed(curves, split, at, **dict.fromkeys(LOSSES, loss))
