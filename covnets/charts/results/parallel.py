"""Runs as lines through all of their hyperparameters and results.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from covnets.charts.page import (
    CLEAR,
    Figure,
    names_in_order,
    plain,
    sentence_figure,
    shortened,
)
from covnets.charts.theme import GRAY, SCALE
from covnets.messages import percent

Floats = npt.NDArray[np.float64]

LOGARITHMIC_FROM = 30
"""Positive numbers whose largest is so many times the smallest are drawn by their logarithms."""

MISSING = "–"
SHARES = ("accuracy", "gap")
"""Columns with one of these in their names hold shares, which are written in percent."""

# Pixels.
COLUMN_WIDTH, HEIGHT = 95, 380
TITLE_LENGTH = 20
TICK_LENGTH = 14
MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class _Scale:
    """A column as numbers, with the places on its axis that are named."""

    values: Floats
    ticks: tuple[float, ...]
    texts: tuple[str, ...]

    @property
    def axis(self) -> dict[str, Any]:
        """The named places, as plotly knows them."""
        return {"tickvals": list(self.ticks), "ticktext": list(self.texts)}


def parallel_figure(table: pd.DataFrame, columns: Sequence[str], color_by: str) -> Figure:
    """Draw a line for each run through its hyperparameters and results.

    Args:
        table: one row a run. Text and truth values become named places, in the order of the
            column's categories or else alphabetically; numbers of very different size are drawn by
            their logarithms.
        columns: what to draw, from left to right. Those that are the same in all runs are left
            out: they explain nothing.
        color_by: the column that colours the lines, one of numbers.

    Returns:
        A figure as wide as `layout.meta.min_width` asks for in pixels, or wider.

    Raises:
        KeyError: the table lacks one of the columns.
    """
    rows = table[table[color_by].notna()]
    if len(rows) < 2:
        return sentence_figure(f"Two or more runs with {_title(color_by)} are needed here.")
    varied = [name for name in columns if rows[name].nunique(dropna=False) > 1]
    if not varied:
        return sentence_figure("These runs differ in nothing that could be drawn.")
    scales = {name: _scale(rows[name], name) for name in {*varied, color_by}}
    trace = {
        "type": "parcoords",
        "uid": "runs",
        "dimensions": [_dimension(name, scales[name]) for name in varied],
        "line": _line(scales[color_by], color_by),
        "labelangle": -20,
        "labelside": "top",
        "labelfont": {"size": 12},
        "tickfont": {"size": 11},
        "rangefont": {"size": 1, "color": CLEAR},
        "unselected": {"line": {"color": GRAY, "opacity": 0.08}},
    }
    page = {
        "height": HEIGHT,
        # Titles stand slanted above their axes.
        "margin": {"l": 80, "r": 20, "t": 70, "b": 20},
        "meta": {
            "min_width": COLUMN_WIDTH * (len(varied) + 1),
            "file_name": "parallel-coordinates",
        },
    }
    return {"data": [trace], "layout": page}


def _scale(column: pd.Series[Any], name: str) -> _Scale:
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return _named(column)
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    distinct = np.unique(numbers[np.isfinite(numbers)])
    logarithmic = distinct[0] > 0 and distinct[-1] >= LOGARITHMIC_FROM * distinct[0]
    values: Floats = np.log10(numbers) if logarithmic else numbers
    few = len(distinct) <= MOST_TICKS
    marks = distinct if few else _marks(distinct, bool(logarithmic))
    ticks = [float(mark) for mark in (np.log10(marks) if logarithmic else marks)]
    texts = [_number(float(mark), name, digits=4 if few else 2) for mark in marks]
    return _with_missing(values, ticks, texts)


def _named(column: pd.Series[Any]) -> _Scale:
    """Names from the bottom up, below them a place of its own for what is missing."""
    texts = column.astype(object).map(_name)
    known = {MISSING: None} | dict.fromkeys(map(_name, names_in_order(column.dropna())))
    names = [name for name in known if name in set(texts)]
    places = {text: float(place) for place, text in enumerate(names)}
    short = tuple(plain(shortened(text, TICK_LENGTH)) for text in names)
    values: Floats = texts.map(places).to_numpy().astype(np.float64)
    return _Scale(values, tuple(places.values()), short)


def _name(value: object) -> str:
    if value is True or value is False or isinstance(value, np.bool_):
        return "yes" if value else "no"
    return MISSING if value is None or value is pd.NA or value != value else str(value)


def _with_missing(values: Floats, ticks: list[float], texts: list[str]) -> _Scale:
    """A line cannot end half-way: what is missing gets a place below all numbers."""
    missing = ~np.isfinite(values)
    if missing.any():
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        place = low - (0.12 * (high - low) or 1.0)
        values = np.where(missing, place, values).astype(np.float64)
        ticks, texts = [place, *ticks], [MISSING, *texts]
    return _Scale(values, tuple(ticks), tuple(texts))


def _marks(distinct: Floats, logarithmic: bool) -> Floats:
    """Round numbers across the range, its ends included."""
    low, high = float(distinct[0]), float(distinct[-1])
    if logarithmic:
        first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
        powers = [float(10.0**power) for power in range(first, last + 1)]
        inner = [each for each in powers if 2 * low < each < high / 2]
    else:
        step = _round_step((high - low) / (MOST_TICKS - 1))
        multiples = np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step
        inner = [float(each) for each in multiples if low + step / 2 < each < high - step / 2]
    return np.array([low, *inner, high])


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= rough)


def _number(value: float, name: str, digits: int) -> str:
    if any(word in name for word in SHARES):
        return percent(value)
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * (10 if letter == "k" else 1):
            return f"{float(f'{value / size:.{max(3, digits)}g}'):g}{letter}"
    return f"{float(f'{value:.{digits}g}'):g}"


def _dimension(name: str, scale: _Scale) -> dict[str, Any]:
    ends = [*scale.ticks, float(scale.values.min()), float(scale.values.max())]
    label = plain(shortened(_title(name), TITLE_LENGTH))
    return {"label": label, "values": scale.values, "range": [min(ends), max(ends)]} | scale.axis


def _line(scale: _Scale, color_by: str) -> dict[str, Any]:
    bar = {
        "title": {"text": plain(_title(color_by)), "side": "right"},
        "thickness": 12,
        # Room for its numbers, of which plotly would cut off the ends.
        "xpad": 18,
        "outlinewidth": 0,
    }
    return {
        "color": scale.values,
        "colorscale": [list(stop) for stop in SCALE],
        "showscale": True,
        "colorbar": bar | scale.axis,
    }


def _title(name: str) -> str:
    return name.replace("_", " ")
