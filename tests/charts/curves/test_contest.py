"""Curves of several runs in one figure, and of several seeds."""

import re

import numpy as np
import pytest

from covnets.charts.curves.averages import median_of, moving_average
from covnets.charts.curves.contest import Entry, contest_curve, contest_height
from covnets.charts.curves.end_labels import LINE_HEIGHT, brief, spread
from covnets.charts.curves.traces import Line
from covnets.charts.theme import look
from covnets.runs.curves import Curves
from tests.charts.curves.curve_points import (
    changed,
    points,
    until,
    with_losses,
)
from tests.charts.figures import trace

AXES = ("step", "epoch", "seconds", "macs")
PARTS = ["train_band", "train", "smooth", "validation", "key"]


def entry(number: int, *seeds: Curves, **how) -> Entry:
    curves = seeds or (points(**how),)
    return Entry(f"run{number}", f"blocks: {number}", number, curves, 1e9)


def entries(count: int = 3, **how) -> list[Entry]:
    return [entry(number, **how) for number in range(1, count + 1)]


def levels(*values: float) -> list[Curves]:
    """Seeds that reach these accuracies."""
    return [points(level=value) for value in values]


def median(seeds: list[Curves], split="train", axis="step", metric="accuracy") -> Line:
    return median_of([curves[split] for curves in seeds], metric, axis, 1e6)


def uids(figure: dict) -> list[str]:
    return [each["uid"] for each in figure["data"]]


def notes(figure: dict) -> list[str]:
    """What the lines below the x-axis' title say."""
    return re.findall(r">([^<>]+)</span>", figure["layout"]["xaxis"]["title"]["text"])


def drawn(figure: dict, part: str) -> list[dict]:
    """The traces of a part that have points."""
    parts = [each for each in figure["data"] if each["uid"].endswith(f".{part}")]
    return [each for each in parts if np.isfinite(np.asarray(each["y"], float)).any()]


def test_a_trace_without_points_is_not_empty_for_plotly_would_forget_that_it_was_hidden():
    for each in contest_curve(entries(2, steps=0), "accuracy")["data"]:
        assert len(each["x"]) == len(each["y"]) > 0


def test_a_run_has_one_legend_entry_that_hides_all_of_it():
    figure = contest_curve(entries(3), "accuracy")
    named = [each for each in figure["data"] if each.get("showlegend", True)]
    assert [each["name"] for each in named] == ["blocks: 1", "blocks: 2", "blocks: 3"]
    for part in PARTS:
        assert trace(figure, f"run2.{part}")["legendgroup"] == "run2"


@pytest.mark.parametrize("seeds", [levels(0.5), levels(0.5, 0.6)], ids=["one seed", "two"])
def test_training_and_validation_share_colour_and_dash_and_validation_is_thick(seeds):
    figure = contest_curve([entry(12, *seeds)], "accuracy", smoothing=0.5)
    lines = [each["line"] for each in figure["data"] if "dash" in each["line"]][1:]
    assert {(line["color"], line["dash"]) for line in lines} == {look(12)[:2]}
    validation = trace(figure, "run12.validation")
    assert validation["marker"]["symbol"] == look(12).symbol
    assert validation["line"]["width"] >= 2 * trace(figure, "run12.train")["line"]["width"]


def test_smoothing_never_hides_the_points():
    plain, smooth = (
        contest_curve(entries(1), "accuracy", smoothing=smoothing) for smoothing in (0, 0.9)
    )
    for part in ("train", "validation"):
        before, after = (trace(figure, f"run1.{part}")["y"] for figure in (plain, smooth))
        np.testing.assert_array_equal(before, after)
    assert np.isnan(trace(plain, "run1.smooth")["y"]).all()
    assert trace(smooth, "run1.smooth")["y"].shape == trace(smooth, "run1.train")["y"].shape
    assert 0 < trace(smooth, "run1.train")["opacity"] < trace(plain, "run1.train")["opacity"]


def test_runs_of_different_buckets_are_smoothed_over_as_many_steps():
    runs = [entry(1, steps=4000, every=1), entry(2, steps=4000, every=16)]
    figure = contest_curve(runs, "accuracy", smoothing=0.9)
    fine, coarse = (trace(figure, f"run{run}.smooth") for run in (1, 2))
    shared = fine["y"][np.isin(fine["x"], coarse["x"])]
    np.testing.assert_allclose(shared[50:], coarse["y"][50:], atol=0.005)


@pytest.mark.parametrize(
    ("axis", "last"), [("step", 80), ("epoch", 4), ("seconds", 40), ("macs", 80e9)]
)
def test_curves_are_drawn_by_each_axis_and_chance_as_far_as_the_longest(axis, last):
    runs = [entry(1), entry(2, steps=80)]
    figure = contest_curve(runs, "loss", axis=axis)
    for uid in ("run2.train", "run2.validation", "chance"):
        assert trace(figure, uid)["x"][-1] == pytest.approx(last)


def test_only_the_wanted_splits_are_drawn():
    figure = contest_curve(entries(1), "loss", splits=("validation",))
    assert uids(figure) == ["chance", "run1.validation", "run1.key"]


def test_more_than_eight_runs_are_named_beside_their_curves_in_the_order_of_the_last_points():
    runs = [entry(n, level=(n * 7 % 10) / 10) for n in range(1, 10)]
    figure = contest_curve(runs, "accuracy")
    assert not [each for each in figure["data"] if each.get("showlegend", True)]
    labels = [trace(figure, f"run{number}.label") for number in range(1, 10)]
    assert [each["text"][1] for each in labels] == [f"blocks: {n}" for n in range(1, 10)]
    assert [each["line"]["color"] for each in labels] == [look(n).color for n in range(1, 10)]
    places = [each["y"][1] for each in labels]
    assert min(np.diff(sorted(places))) * contest_height(9) > LINE_HEIGHT
    ends = [trace(figure, f"run{n}.validation")["y"][-1] for n in range(1, 10)]
    assert np.argsort(ends).tolist() == np.argsort(places).tolist()


def test_names_stand_beside_their_curves_on_a_logarithmic_axis():
    runs = [
        entry(n, with_losses(points(), "validation", slice(None), 10.0 ** (2 - n)))
        for n in range(1, 10)
    ]
    linear, log = (
        np.array([trace(figure, f"run{n}.label")["y"][1] for n in range(1, 10)])
        for figure in (contest_curve(runs, "loss", log=log) for log in (False, True))
    )
    # From 10 down to the floor at 0.0001, and the rest there.
    assert -np.diff(log)[:3] == pytest.approx([1 / 5.15] * 3, abs=0.01)
    assert -np.diff(linear)[3] < 0.06


@pytest.mark.parametrize(
    "values", [[0.5] * 5, [0, 0, 1, 1], [0.1, 0.2, 0.95, 0.99, 1.0], [-1, 0.5], [], [9]]
)
def test_names_never_overlap_nor_leave_the_chart(values):
    places = spread(values, 0.1)
    assert len(places) == len(values)
    assert all(0 <= place <= 1 for place in places)
    assert all(gap >= 0.1 - 1e-9 for gap in np.diff(places))


def test_there_is_room_for_all_names():
    figure = contest_curve(entries(40, steps=0), "accuracy")
    places = sorted(trace(figure, f"run{n}.label")["y"][1] for n in range(1, 41))
    assert min(np.diff(places)) * contest_height(40) > LINE_HEIGHT
    assert places[-1] <= 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shortcut none", "shortcut none"),
        ("ResNet · blocks 2 · seed 3", "ResNet · 2 · 3"),
        ("VGG · convolutions 2, 2, 3, 3 · seed 1", "VGG · 2, 2, 3, 3…"),
        ("a name that somebody gave", "a name that someb…"),
    ],
)
def test_of_a_long_name_the_values_are_kept_beside_the_curves(name, shown):
    assert brief(name) == shown


def test_moving_average_is_the_debiased_exponential_one_and_passes_over_what_is_not_a_number():
    assert moving_average(np.array([1.0, 2, 4]), 0.5) == pytest.approx([1, 5 / 3, 3])
    assert moving_average(np.full(9, 0.3), 0.9) == pytest.approx([0.3] * 9)
    smooth = moving_average(np.array([np.nan, 1, np.nan, 1]), 0.5)
    assert smooth == pytest.approx([np.nan, 1, 1, 1], nan_ok=True)


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
def test_what_is_said_of_the_lines_is_true_of_those_that_are_drawn(how, smoothing, splits):
    figure = contest_curve(entries(2, **how), "accuracy", smoothing=smoothing, splits=splits)
    said = "; ".join(notes(figure))
    validation, smooth, raw = (drawn(figure, part) for part in ("validation", "smooth", "train"))
    is_empty = not validation and not raw
    assert ("no points yet" in said) == is_empty
    missing = "validation" in splits and not validation
    assert ("no validation yet" in said) == (missing and not is_empty)
    assert ("with markers: validation" in said) == bool(validation and raw)
    assert ("training" in said) == bool(raw)
    assert ("training, smoothed" in said) == ("pale" in said) == bool(smooth)
    assert ("range of ≤ 16 steps" in said) == bool(drawn(figure, "train_band"))
    assert ("each step" in said) == bool(raw and not drawn(figure, "train_band"))
    for each in validation:
        assert "markers" in each["mode"]
    for each in raw + smooth:
        # A dash stands for a line of one point.
        assert each["mode"] == "lines" or each["marker"]["symbol"].startswith("line")
    for each in raw:
        assert (each["opacity"] < 0.5) == bool(smooth)


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ([points(steps=0)] * 2, {"no points yet"}),
        (
            [points(epochs=0), points(steps=0)],
            {"one seed so far", "training, each step", "no validation yet"},
        ),
        (
            [points(), points(), points(steps=20)],
            {
                *("median of up to 3 seeds", "band: lowest to highest seed"),
                *("with markers: validation", "without: training, each step"),
            },
        ),
        (
            [points(every=16, steps=160)] * 2,
            {
                *("median of up to 2 seeds", "band: lowest to highest seed"),
                *("with markers: validation", "without: training, mean of ≤ 16 steps"),
            },
        ),
    ],
    ids=["empty", "first epoch", "three seeds", "thinned"],
)
def test_what_is_said_of_the_lines_is_true_of_the_seeds_that_are_there(seeds, said):
    figure = contest_curve([entry(1, *seeds)], "accuracy")
    assert set("; ".join(notes(figure)).split("; ")) - {"\xa0"} == said


@pytest.mark.parametrize(
    ("values", "middle"), [([0.5], 0.5), ([0.2, 0.8], 0.5), ([0.9, 0.1, 0.3], 0.3)]
)
def test_line_is_the_median_and_band_reaches_from_lowest_to_highest(values, middle):
    line = median(levels(*values))
    assert line.value[-1] == pytest.approx(middle)
    assert line.lowest[-1] == pytest.approx(min(values))
    assert line.highest[-1] == pytest.approx(max(values))
    assert set(line.seeds.tolist()) == {len(values)}


def test_only_steps_that_all_seeds_have_are_drawn():
    line = median([points(every=1), points(every=4), points(steps=0)])
    assert line.x.tolist() == list(range(4, 41, 4))
    assert set(line.seeds.tolist()) == {2}  # one has not begun


def test_a_seed_that_is_behind_counts_up_to_where_it_is():
    line = median([points(level=0.8), until(points(), 10)])
    assert line.x.tolist() == list(range(1, 41))
    assert line.seeds.tolist() == [2] * 10 + [1] * 30


def test_seconds_are_the_median_and_never_run_backwards():
    slow = changed(points(), "train", slice(None), seconds=points()["train"]["seconds"] * 3)
    line = median([slow, until(points(), 10), points()], axis="seconds")
    assert line.x[0] == pytest.approx(0.5)
    assert (np.diff(line.x) >= 0).all()
    titles = [
        contest_curve([entry(1, *levels(0.2, 0.8))], "loss", axis=axis)
        for axis in ("seconds", "epoch")
    ]
    said = ["median of the seeds" in each["layout"]["xaxis"]["title"]["text"] for each in titles]
    assert said == [True, False]


def test_a_diverged_seed_leaves_the_others():
    diverged = with_losses(points(), "train", slice(None), np.nan)
    line = median([points(), diverged], metric="loss")
    assert set(line.seeds.tolist()) == {1}
    assert np.isfinite(line.value).all()


def test_medians_are_those_of_the_losses_on_either_axis_and_hover_tells_the_spread():
    seeds = entry(1, *levels(0.2, 0.8, 0.6))
    linear, log = (
        trace(contest_curve([seeds], "loss", log=log), "run1.train") for log in (False, True)
    )
    np.testing.assert_allclose(linear["y"], log["y"])
    line = trace(contest_curve([seeds], "accuracy"), "run1.validation")
    assert line["customdata"][-1].tolist() == pytest.approx([3, 0.2, 0.8])
    assert "seeds that have come this far: %{customdata[0]}" in line["hovertemplate"]
