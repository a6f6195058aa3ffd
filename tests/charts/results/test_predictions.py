"""Confusions, mistakes and disagreements are counted rightly."""

import numpy as np
import pytest

from covnets.charts.results.predictions import (
    confusion_matrix,
    disagreements,
    most_confident_mistakes,
    per_class_accuracy,
)

LABELS = np.array([0, 0, 0, 1, 1, 2], np.uint8)
PREDICTIONS = np.array([0, 0, 1, 1, 2, 2])


def test_labels_of_one_byte_do_not_overflow():
    labels = np.array([99, 40], np.uint8)
    matrix = confusion_matrix(labels, labels, 100)
    assert matrix[99, 99] == matrix[40, 40] == 1


def test_accuracy_of_a_class_is_its_share_on_the_diagonal():
    accuracy = per_class_accuracy(confusion_matrix(LABELS, PREDICTIONS, 4))
    assert accuracy == pytest.approx([2 / 3, 1 / 2, 1.0, np.nan], nan_ok=True)


def test_mistakes_come_most_confident_first():
    probabilities = np.array(
        [
            [0.9, 0.1, 0.0],
            [0.1, 0.6, 0.3],
            [0.2, 0.8, 0.0],
            [0.3, 0.3, 0.4],
            [0.0, 0.2, 0.8],
            [0.8, 0.1, 0.1],
        ],
        np.float32,
    )
    mistakes = most_confident_mistakes(LABELS, probabilities)
    assert [(mistake.index, mistake.label, mistake.predicted) for mistake in mistakes] == [
        (2, 0, 1),
        (4, 1, 2),
        (5, 2, 0),
        (1, 0, 1),
        (3, 1, 2),
    ]
    assert mistakes[3].probabilities == pytest.approx((0.1, 0.6, 0.3))
    assert most_confident_mistakes(LABELS, probabilities, count=2) == mistakes[:2]
    assert most_confident_mistakes(LABELS, np.eye(3)[LABELS]) == []


def test_a_diverged_network_has_mistakes_all_the_same():
    probabilities = np.full((6, 3), np.nan, np.float32)
    assert len(most_confident_mistakes(LABELS, probabilities)) == 3


def test_disagreements_are_what_only_one_gets_right_most_certain_mistakes_first():
    labels = np.array([0, 1, 2, 0, 1], np.uint8)
    first = np.array(
        [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.1, 0, 0.9], [0.2, 0.7, 0.1], [0.6, 0.4, 0]], np.float32
    )
    second = np.array(
        [[0.4, 0.6, 0], [0.9, 0.1, 0], [0, 0.1, 0.9], [0.9, 0.1, 0], [0.7, 0.3, 0]], np.float32
    )
    only_first, only_second = disagreements(labels, first, second)
    assert [(each.index, each.label, each.predicted) for each in only_first] == [
        (1, 1, 0),
        (0, 0, 1),
    ]
    assert [(each.index, each.label, each.predicted) for each in only_second] == [(3, 0, 1)]
    assert disagreements(labels, first, second, count=1)[0] == only_first[:1]
    assert disagreements(labels, first, first) == ([], [])
