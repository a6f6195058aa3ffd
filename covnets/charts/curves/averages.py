"""What is drawn of recorded points: themselves, their moving average, or the median of seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from covnets.charts.curves.traces import Line, Metric
from covnets.runs.curves import Columns, Numbers, XAxis, x_values

Floats = npt.NDArray[np.float32]


def line_of(columns: Columns, metric: Metric, axis: XAxis, macs_per_step: float = 0.0) -> Line:
    """The points of a single run.

    Args:
        columns: Its points of one split.
        metric: Loss or accuracy.
        axis: What `Line.x` is.
        macs_per_step: Multiply-adds of one training step.
    """
    numbers = (
        columns["step"],
        x_values(columns, axis, macs_per_step),
        *(columns[f"{metric}_{kind}"] for kind in ("mean", "min", "max")),
        columns["points"],
    )
    # Half the bytes of 64 bits, and still exact for a chart.
    return Line(
        *(each.astype(np.int32 if each.dtype.kind == "i" else np.float32) for each in numbers)
    )


def median_of(
    seeds: Sequence[Columns], metric: Metric, axis: XAxis, macs_per_step: float = 0.0
) -> Line:
    """What the seeds of a network reached at the steps that they have in common.

    A step counts if every seed that came so far has a point there. A seed that is behind counts up
    to where it is.

    Args:
        seeds: The points of each seed's run, of one split.
        metric: Loss or accuracy.
        axis: What `Line.x` is; seconds are the median of the seeds'.
        macs_per_step: Multiply-adds of one training step.
    """
    seeds = [columns for columns in seeds if columns["step"].size]
    steps = _common_steps(seeds)
    values = _table(seeds, steps, f"{metric}_mean")
    if axis in ("step", "macs"):
        x = x_values({"step": steps}, axis, macs_per_step).astype(np.float32)
    else:
        # Where a slow seed is not yet that far, the others' median is less: time never runs back.
        x = np.maximum.accumulate(_median(_table(seeds, steps, axis)))
    return Line(
        steps,
        x,
        _median(values),
        np.fmin.reduce(values),
        np.fmax.reduce(values),
        np.fmax.reduce(_table(seeds, steps, "points")),
        np.isfinite(values).sum(axis=0, dtype=np.int32),
    )


def moving_average(values: Numbers, smoothing: float, width: float = 1.0) -> Floats:
    """The exponential moving average: each point counts `smoothing` times as much as the next.

    Divided by the sum of the weights so far, so that it does not begin at 0 (the correction of
    Adam, Kingma and Ba 2015, section 3). What is not a number is passed over.

    Args:
        values: Points at equal distances, (points,).
        smoothing: From 0, the points themselves, to less than 1.
        width: How many steps a point stands for, as a share of the point that `smoothing` is meant
            for: a curve with twice the points is averaged over as many steps with 0.5.
    """
    kept: float = smoothing**width
    averages, total, weight = [], 0.0, 0.0
    # A loop over some hundred numbers is faster than pandas, which brings its own checks.
    for value in values.tolist():
        if math.isfinite(value):
            total, weight = kept * total + value, kept * weight + 1
        averages.append(total / weight if weight else math.nan)
    return np.array(averages, np.float32)


def _common_steps(seeds: Sequence[Columns]) -> npt.NDArray[np.int64]:
    if not seeds:
        return np.zeros(0, np.int64)
    points = np.concatenate([columns["step"] for columns in seeds])
    steps, present = np.unique(points, return_counts=True)
    last = np.sort([columns["step"][-1] for columns in seeds])
    that_far = len(seeds) - np.searchsorted(last, steps)
    common: npt.NDArray[np.int64] = steps[present == that_far]
    return common


def _table(seeds: Sequence[Columns], steps: npt.NDArray[np.int64], name: str) -> Floats:
    """A row a seed, a column a step; NaN where a seed is behind, or has no finite number."""
    table = np.full((max(1, len(seeds)), len(steps)), np.nan, np.float32)
    for row, columns in enumerate(seeds):
        reached = steps[steps <= columns["step"][-1]]
        table[row, : len(reached)] = columns[name][np.searchsorted(columns["step"], reached)]
    table[~np.isfinite(table)] = np.nan
    return table


def _median(table: Floats) -> Floats:
    """Of each column's numbers; `numpy.nanmedian` takes many times as long."""
    count = np.isfinite(table).sum(axis=0)
    ordered = np.sort(table, axis=0)  # what is not a number last
    middle = [
        np.take_along_axis(ordered, np.maximum(rows, 0)[np.newaxis], axis=0)[0]
        for rows in ((count - 1) // 2, count // 2)
    ]
    median: Floats = np.mean(middle, axis=0)
    return median
