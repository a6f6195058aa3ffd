"""Curves of several runs in one figure."""

import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest

from covnets.charts.curves.contest import Contestant, contest_curve, contest_height
from covnets.charts.curves.curves import figure_bytes
from covnets.charts.curves.end_labels import LINE_HEIGHT, brief, spread
from covnets.charts.curves.smoothing import moving_average
from covnets.charts.theme import look
from tests.charts.curves.curve_points import points

AXES = ("step", "epoch", "seconds", "macs")
PARTS = ["band", "train", "smooth", "validation", "key"]


def contestant(number: int, **how) -> Contestant:
    return Contestant(f"run{number}", f"blocks: {number}", number, points(**how), 1e9)


def contestants(count: int = 3, **how) -> list[Contestant]:
    return [contestant(number, **how) for number in range(1, count + 1)]


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def notes(figure: dict) -> list[str]:
    """What the lines below the x-axis' title say."""
    return re.findall(r">([^<>]+)</span>", figure["layout"]["xaxis"]["title"]["text"])


def without_notes(layout: dict) -> dict:
    """The page but for what it says of the lines, which is told of those that are there."""
    return layout | {"xaxis": {k: v for k, v in layout["xaxis"].items() if k != "title"}}


def drawn(figure: dict, part: str) -> list[dict]:
    """The traces of a part that have points."""
    parts = [each for each in figure["data"] if each["uid"].endswith(f".{part}")]
    return [each for each in parts if np.isfinite(np.asarray(each["y"], float)).any()]


@pytest.mark.parametrize("axis", AXES)
def test_plotly_accepts_every_property(axis):
    for metric, count, steps in (("loss", 2, 40), ("accuracy", 2, 0), ("loss", 9, 0)):
        runs = contestants(count, steps=steps, spread=0.1)
        go.Figure(contest_curve(runs, metric, axis=axis, smoothing=0.5))


@pytest.mark.parametrize("count", [3, 12])
def test_traces_and_page_are_the_same_from_the_first_point_to_the_last(count):
    before, first, after = (
        contest_curve(contestants(count, **how), "loss")
        for how in ({"steps": 0}, {"steps": 1, "epochs": 1}, {"steps": 40, "spread": 0.1})
    )
    uids = [each["uid"] for each in after["data"]]
    assert len(set(uids)) == len(uids)
    for earlier in (before, first):
        assert [each["uid"] for each in earlier["data"]] == uids
        assert without_notes(earlier["layout"]) == without_notes(after["layout"])
        # The curves stay as high as they are.
        assert len(notes(earlier)) == len(notes(after))


def test_traces_are_named_by_run_and_part():
    uids = [each["uid"] for each in contest_curve(contestants(2), "loss")["data"]]
    assert uids == ["chance", *(f"run{run}.{part}" for part in PARTS for run in (1, 2))]


def test_a_trace_without_points_is_not_empty_for_plotly_would_forget_that_it_was_hidden():
    for each in contest_curve(contestants(2, steps=0), "accuracy")["data"]:
        assert len(each["x"]) == len(each["y"]) > 0


def test_a_run_has_one_legend_entry_that_hides_all_of_it():
    figure = contest_curve(contestants(3), "accuracy")
    entries = [each for each in figure["data"] if each.get("showlegend", True)]
    assert [each["name"] for each in entries] == ["blocks: 1", "blocks: 2", "blocks: 3"]
    for part in PARTS:
        assert trace(figure, f"run2.{part}")["legendgroup"] == "run2"


def test_training_and_validation_of_a_run_share_colour_and_dash():
    figure = contest_curve([contestant(12)], "accuracy", smoothing=0.5)
    lines = [trace(figure, f"run12.{part}")["line"] for part in PARTS[1:]]
    assert {(line["color"], line["dash"]) for line in lines} == {look(12)[:2]}
    validation = trace(figure, "run12.validation")
    assert validation["marker"]["symbol"] == look(12).symbol
    assert validation["line"]["width"] > 2 * trace(figure, "run12.train")["line"]["width"]


def test_smoothing_never_hides_the_points():
    plain, smooth = (
        contest_curve(contestants(1), "accuracy", smoothing=smoothing) for smoothing in (0, 0.9)
    )
    for part in ("train", "validation"):
        before, after = (trace(figure, f"run1.{part}")["y"] for figure in (plain, smooth))
        np.testing.assert_array_equal(before, after)
    assert np.isnan(trace(plain, "run1.smooth")["y"]).all()
    assert trace(smooth, "run1.smooth")["y"].shape == trace(smooth, "run1.train")["y"].shape
    assert 0 < trace(smooth, "run1.train")["opacity"] < trace(plain, "run1.train")["opacity"]


def test_runs_of_different_buckets_are_smoothed_over_as_many_steps():
    runs = [contestant(1, steps=4000, every=1), contestant(2, steps=4000, every=16)]
    figure = contest_curve(runs, "accuracy", smoothing=0.9)
    fine, coarse = (trace(figure, f"run{run}.smooth") for run in (1, 2))
    shared = fine["y"][np.isin(fine["x"], coarse["x"])]
    np.testing.assert_allclose(shared[50:], coarse["y"][50:], atol=0.005)


def test_a_bucket_reaches_from_its_lowest_to_its_highest_point():
    band = trace(contest_curve(contestants(1, spread=0.1), "accuracy"), "run1.band")
    assert band["y"][0] == pytest.approx(0.02 - 0.1)
    assert band["y"][-1] == pytest.approx(0.02 + 0.1)
    assert np.isnan(trace(contest_curve(contestants(1), "loss"), "run1.band")["y"]).all()


@pytest.mark.parametrize(
    ("axis", "last"), [("step", 40), ("epoch", 4), ("seconds", 20), ("macs", 40e9)]
)
def test_curves_are_drawn_by_each_axis(axis, last):
    figure = contest_curve(contestants(2), "loss", axis=axis)
    for uid in ("run1.train", "run2.validation", "chance"):
        assert trace(figure, uid)["x"][-1] == pytest.approx(last)


def test_chance_reaches_as_far_as_the_longest_run():
    runs = [contestant(1, steps=40), contestant(2, steps=80)]
    assert trace(contest_curve(runs, "loss"), "chance")["x"] == [0, 80]


def keepers(figure: dict) -> tuple[str, str]:
    return tuple(figure["layout"][name]["uirevision"] for name in ("xaxis", "yaxis"))


def test_zoom_outlives_new_points_but_not_another_axis_or_subject():
    first = keepers(contest_curve(contestants(2, steps=0), "loss"))
    assert keepers(contest_curve(contestants(2), "loss")) == first
    by_macs = keepers(contest_curve(contestants(2), "loss", axis="macs"))
    assert by_macs[0] != first[0]
    assert by_macs[1] == first[1]
    other = keepers(contest_curve(contestants(2), "loss", subject="other"))
    assert other[0] != first[0]
    assert other[1] != first[1]


def test_the_page_says_nothing_that_changes_with_the_points():
    """Plotly keeps a zoom only while the figure itself has the same range as before."""
    layout = contest_curve(contestants(2), "loss")["layout"]
    assert "range" not in layout["xaxis"]
    assert "range" not in layout["yaxis"]


def test_only_the_wanted_splits_are_drawn():
    figure = contest_curve(contestants(1), "loss", splits=("validation",))
    assert [each["uid"] for each in figure["data"]] == ["chance", "run1.validation", "run1.key"]


def test_figure_says_what_it_is_saved_as():
    layout = contest_curve(contestants(1), "loss", axis="macs")["layout"]
    assert layout["meta"]["file_name"] == "loss-by-macs"


def test_no_legend_if_none_is_wanted():
    for count in (3, 12):
        figure = contest_curve(contestants(count), "loss", legend=False)
        assert figure["layout"]["showlegend"] is False
        assert not [each for each in figure["data"] if each["uid"].endswith(".label")]


def test_more_than_eight_runs_are_named_beside_their_curves():
    figure = contest_curve(contestants(9), "accuracy")
    assert not [each for each in figure["data"] if each.get("showlegend", True)]
    labels = [trace(figure, f"run{number}.label") for number in range(1, 10)]
    assert [each["text"][1] for each in labels] == [f"blocks: {n}" for n in range(1, 10)]
    assert [each["line"]["color"] for each in labels] == [look(n).color for n in range(1, 10)]
    places = sorted(each["y"][1] for each in labels)
    assert min(np.diff(places)) * contest_height(9) > LINE_HEIGHT


def test_names_stand_in_the_order_of_the_last_points():
    runs = [contestant(n, level=(n * 7 % 10) / 10) for n in range(1, 10)]
    figure = contest_curve(runs, "accuracy")
    ends = [trace(figure, f"run{n}.validation")["y"][-1] for n in range(1, 10)]
    places = [trace(figure, f"run{n}.label")["y"][1] for n in range(1, 10)]
    assert np.argsort(ends).tolist() == np.argsort(places).tolist()


def test_a_low_chart_names_the_best_runs():
    runs = [contestant(n, level=n / 50) for n in range(1, 41)]
    figure = contest_curve(runs, "accuracy", height=320)
    named = [n for n in range(1, 41) if trace(figure, f"run{n}.label")["y"][1] is not None]
    assert named == list(range(named[0], 41))
    assert 10 < len(named) < 20
    assert contest_height(40) > 600


@pytest.mark.parametrize(
    "values", [[0.5] * 5, [0, 0, 1, 1], [0.1, 0.2, 0.95, 0.99, 1.0], [np.nan, np.nan, 0.5], [], [9]]
)
def test_names_never_overlap_nor_leave_the_chart(values):
    places = spread(values, 0.1)
    assert len(places) == len(values)
    assert all(0 <= place <= 1 for place in places)
    assert all(gap >= 0.1 - 1e-9 for gap in np.diff(places))


def test_names_have_places_even_where_there_is_no_room():
    assert spread([0.5] * 3, 0.9) == [0, 0.5, 1]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shortcut none", "shortcut none"),
        ("ResNet · blocks per stage 2 · seed 3", "ResNet · 2 · 3"),
        ("VGG · convolutions per stage 2, 2, 3, 3 · seed 1", "VGG · 2, 2, 3, 3…"),
        ("a name that somebody gave", "a name that someb…"),
    ],
)
def test_of_a_long_name_the_values_are_kept_beside_the_curves(name, shown):
    assert brief(name) == shown


def test_names_are_shown_as_they_were_typed():
    run = Contestant("a", "<b>3 < 5</b>", 1, points(), 1.0)
    assert trace(contest_curve([run], "loss"), "a.key")["name"] == "&lt;b&gt;3 &lt; 5&lt;/b&gt;"


def test_a_diverged_run_is_still_json():
    run = contestant(1)
    run.points.loc[5:, "loss_mean"] = np.nan
    bytes_ = figure_bytes(contest_curve([run, contestant(2)], "loss", smoothing=0.5))
    json.loads(bytes_, parse_constant=pytest.fail)


def test_moving_average_is_the_debiased_exponential_one():
    assert moving_average(np.array([1.0, 2, 4]), 0.5) == pytest.approx([1, 5 / 3, 3])
    assert moving_average(np.full(9, 0.3), 0.9) == pytest.approx([0.3] * 9)


def test_moving_average_passes_over_what_is_not_a_number():
    smooth = moving_average(np.array([np.nan, 1, np.nan, 1]), 0.5)
    assert np.isnan(smooth[0])
    assert smooth[1:] == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("smoothing", [-0.1, 1.0])
def test_impossible_smoothing_is_refused_in_a_sentence(smoothing):
    with pytest.raises(ValueError, match="use 0 or more, and less than 1"):
        contest_curve(contestants(2), "loss", smoothing=smoothing)


@pytest.mark.parametrize("splits", [("train", "validation"), ("train",), ("validation",)])
@pytest.mark.parametrize("smoothing", [0.0, 0.9])
@pytest.mark.parametrize(
    "how",
    [
        {"steps": 0},
        {"steps": 1, "epochs": 0},
        {"steps": 30, "epochs": 0},
        {"steps": 40},
        {"steps": 4000, "every": 16, "spread": 0.1},
    ],
    ids=["empty", "first step", "first epoch", "later", "thinned"],
)
def test_what_the_page_says_of_the_lines_is_true_of_those_that_are_drawn(how, smoothing, splits):
    figure = contest_curve(contestants(2, **how), "accuracy", smoothing=smoothing, splits=splits)
    said = "; ".join(notes(figure))
    validation, smooth, raw = (drawn(figure, part) for part in ("validation", "smooth", "train"))
    is_empty = not validation and not raw
    assert ("no points yet" in said) == is_empty
    missing = "validation" in splits and not validation
    assert ("no validation yet" in said) == (missing and not is_empty)
    assert ("with markers: validation" in said) == bool(validation and raw)
    assert ("training" in said) == bool(raw)
    assert ("training, smoothed" in said) == ("pale" in said) == bool(smooth)
    assert ("range of ≤ 16 steps" in said) == bool(drawn(figure, "band"))
    assert ("each step" in said) == bool(raw and not drawn(figure, "band"))
    for each in validation:
        assert "markers" in each["mode"]
    for each in raw + smooth:
        # A dash stands for a line of one point.
        assert each["mode"] == "lines" or each["marker"]["symbol"].startswith("line")
    for each in raw:
        assert (each["opacity"] < 0.5) == bool(smooth)


def test_names_stand_beside_their_curves_on_a_logarithmic_axis():
    runs = [contestant(n) for n in range(1, 10)]
    for n, run in enumerate(runs):
        losses = ["loss_mean", "loss_min", "loss_max"]
        run.points.loc[run.points["split"] != "train", losses] = 10.0 ** (1 - n)
    linear, log = (
        [trace(contest_curve(runs, "loss", log=log, height=900), f"run{n}.label")["y"][1] for n in
         range(1, 10)] for log in (False, True)
    )  # fmt: skip
    # From 10 down to the floor at 0.0001, and the rest there.
    assert -np.diff(log)[:4] == pytest.approx([0.9 / 5] * 4, abs=0.01)
    assert -np.diff(linear)[3] < 0.05
