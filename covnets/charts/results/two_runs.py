"""Two runs' predictions side by side: what each confuses, classes, images that only one gets right.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.curves.curves`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from covnets.charts.page import CLEAR, plain, shortened
from covnets.charts.results.predictions import (
    EMPTY_OPACITY,
    Integers,
    Mistake,
    cell_color,
    matrix_page,
    most_confident_mistakes,
    text_color,
)
from covnets.charts.theme import BLUE, GRAY, VERMILION, look, translucent

Figure = dict[str, Any]
Trace = dict[str, Any]
Counts = npt.NDArray[np.int64]

# So that two networks that are nearly the same do not look different.
LEAST_DIFFERENCE = 10
# Pixels.
CLASS_HEIGHT, AROUND = 34, 110


def confusion_difference_figure(
    matrix_a: Counts,
    matrix_b: Counts,
    class_names: Sequence[str],
    name_a: str,
    name_b: str,
) -> Figure:
    """Draw how two confusion matrices of the same images differ.

    Args:
        matrix_a: the first run's counts (true class, predicted class).
        matrix_b: the second run's.
        class_names: the classes' names.
        name_a: what the first run is called.
        name_b: what the second run is called.

    Returns:
        In each cell the first run's count minus the second's, nothing where they are equal; blue
        where the first does better (more on the diagonal, fewer elsewhere), vermilion where the
        second does.

    Raises:
        ValueError: the matrices are not of the same images.
    """
    if matrix_a.shape != matrix_b.shape or (matrix_a.sum(axis=1) != matrix_b.sum(axis=1)).any():
        raise ValueError(
            "Both runs must have classified the same images: "
            f"{matrix_a.sum()} images of {len(matrix_a)} classes are not "
            f"{matrix_b.sum()} of {len(matrix_b)}."
        )
    difference = matrix_a - matrix_b
    gain = np.where(np.eye(len(difference), dtype=bool), difference, -difference)
    most = max(LEAST_DIFFERENCE, int(np.abs(gain).max(initial=0)))
    words = _words(matrix_a, matrix_b, class_names, name_a, name_b)
    page = matrix_page(class_names)
    page["margin"] |= {"t": 60}
    page["legend"] = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "bgcolor": CLEAR}
    page["legend"] |= {"itemclick": False, "itemdoubleclick": False}
    page |= {"showlegend": True, "meta": {"file_name": "confusions-difference"}}
    return {
        "data": [
            _cells(gain, most, words),
            _numbers(difference, gain, most),
            _entry("first", f"{name_a} does better", BLUE),
            _entry("second", f"{name_b} does better", VERMILION),
        ],
        "layout": page,
    }


def per_class_figure(
    accuracies: Mapping[str, npt.NDArray[np.floating]],
    numbers: Sequence[int],
    class_names: Sequence[str],
) -> Figure:
    """Draw how many images of each class several runs classify rightly.

    Args:
        accuracies: what each run is called, to its accuracies from 0 to 1, (classes,); NaN for a
            class without images.
        numbers: the runs' numbers in the store, from which their looks come, in the same order.
        class_names: the classes' names.
    """
    places = np.arange(len(class_names))
    table = np.array(list(accuracies.values()), np.float64).reshape(-1, len(class_names))
    dots = [
        _dots(name, number, row, places, class_names)
        for (name, number), row in zip(zip(accuracies, numbers, strict=True), table, strict=True)
    ]
    return {"data": [_ranges(table, places), *dots], "layout": _classes_page(class_names)}


def disagreements(
    labels: Integers,
    probabilities_a: npt.NDArray[np.floating],
    probabilities_b: npt.NDArray[np.floating],
    count: int = 12,
) -> tuple[list[Mistake], list[Mistake]]:
    """Find the images that one of two runs classifies rightly and the other wrongly.

    Args:
        labels: true classes, (images,).
        probabilities_a: what the first run gave to each class, (images, classes).
        probabilities_b: what the second run gave.
        count: how many of each kind at most.

    Returns:
        The second run's mistakes where only the first is right, and the first run's mistakes where
        only the second is; those that were made with most certainty first.
    """
    right_a = probabilities_a.argmax(axis=1) == labels
    right_b = probabilities_b.argmax(axis=1) == labels
    return (
        _mistakes_among(np.flatnonzero(right_a & ~right_b), labels, probabilities_b, count),
        _mistakes_among(np.flatnonzero(right_b & ~right_a), labels, probabilities_a, count),
    )


def _mistakes_among(
    images: npt.NDArray[np.intp],
    labels: Integers,
    probabilities: npt.NDArray[np.floating],
    count: int,
) -> list[Mistake]:
    found = most_confident_mistakes(labels[images], probabilities[images], count)
    return [replace(mistake, index=int(images[mistake.index])) for mistake in found]


def _words(
    first: Counts, second: Counts, class_names: Sequence[str], name_a: str, name_b: str
) -> list[list[str]]:
    names = [plain(name) for name in class_names]

    def text(row: int, column: int) -> str:
        fate = "recognised" if row == column else f"taken for <b>{names[column]}</b>"
        return (
            f"<b>{names[row]}</b> {fate}<br>{first[row, column]} by {plain(name_a)}<br>"
            f"{second[row, column]} by {plain(name_b)}"
        )

    classes = range(len(names))
    return [[text(row, column) for column in classes] for row in classes]


def _cells(gain: Counts, most: int, words: list[list[str]]) -> Trace:
    """Vermilion, nothing, blue; equal cells are nearly bare."""
    bare, edge = translucent(GRAY, EMPTY_OPACITY), 0.25 / most
    return {
        "type": "heatmap",
        "uid": "cells",
        "z": gain.astype(np.float64),
        "zmin": -most,
        "zmax": most,
        "colorscale": [
            [0.0, VERMILION],
            [0.5 - edge, cell_color(VERMILION, 0.0)],
            [0.5 - edge, bare],
            [0.5 + edge, bare],
            [0.5 + edge, cell_color(BLUE, 0.0)],
            [1.0, BLUE],
        ],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": words,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _numbers(difference: Counts, gain: Counts, most: int) -> Trace:
    rows, columns = np.nonzero(difference)
    values = difference[rows, columns]
    inks = [
        text_color(cell_color(BLUE if each > 0 else VERMILION, abs(each) / most))
        for each in gain[rows, columns].tolist()
    ]
    return {
        "type": "scatter",
        "uid": "numbers",
        "mode": "text",
        "x": columns,
        "y": rows,
        "text": [f"{value:+d}".replace("-", "−") for value in values.tolist()],
        "textfont": {"size": 11, "color": inks},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _entry(uid: str, name: str, color: str) -> Trace:
    return {
        "type": "scatter",
        "uid": uid,
        "name": plain(shortened(name)),
        "mode": "markers",
        "x": [None],
        "y": [None],
        "marker": {"color": color, "size": 12, "symbol": "square"},
    }


def _ranges(table: npt.NDArray[np.float64], places: npt.NDArray[np.intp]) -> Trace:
    """From the worst to the best run of each class: long where the runs differ."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, column in zip(places.tolist(), table.T, strict=True):
        known = column[np.isfinite(column)].tolist()
        if known:
            x += [min(known), max(known), None]
            y += [place, place, None]
    return {
        "type": "scatter",
        "uid": "ranges",
        "mode": "lines",
        "x": x,
        "y": y,
        "line": {"color": translucent(GRAY, 0.5), "width": 3},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _dots(
    name: str,
    number: int,
    row: npt.NDArray[np.float64],
    places: npt.NDArray[np.intp],
    class_names: Sequence[str],
) -> Trace:
    color, _, symbol = look(number)
    return {
        "type": "scatter",
        "uid": f"run{number}",
        "name": plain(shortened(name)),
        "mode": "markers",
        "x": row,
        "y": places,
        "marker": {"color": color, "symbol": symbol, "size": 12},
        "text": [plain(each) for each in class_names],
        "hovertemplate": "%{x:.1%} of <b>%{text}</b> right<extra>%{fullData.name}</extra>",
        "showlegend": True,
    }


def _classes_page(class_names: Sequence[str]) -> dict[str, Any]:
    # Above: below, long names would lie on what saves the chart.
    legend = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"}
    return {
        "height": AROUND + CLASS_HEIGHT * len(class_names),
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "xaxis": {"title": {"text": "accuracy"}, "tickformat": ".0%"},
        "yaxis": {
            "tickvals": list(range(len(class_names))),
            "ticktext": [plain(shortened(name, 16)) for name in class_names],
            # The first class is the top row.
            "range": [len(class_names) - 0.5, -0.5],
            "automargin": True,
            "zeroline": False,
            "fixedrange": True,
        },
        "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
        "legend": legend | {"bgcolor": CLEAR},
        "hovermode": "closest",
        "uirevision": "constant",
        "meta": {"file_name": "accuracy-by-class"},
    }
