"""Confusions and mistakes are counted rightly, and the figure shows them."""

import numpy as np
import plotly.graph_objects as go
import pytest

from covnets.charts.results.predictions import (
    cell_color,
    confusion_figure,
    confusion_matrix,
    contrast,
    most_confident_mistakes,
    per_class_accuracy,
    text_color,
)
from covnets.charts.theme import BLUE, VERMILION

NAMES = ("cat", "dog", "fox")
LABELS = np.array([0, 0, 0, 1, 1, 2], np.uint8)
PREDICTIONS = np.array([0, 0, 1, 1, 2, 2])


def test_buttons_have_room_above_the_cells():
    assert confusion_figure(LABELS, PREDICTIONS, NAMES)["layout"]["margin"]["t"] >= 30


def test_rows_are_true_classes_and_columns_predicted_ones():
    matrix = confusion_matrix(LABELS, PREDICTIONS, 3)
    assert matrix.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]
    assert matrix.sum() == len(LABELS)


def test_labels_of_one_byte_do_not_overflow():
    labels = np.array([99, 40], np.uint8)
    matrix = confusion_matrix(labels, labels, 100)
    assert matrix[99, 99] == matrix[40, 40] == 1


def test_accuracy_of_a_class_is_its_share_on_the_diagonal():
    matrix = confusion_matrix(LABELS, PREDICTIONS, 4)
    accuracy = per_class_accuracy(matrix)
    assert accuracy[:3] == pytest.approx([2 / 3, 1 / 2, 1.0])
    assert np.isnan(accuracy[3])


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
    assert [mistake.index for mistake in mistakes] == [2, 4, 5, 1, 3]
    assert [(mistake.label, mistake.predicted) for mistake in mistakes] == [
        (0, 1),
        (1, 2),
        (2, 0),
        (0, 1),
        (1, 2),
    ]
    assert mistakes[3].top(2) == [(1, pytest.approx(0.6)), (2, pytest.approx(0.3))]
    assert most_confident_mistakes(LABELS, probabilities, count=2) == mistakes[:2]


def test_a_network_that_is_always_right_has_no_mistakes():
    assert most_confident_mistakes(LABELS, np.eye(3)[LABELS]) == []


def test_a_diverged_network_has_mistakes_all_the_same():
    probabilities = np.full((6, 3), np.nan, np.float32)
    assert len(most_confident_mistakes(LABELS, probabilities)) == 3


def test_the_confusion_figure_shows_every_count_and_the_class_names():
    figure = confusion_figure(LABELS, PREDICTIONS, NAMES)
    go.Figure(figure)
    shown = {
        (int(y), int(x)): int(text)
        for trace in figure["data"]
        if trace["type"] == "scatter"
        for x, y, text in zip(trace["x"], trace["y"], trace["text"], strict=True)
    }
    matrix = confusion_matrix(LABELS, PREDICTIONS, 3)
    assert shown == {cell: matrix[cell] for cell in zip(*np.nonzero(matrix), strict=True)}
    assert figure["layout"]["yaxis"]["ticktext"] == list(NAMES)
    # Row by row from the top, as a matrix is read.
    assert figure["layout"]["yaxis"]["range"] == [2.5, -0.5]


def test_right_and_wrong_cells_have_colours_of_their_own():
    right, wrong = confusion_figure(LABELS, PREDICTIONS, NAMES)["data"][:2]
    assert np.isnan(right["z"]).tolist() == (~np.eye(3, dtype=bool)).tolist()
    assert np.isnan(wrong["z"]).tolist() == np.eye(3, dtype=bool).tolist()
    assert right["colorscale"] != wrong["colorscale"]


def test_a_class_without_images_leaves_an_empty_row():
    go.Figure(confusion_figure(LABELS, PREDICTIONS, (*NAMES, "owl")))


@pytest.mark.parametrize("color", [BLUE, VERMILION])
def test_numbers_can_be_read_on_cells_of_every_fullness(color):
    for fullness in np.linspace(0, 1, 201):
        cell = cell_color(color, fullness)
        assert contrast(text_color(cell), cell) >= 4.5


def test_contrast_is_that_of_the_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_cells_with_a_number_hide_the_page_and_numbers_have_colours_of_their_own():
    right, wrong, numbers = confusion_figure(LABELS, PREDICTIONS, NAMES)["data"]
    assert right["colorscale"][2:] == [[1e-9, cell_color(BLUE, 0.0)], [1.0, BLUE]]
    assert wrong["colorscale"][2:] == [[1e-9, cell_color(VERMILION, 0.0)], [1.0, VERMILION]]
    # By rows: cat 2 of 3 right, 1 of 3 a dog, which is not the worst; dog one each; fox all right.
    cells = [cell_color(BLUE, 2 / 3), cell_color(VERMILION, 2 / 3), cell_color(BLUE, 1 / 2)]
    cells += [VERMILION, BLUE]
    assert numbers["textfont"]["color"] == [text_color(cell) for cell in cells]
