"""A sweep as a map that fills: one to three hyperparameters, a cell for each of their combinations.

Figures are plain dicts in plotly's JSON form, with the same traces from the first cell to the last,
as in `covnets.charts.curves.curves`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from covnets.charts.page import CLEAR, plain, sentence_figure, with_notes
from covnets.charts.results.predictions import cell_color, text_color
from covnets.charts.sweeps.line import sweep_line
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
    value_text,
)
from covnets.charts.theme import BLUE, GRAY, ORANGE, translucent

Figure = dict[str, Any]
Trace = dict[str, Any]

# Accuracies that differ less than that have nearly the same colour.
LEAST_SPAN = 0.05
EMPTY_OPACITY = 0.1
# Between two maps, as a share of a cell.
GAP = 0.5

NOTE = "numbers: best validation accuracy in percent"

# Pixels.
CELL_HEIGHT, CELL_WIDTH, AROUND, LEFT = 46, 58, 110, 70


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where each cell lies: the values of the three fields, and the places of the columns.

    Attributes:
        cells: one a combination, each with its place: `across` its map, `up`, `beside` (which
            map) and `x` on the axis.
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


def heat_map(cells: pd.DataFrame, fields: Sequence[str], *, subject: str = "sweep") -> Figure:
    """Draw what a sweep has found so far.

    One field gives points on a line, two a map, three several maps side by side.

    Args:
        cells: one row a combination: the fields' values, score (validation accuracy from 0 to 1,
            NaN before there is one), state ("waiting", "running", "finished", "failed", "pruned"
            or "impossible"), run_id, reason (why a cell is impossible or has failed).
        fields: names of one to three hyperparameters, which are columns of `cells`.
        subject: which sweep this is. A live chart forgets its zoom when it shows another one.

    Returns:
        A figure that would like to be `layout.height` pixels high and is at least
        `layout.meta.min_width` wide. Cells carry their runs' ids as `customdata`.

    Raises:
        ValueError: there are no fields, or more than three.
    """
    if not 1 <= len(fields) <= 3:
        raise ValueError(f"A map shows 1 to 3 hyperparameters, not {len(fields)}.")
    if cells.empty:
        return sentence_figure("This sweep has no runs yet.")
    if len(fields) == 1:
        return sweep_line(cells, fields[0], subject=subject)
    grid = _grid(cells, fields)
    traces = [*_backgrounds(grid, fields), *_texts(grid), *_outlines(grid)]
    return {"data": [*traces, _map_titles(grid, fields)], "layout": _page(grid, fields, subject)}


def _grid(cells: pd.DataFrame, fields: Sequence[str]) -> _Grid:
    columns, lines = ordered_values(cells[fields[0]]), ordered_values(cells[fields[1]])
    maps = ordered_values(cells[fields[2]]) if len(fields) == 3 else [None]
    placed = []
    for cell in cells_of(cells, fields):
        across, up = columns.index(cell[fields[0]]), lines.index(cell[fields[1]])
        beside = maps.index(cell[fields[2]]) if len(fields) == 3 else 0
        x = beside * (len(columns) + GAP) + across
        placed.append({**cell, "across": across, "up": up, "beside": beside, "x": x})
    return _Grid(placed, columns, lines, maps)


def _backgrounds(grid: _Grid, fields: Sequence[str]) -> list[Trace]:
    """All cells, faint, with what one reads beside the mouse; and over them those with a score."""
    width = len(grid.columns)
    shape = (len(grid.lines), len(grid.maps) * (width + 1) - 1)
    present, scores = np.full(shape, np.nan), np.full(shape, np.nan)
    words = np.full(shape, "", dtype=object)
    ids = np.full(shape, "", dtype=object)
    for cell in grid.cells:
        at = (cell["up"], cell["beside"] * (width + 1) + cell["across"])
        present[at], words[at], ids[at] = 0.0, cell_text(cell, fields), cell["run_id"]
        if is_scored(cell):
            scores[at] = cell["score"]
    edges = [grid.x(column - 0.5, place) for place in range(len(grid.maps))
             for column in range(width + 1)]  # fmt: skip
    common = {"type": "heatmap", "x": edges, "y": list(range(len(grid.lines))),
              "showscale": False, "xgap": 3, "ygap": 3}  # fmt: skip
    faint = translucent(GRAY, EMPTY_OPACITY)
    low, high = _span(grid.cells)
    return [
        common | {"uid": "cells", "z": present, "text": words.tolist(), "customdata": ids.tolist(),
                  "colorscale": [[0, faint], [1, faint]], "hoverongaps": False,
                  "hovertemplate": "%{text}<extra></extra>"},
        common | {"uid": "scores", "z": scores, "zmin": low, "zmax": high, "hoverinfo": "skip",
                  "colorscale": [[0, cell_color(BLUE, 0)], [1, BLUE]]},
    ]  # fmt: skip


def _span(cells: Sequence[Cell]) -> tuple[float, float]:
    """The scores of the palest and of the fullest colour."""
    scores = [cell["score"] for cell in cells if is_scored(cell)]
    if not scores:
        return 0.0, 1.0
    return min(*scores, max(scores) - LEAST_SPAN), max(scores)


def _texts(grid: _Grid) -> list[Trace]:
    """Accuracies on their cells' colours, and the other states in the page's own colour."""
    low, high = _span(grid.cells)
    scored = [cell for cell in grid.cells if is_scored(cell)]
    others = [cell for cell in grid.cells if not is_scored(cell)]
    best = best_of(scored)
    numbers = [f"{100 * cell['score']:.1f}" for cell in scored]
    bold = [f"<b>{number}</b>" if cell in best else number
            for cell, number in zip(scored, numbers, strict=True)]  # fmt: skip
    inks = [text_color(cell_color(BLUE, (cell["score"] - low) / (high - low))) for cell in scored]
    return [
        _text_trace("score_texts", scored, bold) | {"textfont": {"size": 14, "color": inks}},
        _text_trace("state_texts", others, [_mark(cell) for cell in others])
        | {"textfont": {"size": 12}},
    ]


def _mark(cell: Cell) -> str:
    if cell["state"] == "impossible":
        return "–"
    if cell["state"] == "failed":
        return "failed"
    number = f"{100 * cell['score']:.1f}<br>" if math.isfinite(cell["score"]) else ""
    words = {"running": "running", "pruned": "stopped", "waiting": "paused" if number else ""}
    word = words.get(cell["state"], "")
    return number + f"<i>{word}</i>" if word else NO_WORDS


def _text_trace(uid: str, cells: Sequence[Cell], texts: Sequence[str]) -> Trace:
    return {
        "type": "scatter",
        "uid": uid,
        "mode": "text",
        "x": [cell["x"] for cell in cells],
        "y": [cell["up"] for cell in cells],
        "text": list(texts),
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _outlines(grid: _Grid) -> list[Trace]:
    """A dotted frame around what is running, a thick one around the best."""
    running = [cell for cell in grid.cells if cell["state"] == "running"]
    return [
        _frames("running", running) | {"line": {"color": GRAY, "width": 2, "dash": "dot"}},
        _frames("best", best_of(grid.cells)) | {"line": {"color": ORANGE, "width": 4}},
    ]


def _frames(uid: str, cells: Sequence[Cell]) -> Trace:
    x: list[float | None] = []
    y: list[float | None] = []
    for cell in cells:
        left, right = cell["x"] - 0.5, cell["x"] + 0.5
        low, high = cell["up"] - 0.5, cell["up"] + 0.5
        x += [left, right, right, left, left, None]
        y += [low, low, high, high, low, None]
    return {
        "type": "scatter",
        "uid": uid,
        "mode": "lines",
        "x": x,
        "y": y,
        "hoverinfo": "skip",
        "showlegend": False,
        "cliponaxis": False,
    }


def _map_titles(grid: _Grid, fields: Sequence[str]) -> Trace:
    """What the third field is, above each map."""
    titled = [(place, value) for place, value in enumerate(grid.maps) if len(fields) == 3]
    middle = (len(grid.columns) - 1) / 2
    return {
        "type": "scatter",
        "uid": "map_titles",
        "mode": "text",
        "x": [grid.x(middle, place) for place, _ in titled],
        "y": [len(grid.lines) - 0.25] * len(titled),
        "text": [f"<b>{title_of(fields[2])} {plain(value_text(value))}</b>" for _, value in titled],
        "textfont": {"size": 13},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _page(grid: _Grid, fields: Sequence[str], subject: str) -> dict[str, Any]:
    places = range(len(grid.maps))
    plain_axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "automargin": True}
    right = grid.x(len(grid.columns) - 0.5, len(grid.maps) - 1)
    top = len(grid.lines) - (0.5 if len(fields) < 3 else 0)
    return {
        "height": AROUND + CELL_HEIGHT * (len(grid.lines) + (len(fields) == 3)),
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": plain_axis
        | {
            "title": {"text": with_notes(title_of(fields[0]), NOTE)},
            "range": [-0.5, right],
            "tickvals": [grid.x(c, place) for place in places for c in range(len(grid.columns))],
            "ticktext": [tick_of(value) for value in grid.columns] * len(grid.maps),
            "tickangle": 0,
        },
        "yaxis": plain_axis
        | {
            "title": {"text": title_of(fields[1])},
            "range": [-0.5, top],
            "tickvals": list(range(len(grid.lines))),
            "ticktext": [tick_of(value) for value in grid.lines],
        },
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "uirevision": subject,
        "meta": {
            "min_width": LEFT + CELL_WIDTH * len(grid.columns) * len(grid.maps),
            "file_name": "sweep-" + "-".join(fields),
        },
    }
