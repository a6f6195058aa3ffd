"""Learning curves of several runs in one figure: a race, or runs that somebody selected.

Each run has its own look, colour and dash, which it keeps on every page (`covnets.charts.theme`).
Training and validation of a run differ by what is the same for all runs: training is thin and
pale, validation thick with markers.

Points come from ``covnets.runs.frames.thinned``, figures are plain dicts, as in
`covnets.charts.curves.curves`. Every figure has the same traces in the same order from the first
point to the last, named ``"{run_id}.{part}"``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from covnets.charts.curves.contest_page import (
    AXIS_TITLES,
    NO_POINTS,
    Split,
    contest_layout,
    filled,
    guess_line,
    hover,
    how_to_read,
    legend_key,
    line_trace,
    thick,
)
from covnets.charts.curves.end_labels import EndLabel, label_traces, labels_height, make_room
from covnets.charts.curves.lines import (
    LOSS_FLOOR,
    Axis,
    Columns,
    Figure,
    Metric,
    Trace,
    area,
    columns_by_split,
    counted,
    on_log_axis,
)
from covnets.charts.curves.smoothing import moving_average, typical_gap
from covnets.charts.theme import Look, look

__all__ = ["Axis", "Contestant", "Metric", "Split", "contest_curve", "contest_height"]

MOST_IN_LEGEND = 8
"""More runs than that have their names beside their curves."""

# Under a smoothed curve the points step back.
RAW_OPACITY, SMOOTHED_RAW_OPACITY = 0.8, 0.4
BAND_OPACITY = 0.18
_RANGE = ("loss_min", "loss_max")


@dataclass(frozen=True, eq=False)
class Contestant:
    """One run among several.

    Attributes:
        run_id: names its traces for good: letters, digits, `-` and `_`, because plotly makes class
            names of it.
        label: what the legend says: only what differs from the others.
        number: the run's number in the store, from which its look comes.
        points: its points, thinned; empty before the first.
        macs_per_step: multiply-adds of one training step.
    """

    run_id: str
    label: str
    number: int
    points: pd.DataFrame
    macs_per_step: float


@dataclass(frozen=True, eq=False)
class _Run:
    """A contestant with what is drawn of it."""

    id: str
    label: str
    look: Look
    curves: dict[Split, Columns]


def contest_height(count: int) -> int:
    """How high a figure of so many runs should be, in pixels."""
    return labels_height(count) if count > MOST_IN_LEGEND else 320


def contest_curve(
    contestants: Sequence[Contestant],
    metric: Metric,
    *,
    axis: Axis = "step",
    splits: Sequence[Split] = ("train", "validation"),
    smoothing: float = 0.0,
    num_classes: int = 10,
    subject: str = "contest",
    legend: bool = True,
    height: int | None = None,
    log: bool = False,
) -> Figure:
    """Loss or accuracy of several runs.

    Args:
        contestants: The runs, in the order of the legend.
        metric: What to draw.
        axis: What to draw it by.
        splits: Which curves.
        smoothing: How much the training curves are smoothed, from 0 to less than 1; their points
            stay in sight. Validation is never smoothed.
        num_classes: Of the dataset.
        subject: Which runs these are. A live chart forgets its zoom when it shows other ones;
            hidden runs stay hidden.
        legend: Whether to name the runs: in a legend, or, if they are more than eight, beside
            their curves.
        height: Of the figure in pixels; None for what `contest_height` says.
        log: Whether the axis of a loss is logarithmic.

    Raises:
        ValueError: `smoothing` is out of range.
    """
    runs = [_run(contestant, splits, metric) for contestant in contestants]
    ends = (rows[axis][-1:] for run in runs for rows in run.curves.values())
    last = max((float(end[0]) for end in ends if len(end)), default=1.0)
    direct = len(runs) > MOST_IN_LEGEND
    traces = [guess_line(metric, last, num_classes)]
    # Each kind of all runs lies above the kind before.
    if "train" in splits:
        traces += [_band(run, metric, axis) for run in runs]
        traces += [_raw(run, metric, axis, smoothing) for run in runs]
        traces += _smooth(runs, metric, axis, smoothing)
    if "validation" in splits:
        traces += [_validation(run, metric, axis) for run in runs]
    traces += [legend_key(run.id, run.label, run.look) | {"showlegend": not direct} for run in runs]
    points = {split: [run.curves[split]["points"] for run in runs] for split in splits}
    notes = how_to_read(points, smoothed=smoothing > 0, with_range=True)
    layout = contest_layout(metric, axis, subject, AXIS_TITLES[axis], notes)
    layout["showlegend"] = legend
    figure: Figure = {"data": traces, "layout": layout}
    if log and metric == "loss":
        figure = on_log_axis(figure)
    if legend and direct:
        labels = _end_labels(runs, metric, num_classes, log)
        figure["data"] += label_traces(labels, height or contest_height(len(runs)))
        make_room(figure["layout"], labels)
    return figure


def _run(contestant: Contestant, splits: Sequence[Split], metric: Metric) -> _Run:
    names = [f"{metric}_mean", f"{metric}_min", f"{metric}_max", "epoch", "seconds", "points"]
    curves = columns_by_split(contestant.points, splits, names)
    for rows in curves.values():
        rows["macs"] = (rows["step"] * contestant.macs_per_step).astype(np.float32)
    return _Run(contestant.run_id, contestant.label, look(contestant.number), curves)


def _band(run: _Run, metric: Metric, axis: Axis) -> Trace:
    """From the lowest to the highest point of each bucket, so that a single spike is seen."""
    rows = run.curves["train"]
    x, lowest, highest = rows[axis], rows[f"{metric}_min"], rows[f"{metric}_max"]
    if not (rows["points"] > 1).any():
        x = lowest = highest = NO_POINTS
    return area(f"{run.id}.band", run.id, x, lowest, highest, run.look.color, BAND_OPACITY)


def _raw(run: _Run, metric: Metric, axis: Axis, smoothing: float) -> Trace:
    rows = run.curves["train"]
    trace = line_trace(run.id, "train", run.label, run.look, rows[axis], rows[f"{metric}_mean"])
    trace["line"]["width"] = 1.2
    trace |= {
        "opacity": SMOOTHED_RAW_OPACITY if smoothing else RAW_OPACITY,
        "hovertemplate": hover("training", metric, axis),
    }
    return counted(trace, rows["points"], "step")


def _smooth(runs: Sequence[_Run], metric: Metric, axis: Axis, smoothing: float) -> list[Trace]:
    """The smoothed training curves, all averaged over as many steps; without points at 0."""
    gaps = [typical_gap(run.curves["train"]["step"]) for run in runs]
    traces = []
    for run, gap in zip(runs, gaps, strict=True):
        x, y = (run.curves["train"][name] for name in (axis, f"{metric}_mean"))
        if smoothing:
            # One that has no second point yet counts as the others.
            y = moving_average(y, smoothing, gap / max(gaps) if gap else 1.0)
        else:
            x = y = NO_POINTS
        trace = line_trace(run.id, "smooth", run.label, run.look, x, filled(y))
        trace["line"]["width"] = 2
        traces.append(trace | {"hovertemplate": hover("training, smoothed", metric, axis)})
    return traces


def _validation(run: _Run, metric: Metric, axis: Axis) -> Trace:
    rows = run.curves["validation"]
    x, y = rows[axis], rows[f"{metric}_mean"]
    trace = line_trace(run.id, "validation", run.label, run.look, x, y)
    trace |= {"hovertemplate": hover("validation", metric, axis)}
    return counted(thick(trace, run.look), rows["points"], "evaluation")


def _end_labels(
    runs: Sequence[_Run], metric: Metric, num_classes: int, log: bool
) -> list[EndLabel]:
    """Each run's name at the height of its last point: of validation, once there is one."""
    is_log = log and metric == "loss"
    low, high = _log_span(runs, num_classes) if is_log else (0.0, _top(runs, metric, num_classes))
    labels = []
    for run in runs:
        curves = [run.curves[split] for split in ("validation", "train") if split in run.curves]
        ends = [rows[f"{metric}_mean"][-1] for rows in curves if len(rows["step"])]
        end = float(ends[0]) if ends else math.nan
        place = (math.log(max(end, LOSS_FLOOR)) if is_log else end) - low
        labels.append(EndLabel(f"{run.id}.label", run.label, run.look, place / (high - low)))
    return labels


def _top(runs: Sequence[_Run], metric: Metric, num_classes: int) -> float:
    """Where the y-axis ends, as long as nobody zooms."""
    if metric == "accuracy":
        return 1.02
    # Plotly leaves a twentieth of the axis free above the highest point.
    return _extremes(runs, num_classes)[1] / 0.95


def _log_span(runs: Sequence[_Run], num_classes: int) -> tuple[float, float]:
    """Between which logarithms a logarithmic axis lies, as long as nobody zooms."""
    low, high = (math.log(max(loss, LOSS_FLOOR)) for loss in _extremes(runs, num_classes))
    free = (high - low) / 18 or 1.0  # a twentieth of the axis at either end
    return low - free, high + free


def _extremes(runs: Sequence[_Run], num_classes: int) -> tuple[float, float]:
    """The lowest and the highest loss that is drawn, the line of chance included."""
    parts = [rows[name] for run in runs for rows in run.curves.values() for name in _RANGE]
    values = np.concatenate([*parts, [math.log(num_classes)]])
    known = values[np.isfinite(values)]
    return float(known.min()), float(known.max())
