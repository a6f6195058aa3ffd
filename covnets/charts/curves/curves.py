"""Learning curves: the history of a run as plotly figures.

The points come from ``covnets.runs.frames.thinned``, one row a point or bucket of points:
``split``, ``step``, ``epoch`` (a fraction), ``loss_mean``, ``loss_min``, ``loss_max``,
``accuracy_mean``, ``accuracy_min``, ``accuracy_max``, ``seconds``, ``points`` (how many recorded
ones a row stands for).

Figures are plain dicts in plotly's JSON form, not ``go.Figure``: that would check every property
again at every tick of a live chart, which took longer than all else here. The tests have
``go.Figure`` check them instead. ``st.plotly_chart`` takes them as they are, `figure_bytes` packs
them for a live chart.

Every figure has the same traces in the same order from the first point to the last: so a live
chart keeps what a visitor has hidden. Colours of text and grid are left to the page's theme.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from covnets.charts.curves.lines import (
    AT,
    LEGEND_RANKS,
    NUMBER_FORMATS,
    Columns,
    Figure,
    Metric,
    Trace,
    area,
    chance_line,
    columns_by_split,
    counted,
    curve_layout,
    on_log_axis,
    value_axis,
    what_points_are,
)
from covnets.charts.theme import GAP_COLOR, SPLIT_COLORS

__all__ = ["Axis", "Metric", "figure_bytes", "gap_curve", "learning_curve"]

Axis = Literal["step", "epoch"]

SPLIT_NAMES = {
    "train": "training",
    "train_eval": "training sample",
    "validation": "validation",
}
_SYMBOLS = {"train_eval": "circle", "validation": "diamond"}


def learning_curve(
    points: pd.DataFrame,
    metric: Metric,
    *,
    axis: Axis = "step",
    num_classes: int = 10,
    subject: str = "run",
    log: bool = False,
) -> Figure:
    """Loss or accuracy of one run: training, the training sample and validation.

    The accuracy chart shades the gap between the training sample and validation. Both charts have
    a line for guessing: accuracy 1/num_classes, loss log(num_classes).

    Args:
        points: The run's points, thinned; empty before the first.
        metric: What to draw.
        axis: What to draw it by.
        num_classes: Of the dataset.
        subject: Whose curve this is. A live chart forgets its zoom when it shows another one's;
            hidden curves stay hidden.
        log: Whether the axis of a loss is logarithmic.
    """
    splits = columns_by_split(points, list(SPLIT_NAMES))
    steps = splits["train"][axis]
    last = float(steps[-1]) if len(steps) else 1.0
    traces = [chance_line(metric, last, num_classes)]
    traces.append(_band(splits["train"], metric, axis))
    if metric == "accuracy":
        traces.append(_gap_area(splits, axis))
    traces += [_line(splits[split], metric, axis, split) for split in SPLIT_NAMES]
    figure = _figure(traces, axis, value_axis(metric), subject, _file_name(points, metric, axis))
    return on_log_axis(figure) if log and metric == "loss" else figure


def gap_curve(points: pd.DataFrame, *, axis: Axis = "step", subject: str = "run") -> Figure:
    """How much better the network is on images that it was trained on, epoch by epoch.

    That is accuracy on the training sample minus accuracy on validation, both with the same
    weights and without dropout: only these two can be compared.

    Args:
        points: The run's points, thinned; empty before the first.
        axis: What to draw it by.
        subject: Whose curve this is, as in `learning_curve`.
    """
    trained, validated = _pairs(columns_by_split(points, ("train_eval", "validation")))
    x, gap = trained[axis], 100 * (trained["accuracy_mean"] - validated["accuracy_mean"])
    line: Trace = {
        "type": "scatter",
        "uid": "gap_line",
        "name": "gap",
        "mode": "lines+markers",
        "x": x,
        "y": gap,
        "line": {"color": GAP_COLOR, "width": 2.5},
        "marker": {"size": 8},
        "hovertemplate": f"%{{y:+.1f}} points, {AT[axis]}<extra></extra>",
        "showlegend": False,
    }
    band = area("gap", "gap", x, np.zeros_like(gap), gap, GAP_COLOR)
    y_axis = {"title": {"text": "gap (points)"}, "rangemode": "tozero"}
    line = counted(line, trained["points"], "evaluation")
    return _figure([band, line], axis, y_axis, subject, _file_name(points, "gap", axis))


def figure_bytes(figure: Figure) -> bytes:
    """The figure as JSON, its numbers packed, to be built once and sent to every visitor.

    Args:
        figure: A figure of this module.
    """
    return json.dumps(figure, default=_packed, separators=(",", ":")).encode()


def _line(rows: Columns, metric: Metric, axis: Axis, split: str) -> Trace:
    color, name = SPLIT_COLORS[split], SPLIT_NAMES[split]
    what = "step" if split == "train" else "evaluation"
    is_thinned = bool((rows["points"] > 1).any())
    said = what_points_are(rows["points"], what, with_range=split == "train")
    whose = f"{name}, no dropout" if split == "train_eval" else name
    trace: Trace = {
        "type": "scatter",
        "uid": split,
        "legendgroup": split,
        "name": f"{name}, {said}" if split == "train" or is_thinned else name,
        "mode": "lines",
        "x": rows[axis],
        "y": rows[f"{metric}_mean"],
        "line": {"color": color, "width": 1.2},
        "hovertemplate": f"%{{y:{NUMBER_FORMATS[metric]}}}, {AT[axis]}<extra>{whose}</extra>",
    }
    if split in _SYMBOLS:
        trace |= {
            "mode": "lines+markers",
            "line": {"color": color, "width": 2.5},
            "marker": {"symbol": _SYMBOLS[split], "size": 8},
        }
    elif len(rows[axis]) == 1:
        trace["mode"] = "markers"  # a line through a single point cannot be seen
    return counted(trace, rows["points"], what)


def _band(rows: Columns, metric: Metric, axis: Axis) -> Trace:
    """From the lowest to the highest point of each bucket, so that a single spike is seen."""
    x, lowest, highest = rows[axis], rows[f"{metric}_min"], rows[f"{metric}_max"]
    if not (rows["points"] > 1).any():
        x, lowest, highest = x[:0], lowest[:0], highest[:0]
    return area("train_band", "train", x, lowest, highest, SPLIT_COLORS["train"])


def _gap_area(splits: dict[str, Columns], axis: Axis) -> Trace:
    trained, validated = _pairs(splits)
    band = area(
        "gap",
        "gap",
        trained[axis],
        validated["accuracy_mean"],
        trained["accuracy_mean"],
        GAP_COLOR,
        opacity=0.5,
    )
    return band | {"name": "gap", "showlegend": True, "legendrank": LEGEND_RANKS["gap"]}


def _file_name(points: pd.DataFrame, what: str, axis: Axis) -> str | None:
    """What a chart is saved as; one without points is nothing to save."""
    return None if points.empty else f"{what}-by-{axis}"


def _figure(
    traces: Sequence[Trace], axis: Axis, y_axis: dict[str, Any], subject: str, name: str | None
) -> Figure:
    layout = curve_layout(axis, axis, y_axis, subject)
    if name is not None:
        # The legend begins at the left.
        layout["meta"] = {"file_name": name, "save_at": "right"}
    return {"data": list(traces), "layout": layout}


def _packed(values: Any) -> Any:
    """What ``json`` cannot write: arrays as base64 of their bytes, as plotly.js reads them fastest.

    It has no 64-bit integers, and empty arrays are better off as lists.
    """
    if not isinstance(values, np.ndarray) or not values.size or values.dtype.kind not in "iuf":
        return values.tolist()
    if values.dtype.kind != "f" and values.dtype.itemsize > 4:
        values = values.astype(np.float64)
    code = f"{values.dtype.kind}{values.dtype.itemsize}"
    little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False)
    packed = {"dtype": code, "bdata": base64.b64encode(little_endian.tobytes()).decode()}
    if values.ndim > 1:
        packed["shape"] = ",".join(map(str, values.shape))
    return packed


def _pairs(splits: dict[str, Columns]) -> tuple[Columns, Columns]:
    """The points of the training sample and of validation, where both were evaluated."""
    trained, validated = splits["train_eval"], splits["validation"]
    _, first, second = np.intersect1d(trained["step"], validated["step"], return_indices=True)
    return (
        {name: values[first] for name, values in trained.items()},
        {name: values[second] for name, values in validated.items()},
    )
