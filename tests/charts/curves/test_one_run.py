"""Learning curves of one run."""

import math

import numpy as np
import plotly.graph_objects as go
import pytest

from covnets.charts.curves.layout import LOSS_FLOOR
from covnets.charts.curves.one_run import gap_curve, learning_curve
from covnets.runs.curves import Curves
from tests.charts.curves.curve_points import (
    changed,
    points,
    until,
    with_losses,
)
from tests.charts.figures import trace


def test_first_point_is_a_marker_until_there_is_a_line():
    modes = [
        trace(learning_curve(points(steps=steps), "loss"), "train")["mode"] for steps in (1, 2, 30)
    ]
    assert modes == ["markers", "lines", "lines"]


def test_training_shows_each_step_and_the_other_splits_each_epoch():
    figure = learning_curve(points(), "accuracy")
    assert trace(figure, "train")["x"].tolist() == list(range(1, 41))
    assert trace(figure, "validation")["x"].tolist() == [10, 20, 30, 40]
    assert trace(figure, "validation")["y"] == pytest.approx([0.2, 0.4, 0.6, 0.8])


def test_epoch_axis_keeps_fractions():
    x = trace(learning_curve(points(), "loss", axis="epoch"), "train")["x"]
    assert x[0] == pytest.approx(0.1)
    assert x[-1] == pytest.approx(4)


def test_chance_is_a_uniform_guess():
    accuracy, loss = (
        trace(learning_curve(points(), metric, num_classes=4), "chance")["y"]
        for metric in ("accuracy", "loss")
    )
    assert accuracy == [0.25, 0.25]
    assert loss == [math.log(4)] * 2


@pytest.mark.parametrize(
    ("metric", "last"), [("accuracy", ["gap", "chance"]), ("loss", ["chance"])]
)
def test_legend_begins_with_training_and_validation(metric, last):
    entries = [
        each for each in learning_curve(points(), metric)["data"] if each.get("showlegend", True)
    ]
    entries.sort(key=lambda entry: entry.get("legendrank", 1000))  # plotly's own rank
    measured = ["training, each step", "training sample", "validation"]
    assert [entry["name"] for entry in entries] == [*measured, *last]


def test_gap_is_in_percentage_points_where_both_sides_are_known():
    curves = changed(points(), "train_eval", slice(None), accuracy_mean=0.85)
    curves = changed(curves, "validation", slice(None), accuracy_mean=0.8)
    validation = until(curves, 25)["validation"]
    line = trace(gap_curve(curves | {"validation": validation}), "gap_line")
    assert line["x"].tolist() == [10, 20]
    assert line["y"] == pytest.approx([5] * 2, abs=1e-4)


@pytest.mark.parametrize("spread", [0.0, 0.1], ids=["exact", "thinned"])
def test_training_is_called_what_its_points_are(spread):
    curves = points(spread=spread)
    if spread:
        curves = changed(curves, "train", slice(None), points=16)
    figure = learning_curve(curves, "accuracy")
    train, band = trace(figure, "train"), trace(figure, "train_band")
    says = train["name"] == "training, mean and range of ≤ 16 steps"
    has_band = bool(np.isfinite(band["y"]).any())
    assert says == has_band == ("customdata" in train) == bool(spread)
    assert ("steps averaged: %{customdata}" in train["hovertemplate"]) == bool(spread)
    assert trace(figure, "validation")["name"] == "validation"
    if has_band:
        assert (band["y"][0], band["y"][-1]) == pytest.approx((0.02 - 0.1, 0.02 + 0.1))


def test_evaluations_that_are_thinned_say_so():
    curves = changed(points(), "validation", slice(None), points=4)
    line = trace(learning_curve(curves, "accuracy"), "validation")
    assert line["name"] == "validation, mean of ≤ 4 evaluations"
    assert "evaluations averaged" in line["hovertemplate"]


@pytest.fixture
def learned_by_heart() -> Curves:
    """A spike at first; at last a batch of which nothing was lost at all."""
    spiked = with_losses(points(), "train", slice(0, 1), 60.0)
    return with_losses(spiked, "train", slice(-1, None), 0.0)


def test_a_logarithmic_axis_draws_every_point_and_says_which_are_lower(learned_by_heart):
    linear, log = (learning_curve(learned_by_heart, "loss", log=log) for log in (False, True))
    go.Figure(log)
    before, after = (trace(figure, "train") for figure in (linear, log))
    assert log["layout"]["yaxis"]["type"] == "log"
    assert after["y"].max() == 60
    np.testing.assert_allclose(after["y"], np.maximum(before["y"], LOSS_FLOOR))
    assert ["below" in each for each in after["hovertemplate"]] == [False] * 39 + [True]
    assert trace(log, "validation")["hovertemplate"] == trace(linear, "validation")["hovertemplate"]


def test_the_layout_speaks_of_the_floor_only_where_something_lies_there(learned_by_heart):
    titles = [
        learning_curve(curves, "loss", log=log)["layout"]["xaxis"]["title"]["text"]
        for curves, log in ((learned_by_heart, True), (learned_by_heart, False), (points(), True))
    ]
    assert ["0.0001" in title for title in titles] == [True, False, False]


@pytest.mark.parametrize(("lowest", "begin"), [(0.04, 0.02), (0.3, 0.2), (1e-7, LOSS_FLOOR)])
def test_a_logarithmic_axis_begins_at_a_label_below_all_losses(lowest: float, begin: float):
    curves = with_losses(points(), "train", slice(0, 1), lowest)
    axis = learning_curve(curves, "loss", log=True)["layout"]["yaxis"]
    assert 10 ** axis["range"][0] == pytest.approx(begin)


def test_the_axis_of_accuracy_is_never_logarithmic():
    one, other = (learning_curve(points(), "accuracy", log=log)["layout"] for log in (0, 1))
    assert one == other
