"""A sweep as a map that fills: one to three hyperparameters, a cell for each of their combinations.

Figures are plain dicts in plotly's JSON form, with the same traces from the first cell to the last,
as in `covnets.charts.page`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from covnets.charts.page import (
    ACCURACY_AXIS,
    CLEAR,
    MUTE,
    Figure,
    Trace,
    chart_layout,
    note,
    plain,
    scatter,
)
from covnets.charts.sweeps.cells import (
    Cell,
    best_of,
    cell_text,
    cells_of,
    is_scored,
    mark,
    ordered_values,
    tick_of,
    value_text,
)
from covnets.charts.theme import BLUE, GRAY, ORANGE, ink, tint, translucent
from covnets.messages import percentage

# Accuracies that differ less than that have nearly the same colour.
LEAST_SPAN = 0.05
EMPTY_OPACITY = 0.1
# Between two maps, in cells.
GAP = 0.5

NOTE = "numbers: best validation accuracy in percent"

# Pixels.
CELL_HEIGHT, CELL_WIDTH, AROUND, LEFT = 46, 58, 110, 70

# Of the line of a single hyperparameter.
LINE_HEIGHT = 320
# A state without a score is told at the lower edge.
FLOOR = 0.02
# An empty line keeps the number clear of the ring.
LABEL, BEST_LABEL = "%{y:.1%}", "<b>%{y:.1%}</b><br> "
HOLLOW = {"color": CLEAR, "size": 12, "line": {"color": BLUE, "width": 2.5}}
RING = {"color": CLEAR, "size": 20, "line": {"color": ORANGE, "width": 3}}


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where each cell lies: the values of the three fields, and the places of the columns.

    Attributes:
        cells: one a combination, each with its place: `x` and `y` on the axes, and its `column`,
            the gaps between maps counted as well.
        columns: values of the first field; in each map from left to right.
        lines: values of the second field, from the bottom up.
        maps: values of the third field, side by side; one None where there is no third.
    """

    cells: list[Cell]
    columns: list[Any]
    lines: list[Any]
    maps: list[Any]

    def x(self, column: float, place: float) -> float:
        return place * (len(self.columns) + GAP) + column


def heat_map(table: pd.DataFrame, fields: Sequence[str], *, subject: str = "sweep") -> Figure:
    """Draw what a sweep has found so far.

    One field gives points on a line, two a map, three several maps side by side.

    Args:
        table: one row a combination: the fields' values, score (validation accuracy from 0 to 1,
            NaN before there is one), state ("waiting", "running", "finished", "failed", "pruned"
            or "impossible"), reason (why a cell is impossible or has failed, else empty).
        fields: titles of one to three hyperparameters, which are columns of the table.
        subject: which sweep this is. A live chart forgets its zoom when it shows another one.

    Returns:
        A figure that would like to be `layout.height` pixels high and is at least
        `layout.meta.min_width` wide.
    """
    if len(fields) == 1:
        return _line(table, fields[0], subject)
    grid = _grid(table, fields)
    traces = [*_backgrounds(grid, fields), *_texts(grid), *_outlines(grid)]
    return {"data": [*traces, _map_titles(grid, fields)], "layout": _page(grid, fields, subject)}


def _line(table: pd.DataFrame, field: str, subject: str) -> Figure:
    """Accuracy as points on a line, by the values of one hyperparameter at equal distances."""
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
    page = chart_layout(x_axis, y_axis, f"sweep-{field}", height=LINE_HEIGHT)
    return {"data": traces, "layout": page}


def _grid(table: pd.DataFrame, fields: Sequence[str]) -> _Grid:
    values = [ordered_values(table[field]) for field in fields]
    grid = _Grid(cells_of(table), *values, *[[None]] * (3 - len(fields)))
    for cell in grid.cells:
        across, up, *beside = (
            each.index(cell[field]) for each, field in zip(values, fields, strict=True)
        )
        place = sum(beside)
        cell |= {"x": grid.x(across, place), "y": up}
        cell["column"] = place * (len(grid.columns) + 1) + across
    return grid


def _backgrounds(grid: _Grid, fields: Sequence[str]) -> list[Trace]:
    """All cells, faint, with what one reads beside the mouse; and over them those with a score."""
    width = len(grid.columns)
    shape = (len(grid.lines), len(grid.maps) * (width + 1) - 1)
    present, scores = np.full(shape, np.nan), np.full(shape, np.nan)
    words = np.full(shape, "", dtype=object)
    for cell in grid.cells:
        at = (cell["y"], cell["column"])
        present[at], words[at] = 0.0, cell_text(cell, fields)
        if is_scored(cell):
            scores[at] = cell["score"]
    common = {
        "type": "heatmap",
        "x": [
            grid.x(column - 0.5, place)
            for place in range(len(grid.maps))
            for column in range(width + 1)
        ],
        "y": list(range(len(grid.lines))),
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
    }
    faint = translucent(GRAY, EMPTY_OPACITY)
    low, high = _span(grid.cells)
    cells = {
        "uid": "cells",
        "z": present,
        "text": words.tolist(),
        "colorscale": [[0, faint], [1, faint]],
        "hoverongaps": False,
        "hovertemplate": "%{text}<extra></extra>",
    }
    scored = {
        "uid": "scores",
        "z": scores,
        "zmin": low,
        "zmax": high,
        "hoverinfo": "skip",
        "colorscale": [[0, tint(BLUE, 0)], [1, BLUE]],
    }
    return [common | cells, common | scored]


def _span(cells: Sequence[Cell]) -> tuple[float, float]:
    """The scores of the palest and of the fullest colour."""
    scores = [cell["score"] for cell in cells if is_scored(cell)]
    if not scores:
        return 0.0, 1.0
    return min(*scores, max(scores) - LEAST_SPAN), max(scores)


def _texts(grid: _Grid) -> list[Trace]:
    """Accuracies on their cells' colours, and the other states in the page's own colour."""
    low, high = _span(grid.cells)
    best = best_of(grid.cells)
    scored = list(filter(is_scored, grid.cells))
    others = [cell for cell in grid.cells if not is_scored(cell)]
    numbers = []
    for cell in scored:
        number = percentage(cell["score"])
        numbers.append(f"<b>{number}</b>" if cell in best else number)
    inks = [ink(tint(BLUE, (cell["score"] - low) / (high - low))) for cell in scored]
    places = [[(cell["x"], cell["y"]) for cell in some] for some in (scored, others)]
    return [
        _text("score_texts", places[0], numbers, {"size": 14, "color": inks}),
        _text("state_texts", places[1], list(map(mark, others)), {"size": 12}),
    ]


def _text(
    uid: str, places: Sequence[tuple[float, float]], texts: Sequence[str], font: dict[str, Any]
) -> Trace:
    x, y = ([place[axis] for place in places] for axis in (0, 1))
    return scatter(uid, "text", x, y, text=texts, textfont=font, **MUTE)


def _outlines(grid: _Grid) -> list[Trace]:
    """A dotted frame around what is running, a thick one around the best."""
    running = [cell for cell in grid.cells if cell["state"] == "running"]
    return [
        _frames("running", running, {"color": GRAY, "width": 2, "dash": "dot"}),
        _frames("best", best_of(grid.cells), {"color": ORANGE, "width": 4}),
    ]


def _frames(uid: str, cells: Sequence[Cell], line: dict[str, Any]) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for cell in cells:
        left, right = cell["x"] - 0.5, cell["x"] + 0.5
        low, high = cell["y"] - 0.5, cell["y"] + 0.5
        x += [left, right, right, left, left, None]
        y += [low, low, high, high, low, None]
    return scatter(uid, "lines", x, y, line=line, cliponaxis=False, **MUTE)


def _map_titles(grid: _Grid, fields: Sequence[str]) -> Trace:
    """What the third field is, above each map."""
    titled = [(place, value) for place, value in enumerate(grid.maps) if len(fields) == 3]
    middle, above = (len(grid.columns) - 1) / 2, len(grid.lines) - 0.25
    places = [(grid.x(middle, place), above) for place, _ in titled]
    texts = [f"<b>{plain(f'{fields[2]} {value_text(value)}')}</b>" for _, value in titled]
    return _text("map_titles", places, texts, {"size": 13})


def _page(grid: _Grid, fields: Sequence[str], subject: str) -> dict[str, Any]:
    places = range(len(grid.maps))
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True}
    right = grid.x(len(grid.columns) - 0.5, len(grid.maps) - 1)
    top = len(grid.lines) - (0.5 if len(fields) < 3 else 0)
    x_axis = {
        "title": {"text": plain(fields[0]) + note(NOTE)},
        "range": [-0.5, right],
        "tickvals": [grid.x(c, place) for place in places for c in range(len(grid.columns))],
        "ticktext": [tick_of(value) for value in grid.columns] * len(grid.maps),
        "tickangle": 0,
    }
    y_axis = {
        "title": {"text": plain(fields[1])},
        "range": [-0.5, top],
        "tickvals": list(range(len(grid.lines))),
        "ticktext": list(map(tick_of, grid.lines)),
    }
    return chart_layout(
        axis | x_axis,
        axis | y_axis,
        "sweep-" + "-".join(fields),
        height=AROUND + CELL_HEIGHT * (len(grid.lines) + (len(fields) == 3)),
        dragmode=False,
        uirevision=subject,
        meta={"min_width": LEFT + CELL_WIDTH * len(grid.columns) * len(grid.maps)},
    )
