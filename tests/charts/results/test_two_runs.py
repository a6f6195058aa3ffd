"""Two runs' predictions of the same images side by side."""

import numpy as np
import plotly.graph_objects as go
import pytest

from covnets.charts.results.two_runs import (
    confusion_difference_figure,
    disagreements,
    per_class_figure,
)
from covnets.charts.theme import look

NAMES = ("cat", "dog", "fox")
FIRST = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 10]])
SECOND = np.array([[5, 5, 0], [1, 9, 0], [1, 0, 9]])


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def difference(first=FIRST, second=SECOND) -> dict:
    return confusion_difference_figure(first, second, NAMES, "plain", "residual")


def test_cells_show_the_first_minus_the_second_and_equal_ones_nothing():
    numbers = trace(difference(), "numbers")
    shown = dict(zip(zip(numbers["y"], numbers["x"], strict=True), numbers["text"], strict=True))
    assert shown == {(0, 0): "+3", (0, 1): "−3", (2, 0): "−1", (2, 2): "+1"}


def test_colour_tells_who_does_better():
    """The first recognises more cats and confuses fewer: both are its gain."""
    gain = trace(difference(), "cells")["z"]
    assert gain.tolist() == [[3, 3, 0], [0, 0, 0], [1, 0, 1]]
    np.testing.assert_array_equal(trace(difference(SECOND, FIRST), "cells")["z"], -gain)


def test_difference_is_accepted_by_plotly_and_names_both_runs():
    figure = difference()
    go.Figure(figure)
    assert trace(figure, "first")["name"] == "plain does better"
    assert trace(figure, "second")["name"] == "residual does better"
    assert trace(figure, "cells")["text"][0][1] == (
        "<b>cat</b> taken for <b>dog</b><br>2 by plain<br>5 by residual"
    )


def test_equal_results_have_no_numbers():
    figure = difference(FIRST, FIRST)
    go.Figure(figure)
    assert not trace(figure, "numbers")["text"]


def test_other_images_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="must have classified the same images: 30 images"):
        difference(FIRST, 2 * FIRST)
    with pytest.raises(ValueError, match="of 2"):
        difference(FIRST, FIRST[:2, :2])


def test_classes_have_a_dot_for_each_run_in_its_look():
    accuracies = {"plain": np.array([0.5, 0.6, np.nan]), "residual": np.array([0.7, 0.4, np.nan])}
    figure = per_class_figure(accuracies, [3, 14], NAMES)
    go.Figure(figure)
    for number, name in ((3, "plain"), (14, "residual")):
        dots = trace(figure, f"run{number}")
        assert dots["name"] == name
        assert dots["marker"]["color"] == look(number).color
        assert dots["marker"]["symbol"] == look(number).symbol
    assert trace(figure, "ranges")["x"] == [0.5, 0.7, None, 0.4, 0.6, None]
    # The first class is the top row.
    assert figure["layout"]["yaxis"]["range"] == [2.5, -0.5]


def test_no_runs_are_no_dots():
    go.Figure(per_class_figure({}, [], NAMES))


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
    assert only_first[0].probabilities == pytest.approx((0.9, 0.1, 0))
    assert disagreements(labels, first, second, count=1)[0] == only_first[:1]


def test_twins_never_disagree():
    labels = np.array([0, 1, 2])
    probabilities = np.eye(3)[[0, 1, 1]]
    assert disagreements(labels, probabilities, probabilities) == ([], [])
