"""What one run confuses, and in what two runs differ."""

import numpy as np
import pytest

from covnets.charts.results.confusions import (
    confusion_difference_figure,
    confusion_figure,
    per_class_figure,
)
from covnets.charts.theme import BLUE, VERMILION, ink, look, tint
from tests.charts.figures import trace
from tests.charts.test_theme import contrast

NAMES = ("cat", "dog", "<fox>")
LABELS = np.array([0, 0, 0, 1, 1, 2], np.uint8)
PREDICTIONS = np.array([0, 0, 1, 1, 2, 2])
FIRST = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 10]])
SECOND = np.array([[5, 5, 0], [1, 9, 0], [1, 0, 9]])


def written(figure: dict) -> dict[tuple[int, int], str]:
    """What is written on each cell, by row and column."""
    numbers = trace(figure, "numbers")
    return dict(zip(zip(numbers["y"], numbers["x"], strict=True), numbers["text"], strict=True))


def difference(first=FIRST, second=SECOND) -> dict:
    return confusion_difference_figure(first, second, NAMES, "plain", "<i>")


def test_the_first_class_is_the_top_row():
    axis = confusion_figure(LABELS, PREDICTIONS, (*NAMES, "a class without images"))["layout"][
        "yaxis"
    ]
    assert axis["ticktext"][0] == "cat"
    assert axis["range"] == [3.5, -0.5]


def test_a_confusion_matrix_shows_counts_but_no_zeros():
    figure = confusion_figure(LABELS, PREDICTIONS, NAMES)
    assert written(figure) == {(0, 0): "2", (0, 1): "1", (1, 1): "1", (1, 2): "1", (2, 2): "1"}
    assert trace(figure, "cells")["text"][1][2] == (
        "<b>dog</b> taken for <b>&lt;fox&gt;</b><br>1 of 2 images (50.0%)"
    )


def test_right_cells_are_blue_and_wrong_ones_vermilion():
    """A third of the cats are taken for dogs, and half of the dogs, which is most, for foxes."""
    figure = confusion_figure(LABELS, PREDICTIONS, NAMES)
    fullness = trace(figure, "cells")["z"]
    np.testing.assert_allclose(fullness, [[2 / 3, -2 / 3, 0], [0, 1 / 2, -1], [0, 0, 1]])
    cells = [tint(BLUE, 2 / 3), tint(VERMILION, 2 / 3), tint(BLUE, 1 / 2)]
    cells += [VERMILION, BLUE]
    assert trace(figure, "numbers")["textfont"]["color"] == list(map(ink, cells))


@pytest.mark.parametrize("color", [BLUE, VERMILION])
def test_numbers_can_be_read_on_cells_of_every_fullness(color):
    for fullness in np.linspace(0, 1, 201):
        cell = tint(color, fullness)
        assert contrast(ink(cell), cell) >= 4.5


def test_a_difference_is_the_first_minus_the_second_and_equal_cells_are_empty():
    assert written(difference()) == {(0, 0): "+3", (0, 1): "−3", (2, 0): "−1", (2, 2): "+1"}
    assert written(difference(FIRST, FIRST)) == {}


def test_colour_tells_who_does_better():
    """The first recognises more cats and confuses fewer: both are its gain."""
    gain = trace(difference(), "cells")["z"]
    np.testing.assert_allclose(gain, [[0.3, 0.3, 0], [0, 0, 0], [0.1, 0, 0.1]])
    np.testing.assert_array_equal(trace(difference(SECOND, FIRST), "cells")["z"], -gain)


def test_a_difference_names_both_runs():
    figure = difference()
    assert trace(figure, "first")["name"] == "plain does better"
    assert trace(figure, "second")["name"] == "&lt;i&gt; does better"
    assert trace(figure, "cells")["text"][0][1] == (
        "<b>cat</b> taken for <b>dog</b><br>2 by plain<br>5 by &lt;i&gt;"
    )


def test_classes_have_a_dot_for_each_run_in_its_look():
    accuracies = {"plain": np.array([0.5, 0.6, np.nan]), "residual": np.array([0.7, 0.4, np.nan])}
    figure = per_class_figure(accuracies, [3, 14], NAMES)
    for number, name in ((3, "plain"), (14, "residual")):
        dots = trace(figure, f"run{number}")
        assert dots["name"] == name
        assert (dots["marker"]["color"], dots["marker"]["symbol"]) == look(number)[::2]
    worst_to_best = [0.5, 0.7, np.nan, 0.4, 0.6] + [np.nan] * 4
    np.testing.assert_array_equal(trace(figure, "ranges")["x"], worst_to_best)
