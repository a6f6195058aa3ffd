"""Learning curves as pure functions."""

import base64
import json
import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from covnets.charts.curves.curves import figure_bytes, gap_curve, learning_curve
from covnets.charts.curves.lines import LOSS_FLOOR
from tests.charts.test_colors import contrast

COLUMNS = ["loss_mean", "loss_min", "loss_max", "accuracy_mean", "accuracy_min", "accuracy_max"]


def history(*, epochs: int = 3, steps_per_epoch: int = 10, spread: float = 0.0) -> pd.DataFrame:
    steps = np.arange(1, epochs * steps_per_epoch + 1)
    ends = steps[steps_per_epoch - 1 :: steps_per_epoch]
    rows = [("train", step, 1 - step / 100, step / 100) for step in steps]
    rows += [("train_eval", step, 0.5, 0.8) for step in ends]
    rows += [("validation", step, 0.6, 0.75) for step in ends]
    points = pd.DataFrame(rows, columns=["split", "step", "loss_mean", "accuracy_mean"])
    points["epoch"] = points["step"] / steps_per_epoch
    for metric in ("loss", "accuracy"):
        width = np.where(points["split"] == "train", spread, 0)
        points[f"{metric}_min"] = points[f"{metric}_mean"] - width
        points[f"{metric}_max"] = points[f"{metric}_mean"] + width
    points["seconds"] = 0.0
    points["points"] = 2 if spread else 1
    return points


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def every_figure(points: pd.DataFrame) -> list[dict]:
    return [
        build(points, axis=axis)
        for axis in ("step", "epoch")
        for build in (
            lambda points, axis: learning_curve(points, "loss", axis=axis),
            lambda points, axis: learning_curve(points, "accuracy", axis=axis),
            lambda points, axis: gap_curve(points, axis=axis),
        )
    ]


@pytest.mark.parametrize(("steps", "mode"), [(1, "markers"), (2, "lines"), (30, "lines")])
def test_first_point_is_a_marker_until_there_is_a_line(steps, mode):
    figure = learning_curve(history(epochs=1, steps_per_epoch=steps), "loss")
    assert trace(figure, "train")["mode"] == mode


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_plotly_accepts_every_property(epochs):
    for figure in every_figure(history(epochs=epochs, spread=0.1)):
        go.Figure(figure)


def test_traces_are_the_same_from_the_first_point_to_the_last():
    for before, after in zip(
        every_figure(history(epochs=0)), every_figure(history(spread=0.1)), strict=True
    ):
        assert [each["uid"] for each in before["data"]] == [each["uid"] for each in after["data"]]
        # What it is saved as says nothing of how it looks.
        assert before["layout"] == {k: v for k, v in after["layout"].items() if k != "meta"}


def test_training_shows_each_step_and_the_other_splits_each_epoch():
    figure = learning_curve(history(), "accuracy")
    assert trace(figure, "train")["x"].tolist() == list(range(1, 31))
    assert trace(figure, "validation")["x"].tolist() == [10, 20, 30]
    assert trace(figure, "validation")["y"] == pytest.approx([0.75] * 3)


def test_points_are_drawn_in_the_order_of_their_steps():
    figure = learning_curve(history().iloc[::-1], "loss")
    assert trace(figure, "train")["x"].tolist() == list(range(1, 31))


def test_epoch_axis_keeps_fractions():
    x = trace(learning_curve(history(), "loss", axis="epoch"), "train")["x"]
    assert x[0] == pytest.approx(0.1)
    assert x[-1] == pytest.approx(3)


def zoom_keepers(figure):
    """Plotly keeps what a visitor has chosen while these stay as they are."""
    layout = figure["layout"]
    return {name: layout[name]["uirevision"] for name in ("xaxis", "yaxis")}


def test_horizontal_zoom_is_forgotten_when_the_axis_changes():
    by_step, by_epoch = (
        zoom_keepers(learning_curve(history(), "loss", axis=axis)) for axis in ("step", "epoch")
    )
    assert by_step["xaxis"] != by_epoch["xaxis"]
    assert by_step["yaxis"] == by_epoch["yaxis"]


@pytest.mark.parametrize("axis", ["step", "epoch"])
def test_zoom_outlives_new_points_but_not_another_run(axis):
    def kept(points, subject):
        figures = (
            learning_curve(points, "loss", axis=axis, subject=subject),
            gap_curve(points, axis=axis, subject=subject),
        )
        return [zoom_keepers(figure) for figure in figures]

    first = kept(history(), "first")
    assert all(name for keepers in first for name in keepers.values())
    assert kept(history().head(5), "first") == first
    for before, after in zip(first, kept(history(), "second"), strict=True):
        assert before["xaxis"] != after["xaxis"]
        assert before["yaxis"] != after["yaxis"]


def test_hidden_curves_stay_hidden_in_another_run():
    first, second = (
        learning_curve(history(), "loss", subject=run)["layout"] for run in ("first", "second")
    )
    assert first["uirevision"] == second["uirevision"]


def test_chance_is_a_uniform_guess():
    accuracy, loss = (
        trace(learning_curve(history(), metric, num_classes=4), "chance")["y"]
        for metric in ("accuracy", "loss")
    )
    assert accuracy == [0.25, 0.25]
    assert loss == [math.log(4)] * 2


@pytest.mark.parametrize(
    ("metric", "last"), [("accuracy", ["gap", "chance"]), ("loss", ["chance"])]
)
def test_legend_begins_with_training_and_validation(metric, last):
    entries = [
        each for each in learning_curve(history(), metric)["data"] if each.get("showlegend", True)
    ]
    entries.sort(key=lambda entry: entry.get("legendrank", 1000))  # plotly's own rank
    measured = ["training, each step", "training sample", "validation"]
    assert [entry["name"] for entry in entries] == [*measured, *last]


@pytest.mark.parametrize("page", ["#FFFFFF", "#11161D"], ids=["light", "dark"])
def test_gap_is_seen_on_either_page(page):
    fill = trace(learning_curve(history(), "accuracy"), "gap")["fillcolor"]
    *color, opacity = map(float, fill.removeprefix("rgba(").removesuffix(")").split(","))
    ground = [int(page[start : start + 2], 16) for start in (1, 3, 5)]
    mixed = [round(b + opacity * (c - b)) for b, c in zip(ground, color, strict=True)]
    assert contrast("#" + "".join(f"{each:02X}" for each in mixed), page) > 1.6


def test_band_reaches_from_minimum_to_maximum_of_each_bucket():
    band = trace(learning_curve(history(spread=0.1), "accuracy"), "train_band")
    assert band["x"][:2].tolist() == [1, 2]
    assert band["y"][0] == pytest.approx(0.01 - 0.1)
    assert band["y"][-1] == pytest.approx(0.01 + 0.1)


def test_exact_points_have_no_band():
    assert trace(learning_curve(history(), "loss"), "train_band")["x"].size == 0


def test_gap_is_in_percentage_points():
    assert trace(gap_curve(history()), "gap_line")["y"] == pytest.approx([5] * 3, abs=1e-4)


def test_gap_waits_for_both_of_its_sides():
    points = history()
    points = points[~((points["split"] == "validation") & (points["step"] == 30))]
    assert trace(gap_curve(points), "gap_line")["x"].tolist() == [10, 20]


def test_bytes_carry_the_numbers_packed():
    data = json.loads(figure_bytes(learning_curve(history(), "loss")))["data"]
    x = next(each for each in data if each["uid"] == "train")["x"]
    assert x["dtype"] == "i4"
    assert np.frombuffer(base64.b64decode(x["bdata"]), "<i4").tolist() == list(range(1, 31))


def test_bytes_have_no_types_that_plotly_cannot_read():
    figure = {"data": [{"x": np.arange(3), "y": np.array([]), "text": np.array(["a"])}]}
    (data,) = json.loads(figure_bytes(figure))["data"]
    assert data["x"]["dtype"] == "f8"
    assert data["y"] == []
    assert data["text"] == ["a"]


def test_a_loss_that_is_not_a_number_is_still_json():
    points = history()
    points.loc[3, COLUMNS] = math.nan
    json.loads(figure_bytes(learning_curve(points, "loss")), parse_constant=pytest.fail)


@pytest.mark.parametrize("axis", ["step", "epoch"])
def test_each_chart_is_saved_under_a_name_of_its_own(axis):
    points = history()
    figures = [
        learning_curve(points, "loss", axis=axis),
        learning_curve(points, "accuracy", axis=axis),
        gap_curve(points, axis=axis),
    ]
    names = [figure["layout"]["meta"]["file_name"] for figure in figures]
    assert names == [f"{what}-by-{axis}" for what in ("loss", "accuracy", "gap")]


def test_an_empty_chart_is_nothing_to_save():
    assert not any("meta" in figure["layout"] for figure in every_figure(history(epochs=0)))


@pytest.mark.parametrize("spread", [0.0, 0.1], ids=["exact", "thinned"])
def test_training_is_called_what_its_points_are(spread):
    points = history(spread=spread)
    points.loc[points["split"] == "train", "points"] = 16 if spread else 1
    points.loc[points["split"] != "train", "points"] = 1
    figure = learning_curve(points, "loss")
    train, band = trace(figure, "train"), trace(figure, "train_band")
    says = train["name"] == "training, mean and range of ≤ 16 steps"
    assert says == bool(band["x"].size) == ("customdata" in train) == bool(spread)
    assert ("steps averaged: %{customdata}" in train["hovertemplate"]) == bool(spread)
    assert trace(figure, "validation")["name"] == "validation"


def test_evaluations_that_are_thinned_say_so():
    points = history()
    points.loc[points["split"] == "validation", "points"] = 4
    line = trace(learning_curve(points, "accuracy"), "validation")
    assert line["name"] == "validation, mean of ≤ 4 evaluations"
    assert "evaluations averaged" in line["hovertemplate"]


def learned_by_heart() -> pd.DataFrame:
    """A spike at first; at last a batch of which nothing was lost at all."""
    points = history()
    last = points.index[points["split"] == "train"][-1]
    points.loc[0, ["loss_mean", "loss_min", "loss_max"]] = 60.0
    points.loc[last, ["loss_mean", "loss_min", "loss_max"]] = 0.0
    return points


def test_a_logarithmic_axis_draws_every_point_and_says_which_are_lower():
    linear, log = (learning_curve(learned_by_heart(), "loss", log=log) for log in (False, True))
    go.Figure(log)
    before, after = (trace(figure, "train") for figure in (linear, log))
    assert log["layout"]["yaxis"]["type"] == "log"
    assert after["y"].max() == 60
    assert after["y"].min() == pytest.approx(LOSS_FLOOR)
    np.testing.assert_allclose(after["y"], np.maximum(before["y"], LOSS_FLOOR))
    assert ["below" in each for each in after["hovertemplate"]] == [False] * 29 + [True]
    assert trace(log, "validation")["hovertemplate"] == trace(linear, "validation")["hovertemplate"]


def test_the_page_speaks_of_the_floor_only_where_something_lies_there():
    titles = [
        learning_curve(points, "loss", log=log)["layout"]["xaxis"]["title"]["text"]
        for points, log in (
            (learned_by_heart(), True),
            (learned_by_heart(), False),
            (history(), True),
        )
    ]
    assert ["0.0001" in title for title in titles] == [True, False, False]


def test_a_logarithmic_axis_keeps_the_zoom_along_the_steps_alone():
    linear, log = (zoom_keepers(learning_curve(history(), "loss", log=log)) for log in (0, 1))
    assert linear["xaxis"] == log["xaxis"]
    assert linear["yaxis"] != log["yaxis"]  # its range is a pair of logarithms


@pytest.mark.parametrize(("lowest", "begin"), [(0.04, 0.02), (0.3, 0.2), (1e-7, LOSS_FLOOR)])
def test_a_logarithmic_axis_begins_at_a_label_below_all_losses(lowest: float, begin: float):
    points = history()
    points.loc[0, ["loss_mean", "loss_min", "loss_max"]] = lowest
    axis = learning_curve(points, "loss", log=True)["layout"]["yaxis"]
    assert 10 ** axis["range"][0] == pytest.approx(begin)


def test_the_axis_of_accuracy_is_never_logarithmic():
    one, other = (learning_curve(history(), "accuracy", log=log)["layout"] for log in (0, 1))
    assert one == other


def test_a_logarithmic_chart_without_points_is_drawn():
    figure = learning_curve(history(epochs=0), "loss", log=True)
    assert figure["layout"]["yaxis"]["type"] == "log"
    json.loads(figure_bytes(figure), parse_constant=pytest.fail)
