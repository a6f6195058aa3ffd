"""Curves of networks that were trained several times, each time from another seed.

What several seeds reached becomes one line, their median, with a band from the lowest to the
highest. Figures are plain dicts, as in `covnets.charts.curves.contest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.curves.contest_page import (
    AXIS_TITLES,
    Split,
    contest_layout,
    filled,
    guess_line,
    how_to_read,
    legend_key,
    line_trace,
    thick,
)
from covnets.charts.curves.lines import (
    AT,
    NUMBER_FORMATS,
    Axis,
    Columns,
    Figure,
    Metric,
    Trace,
    area,
    columns_by_split,
    on_log_axis,
)
from covnets.charts.theme import Look, look

Floats = npt.NDArray[np.float32]

BAND_OPACITY: dict[Split, float] = {"train": 0.1, "validation": 0.25}
WORDS: dict[Split, str] = {"train": "training", "validation": "validation"}


@dataclass(frozen=True, eq=False)
class SeedGroup:
    """One network, trained from several seeds.

    Attributes:
        key: names its traces for good: letters, digits, `-` and `_`, as
            `covnets.charts.curves.contest.Contestant.run_id`.
        label: what the legend says.
        number: the number of its first run in the store, from which its look comes.
        points: the points of each seed's run, thinned; some may be empty.
        macs_per_step: multiply-adds of one training step.
    """

    key: str
    label: str
    number: int
    points: Sequence[pd.DataFrame]
    macs_per_step: float


@dataclass(frozen=True, eq=False)
class Spread:
    """What several seeds reached at the same steps.

    Attributes:
        x: the steps, or what else the chart is drawn by, (steps,).
        median: of the seeds that are that far, (steps,).
        lowest: as long.
        highest: as long.
        count: how many seeds these are, (steps,).
        points: how many recorded points each seed's value is the mean of, at most, (steps,).
    """

    x: Floats
    median: Floats
    lowest: Floats
    highest: Floats
    count: npt.NDArray[np.int32]
    points: Floats


def seeds_curve(
    groups: Sequence[SeedGroup],
    metric: Metric,
    *,
    axis: Axis = "step",
    num_classes: int = 10,
    subject: str = "seeds",
    log: bool = False,
) -> Figure:
    """Loss or accuracy of several networks, each the median over its seeds.

    Args:
        groups: The networks, in the order of the legend.
        metric: What to draw.
        axis: What to draw it by; seconds are the median of the seeds'.
        num_classes: Of the dataset.
        subject: Which networks these are, as in `covnets.charts.curves.contest.contest_curve`.
        log: Whether the axis of a loss is logarithmic.
    """
    splits: tuple[Split, ...] = ("train", "validation")
    spreads = {group.key: spread_over_seeds(group, splits, metric, axis) for group in groups}
    ends = [spread.x[-1] for each in spreads.values() for spread in each.values() if spread.x.size]
    last = float(max(ends, default=1.0))
    traces = [guess_line(metric, last, num_classes)]
    for draw in (_band, _median):
        traces += [
            draw(group, spreads[group.key][split], split, metric, axis)
            for split in splits
            for group in groups
        ]
    traces += [legend_key(group.key, group.label, look(group.number)) for group in groups]
    title = AXIS_TITLES[axis] + ", median of the seeds" * (axis == "seconds")
    layout = contest_layout(metric, axis, subject, title, _how_to_read(list(spreads.values())))
    figure: Figure = {"data": traces, "layout": layout}
    return on_log_axis(figure) if log and metric == "loss" else figure


def _how_to_read(spreads: Sequence[dict[Split, Spread]]) -> list[str]:
    counts = [spread.count for each in spreads for spread in each.values()]
    most = int(max((count.max(initial=0) for count in counts), default=0))
    points: dict[Split, list[Floats]] = {
        split: [each[split].points for each in spreads] for split in WORDS
    }
    lines = how_to_read(points)
    if most > 1:
        return [f"median of up to {most} seeds", "band: lowest to highest seed", *lines]
    return ["one seed so far", *lines] if most else lines


def spread_over_seeds(
    group: SeedGroup, splits: Sequence[Split], metric: Metric, axis: Axis
) -> dict[Split, Spread]:
    """What a network's seeds reached at the steps that they have in common.

    A step counts if every seed that came so far has a point there. A seed that is behind counts up
    to where it is.

    Args:
        group: The network.
        splits: Training, validation or both.
        metric: Loss or accuracy.
        axis: What `Spread.x` is.
    """
    names = [f"{metric}_mean", "points", *({"epoch", "seconds"} & {axis})]
    seeds = [columns_by_split(points, splits, names) for points in group.points]
    return {
        split: _spread([rows[split] for rows in seeds], group.macs_per_step, metric, axis)
        for split in splits
    }


def _spread(seeds: Sequence[Columns], macs_per_step: float, metric: Metric, axis: Axis) -> Spread:
    seeds = [rows for rows in seeds if rows["step"].size]
    steps = _common_steps(seeds)
    values, count = _sorted(_table(seeds, steps, f"{metric}_mean"))
    x = _positions(seeds, steps, axis, macs_per_step)
    points = _sorted(_table(seeds, steps, "points"))[0]
    most = _at(points, count - 1)
    return Spread(x, _middle(values, count), values[0], _at(values, count - 1), count, most)


def _common_steps(seeds: Sequence[Columns]) -> npt.NDArray[np.int32]:
    if not seeds:
        return np.zeros(0, np.int32)
    points = np.concatenate([rows["step"] for rows in seeds])
    steps, present = np.unique(points, return_counts=True)
    last = np.sort([rows["step"][-1] for rows in seeds])
    that_far = len(seeds) - np.searchsorted(last, steps)
    common: npt.NDArray[np.int32] = steps[present == that_far]
    return common


def _table(seeds: Sequence[Columns], steps: npt.NDArray[np.int32], name: str) -> Floats:
    """A row a seed, a column a step; not a number where a seed is behind."""
    table = np.full((max(1, len(seeds)), len(steps)), np.nan, np.float32)
    for row, rows in enumerate(seeds):
        reached = steps[steps <= rows["step"][-1]]
        table[row, : len(reached)] = rows[name][np.searchsorted(rows["step"], reached)]
    return table


def _positions(
    seeds: Sequence[Columns], steps: npt.NDArray[np.int32], axis: Axis, macs_per_step: float
) -> Floats:
    if axis == "step":
        return steps.astype(np.float32)
    if axis == "macs":
        return (steps * macs_per_step).astype(np.float32)
    middle = _middle(*_sorted(_table(seeds, steps, axis)))
    # Where a slow seed is not yet that far, the others' median is less: time never runs backwards.
    return np.maximum.accumulate(middle)


def _sorted(table: Floats) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Each column from low to high, what is not a number last, and how many numbers there are."""
    return np.sort(table, axis=0), np.isfinite(table).sum(axis=0, dtype=np.int32)


def _middle(values: Floats, count: npt.NDArray[np.int32]) -> Floats:
    middle: Floats = np.mean([_at(values, (count - 1) // 2), _at(values, count // 2)], axis=0)
    return middle


def _at(values: Floats, rows: npt.NDArray[np.int32]) -> Floats:
    within = np.clip(rows, 0, len(values) - 1)
    return values[within, np.arange(values.shape[1])]


def _band(group: SeedGroup, spread: Spread, split: Split, _metric: Metric, _axis: Axis) -> Trace:
    x, lowest, highest = map(filled, (spread.x, spread.lowest, spread.highest))
    color, uid = look(group.number).color, f"{group.key}.{split}_band"
    return area(uid, group.key, x, lowest, highest, color, BAND_OPACITY[split])


def _median(group: SeedGroup, spread: Spread, split: Split, metric: Metric, axis: Axis) -> Trace:
    its_look: Look = look(group.number)
    trace = line_trace(group.key, split, group.label, its_look, spread.x, spread.median)
    number = NUMBER_FORMATS[metric]
    counts = np.stack([spread.count, spread.lowest, spread.highest], axis=1)
    trace |= {
        "customdata": counts.astype(np.float32) if len(counts) else [[None] * 3],
        "hovertemplate": f"{WORDS[split]} %{{y:{number}}}, {AT[axis]}<br>"
        "median, seeds that are so far: %{customdata[0]}<br>"
        f"lowest %{{customdata[1]:{number}}}, highest %{{customdata[2]:{number}}}"
        "<extra>%{fullData.name}</extra>",
    }
    trace["line"]["width"] = 1.5
    return thick(trace, its_look) if split == "validation" else trace
