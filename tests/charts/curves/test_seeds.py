"""Curves over several seeds: median, lowest and highest at the steps that all have."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from covnets.charts.curves.curves import figure_bytes
from covnets.charts.curves.seeds import SeedGroup, seeds_curve, spread_over_seeds
from tests.charts.curves.curve_points import points
from tests.charts.curves.test_contest import notes, without_notes


def group(*frames, key="g1", number=1) -> SeedGroup:
    return SeedGroup(key, "blocks: 3", number, frames, 1e6)


def levels(*values: float) -> SeedGroup:
    return group(*(points(level=value) for value in values))


def spread(seeds: SeedGroup, split="train", axis="step", metric="accuracy"):
    return spread_over_seeds(seeds, (split,), metric, axis)[split]


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def test_plotly_accepts_every_property():
    for axis in ("step", "epoch", "seconds", "macs"):
        for steps in (0, 40):
            groups = [group(points(steps=steps), points(steps=steps)), group(key="g2")]
            go.Figure(seeds_curve(groups, "loss", axis=axis))


def test_traces_and_page_are_the_same_from_the_first_point_to_the_last():
    before, after = (
        seeds_curve([group(points(steps=steps), points(steps=steps))], "accuracy")
        for steps in (0, 40)
    )
    assert [each["uid"] for each in before["data"]] == [each["uid"] for each in after["data"]]
    assert without_notes(before["layout"]) == without_notes(after["layout"])


@pytest.mark.parametrize(
    ("values", "median"), [([0.5], 0.5), ([0.2, 0.8], 0.5), ([0.9, 0.1, 0.3], 0.3)]
)
def test_line_is_the_median_and_band_reaches_from_lowest_to_highest(values, median):
    seeds = spread(levels(*values))
    assert seeds.median[-1] == pytest.approx(median)
    assert seeds.lowest[-1] == pytest.approx(min(values))
    assert seeds.highest[-1] == pytest.approx(max(values))
    assert set(seeds.count.tolist()) == {len(values)}


def test_only_steps_that_all_seeds_have_are_drawn():
    seeds = spread(group(points(every=1), points(every=4)))
    assert seeds.x.tolist() == list(range(4, 41, 4))


def test_a_seed_that_is_behind_counts_up_to_where_it_is():
    late = points()
    late = late[late["step"] <= 10]
    seeds = spread(group(points(level=0.8), late))
    assert seeds.x.tolist() == list(range(1, 41))
    assert seeds.count.tolist() == [2] * 10 + [1] * 30


def test_a_seed_that_has_not_begun_does_not_count():
    assert set(spread(group(points(), points(steps=0))).count.tolist()) == {1}


def test_seconds_are_the_median_and_never_run_backwards():
    slow, late = points(), points()
    slow["seconds"] *= 3
    late = late[late["step"] <= 10]
    seeds = spread(group(slow, late, points()), axis="seconds")
    assert seeds.x[0] == pytest.approx(0.5)
    assert (np.diff(seeds.x) >= 0).all()


def test_macs_are_counted_by_the_step():
    assert spread(levels(0.5), axis="macs").x[-1] == pytest.approx(40e6)


def test_a_diverged_seed_leaves_the_others():
    broken = points()
    broken["loss_mean"] = np.nan
    seeds = spread(group(points(), broken), metric="loss")
    assert set(seeds.count.tolist()) == {1}
    assert np.isfinite(seeds.median).all()
    json.loads(
        figure_bytes(seeds_curve([group(broken, broken)], "loss")), parse_constant=pytest.fail
    )


def test_hover_says_how_many_seeds_and_from_where_to_where():
    line = trace(seeds_curve([levels(0.2, 0.8, 0.6)], "accuracy"), "g1.validation")
    assert line["customdata"][-1].tolist() == pytest.approx([3, 0.2, 0.8])
    assert "seeds that are so far: %{customdata[0]}" in line["hovertemplate"]


def test_validation_is_thick_and_training_thin():
    figure = seeds_curve([levels(0.5, 0.6)], "loss")
    widths = [trace(figure, f"g1.{split}")["line"]["width"] for split in ("validation", "train")]
    assert widths[0] >= 2 * widths[1]


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([], {"no points yet"}),
        ([points(epochs=0)], {"one seed so far", "training, each step", "no validation yet"}),
        (
            [points()],
            {"one seed so far", "with markers: validation", "without: training, each step"},
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
    ids=["empty", "first epoch", "first seed", "three seeds", "thinned"],
)
def test_what_the_page_says_of_the_lines_is_true_of_the_seeds_that_are_there(frames, said):
    figure = seeds_curve([group(*frames)], "accuracy")
    assert set("; ".join(notes(figure)).replace("; \xa0", "").split("; ")) - {"\xa0"} == said


def test_seconds_are_said_to_be_the_seeds_median():
    titles = [
        seeds_curve([group(points())], "loss", axis=axis)["layout"]["xaxis"]["title"]["text"]
        for axis in ("seconds", "epoch")
    ]
    assert ["median of the seeds" in title for title in titles] == [True, False]


def test_medians_are_those_of_the_losses_on_either_axis():
    linear, log = (
        trace(seeds_curve([levels(0.2, 0.8)], "loss", log=log), "g1.train") for log in (False, True)
    )
    np.testing.assert_allclose(linear["y"], log["y"])
