"""What a search has tried, and which hyperparameters mattered.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from covnets.charts.page import (
    ACCURACY_AXIS,
    CLEAR,
    Figure,
    Trace,
    chart_layout,
    plain,
    scatter,
    shortened,
)
from covnets.charts.sweeps.cells import state_text
from covnets.charts.theme import BLUE, VERMILION

# Pixels.
BAR_HEIGHT, AROUND = 30, 80


def tried_figure(trials: pd.DataFrame, *, subject: str = "sweep") -> Figure:
    """Draw the score of each trial of a search, and the best score so far.

    Args:
        trials: one row a trial: trial (from 1), score (best validation accuracy from 0 to 1; NaN
            before there is one), state ("finished", "running", "pruned", "failed", "waiting"),
            and label (what was tried, in words). Only finished ones count for the best.
        subject: which search this is. A live chart forgets its zoom when it shows another one.
    """
    trials = trials.sort_values("trial")
    known = trials[np.isfinite(trials["score"].to_numpy(np.float64))]
    is_finished = known["state"] == "finished"
    finished, others = known[is_finished], known[~is_finished]
    filled = {"color": BLUE, "size": 9}
    hollow = {"color": CLEAR, "size": 9, "line": {"color": BLUE, "width": 2}}
    traces = [
        _best(trials, finished),
        _tried("finished", "finished", finished, filled),
        _tried("others", "not finished", others, hollow),
    ]
    x_axis = {"title": {"text": "trial"}, "rangemode": "tozero", "tickformat": "d"}
    kept = {"uirevision": subject}
    page = chart_layout(x_axis | kept, ACCURACY_AXIS | kept, "tried", legend_below=True)
    return {"data": traces, "layout": page}


def importance_figure(importances: Mapping[str, float]) -> Figure:
    """Draw how much each hyperparameter mattered, the most important on top.

    Args:
        importances: by title, the share of each in what all of them explain of the differences
            between scores, from 0 to 1; not empty.
    """
    ranked = sorted(importances.items(), key=lambda pair: pair[1])
    bars: Trace = {
        "type": "bar",
        "uid": "importances",
        "orientation": "h",
        "x": [share for _, share in ranked],
        "y": [plain(shortened(name, 18)) for name, _ in ranked],
        "marker": {"color": BLUE},
        "texttemplate": "%{x:.0%}",
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{x:.0%} of what all of them explain<extra></extra>",
    }
    x_axis = {
        "title": {"text": "share of what they explain"},
        "tickformat": ".0%",
        "range": [0, 1.12 * ranked[-1][1] or 1],
        "fixedrange": True,
    }
    y_axis = {"fixedrange": True, "type": "category", "showgrid": False}
    height = AROUND + BAR_HEIGHT * len(ranked)
    page = chart_layout(x_axis, y_axis, "what-mattered", height=height, bargap=0.3, dragmode=False)
    return {"data": [bars], "layout": page}


def _best(trials: pd.DataFrame, finished: pd.DataFrame) -> Trace:
    """The best score so far, a step up at each improvement, to the last trial."""
    numbers, scores = finished["trial"].tolist(), finished["score"].cummax().tolist()
    if numbers:
        numbers.append(max(numbers[-1], trials["trial"].max()))
        scores.append(scores[-1])
    return scatter(
        "best",
        "lines",
        numbers,
        scores,
        name="best so far",
        line={"color": VERMILION, "width": 2.5, "shape": "hv"},
        hovertemplate="%{y:.1%}<extra>best so far</extra>",
    )


def _tried(uid: str, name: str, rows: pd.DataFrame, marker: dict[str, Any]) -> Trace:
    texts = [
        f"{plain(label)}<br>{state_text(state, score)}"
        for label, state, score in zip(rows["label"], rows["state"], rows["score"], strict=True)
    ]
    return scatter(
        uid,
        "markers",
        rows["trial"].to_numpy(np.int32),
        rows["score"].to_numpy(np.float64),
        name=name,
        marker=marker,
        text=texts,
        hovertemplate="<b>trial %{x}: %{y:.1%}</b><br>%{text}<extra></extra>",
    )
