"""Learning curves of one run.

Every figure has the same traces in the same order from the first point to the last: so a live
chart keeps what a visitor has hidden.
"""

from __future__ import annotations

import numpy as np

from covnets.charts.curves.averages import line_of
from covnets.charts.curves.layout import curve_layout, use_log_axis, value_axis, what_points_are
from covnets.charts.curves.traces import (
    AT,
    LEGEND_RANKS,
    RECORDED,
    Line,
    Metric,
    area,
    band,
    chance_line,
    counted,
    hover,
    line_trace,
    thick,
)
from covnets.charts.page import Figure, Trace
from covnets.charts.theme import GAP_COLOR, SPLIT_COLORS, Look
from covnets.runs.curves import Curves, XAxis

SPLIT_NAMES = {
    "train": "training",
    "train_eval": "training sample",
    "validation": "validation",
}
_LOOKS = {
    split: Look(color, "solid", "diamond" if split == "validation" else "circle")
    for split, color in SPLIT_COLORS.items()
}
EVALUATED_WIDTH = 2.5


def learning_curve(
    curves: Curves,
    metric: Metric,
    *,
    axis: XAxis = "step",
    num_classes: int = 10,
    subject: str = "run",
    log: bool = False,
) -> Figure:
    """Loss or accuracy of one run: training, the training sample and validation.

    The accuracy chart shades the gap between the training sample and validation. Both charts have
    a line for guessing: accuracy 1/num_classes, loss log(num_classes).

    Args:
        curves: The run's points.
        metric: What to draw.
        axis: What to draw it by.
        num_classes: Of the dataset.
        subject: Whose curve this is. A live chart forgets its zoom when it shows another one's;
            hidden curves stay hidden.
        log: Whether the axis of a loss is logarithmic.
    """
    lines = {split: line_of(curves[split], metric, axis) for split in SPLIT_NAMES}
    steps = lines["train"].x
    traces = [
        chance_line(metric, float(steps[-1]) if steps.size else 1.0, num_classes),
        band("train_band", "train", lines["train"], SPLIT_COLORS["train"]),
    ]
    if metric == "accuracy":
        traces.append(_gap_area(curves, axis))
    traces += [_trace(line, metric, axis, split) for split, line in lines.items()]
    saved_as = f"{metric}-by-{axis}" if _is_begun(curves) else None
    layout = curve_layout(axis, axis, value_axis(metric), subject, saved_as)
    figure: Figure = {"data": traces, "layout": layout}
    if log and metric == "loss":
        use_log_axis(figure)
    return figure


def gap_curve(curves: Curves, *, axis: XAxis = "step", subject: str = "run") -> Figure:
    """How much better the network is on images that it was trained on, epoch by epoch.

    That is accuracy on the training sample minus accuracy on validation, both with the same
    weights and without dropout: only these two can be compared.

    Args:
        curves: The run's points.
        axis: What to draw it by.
        subject: Whose curve this is, as in `learning_curve`.
    """
    line, validated = _pairs(curves, axis)
    gap = 100 * (line.value - validated.value)
    its_look = Look(GAP_COLOR, "solid", "circle")
    trace = line_trace("gap_line", "gap", "gap", its_look, line.x, gap)
    trace = thick(trace, its_look, EVALUATED_WIDTH)
    trace |= {
        "hovertemplate": f"%{{y:+.1f}} points, {AT[axis]}<extra></extra>",
        "showlegend": False,
    }
    y_axis = {"title": {"text": "gap (points)"}, "rangemode": "tozero"}
    saved_as = f"gap-by-{axis}" if _is_begun(curves) else None
    return {
        "data": [
            area("gap", "gap", line.x, np.zeros_like(gap), gap, GAP_COLOR),
            counted(trace, line, RECORDED["train_eval"]),
        ],
        "layout": curve_layout(axis, axis, y_axis, subject, saved_as),
    }


def _trace(line: Line, metric: Metric, axis: XAxis, split: str) -> Trace:
    name = SPLIT_NAMES[split]
    points = what_points_are(line.points, RECORDED[split], with_range=split == "train")
    said = f"{name}, {points}" if split == "train" or line.is_thinned else name
    trace = line_trace(split, split, said, _LOOKS[split], line.x, line.value)
    trace |= hover(metric, axis, whose=f"{name}, no dropout" if split == "train_eval" else name)
    if split != "train":
        trace = thick(trace, _LOOKS[split], EVALUATED_WIDTH)
    return counted(trace, line, RECORDED[split])


def _gap_area(curves: Curves, axis: XAxis) -> Trace:
    trained, validated = _pairs(curves, axis)
    shade = area("gap", "gap", trained.x, validated.value, trained.value, GAP_COLOR, opacity=0.5)
    return shade | {"name": "gap", "showlegend": True, "legendrank": LEGEND_RANKS["gap"]}


def _pairs(curves: Curves, axis: XAxis) -> tuple[Line, Line]:
    """Accuracy on the training sample and on validation, where both were evaluated."""
    trained, validated = curves["train_eval"], curves["validation"]
    _, first, second = np.intersect1d(trained["step"], validated["step"], return_indices=True)
    return (
        line_of({name: values[first] for name, values in trained.items()}, "accuracy", axis),
        line_of({name: values[second] for name, values in validated.items()}, "accuracy", axis),
    )


def _is_begun(curves: Curves) -> bool:
    return any(columns["step"].size for columns in curves.values())
