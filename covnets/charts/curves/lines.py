"""What all charts of curves share: columns of points, bands, the line of chance, the page.

Used by `covnets.charts.curves.curves` for one run, by `covnets.charts.curves.contest` and
`covnets.charts.curves.seeds` for several.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.page import note
from covnets.charts.theme import CHANCE_COLOR, translucent

Metric = Literal["loss", "accuracy"]
Axis = Literal["step", "epoch", "seconds", "macs"]
"""What several runs are drawn by."""

Figure = dict[str, Any]
Trace = dict[str, Any]
Numbers = npt.NDArray[Any]
# A column's name to its values, for the points of one split in the order of their steps.
Columns = dict[str, Numbers]
_Split = TypeVar("_Split", bound=str)

# Where a point lies, in the words that a visitor reads beside the mouse.
AT: dict[Axis, str] = {
    "step": "step %{x}",
    "epoch": "epoch %{x:.2~f}",
    "seconds": "after %{x:.1f} s",
    "macs": "after %{x:.3~s} multiply-adds",
}
NUMBER_FORMATS: dict[Metric, str] = {"loss": ".3~g", "accuracy": ".1%"}
LOSS_FLOOR = 1e-4
"""A logarithmic axis begins here: zero has no place on it, and a loss of 1e-7, as a batch has that
was learned by heart, would leave the rest a narrow strip at the top."""
LABELS = np.outer(10.0 ** np.arange(-4, 6), [1, 2, 5]).ravel()
"""Losses that a logarithmic axis labels where there is room, in ascending order."""
# The legend begins with what was measured, which has plotly's own rank of 1000; areas and the line
# of chance are drawn first, to lie below it.
LEGEND_RANKS = {"gap": 1001, "chance": 1002}


def columns_by_split(
    points: pd.DataFrame, splits: Sequence[_Split], names: Sequence[str] | None = None
) -> dict[_Split, Columns]:
    """The points of each split as arrays, in the order of their steps.

    Args:
        points: A run's points, thinned.
        splits: Which of them.
        names: The columns that are needed besides the step; None for all.
    """
    labels = points["split"].to_numpy(dtype=object)
    steps = points["step"].to_numpy(dtype=np.int32)
    # Half the bytes of pandas' own 64 bits, and still exact for a chart. Each column is taken out
    # of the frame once for all splits: that takes longer than all the arithmetic.
    values = {
        name: points[name].to_numpy(dtype=np.float32)
        for name in (points.columns if names is None else names)
        if name not in ("split", "step")
    }
    columns: dict[_Split, Columns] = {}
    for split in splits:
        chosen = np.flatnonzero(labels == split)
        chosen = chosen[np.argsort(steps[chosen], kind="stable")]
        columns[split] = {"step": steps[chosen]}
        columns[split] |= {name: column[chosen] for name, column in values.items()}
    return columns


def area(
    uid: str,
    group: str,
    x: Numbers,
    lower: Numbers,
    upper: Numbers,
    color: str,
    opacity: float = 0.25,
) -> Trace:
    """A filled band: along the lower edge and back along the upper.

    Args:
        uid: Names the trace for good.
        group: The legend entry that hides it.
        x: Where its edges are known.
        lower: The lower edge, as long as `x`.
        upper: The upper edge, as long as `x`.
        color: Like ``"#0072B2"``.
        opacity: From 0, invisible, to 1.
    """
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


def what_points_are(points: Numbers, what: str, *, with_range: bool = False) -> str:
    """What each point of a curve is, in words: `each step`, `mean of ≤ 16 steps`.

    Args:
        points: How many recorded points each drawn one stands for, (points,).
        what: A recorded point: `step`.
        with_range: Whether a band from the lowest to the highest is drawn as well.
    """
    most = int(np.nanmax(points, initial=1))
    if most == 1:
        return f"each {what}"
    return f"{'mean and range' if with_range else 'mean'} of ≤ {most} {what}s"


def counted(trace: Trace, points: Numbers, what: str) -> Trace:
    """A curve whose thinned points say beside the mouse how many recorded ones they stand for.

    Args:
        trace: The curve, with a `hovertemplate`.
        points: How many, (points,).
        what: A recorded point: `step`.
    """
    if not (points > 1).any():
        return trace
    template = trace["hovertemplate"].replace(
        "<extra>", f"<br>{what}s averaged: %{{customdata}}<extra>"
    )
    return trace | {"customdata": points, "hovertemplate": template}


def chance_line(metric: Metric, last: float, num_classes: int) -> Trace:
    """What guessing would reach: accuracy 1/num_classes, loss log(num_classes).

    Args:
        metric: What is drawn.
        last: Where the line ends; it begins at 0.
        num_classes: Of the dataset.
    """
    level = 1 / num_classes if metric == "accuracy" else math.log(num_classes)
    return {
        "type": "scatter",
        "uid": "chance",
        "name": "chance",
        "legendrank": LEGEND_RANKS["chance"],
        "mode": "lines",
        "x": [0, last],
        "y": [level, level],
        "line": {"color": CHANCE_COLOR, "width": 1.5, "dash": "dash"},
        "hovertemplate": f"%{{y:{NUMBER_FORMATS[metric]}}}<extra>chance</extra>",
    }


def value_axis(metric: Metric) -> dict[str, Any]:
    """The y-axis of loss or accuracy."""
    y_axis: dict[str, Any] = {"title": {"text": metric}}
    if metric == "accuracy":
        return y_axis | {"range": [0, 1.02], "tickformat": ".0%"}
    return y_axis | {"rangemode": "tozero"}


def on_log_axis(figure: Figure) -> Figure:
    """The same curves on a logarithmic y-axis, a low loss at `LOSS_FLOOR`.

    Means, medians and smoothed curves stay those of the losses themselves.

    Args:
        figure: Curves of a loss, on a linear axis.
    """
    traces = [_at_the_floor(each) if "yaxis" not in each else each for each in figure["data"]]
    losses = np.concatenate([np.asarray(each["y"], np.float64) for each in traces])
    shown = losses[np.isfinite(losses)]
    # From one labelled number to another, or a curve would end beyond the last label; and a power
    # of ten at least, within which plotly labels but some whole numbers.
    low = float(LABELS[max(0, np.searchsorted(LABELS, shown.min(), "right") - 1)])
    high = float(LABELS[min(np.searchsorted(LABELS, shown.max()), len(LABELS) - 1)])
    low = min(low, high / 10)
    powers = math.log10(high / low)
    layout = figure["layout"]
    y_axis = {name: value for name, value in layout["yaxis"].items() if name != "rangemode"}
    y_axis |= {
        "type": "log",
        "range": [math.log10(low), math.log10(high) + 0.03 * powers],
        "title": {"text": "loss, logarithmic"},
        # Written in full: 0.2 and not a small 2 above 0.1.
        "tickformat": "~g",
        # 1, 2 and 5 of each power of ten, or the powers alone. Of more ticks plotly would make all
        # nine, whose numbers would meet.
        "nticks": 3 if powers <= 2.1 else min(max(4, math.ceil(powers)), 6),
        "ticks": "outside",
        "minor": {"ticks": "outside", "ticklen": 3},
        # A zoom is a pair of logarithms here.
        "uirevision": f"{y_axis['uirevision']} log",
    }
    layout = layout | {"yaxis": y_axis}
    if any(after is not before for after, before in zip(traces, figure["data"], strict=True)):
        said = note(f"a loss below {LOSS_FLOOR:g} is drawn at {LOSS_FLOOR:g}")
        title = layout["xaxis"]["title"]["text"] + said
        layout |= {"xaxis": layout["xaxis"] | {"title": {"text": title}}}
    if "meta" in layout:
        name = f"{layout['meta']['file_name']}-logarithmic"
        layout |= {"meta": layout["meta"] | {"file_name": name}}
    return {"data": traces, "layout": layout}


def _at_the_floor(trace: Trace) -> Trace:
    """A curve with its low points at the floor, which say beside the mouse that they are below."""
    values = np.asarray(trace["y"], np.float64)
    is_below = values < LOSS_FLOOR
    if not is_below.any():
        return trace
    trace = trace | {"y": np.maximum(values, LOSS_FLOOR).astype(np.float32)}
    if (template := trace.get("hovertemplate")) is not None:
        below = template.replace("%{y", "below %{y", 1)
        trace["hovertemplate"] = [below if each else template for each in is_below]
    return trace


def curve_layout(axis: Axis, title: str, y_axis: dict[str, Any], subject: str) -> dict[str, Any]:
    """The page of a chart of curves.

    It has no range that changes with the data: plotly keeps a visitor's zoom only while the
    figure itself says the same as before.

    Args:
        axis: What the curves are drawn by.
        title: Of the x-axis.
        y_axis: The whole y-axis.
        subject: Whose curves these are. Zoom outlives new data, but neither another subject nor
            a change from steps to epochs.
    """
    return {
        "xaxis": {
            "title": {"text": title},
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
    }
