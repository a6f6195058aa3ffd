"""Learning curves of several runs in one figure: a race, or runs that somebody selected.

Each run has its own look, colour and dash, which it keeps on every page (`covnets.charts.theme`).
Training and validation of a run differ by what is the same for all runs: training is thin and
pale, validation thick with markers. What several seeds of one network reached becomes one line,
their median, with a band from the lowest to the highest.

Every figure has the same traces in the same order from the first point to the last, named
``"{key}.{part}"``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from covnets.charts.curves.averages import line_of, median_of, moving_average
from covnets.charts.curves.end_labels import EndLabel, label_traces, labels_height, make_room
from covnets.charts.curves.layout import (
    AXIS_TITLES,
    LOSS_FLOOR,
    curve_layout,
    drawn_values,
    how_to_read,
    titled,
    use_log_axis,
    value_axis,
)
from covnets.charts.curves.traces import (
    AT,
    NO_POINTS,
    NUMBER_FORMATS,
    RECORDED,
    Line,
    Metric,
    band,
    chance_line,
    counted,
    hover,
    line_trace,
    thick,
)
from covnets.charts.page import Figure, Trace, plain, shortened
from covnets.charts.theme import CHANCE_COLOR, Look, look
from covnets.runs.curves import Curves, Numbers, XAxis

Split = Literal["train", "validation"]

MOST_IN_LEGEND = 8
"""More runs than that have their names beside their curves."""
WORDS: dict[Split, str] = {"train": "training", "validation": "validation"}
# Under a smoothed curve the points step back.
RAW_OPACITY, SMOOTHED_RAW_OPACITY = 0.8, 0.4
BAND_OPACITY = 0.18
SEEDS_OPACITY: dict[Split, float] = {"train": 0.1, "validation": 0.25}


@dataclass(frozen=True, eq=False)
class Entry:
    """One network among several, trained once or from several seeds.

    Attributes:
        key: names its traces for good: letters, digits, `-` and `_`, because plotly makes class
            names of it.
        label: what the legend says: only what differs from the others.
        number: the number of its first run in the store, from which its look comes.
        seeds: the curves of its runs, one a seed.
        macs_per_step: multiply-adds of one training step.
    """

    key: str
    label: str
    number: int
    seeds: Sequence[Curves]
    macs_per_step: float

    @property
    def look(self) -> Look:
        """How it is drawn."""
        return look(self.number)


@dataclass(frozen=True)
class _Drawn:
    """An entry with its lines."""

    of: Entry
    lines: Mapping[Split, Line]

    def trace(self, part: str, x: Numbers, y: Numbers) -> Trace:
        """One of its lines, without an entry in the legend."""
        x, y = (values if values.size else NO_POINTS for values in (x, y))
        key, label = self.of.key, self.of.label
        return line_trace(f"{key}.{part}", key, label, self.of.look, x, y) | {"showlegend": False}


def contest_height(count: int) -> int:
    """How high a figure of so many runs should be, in pixels."""
    return labels_height(count) if count > MOST_IN_LEGEND else 320


def contest_curve(
    entries: Sequence[Entry],
    metric: Metric,
    *,
    axis: XAxis = "step",
    splits: Sequence[Split] = ("train", "validation"),
    smoothing: float = 0.0,
    num_classes: int = 10,
    subject: str = "contest",
    log: bool = False,
) -> Figure:
    """Loss or accuracy of several networks.

    They are named in a legend, or, if they are more than eight, beside their curves.

    Args:
        entries: The networks, in the order of the legend. If one of them has several seeds,
            medians are drawn.
        metric: What to draw.
        axis: What to draw it by; seconds are the median of the seeds'.
        splits: Which curves.
        smoothing: How much the training curves of single runs are smoothed, from 0 to less than 1;
            their points stay in sight. Validation and medians are never smoothed.
        num_classes: Of the dataset.
        subject: Which runs these are. A live chart forgets its zoom when it shows other ones;
            hidden runs stay hidden.
        log: Whether the axis of a loss is logarithmic.
    """
    is_median = any(len(entry.seeds) > 1 for entry in entries)
    runs = [_Drawn(each, _lines(each, splits, metric, axis, is_median)) for each in entries]
    ends = [float(line.x[-1]) for run in runs for line in run.lines.values() if line.x.size]
    is_smoothed = smoothing > 0 and not is_median
    traces = [_named_chance(metric, max(ends, default=1.0), num_classes)]
    # Each kind of all runs lies above the kind before.
    for split in splits:
        if split == "train" or is_median:
            traces += [_band(run, split) for run in runs]
    if "train" in splits:
        traces += [_training(run, metric, axis, is_smoothed) for run in runs]
        if not is_median:
            traces += _smooth(runs, metric, axis, smoothing)
    if "validation" in splits:
        traces += [thick(_trace(run, "validation", metric, axis), run.of.look) for run in runs]
    is_direct = len(runs) > MOST_IN_LEGEND
    traces += [_legend_key(run) | {"showlegend": not is_direct} for run in runs]
    notes = how_to_read(
        {split: [run.lines[split] for run in runs] for split in splits}, smoothed=is_smoothed
    )
    title = AXIS_TITLES[axis] + ", median of the seeds" * (is_median and axis == "seconds")
    saved_as = f"{metric}-by-{axis}" if ends else None
    layout = curve_layout(axis, titled(title, notes), value_axis(metric), subject, saved_as)
    figure: Figure = {"data": traces, "layout": layout}
    if log and metric == "loss":
        use_log_axis(figure)
    if is_direct:
        labels = _end_labels(runs, figure)
        figure["data"] += label_traces(labels)
        make_room(figure["layout"], labels)
    return figure


def _lines(
    entry: Entry, splits: Sequence[Split], metric: Metric, axis: XAxis, is_median: bool
) -> dict[Split, Line]:
    per_step = entry.macs_per_step
    if is_median:
        return {
            split: median_of([seed[split] for seed in entry.seeds], metric, axis, per_step)
            for split in splits
        }
    (seed,) = entry.seeds
    return {split: line_of(seed[split], metric, axis, per_step) for split in splits}


def _named_chance(metric: Metric, last: float, num_classes: int) -> Trace:
    """The line of chance with its name on it, which leaves the legend to the runs."""
    return chance_line(metric, last, num_classes) | {
        "mode": "lines+text",
        "text": ["", "chance"],
        "textposition": "top left",
        "textfont": {"size": 11, "color": CHANCE_COLOR},
        # A logarithmic axis may end there.
        "cliponaxis": False,
        "showlegend": False,
    }


def _band(run: _Drawn, split: Split) -> Trace:
    line, key = run.lines[split], run.of.key
    opacity = BAND_OPACITY if line.seeds is None else SEEDS_OPACITY[split]
    return band(f"{key}.{split}_band", key, line, run.of.look.color, opacity)


def _trace(run: _Drawn, split: Split, metric: Metric, axis: XAxis) -> Trace:
    line = run.lines[split]
    trace = run.trace(split, line.x, line.value)
    if line.seeds is None:
        return counted(trace | hover(metric, axis, what=WORDS[split]), line, RECORDED[split])
    number = NUMBER_FORMATS[metric]
    spread = np.stack([line.seeds, line.lowest, line.highest], axis=1).astype(np.float32)
    trace["line"]["width"] = 1.5
    return trace | {
        "customdata": spread if len(spread) else [[None] * 3],
        "hovertemplate": f"{WORDS[split]} %{{y:{number}}}, {AT[axis]}<br>"
        "median, seeds that have come this far: %{customdata[0]}<br>"
        f"lowest %{{customdata[1]:{number}}}, highest %{{customdata[2]:{number}}}"
        "<extra>%{fullData.name}</extra>",
    }


def _training(run: _Drawn, metric: Metric, axis: XAxis, is_smoothed: bool) -> Trace:
    trace = _trace(run, "train", metric, axis)
    if run.lines["train"].seeds is not None:
        return trace
    return trace | {"opacity": SMOOTHED_RAW_OPACITY if is_smoothed else RAW_OPACITY}


def _smooth(runs: Sequence[_Drawn], metric: Metric, axis: XAxis, smoothing: float) -> list[Trace]:
    """The smoothed training curves, all averaged over as many steps; without points at 0."""
    lines = [run.lines["train"] for run in runs]
    # Only the last point may be nearer to the one before it.
    gaps = [float(line.steps[1] - line.steps[0]) if line.steps.size > 1 else 0.0 for line in lines]
    traces = []
    for run, line, gap in zip(runs, lines, gaps, strict=True):
        x = y = NO_POINTS
        if smoothing:
            # One that has no second point yet counts as the others.
            width = gap / max(gaps) if gap else 1.0
            x, y = line.x, moving_average(line.value, smoothing, width)
        trace = run.trace("smooth", x, y) | hover(metric, axis, what="training, smoothed")
        trace["line"]["width"] = 2
        traces.append(trace)
    return traces


def _legend_key(run: _Drawn) -> Trace:
    """A trace without points that is the legend entry of a run."""
    trace = run.trace("key", NO_POINTS, NO_POINTS)
    trace["name"] = plain(shortened(run.of.label))
    return thick(trace, run.of.look) | {"hoverinfo": "skip"}


def _end_labels(runs: Sequence[_Drawn], figure: Figure) -> list[EndLabel]:
    """Each run's name at the height of its last point: of validation, once there is one."""
    y_axis: dict[str, Any] = figure["layout"]["yaxis"]
    # Plotly leaves a twentieth of an axis without a range free above the highest point.
    low, high = y_axis.get("range") or (0.0, drawn_values(figure["data"]).max() / 0.95)
    labels = []
    for run in runs:
        lines = [run.lines[split] for split in ("validation", "train") if split in run.lines]
        ends = [float(line.value[-1]) for line in lines if line.steps.size]
        end = ends[0] if ends and math.isfinite(ends[0]) else 0.0
        if y_axis.get("type") == "log":
            end = math.log10(max(end, LOSS_FLOOR))
        place = (end - low) / (high - low)
        labels.append(EndLabel(f"{run.of.key}.label", run.of.label, run.of.look, place))
    return labels
