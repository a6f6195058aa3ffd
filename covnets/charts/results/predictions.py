"""What a run's predictions show: which classes it confuses, which images it gets wrong.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.curves.curves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from covnets.charts.theme import BLUE, VERMILION, translucent

Figure = dict[str, Any]
Trace = dict[str, Any]
Integers = npt.NDArray[np.integer[Any]]

HEIGHT = 420
"""Height of the confusion matrix in pixels."""

# Cells with a number are opaque, and so their numbers can be read on a light as on a dark page:
# from this much of the colour in white to the full colour.
PALEST = 0.2
# A cell without images is nearly bare.
EMPTY_OPACITY = 0.03
# So that a network that is nearly always right does not look alarming.
LEAST_WRONG_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that was classified wrongly.

    Attributes:
        index: its place among the images.
        label: its true class.
        predicted: the class that the network took it for.
        probabilities: what the network gave to each class, from 0 to 1.
    """

    index: int
    label: int
    predicted: int
    probabilities: tuple[float, ...]

    def top(self, count: int = 3) -> list[tuple[int, float]]:
        """The classes with the highest probabilities, highest first, as (class, probability)."""
        ranked = sorted(enumerate(self.probabilities), key=lambda pair: -pair[1])
        return ranked[:count]


def most_confident_mistakes(
    labels: Integers, probabilities: npt.NDArray[np.floating[Any]], count: int = 12
) -> list[Mistake]:
    """The wrongly classified images of which the network was most certain.

    They teach the most: a narrow miss says little, a certain one shows what the network looks at,
    or that a label is wrong.

    Args:
        labels: true classes, (images,).
        probabilities: what the network gave to each class, (images, classes).
        count: how many at most.

    Returns:
        Mistakes, the most certain first; equal ones in the order of the images.
    """
    predictions = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predictions != labels)
    certainty = probabilities[wrong, predictions[wrong]].astype(np.float64)
    ranked = wrong[np.argsort(-certainty, kind="stable")][:count]
    return [
        Mistake(
            index=int(index),
            label=int(labels[index]),
            predicted=int(predictions[index]),
            probabilities=tuple(float(probability) for probability in probabilities[index]),
        )
        for index in ranked
    ]


def confusion_matrix(
    labels: Integers, predictions: Integers, num_classes: int
) -> npt.NDArray[np.int64]:
    """Count how often each class was taken for each.

    Args:
        labels: true classes, (images,).
        predictions: predicted classes, (images,).
        num_classes: number of classes.

    Returns:
        Counts (true class, predicted class).
    """
    cells = labels.astype(np.int64) * num_classes + predictions.astype(np.int64)
    counts = np.bincount(cells, minlength=num_classes**2)
    return counts.reshape(num_classes, num_classes)


def per_class_accuracy(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The share of each class' images that was classified rightly; NaN for a class without any.

    Args:
        matrix: counts (true class, predicted class).
    """
    return _row_shares(matrix).diagonal()


def confusion_figure(labels: Integers, predictions: Integers, class_names: Sequence[str]) -> Figure:
    """Draw the confusion matrix: a row for each true class, a column for each predicted one.

    Args:
        labels: true classes, (images,).
        predictions: predicted classes, (images,).
        class_names: their names.

    Returns:
        Blue on the diagonal for what is right, vermilion for what is confused; denser with the
        share of the true class' images.
    """
    matrix = confusion_matrix(labels, predictions, len(class_names))
    shares = np.nan_to_num(_row_shares(matrix))
    diagonal = np.eye(len(class_names), dtype=bool)
    most_wrong = max(LEAST_WRONG_SHARE, float(shares[~diagonal].max(initial=0.0)))
    hover = _hover(matrix, shares, class_names)
    return {
        "data": [
            _cells(shares, diagonal, 1.0, BLUE, hover),
            _cells(shares, ~diagonal, most_wrong, VERMILION, hover),
            _numbers(matrix, shares, most_wrong),
        ],
        "layout": matrix_page(class_names),
    }


def cell_color(color: str, fullness: float) -> str:
    """The opaque colour of a cell: from pale, where `fullness` is 0, to `color`, where it is 1."""
    weight = PALEST + (1 - PALEST) * fullness
    mixed = (round(255 + weight * (channel - 255)) for channel in _channels(color))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def text_color(background: str) -> str:
    """Black or white, whichever is read more easily; its contrast is never below 4.5."""
    return max(("#000000", "#FFFFFF"), key=lambda text: contrast(text, background))


def contrast(first: str, second: str) -> float:
    """The contrast of two colours as the WCAG define it, from 1 to 21."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    shares = (channel / 255 for channel in _channels(color))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(color: str) -> list[int]:
    return [int(color[start : start + 2], 16) for start in (1, 3, 5)]


def _row_shares(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.full(matrix.shape, np.nan)
    np.divide(matrix, totals, out=shares, where=totals > 0)
    return shares


def _cells(
    shares: npt.NDArray[np.float64],
    shown: npt.NDArray[np.bool_],
    fullest: float,
    color: str,
    hover: list[list[str]],
) -> Trace:
    """The shown cells, from pale to the full colour; those without images nearly bare."""
    bare = translucent(color, EMPTY_OPACITY)
    colors = [[0.0, bare], [1e-9, bare], [1e-9, cell_color(color, 0.0)], [1.0, color]]
    return {
        "type": "heatmap",
        "z": np.where(shown, shares, np.nan),
        "zmin": 0.0,
        "zmax": fullest,
        "colorscale": colors,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "text": hover,
        "hoverinfo": "text",
    }


def _numbers(
    matrix: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], most_wrong: float
) -> Trace:
    """The counts; zeros are left out, so that the others stand out."""
    rows, columns = np.nonzero(matrix)
    colors = [
        text_color(
            cell_color(BLUE, shares[row, column])
            if row == column
            else cell_color(VERMILION, shares[row, column] / most_wrong)
        )
        for row, column in zip(rows, columns, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "text",
        "x": columns,
        "y": rows,
        "text": [str(count) for count in matrix[rows, columns]],
        "textfont": {"size": 11, "color": colors},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _hover(
    matrix: npt.NDArray[np.int64], shares: npt.NDArray[np.float64], class_names: Sequence[str]
) -> list[list[str]]:
    totals = matrix.sum(axis=1)

    def text(row: int, column: int) -> str:
        fate = "recognised" if row == column else f"taken for <b>{class_names[column]}</b>"
        counts = f"{matrix[row, column]} of {totals[row]} images ({shares[row, column]:.1%})"
        return f"<b>{class_names[row]}</b> {fate}<br>{counts}"

    classes = range(len(class_names))
    return [[text(row, column) for column in classes] for row in classes]


def matrix_page(class_names: Sequence[str]) -> dict[str, Any]:
    """The page of a matrix of classes: true ones from top to bottom, predicted ones across.

    Args:
        class_names: their names.
    """
    places = list(range(len(class_names)))
    axis = {
        "tickvals": places,
        "ticktext": list(class_names),
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
        "constrain": "domain",
    }
    low, high = -0.5, len(class_names) - 0.5
    return {
        "height": HEIGHT,
        # The room at the top is for the buttons, which on a phone are always shown.
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, "range": [low, high], "tickangle": -45, "title": {"text": "predicted"}},
        # The first class is the top row.
        "yaxis": {**axis, "range": [high, low], "title": {"text": "true"}},
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "modebar": {"remove": ["toImage", "select2d", "lasso2d", "sendChartToCloud"]},
    }
