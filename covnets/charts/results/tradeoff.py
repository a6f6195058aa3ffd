"""What accuracy costs: runs as points, and those that no other run beats on both counts.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.page import (
    ACCURACY_AXIS,
    CLEAR,
    MUTE,
    Figure,
    Trace,
    chart_layout,
    names_in_order,
    plain,
    scatter,
    sentence_figure,
    shortened,
)
from covnets.charts.theme import GRAY, look

Floats = npt.NDArray[np.float64]

FAMILY_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
FEW_POWERS = 30
MOST_IN_SVG = 1500
"""More points than that are drawn by the graphics card."""

# Pixels of a name on the chart, and its longest in characters.
CHARACTER_WIDTH, NAME_HEIGHT, NAME_LENGTH = 7, 16, 32
# Pixels of the chart, of what surrounds the points, and of the rings around them.
WIDTH, HEIGHT, AROUND, RING = 620, 250, 70, 8


def pareto_front(
    costs: npt.NDArray[np.floating], scores: npt.NDArray[np.floating]
) -> npt.NDArray[np.intp]:
    """Find what nothing beats: no other point has as low a cost and a higher score.

    Args:
        costs: lower is better, (points,).
        scores: higher is better, (points,). A point with a number missing is never on the front.

    Returns:
        Indices of the front from cheap to dear. Of points with equal cost and score, the first.
    """
    usable = np.flatnonzero(np.isfinite(costs) & np.isfinite(scores))
    ordered = usable[np.lexsort((-scores[usable], costs[usable]))]
    best = np.maximum.accumulate(np.concatenate([[-np.inf], scores[ordered]]))
    return ordered[scores[ordered] > best[:-1]]


def tradeoff_figure(rows: pd.DataFrame, cost_name: str, *, log: bool = True) -> Figure:
    """Draw accuracy against what it costs, a point a run.

    Args:
        rows: one row a run: label, number (in the store), cost, accuracy (the best on the
            validation images, 0 to 1), family (as a category it keeps its symbol, whichever others
            there are).
            Rows without cost or accuracy, or with a cost of 0 on a logarithmic axis, are left out.
        cost_name: what the cost is, in words: the title of the x-axis.
        log: whether the cost's axis is logarithmic.

    Returns:
        A figure with the families' symbols in the legend; the colours are the runs' own.
    """
    usable = np.isfinite(rows["cost"]) & np.isfinite(rows["accuracy"])
    rows = rows[usable & (rows["cost"] > 0)] if log else rows[usable]
    if rows.empty:
        return sentence_figure(f"No run has both an accuracy and {cost_name} yet.")
    costs, scores = rows["cost"].to_numpy(np.float64), rows["accuracy"].to_numpy(np.float64)
    front = pareto_front(costs, scores)
    kind = "scattergl" if len(rows) > MOST_IN_SVG else "scatter"
    there = set(rows["family"])
    traces = [
        trace
        for place, family in enumerate(names_in_order(rows["family"]))
        if family in there
        for trace in _family(rows[rows["family"] == family], family, place, cost_name, kind)
    ]
    names = [plain(shortened(label, NAME_LENGTH)) for label in rows["label"].iloc[front]]
    traces.append(_front_line(costs, scores[front], costs[front]))
    traces.append(_front_names(costs, scores, front, names, log))
    return {"data": traces, "layout": _page(cost_name, log, costs)}


def _family(rows: pd.DataFrame, family: str, place: int, cost_name: str, kind: str) -> list[Trace]:
    symbol = FAMILY_SYMBOLS[place % len(FAMILY_SYMBOLS)]
    points = scatter(
        f"family{place}.points",
        "markers",
        rows["cost"].to_numpy(np.float64),
        rows["accuracy"].to_numpy(np.float64),
        legendgroup=family,
        marker={
            "symbol": symbol,
            "size": 10 if kind == "scatter" else 6,
            "color": [look(number).color for number in rows["number"].tolist()],
            "opacity": 0.9 if kind == "scatter" else 0.6,
        },
        text=[plain(label) for label in rows["label"]],
        hovertemplate="<b>%{text}</b><br>best validation accuracy %{y:.1%}<br>"
        f"%{{x:.4~s}} {cost_name}<extra>{plain(family)}</extra>",
        showlegend=False,
    )
    # Points have the colours of their runs; the entry in the legend has none.
    marker = {"symbol": symbol, "size": 9, "color": GRAY}
    entry = scatter(f"family{place}.key", "markers", [None], [None], marker=marker)
    return [points | {"type": kind}, entry | {"name": plain(family), "legendgroup": family}]


def _front_line(costs: Floats, front_scores: Floats, front_costs: Floats) -> Trace:
    """For each cost the best accuracy that it buys: as far right as there are points."""
    return scatter(
        "front",
        "lines",
        np.append(front_costs, costs.max()),
        np.append(front_scores, front_scores[-1]),
        name="best for its cost",
        legendrank=1001,
        line={"color": GRAY, "width": 2, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
    )


def _front_names(
    costs: Floats, scores: Floats, front: npt.NDArray[np.intp], names: Sequence[str], log: bool
) -> Trace:
    """Names left above the front, where no point can be: as many as do not meet."""
    room = WIDTH - AROUND
    x = _pixels(np.log(costs) if log else costs, room)
    y = _pixels(scores, HEIGHT - AROUND)
    # Left, right, lower and upper side of what no name may cover: points, and names before it.
    taken = np.stack([x, x, y - RING / 2, y + RING / 2], axis=1)
    texts, sides = [""] * len(names), ["top left"] * len(names)
    # The best first: they are what one looks for.
    for place in reversed(range(len(names))):
        dot, length = front[place], CHARACTER_WIDTH * len(names[place])
        for side, left in (("top left", x[dot] - length), ("top right", x[dot])):
            box = np.array([left, left + length, y[dot] + RING, y[dot] + RING + NAME_HEIGHT])
            if 0 <= left <= room - length and not _meets(box, taken):
                taken = np.vstack([taken, box])
                texts[place], sides[place] = names[place], side
                break
    return scatter(
        "names",
        "markers+text",
        costs[front],
        scores[front],
        legendgroup="names",
        text=texts,
        textposition=sides,
        textfont={"size": 12},
        marker={"size": 15, "color": CLEAR, "line": {"color": GRAY, "width": 1.5}},
        cliponaxis=False,
        **MUTE,
    )


def _meets(box: Floats, taken: Floats) -> bool:
    left, right, low, high = taken.T
    across = (left < box[1]) & (box[0] < right)
    return bool((across & (low < box[3]) & (box[2] < high)).any())


def _pixels(values: Floats, length: int) -> Floats:
    """About where values lie on an axis of that many pixels."""
    low, high = float(values.min()), float(values.max())
    if math.isclose(low, high):
        return np.full(len(values), length / 2)
    margin = 0.05
    return length * (margin + (1 - 2 * margin) * (values - low) / (high - low))


def _page(cost_name: str, log: bool, costs: Floats) -> dict[str, Any]:
    x_axis: dict[str, Any] = {"title": {"text": cost_name}, "tickformat": "~s"}
    if log:
        x_axis |= {"type": "log"}
        if costs.max() >= FEW_POWERS * costs.min():
            x_axis |= {"dtick": 1}  # powers of ten: those in between would not fit on a phone
    x_axis |= {"uirevision": f"{cost_name} {log}"}
    file_name = f"accuracy-against-{cost_name.replace(' ', '-')}"
    return chart_layout(x_axis, ACCURACY_AXIS, file_name, legend_below=True)
