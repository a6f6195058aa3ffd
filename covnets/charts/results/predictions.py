"""What predictions tell: which classes a run confuses, which images it gets wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.integer[Any]]
Probabilities = npt.NDArray[np.floating[Any]]
Counts = npt.NDArray[np.int64]


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


def most_confident_mistakes(
    labels: Integers,
    probabilities: Probabilities,
    count: int = 12,
    *,
    among: npt.NDArray[np.bool_] | None = None,
) -> list[Mistake]:
    """The wrongly classified images of which the network was most certain.

    They teach the most: a narrow miss says little, a certain one shows what the network looks at,
    or that a label is wrong.

    Args:
        labels: true classes, (images,).
        probabilities: what the network gave to each class, (images, classes).
        count: how many at most.
        among: which images to look at, (images,); all if not given.

    Returns:
        Mistakes, the most certain first; equal ones in the order of the images.
    """
    predictions = probabilities.argmax(axis=1)
    is_wrong = predictions != labels
    wrong = np.flatnonzero(is_wrong if among is None else is_wrong & among)
    certainty = probabilities[wrong, predictions[wrong]].astype(np.float64)
    ranked = wrong[np.argsort(-certainty, kind="stable")][:count].tolist()
    return [
        Mistake(
            index=index,
            label=int(labels[index]),
            predicted=int(predictions[index]),
            probabilities=tuple(probabilities[index].tolist()),
        )
        for index in ranked
    ]


def disagreements(
    labels: Integers,
    probabilities_a: Probabilities,
    probabilities_b: Probabilities,
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
    right_a, right_b = (
        each.argmax(axis=1) == labels for each in (probabilities_a, probabilities_b)
    )
    return (
        most_confident_mistakes(labels, probabilities_b, count, among=right_a),
        most_confident_mistakes(labels, probabilities_a, count, among=right_b),
    )


def confusion_matrix(labels: Integers, predictions: Integers, num_classes: int) -> Counts:
    """Count how often each class was taken for each.

    Args:
        labels: true classes, (images,).
        predictions: predicted classes, (images,).
        num_classes: number of classes.

    Returns:
        Counts (true class, predicted class).
    """
    counts = np.zeros((num_classes, num_classes), np.int64)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def per_class_accuracy(matrix: Counts) -> npt.NDArray[np.float64]:
    """The share of each class' images that was classified rightly; NaN for a class without any.

    Args:
        matrix: counts (true class, predicted class).
    """
    shares = np.full(len(matrix), np.nan)
    totals = matrix.sum(axis=1)
    np.divide(matrix.diagonal(), totals, out=shares, where=totals > 0)
    return shares
