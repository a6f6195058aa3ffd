"""A sweep over a single hyperparameter: accuracy as points on a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from covnets.charts.page import ACCURACY_AXIS, CLEAR, Figure, Trace, chart_layout, plain, scatter
from covnets.charts.sweeps.cells import (
    Cell,
    best_of,
    cell_text,
    cells_of,
    is_scored,
    mark,
    ordered_values,
    tick_of,
)
from covnets.charts.theme import BLUE, GRAY, ORANGE

HEIGHT = 320
# A state without a score is told at the lower edge.
FLOOR = 0.02
# An empty line keeps the number clear of the ring.
LABEL, BEST_LABEL = "%{y:.1%}", "<b>%{y:.1%}</b><br> "
HOLLOW = {"color": CLEAR, "size": 12, "line": {"color": BLUE, "width": 2.5}}
RING = {"color": CLEAR, "size": 20, "line": {"color": ORANGE, "width": 3}}


def sweep_line(table: pd.DataFrame, field: str, subject: str) -> Figure:
    """Draw accuracy by the values of one hyperparameter, at equal distances.

    Args:
        table: as for `covnets.charts.sweeps.map.heat_map`.
        field: the hyperparameter's name.
        subject: which sweep this is.
    """
    values = ordered_values(table[field])
    cells = sorted(cells_of(table), key=lambda cell: values.index(cell[field]))
    scored = list(filter(is_scored, cells))
    known = [cell for cell in cells if math.isfinite(cell["score"])]
    unfinished = [cell for cell in known if not is_scored(cell)]
    others = [cell for cell in cells if cell not in known]
    best = best_of(cells)

    def points(uid: str, some: Sequence[Cell], mode: str = "markers", **rest: Any) -> Trace:
        x, y = [values.index(cell[field]) for cell in some], [cell["score"] for cell in some]
        said = {
            "hovertext": [cell_text(cell, [field]) for cell in some],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        return scatter(uid, mode, x, y, cliponaxis=False, showlegend=False) | said | rest

    traces = [
        points(
            "finished",
            scored,
            "lines+markers+text",
            marker={"color": BLUE, "size": 11},
            line={"color": BLUE, "width": 2.5},
            texttemplate=[BEST_LABEL if cell in best else LABEL for cell in scored],
            textposition="top center",
            textfont={"size": 13},
        ),
        points("unfinished", unfinished, marker=HOLLOW),
        points("best", best, marker=RING),
        points(
            "states",
            others,
            "markers+text",
            marker={"color": GRAY, "size": 7, "symbol": "line-ew-open"},
            y=[FLOOR] * len(others),
            text=list(map(mark, others)),
            textposition="top center",
            textfont={"size": 12},
        ),
    ]
    x_axis = {
        "title": {"text": plain(field)},
        "range": [-0.5, len(values) - 0.5],
        "tickvals": list(range(len(values))),
        "ticktext": list(map(tick_of, values)),
        "zeroline": False,
        "uirevision": subject,
    }
    y_axis = ACCURACY_AXIS | {"range": [0, 1.08], "uirevision": subject}
    page = chart_layout(x_axis, y_axis, f"sweep-{field}", height=HEIGHT)
    return {"data": traces, "layout": page}
