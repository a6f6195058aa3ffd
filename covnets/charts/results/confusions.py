"""Which classes runs confuse: one run's matrix, two runs' difference, accuracies class by class.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.page`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from covnets.charts.page import MUTE, Figure, Trace, chart_layout, plain, scatter, shortened
from covnets.charts.results.predictions import Counts, Integers, confusion_matrix
from covnets.charts.theme import BLUE, GRAY, VERMILION, ink, look, tint, translucent

Floats = npt.NDArray[np.float64]

# A cell without a number is nearly bare.
EMPTY_OPACITY = 0.03
# So that a network that is nearly always right does not look alarming, nor two that are nearly the
# same different.
LEAST_WRONG_SHARE = 0.2
LEAST_DIFFERENCE = 10
# Pixels.
HEIGHT, CLASS_HEIGHT, AROUND = 420, 34, 110
# Above the chart: below, long names would lie on what saves it.
LEGEND = {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"}


def confusion_figure(labels: Integers, predictions: Integers, class_names: Sequence[str]) -> Figure:
    """Draw the confusion matrix: a row for each true class, a column for each predicted one.

    Args:
        labels: true classes, (images,).
        predictions: predicted classes, (images,).
        class_names: their names.

    Returns:
        Blue on the diagonal for what is right, vermilion for what is confused; denser with the
        share of the true class' images. Zeros are left out, so that the others stand out.
    """
    matrix = confusion_matrix(labels, predictions, len(class_names))
    totals = matrix.sum(axis=1)
    shares = matrix / np.maximum(totals, 1)[:, np.newaxis]
    is_right = np.eye(len(matrix), dtype=bool)
    most_wrong = max(LEAST_WRONG_SHARE, float(shares[~is_right].max(initial=0.0)))
    fullness = np.where(is_right, shares, -shares / most_wrong)

    def told(row: int, column: int) -> str:
        return f"{matrix[row, column]} of {totals[row]} images ({shares[row, column]:.1%})"

    return {
        "data": _matrix(matrix, "{}", fullness, _hover(class_names, told)),
        "layout": _matrix_page(class_names),
    }


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
    """
    difference = matrix_a - matrix_b
    gain = np.where(np.eye(len(difference), dtype=bool), difference, -difference)
    most = max(LEAST_DIFFERENCE, int(np.abs(gain).max(initial=0)))

    def told(row: int, column: int) -> str:
        first, second = matrix_a[row, column], matrix_b[row, column]
        return f"{first} by {plain(name_a)}<br>{second} by {plain(name_b)}"

    legend = LEGEND | {"itemclick": False, "itemdoubleclick": False}
    page = _matrix_page(class_names, "confusions-difference", top=60, legend=legend)
    return {
        "data": [
            *_matrix(difference, "{:+d}", gain / most, _hover(class_names, told)),
            _entry("first", f"{name_a} does better", BLUE),
            _entry("second", f"{name_b} does better", VERMILION),
        ],
        "layout": page,
    }


def per_class_figure(
    accuracies: Mapping[str, Floats], numbers: Sequence[int], class_names: Sequence[str]
) -> Figure:
    """Draw how many images of each class several runs classify rightly.

    Args:
        accuracies: what each run is called, to its accuracies from 0 to 1, (classes,); NaN for a
            class without images.
        numbers: the runs' numbers in the store, from which their looks come, in the same order.
        class_names: the classes' names.
    """
    places = list(range(len(class_names)))
    traces = [_ranges(list(accuracies.values()), places)]
    for number, (name, shares) in zip(numbers, accuracies.items(), strict=True):
        color, _, symbol = look(number)
        traces.append(
            scatter(
                f"run{number}",
                "markers",
                shares,
                places,
                name=plain(shortened(name)),
                marker={"color": color, "symbol": symbol, "size": 12},
                text=list(map(plain, class_names)),
                hovertemplate="%{x:.1%} of <b>%{text}</b> right<extra>%{fullData.name}</extra>",
                showlegend=True,
            )
        )
    x_axis = {"title": {"text": "accuracy"}, "tickformat": ".0%"}
    y_axis = {
        "tickvals": places,
        "ticktext": [plain(shortened(name, 16)) for name in class_names],
        # The first class is the top row.
        "range": [len(class_names) - 0.5, -0.5],
        "zeroline": False,
        "fixedrange": True,
    }
    height = AROUND + CLASS_HEIGHT * len(class_names)
    page = chart_layout(x_axis, y_axis, "accuracy-by-class", height=height, legend=LEGEND)
    return {"data": traces, "layout": page}


def _matrix(
    numbers: Counts, form: str, fullness: Floats, hover: Sequence[Sequence[str]]
) -> list[Trace]:
    """Coloured cells, and on them the numbers that are not zero.

    Args:
        numbers: what to write on each cell, (true class, predicted class).
        form: how a number is written.
        fullness: the cells' colours, from -1, vermilion, over 0, nearly bare, to 1, blue.
        hover: what one reads beside the mouse, row by row.
    """
    bare, edge = translucent(GRAY, EMPTY_OPACITY), 1e-9
    cells = {
        "type": "heatmap",
        "uid": "cells",
        "z": fullness,
        "zmin": -1,
        "zmax": 1,
        "colorscale": [
            [0.0, VERMILION],
            [0.5 - edge, tint(VERMILION, 0.0)],
            [0.5 - edge, bare],
            [0.5 + edge, bare],
            [0.5 + edge, tint(BLUE, 0.0)],
            [1.0, BLUE],
        ],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "text": hover,
        "hovertemplate": "%{text}<extra></extra>",
    }
    rows, columns = np.nonzero(numbers)
    colors = [
        tint(BLUE if each > 0 else VERMILION, abs(each))
        for each in fullness[rows, columns].tolist()
    ]
    texts = [form.format(each).replace("-", "−") for each in numbers[rows, columns].tolist()]
    font = {"size": 11, "color": list(map(ink, colors))}
    return [cells, scatter("numbers", "text", columns, rows, text=texts, textfont=font, **MUTE)]


def _hover(class_names: Sequence[str], told: Callable[[int, int], str]) -> list[list[str]]:
    names = list(map(plain, class_names))

    def text(row: int, column: int) -> str:
        fate = "recognised" if row == column else f"taken for <b>{names[column]}</b>"
        return f"<b>{names[row]}</b> {fate}<br>{told(row, column)}"

    classes = range(len(names))
    return [[text(row, column) for column in classes] for row in classes]


def _matrix_page(
    class_names: Sequence[str], file_name: str | None = None, **rest: Any
) -> dict[str, Any]:
    """True classes from top to bottom, predicted ones across."""
    axis = {
        "tickvals": list(range(len(class_names))),
        "ticktext": list(map(plain, class_names)),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "constrain": "domain",
    }
    low, high = -0.5, len(class_names) - 0.5
    return chart_layout(
        {**axis, "range": [low, high], "tickangle": -45, "title": {"text": "predicted"}},
        # The first class is the top row.
        {**axis, "range": [high, low], "title": {"text": "true"}},
        file_name,
        height=HEIGHT,
        dragmode=False,
        modebar={"remove": ["toImage", "select2d", "lasso2d", "sendChartToCloud"]},
        **rest,
    )


def _entry(uid: str, name: str, color: str) -> Trace:
    """An entry of the legend that stands for no points."""
    marker = {"color": color, "size": 12, "symbol": "square"}
    return scatter(uid, "markers", [None], [None], name=plain(shortened(name)), marker=marker)


def _ranges(accuracies: Sequence[Floats], places: Sequence[int]) -> Trace:
    """From the worst to the best run of each class: long where the runs differ."""
    gaps = np.full(len(places), np.nan)
    known = np.array([*accuracies, gaps])
    x = np.stack([np.fmin.reduce(known), np.fmax.reduce(known), gaps], axis=1).ravel()
    line = {"color": translucent(GRAY, 0.5), "width": 3}
    return scatter("ranges", "lines", x, np.repeat(places, 3), line=line, **MUTE)
