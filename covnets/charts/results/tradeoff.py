"""What accuracy costs: runs as points, and those that no other run beats on both counts.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.curves.curves`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.page import CLEAR, names_in_order, plain, sentence_figure, shortened
from covnets.charts.theme import GRAY, look

Figure = dict[str, Any]
Trace = dict[str, Any]
Floats = npt.NDArray[np.float64]

FAMILY_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "star")
FEW_POWERS = 30
MOST_IN_SVG = 1500
"""More points than that are drawn by the graphics card."""

# Of a name on the chart, and of what surrounds the points, in pixels.
CHARACTER_WIDTH, NAME_HEIGHT, NAME_LENGTH = 7, 16, 24
AROUND, HEIGHT, RING = 70, 250, 8


@dataclass(frozen=True, slots=True)
class _Box:
    """The room that a name takes, in pixels."""

    left: float
    right: float
    low: float
    high: float

    @classmethod
    def beside(cls, dot: Floats, side: str, length: float) -> _Box:
        x, y = dot.tolist()
        left = x - length if side == "top left" else x
        return cls(left, left + length, y + RING, y + RING + NAME_HEIGHT)

    def meets(self, other: _Box) -> bool:
        apart = self.right < other.left or other.right < self.left
        return not (apart or self.high < other.low or other.high < self.low)

    def fits(self, width: float, dots: Floats) -> bool:
        """Whether it lies within the chart, and on none of its points."""
        beside = (dots[:, 0] > self.left) & (dots[:, 0] < self.right)
        covered = beside & (dots[:, 1] > self.low - RING / 2) & (dots[:, 1] < self.high + RING / 2)
        return self.left >= 0 and self.right <= width and not covered.any()


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


def tradeoff_figure(
    rows: pd.DataFrame, cost_name: str, *, log: bool = True, width: int = 620
) -> Figure:
    """Draw accuracy against what it costs, a point a run.

    Args:
        rows: one row a run: id, label, number (in the store), cost, accuracy (the best on the
            validation images, 0 to 1), family (as a category it keeps its symbol, whichever others
            there are).
            Rows without cost or accuracy, or with a cost of 0 on a logarithmic axis, are left out.
        cost_name: what the cost is, in words: the title of the x-axis.
        log: whether the cost's axis is logarithmic.
        width: of the chart in pixels; fewer names fit on a narrow one.

    Returns:
        A figure whose points carry their runs' ids as `customdata`. The families' symbols are in
        the legend, the colours are the runs' own.
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
    traces.append(_front_names(costs, scores, front, names, log, width))
    return {"data": traces, "layout": _page(cost_name, log, costs)}


def _family(rows: pd.DataFrame, family: str, place: int, cost_name: str, kind: str) -> list[Trace]:
    symbol = FAMILY_SYMBOLS[place % len(FAMILY_SYMBOLS)]
    points: Trace = {
        "type": kind,
        "uid": f"family{place}.points",
        "legendgroup": family,
        "mode": "markers",
        "x": rows["cost"].to_numpy(np.float64),
        "y": rows["accuracy"].to_numpy(np.float64),
        "marker": {
            "symbol": symbol,
            "size": 10 if kind == "scatter" else 6,
            "color": [look(number).color for number in rows["number"].tolist()],
            "opacity": 0.9 if kind == "scatter" else 0.6,
        },
        "text": [plain(label) for label in rows["label"]],
        "customdata": rows["id"].tolist(),
        "hovertemplate": "<b>%{text}</b><br>best validation accuracy %{y:.1%}<br>"
        f"%{{x:.4~s}} {cost_name}<extra>{plain(family)}</extra>",
        "showlegend": False,
    }
    # Points have the colours of their runs; the entry in the legend has none.
    entry: Trace = {
        "type": "scatter",
        "uid": f"family{place}.key",
        "legendgroup": family,
        "name": plain(family),
        "mode": "markers",
        "x": [None],
        "y": [None],
        "marker": {"symbol": symbol, "size": 9, "color": GRAY},
    }
    return [points, entry]


def _front_line(costs: Floats, front_scores: Floats, front_costs: Floats) -> Trace:
    """For each cost the best accuracy that it buys: as far right as there are points."""
    return {
        "type": "scatter",
        "uid": "front",
        "name": "best for its cost",
        "legendrank": 1001,
        "mode": "lines",
        "x": np.append(front_costs, costs.max()),
        "y": np.append(front_scores, front_scores[-1]),
        "line": {"color": GRAY, "width": 2, "dash": "dot", "shape": "hv"},
        "hoverinfo": "skip",
    }


def _front_names(
    costs: Floats, scores: Floats, front: npt.NDArray[np.intp], names: Sequence[str], log: bool,
    width: int,
) -> Trace:  # fmt: skip
    """Names left above the front, where no point can be: as many as do not meet."""
    dots = np.stack([_pixels(np.log(costs) if log else costs, width - AROUND),
                     _pixels(scores, HEIGHT - AROUND)], axis=1)  # fmt: skip
    taken: list[_Box] = []
    texts, sides = [""] * len(names), ["top left"] * len(names)
    # The best first: they are what one looks for.
    for index in range(len(names) - 1, -1, -1):
        for side in ("top left", "top right"):
            box = _Box.beside(dots[front[index]], side, CHARACTER_WIDTH * len(names[index]))
            if box.fits(width - AROUND, dots) and not any(box.meets(other) for other in taken):
                taken.append(box)
                texts[index], sides[index] = names[index], side
                break
    return {
        "type": "scatter",
        "uid": "names",
        "legendgroup": "names",
        "mode": "markers+text",
        "x": costs[front],
        "y": scores[front],
        "text": texts,
        "textposition": sides,
        "textfont": {"size": 12},
        "marker": {"size": 15, "color": CLEAR, "line": {"color": GRAY, "width": 1.5}},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


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
    return {
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": x_axis | {"uirevision": f"{cost_name} {log}"},
        "yaxis": {"title": {"text": "best validation accuracy"}, "tickformat": ".0%"},
        "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 0,
            "yref": "container",
            "yanchor": "bottom",
            "bgcolor": CLEAR,
        },
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "uirevision": "constant",
        "meta": {
            "file_name": f"accuracy-against-{cost_name.replace(' ', '-')}",
            "save_at": "right",
        },
    }
