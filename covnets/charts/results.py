"""What a run's predictions show: which classes it confuses, which images it gets wrong.

Figures are plain dicts in plotly's JSON form, as in `covnets.charts.curves`.
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

# How dense the fullest cell is. Mistakes stay pale enough for the page's own text colour; on a
# cell of a denser blue than WHITE_FROM only white can be read.
RIGHT_DENSITY, WRONG_DENSITY = 0.95, 0.6
WHITE_FROM = 0.75
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
        Blue on the diagonal for what is right, vermilion for what is confused, both on the page's
        background; denser with the share of the true class' images.
    """
    matrix = confusion_matrix(labels, predictions, len(class_names))
    shares = np.nan_to_num(_row_shares(matrix))
    diagonal = np.eye(len(class_names), dtype=bool)
    most_wrong = max(LEAST_WRONG_SHARE, float(shares[~diagonal].max(initial=0.0)))
    hover = _hover(matrix, shares, class_names)
    white = diagonal & (shares * RIGHT_DENSITY > WHITE_FROM)
    return {
        "data": [
            _cells(shares, diagonal, 1.0, BLUE, RIGHT_DENSITY, hover),
            _cells(shares, ~diagonal, most_wrong, VERMILION, WRONG_DENSITY, hover),
            _numbers(matrix, white, {"size": 11, "color": "white"}),
            _numbers(matrix, ~white, {"size": 11}),
        ],
        "layout": _page(class_names),
    }


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
    density: float,
    hover: list[list[str]],
) -> Trace:
    """The shown cells, from the bare page to the dense colour."""
    return {
        "type": "heatmap",
        "z": np.where(shown, shares, np.nan),
        "zmin": 0.0,
        "zmax": fullest,
        "colorscale": [[0.0, translucent(color, 0.03)], [1.0, translucent(color, density)]],
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "text": hover,
        "hoverinfo": "text",
    }


def _numbers(
    matrix: npt.NDArray[np.int64], shown: npt.NDArray[np.bool_], font: dict[str, Any]
) -> Trace:
    """The counts of the shown cells; zeros are left out, so that the others stand out."""
    rows, columns = np.nonzero(shown & (matrix > 0))
    return {
        "type": "scatter",
        "mode": "text",
        "x": columns,
        "y": rows,
        "text": [str(count) for count in matrix[rows, columns]],
        "textfont": font,
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


def _page(class_names: Sequence[str]) -> dict[str, Any]:
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
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, "range": [low, high], "tickangle": -45, "title": {"text": "predicted"}},
        # The first class is the top row.
        "yaxis": {**axis, "range": [high, low], "title": {"text": "true"}},
        "dragmode": False,
        "hoverlabel": {"align": "left"},
        "modebar": {"remove": ["toImage", "select2d", "lasso2d", "sendChartToCloud"]},
    }
