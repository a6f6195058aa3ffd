"""The layout of all charts of curves: their axes, and what is said below them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from covnets.charts.curves.traces import Line, Metric
from covnets.charts.page import Figure, Trace, chart_layout, note, plain
from covnets.runs.curves import Numbers, XAxis

AXIS_TITLES: dict[XAxis, str] = {
    "step": "step",
    "epoch": "epoch",
    "seconds": "training seconds, evaluations included",
    "macs": "multiply-adds of training (G billions, T trillions)",
}
LOSS_FLOOR = 1e-4
"""A logarithmic axis begins here: zero has no place on it, and a loss of 1e-7, as a batch has that
was learned by heart, would leave the rest a narrow strip at the top."""
LABELS = np.outer(10.0 ** np.arange(-4, 6), [1, 2, 5]).ravel()
"""Losses that a logarithmic axis labels where there is room, in ascending order."""
NOTE_LENGTH = 64
"""Characters of a note that a phone is wide enough for."""
LINES_OF_NOTES = 2
"""At least: the curves keep their height when there is more to say of them."""


def curve_layout(
    axis: XAxis, title: str, y_axis: dict[str, Any], subject: str, saved_as: str | None
) -> dict[str, Any]:
    """The layout of a chart of curves.

    It has no range that changes with the data: plotly keeps a visitor's zoom only while the
    figure itself says the same as before. Colours of text and grid are left to the page's theme.

    Args:
        axis: What the curves are drawn by.
        title: Of the x-axis.
        y_axis: The whole y-axis.
        subject: Whose curves these are. Zoom outlives new data, but neither another subject nor
            a change from steps to epochs.
        saved_as: The name of its file; None for a chart without points, which is nothing to save.
    """
    x_axis = {
        "title": {"text": title},
        # Otherwise plotly looks at the first trace, which may have no points yet.
        "type": "linear",
        "rangemode": "tozero",
        "uirevision": f"{subject} by {axis}",
    }
    return chart_layout(
        x_axis | ({"tickformat": "~s"} if axis == "macs" else {}),
        y_axis | {"uirevision": subject},
        saved_as,
        top=28,
        legend_below=True,
        legend={"font": {"size": 12}},
        showlegend=True,
        hovermode="closest",
        uirevision="constant",
    )


def value_axis(metric: Metric) -> dict[str, Any]:
    """The y-axis of loss or accuracy."""
    y_axis: dict[str, Any] = {"title": {"text": metric}}
    if metric == "accuracy":
        return y_axis | {"range": [0, 1.02], "tickformat": ".0%"}
    return y_axis | {"rangemode": "tozero"}


def drawn_values(traces: Sequence[Trace]) -> Numbers:
    """All numbers that are drawn on the y-axis of the curves."""
    values = [np.asarray(each["y"], np.float64) for each in traces if "yaxis" not in each]
    joined = np.concatenate(values)
    return joined[np.isfinite(joined)]


def use_log_axis(figure: Figure) -> None:
    """Draw the same curves on a logarithmic y-axis, a low loss at `LOSS_FLOOR`.

    Means, medians and smoothed curves stay those of the losses themselves.

    Args:
        figure: Curves of a loss, on a linear axis; it is changed.
    """
    traces = [_at_the_floor(each) for each in figure["data"]]
    shown = drawn_values(traces)
    # From one labelled number to another, or a curve would end beyond the last label; and a power
    # of ten at least, within which plotly labels but some whole numbers.
    low = float(LABELS[max(0, np.searchsorted(LABELS, shown.min(), "right") - 1)])
    high = float(LABELS[min(np.searchsorted(LABELS, shown.max()), len(LABELS) - 1)])
    low = min(low, high / 10)
    powers = math.log10(high / low)
    layout = figure["layout"]
    del layout["yaxis"]["rangemode"]
    layout["yaxis"] |= {
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
    }
    # A zoom is a pair of logarithms here.
    layout["yaxis"]["uirevision"] += " log"
    if any(after is not before for after, before in zip(traces, figure["data"], strict=True)):
        said = note(f"a loss below {LOSS_FLOOR:g} is drawn at {LOSS_FLOOR:g}")
        layout["xaxis"]["title"]["text"] += said
    if "meta" in layout:
        layout["meta"]["file_name"] += "-logarithmic"
    figure["data"] = traces


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


def how_to_read(lines: Mapping[str, Sequence[Line]], *, smoothed: bool = False) -> list[str]:
    """Which line is which, of what is drawn: thick lines say nothing where others are missing.

    Args:
        lines: Of each split that is wanted, train or validation, each contestant's.
        smoothed: Whether training has smoothed lines.
    """
    counts = [line.seeds for each in lines.values() for line in each if line.seeds is not None]
    points = {split: [line.points for line in each] for split, each in lines.items()}
    steps, evaluations = (
        np.concatenate([np.zeros(0), *points.get(split, [])]) for split in ("train", "validation")
    )
    if not steps.size and not evaluations.size:
        return ["no points yet"]
    found = _of_seeds(max(int(count.max(initial=0)) for count in counts)) if counts else []
    both = steps.size and evaluations.size
    if evaluations.size:
        mean = f", {what_points_are(evaluations, 'evaluation')}" if (evaluations > 1).any() else ""
        found.append(f"{'with markers: ' if both else ''}validation{mean}")
    if steps.size:
        each_point = what_points_are(steps, "step", with_range=not counts)
        line = f"{'without: ' if both else ''}training"
        if smoothed:
            found += [f"{line}, smoothed", f"pale: {each_point}"]
        else:
            found.append(f"{line}, {each_point}")
    if "validation" in lines and not evaluations.size:
        found.append("no validation yet")
    return found


def _of_seeds(most: int) -> list[str]:
    if most > 1:
        return [f"median of up to {most} seeds", "band: lowest to highest seed"]
    return ["one seed so far"]


def titled(title: str, notes: Sequence[str]) -> str:
    """The title of an axis with notes below it, as many in a line as a phone has room for."""
    lines: list[str] = []
    for each in notes:
        if lines and len(lines[-1]) + len(each) + 2 <= NOTE_LENGTH:
            lines[-1] += f"; {each}"
        else:
            lines.append(each)
    lines += ["\N{NO-BREAK SPACE}"] * (LINES_OF_NOTES - len(lines))
    return plain(title) + "".join(map(note, lines))
