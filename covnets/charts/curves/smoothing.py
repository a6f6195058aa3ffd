"""Noisy curves made smooth: the points themselves are always drawn as well."""

import math

import numpy as np
import numpy.typing as npt


def moving_average(
    values: npt.NDArray[np.floating], smoothing: float, width: float = 1.0
) -> npt.NDArray[np.float32]:
    """The exponential moving average: each point counts `smoothing` times as much as the next.

    Divided by the sum of the weights so far, so that it does not begin at 0 (the correction of
    Adam, Kingma and Ba 2015, section 3). What is not a number is passed over.

    Args:
        values: Points at equal distances, (points,).
        smoothing: From 0, the points themselves, to less than 1.
        width: How many steps a point stands for, as a share of the point that `smoothing` is meant
            for: a curve with twice the points is averaged over as many steps with 0.5.

    Raises:
        ValueError: `smoothing` is not in that range.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"smoothing={smoothing:g}: use 0 or more, and less than 1.")
    if not smoothing or not values.size:
        return values.astype(np.float32)
    kept: float = smoothing**width
    averages, total, weight = [], 0.0, 0.0
    # A loop over some hundred numbers is faster than pandas, which brings its own checks.
    for value in values.tolist():
        if math.isfinite(value):
            total, weight = kept * total + value, kept * weight + 1
        averages.append(total / weight if weight else math.nan)
    return np.array(averages, np.float32)


def typical_gap(steps: npt.NDArray[np.integer]) -> float:
    """Steps from one point to the next, of which only the last may be nearer; 0 for one point.

    Args:
        steps: In increasing order, (points,).
    """
    return float(steps[1] - steps[0]) if len(steps) > 1 else 0.0
