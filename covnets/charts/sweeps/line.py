"""A sweep over a single hyperparameter: accuracy as points on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from covnets.charts.page import CLEAR
from covnets.charts.sweeps.words import (
    NO_WORDS,
    Cell,
    best_of,
    cell_text,
    cells_of,
    is_scored,
    ordered_values,
    tick_of,
    title_of,
)
from covnets.charts.theme import BLUE, GRAY, ORANGE

Figure = dict[str, Any]
Trace = dict[str, Any]

HEIGHT = 320
# A state without a score is told at the lower edge.
FLOOR = 0.02
# An empty line keeps the number clear of the ring.
LABEL, BEST_LABEL = "%{y:.1%}", "<b>%{y:.1%}</b><br> "
MARKS = {"waiting": NO_WORDS, "running": "running", "failed": "failed", "impossible": "–"}


def sweep_line(cells: pd.DataFrame, field: str, *, subject: str = "sweep") -> Figure:
    """Draw accuracy by the values of one hyperparameter, at equal distances.

    Args:
        cells: as for `covnets.charts.sweeps.map.heat_map`.
        field: the hyperparameter's name.
        subject: which sweep this is.
    """
    values = ordered_values(cells[field])
    rows = [{**cell, "x": values.index(cell[field])} for cell in cells_of(cells, [field])]
    rows.sort(key=lambda row: row["x"])
    scored = [row for row in rows if is_scored(row)]
    known = [row for row in rows if math.isfinite(row["score"])]
    best = best_of(rows)
    traces = [
        _line(scored),
        _points("finished", scored, field, {"color": BLUE, "size": 11})
        | {
            "texttemplate": [BEST_LABEL if row in best else LABEL for row in scored],
            "textposition": "top center",
            "textfont": {"size": 13},
        },
        _points("unfinished", [row for row in known if row not in scored], field, _hollow(BLUE)),
        _points("best", best, field, _ring()),
        _states([row for row in rows if row not in known], field),
    ]
    return {"data": traces, "layout": _page(values, field, subject)}


def _line(rows: Sequence[Cell]) -> Trace:
    return {
        "type": "scatter",
        "uid": "line",
        "mode": "lines",
        "x": [row["x"] for row in rows],
        "y": [row["score"] for row in rows],
        "line": {"color": BLUE, "width": 2.5},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _points(uid: str, rows: Sequence[Cell], field: str, marker: dict[str, Any]) -> Trace:
    return {
        "type": "scatter",
        "uid": uid,
        "mode": "markers+text" if uid == "finished" else "markers",
        "x": [row["x"] for row in rows],
        "y": [row["score"] for row in rows],
        "hovertext": [cell_text(row, [field]) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row["run_id"] for row in rows],
        "marker": marker,
        "cliponaxis": False,
        "showlegend": False,
    }


def _hollow(color: str) -> dict[str, Any]:
    return {"color": CLEAR, "size": 12, "line": {"color": color, "width": 2.5}}


def _ring() -> dict[str, Any]:
    return {"color": CLEAR, "size": 20, "line": {"color": ORANGE, "width": 3}}


def _states(rows: Sequence[Cell], field: str) -> Trace:
    return {
        "type": "scatter",
        "uid": "states",
        "mode": "markers+text",
        "x": [row["x"] for row in rows],
        "y": [FLOOR] * len(rows),
        "text": [MARKS.get(row["state"], row["state"]) for row in rows],
        "textposition": "top center",
        "textfont": {"size": 12},
        "hovertext": [cell_text(row, [field]) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": GRAY, "size": 7, "symbol": "line-ew-open"},
        "showlegend": False,
    }


def _page(values: Sequence[Any], field: str, subject: str) -> dict[str, Any]:
    return {
        "height": HEIGHT,
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {
            "title": {"text": title_of(field)},
            "range": [-0.5, len(values) - 0.5],
            "tickvals": list(range(len(values))),
            "ticktext": [tick_of(value) for value in values],
            "zeroline": False,
            "uirevision": subject,
        },
        "yaxis": {
            "title": {"text": "best validation accuracy"},
            "range": [0, 1.08],
            "tickformat": ".0%",
            "uirevision": subject,
        },
        "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "uirevision": "constant",
        "meta": {"file_name": f"sweep-{field}"},
    }
