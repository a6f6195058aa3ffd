"""Learning curves: the history of a run as plotly figures.

The points come from ``covnets.runs.frames.thinned``, one row a point or bucket of points:
``split``, ``step``, ``epoch`` (a fraction), ``loss_mean``, ``loss_min``, ``loss_max``,
``accuracy_mean``, ``accuracy_min``, ``accuracy_max``, ``seconds``.

Figures are plain dicts in plotly's JSON form, not ``go.Figure``: that would check every property
again at every tick of a live chart, which took longer than all else here. The tests have
``go.Figure`` check them instead. ``st.plotly_chart`` takes them as they are, `figure_bytes` packs
them for a live chart.

Every figure has the same traces in the same order from the first point to the last: so a live
chart keeps what a visitor has hidden. Colours of text and grid are left to the page's theme.
"""

import base64
import json
import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.theme import CHANCE_COLOR, GAP_COLOR, SPLIT_COLORS, translucent

Metric = Literal["loss", "accuracy"]
Axis = Literal["step", "epoch"]
Figure = dict[str, Any]
Trace = dict[str, Any]
Numbers = npt.NDArray[Any]
# A column's name to its values, for the points of one split in the order of their steps.
Columns = dict[str, Numbers]

SPLIT_NAMES = {
    "train": "training, each step",
    "train_eval": "training sample, no dropout",
    "validation": "validation",
}
# The legend begins with what was measured, which has plotly's own rank of 1000; areas and the line
# of chance are drawn first, to lie below it.
LEGEND_RANKS = {"gap": 1001, "chance": 1002}
_SYMBOLS = {"train_eval": "circle", "validation": "diamond"}
_AT: dict[Axis, str] = {"step": "step %{x}", "epoch": "epoch %{x:.2~f}"}
_NUMBER_FORMATS: dict[Metric, str] = {"loss": ".3f", "accuracy": ".1%"}


def learning_curve(
    points: pd.DataFrame,
    metric: Metric,
    *,
    axis: Axis = "step",
    num_classes: int = 10,
    subject: str = "run",
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
    """
    splits = {split: _columns(points, split) for split in SPLIT_NAMES}
    traces = [_chance(splits["train"], metric, axis, num_classes)]
    traces.append(_band(splits["train"], metric, axis))
    if metric == "accuracy":
        traces.append(_gap_area(splits, axis))
    traces += [_line(splits[split], metric, axis, split) for split in SPLIT_NAMES]
    y_axis: dict[str, Any] = {"title": {"text": metric}}
    if metric == "accuracy":
        y_axis |= {"range": [0, 1.02], "tickformat": ".0%"}
    else:
        y_axis |= {"rangemode": "tozero"}
    return _figure(traces, axis, y_axis, subject)


def gap_curve(points: pd.DataFrame, *, axis: Axis = "step", subject: str = "run") -> Figure:
    """How much better the network is on images that it was trained on, epoch by epoch.

    That is accuracy on the training sample minus accuracy on validation, both with the same
    weights and without dropout: only these two can be compared.

    Args:
        points: The run's points, thinned; empty before the first.
        axis: What to draw it by.
        subject: Whose curve this is, as in `learning_curve`.
    """
    trained, validated = _pairs(
        {split: _columns(points, split) for split in ("train_eval", "validation")}
    )
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
        "hovertemplate": f"%{{y:+.1f}} points, {_AT[axis]}<extra></extra>",
        "showlegend": False,
    }
    area = _area("gap", "gap", x, np.zeros_like(gap), gap, GAP_COLOR)
    y_axis = {"title": {"text": "gap (points)"}, "rangemode": "tozero"}
    return _figure([area, line], axis, y_axis, subject)


def figure_bytes(figure: Figure) -> bytes:
    """The figure as JSON, its numbers packed, to be built once and sent to every visitor.

    Args:
        figure: A figure of this module.
    """
    return json.dumps(figure, default=_packed, separators=(",", ":")).encode()


def _line(rows: Columns, metric: Metric, axis: Axis, split: str) -> Trace:
    color, name = SPLIT_COLORS[split], SPLIT_NAMES[split]
    trace: Trace = {
        "type": "scatter",
        "uid": split,
        "legendgroup": split,
        "name": name,
        "mode": "lines",
        "x": rows[axis],
        "y": rows[f"{metric}_mean"],
        "line": {"color": color, "width": 1.2},
        "hovertemplate": f"%{{y:{_NUMBER_FORMATS[metric]}}}, {_AT[axis]}<extra>{name}</extra>",
    }
    if split in _SYMBOLS:
        trace |= {
            "mode": "lines+markers",
            "line": {"color": color, "width": 2.5},
            "marker": {"symbol": _SYMBOLS[split], "size": 8},
        }
    elif len(rows[axis]) == 1:
        trace["mode"] = "markers"  # a line through a single point cannot be seen
    return trace


def _band(rows: Columns, metric: Metric, axis: Axis) -> Trace:
    """From the lowest to the highest point of each bucket, so that a single spike is seen."""
    x, lowest, highest = rows[axis], rows[f"{metric}_min"], rows[f"{metric}_max"]
    if np.array_equal(lowest, highest):
        x, lowest, highest = x[:0], lowest[:0], highest[:0]
    return _area("train_band", "train", x, lowest, highest, SPLIT_COLORS["train"])


def _gap_area(splits: dict[str, Columns], axis: Axis) -> Trace:
    trained, validated = _pairs(splits)
    area = _area(
        "gap",
        "gap",
        trained[axis],
        validated["accuracy_mean"],
        trained["accuracy_mean"],
        GAP_COLOR,
        opacity=0.5,
    )
    return area | {"name": "gap", "showlegend": True, "legendrank": LEGEND_RANKS["gap"]}


def _area(
    uid: str,
    group: str,
    x: Numbers,
    lower: Numbers,
    upper: Numbers,
    color: str,
    opacity: float = 0.25,
) -> Trace:
    """A filled band: along the lower edge and back along the upper."""
    return {
        "type": "scatter",
        "uid": uid,
        "legendgroup": group,
        "mode": "lines",
        "x": np.concatenate([x, x[::-1]]),
        "y": np.concatenate([lower, upper[::-1]]),
        "line": {"width": 0, "color": color},
        "fill": "toself",
        "fillcolor": translucent(color, opacity),
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _chance(rows: Columns, metric: Metric, axis: Axis, num_classes: int) -> Trace:
    level = 1 / num_classes if metric == "accuracy" else math.log(num_classes)
    last = float(rows[axis][-1]) if len(rows[axis]) else 1.0
    return {
        "type": "scatter",
        "uid": "chance",
        "name": "chance",
        "legendrank": LEGEND_RANKS["chance"],
        "mode": "lines",
        "x": [0, last],
        "y": [level, level],
        "line": {"color": CHANCE_COLOR, "width": 1.5, "dash": "dash"},
        "hovertemplate": f"%{{y:{_NUMBER_FORMATS[metric]}}}<extra>chance</extra>",
    }


def _figure(traces: Sequence[Trace], axis: Axis, y_axis: dict[str, Any], subject: str) -> Figure:
    return {
        "data": list(traces),
        "layout": {
            # Zoom outlives new data, but neither another run nor a change from steps to epochs.
            "xaxis": {
                "title": {"text": axis},
                "rangemode": "tozero",
                "uirevision": f"{subject} by {axis}",
            },
            "yaxis": y_axis | {"uirevision": subject},
            # The room at the top is for the buttons that appear under the mouse.
            "margin": {"l": 8, "r": 12, "t": 28, "b": 8},
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 0,
                "yref": "container",
                "yanchor": "bottom",
            },
            "hovermode": "closest",
            "uirevision": "constant",
        },
    }


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
    return {"dtype": code, "bdata": base64.b64encode(little_endian.tobytes()).decode()}


def _columns(points: pd.DataFrame, split: str) -> Columns:
    chosen = (points["split"] == split).to_numpy(dtype=bool)
    steps = points["step"].to_numpy(dtype=np.int32)[chosen]
    order = np.argsort(steps, kind="stable")
    columns: Columns = {"step": steps[order]}
    for name in points.columns:
        if name not in ("split", "step"):
            # Half the bytes of pandas' own 64 bits, and still exact for a chart.
            columns[name] = points[name].to_numpy(dtype=np.float32)[chosen][order]
    return columns


def _pairs(splits: dict[str, Columns]) -> tuple[Columns, Columns]:
    """The points of the training sample and of validation, where both were evaluated."""
    trained, validated = splits["train_eval"], splits["validation"]
    _, first, second = np.intersect1d(trained["step"], validated["step"], return_indices=True)
    return (
        {name: values[first] for name, values in trained.items()},
        {name: values[second] for name, values in validated.items()},
    )
