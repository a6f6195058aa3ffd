"""What holds for every chart of curves, of one run, of several, of several seeds."""

from collections.abc import Callable

import numpy as np
import pytest

from covnets.charts.curves.contest import Entry, contest_curve
from covnets.charts.curves.one_run import gap_curve, learning_curve
from covnets.runs.curves import Curves, XAxis
from tests.charts.curves.curve_points import points, with_losses
from tests.charts.figures import assert_can_be_shown

Chart = Callable[[Curves, XAxis, str], dict]


def one_run(metric, **how) -> Chart:
    return lambda curves, axis, subject: learning_curve(
        curves, metric, axis=axis, subject=subject, **how
    )


def contest(metric, count: int, num_seeds: int = 1, **how) -> Chart:
    def draw(curves: Curves, axis: XAxis, subject: str) -> dict:
        runs = [
            Entry(f"run{number}", f"blocks: {number}", number, [curves] * num_seeds, 1e9)
            for number in range(1, count + 1)
        ]
        return contest_curve(runs, metric, axis=axis, subject=subject, **how)

    return draw


CHARTS = {
    "loss": one_run("loss"),
    "loss, logarithmic": one_run("loss", log=True),
    "accuracy": one_run("accuracy"),
    "gap": lambda curves, axis, subject: gap_curve(curves, axis=axis, subject=subject),
    "several runs": contest("accuracy", 3, smoothing=0.5),
    "several runs, logarithmic": contest("loss", 3, log=True),
    "many runs": contest("loss", 12),
    "one split": contest("loss", 2, splits=("validation",)),
    "seeds": contest("loss", 2, num_seeds=3),
}


@pytest.fixture(params=CHARTS)
def chart(request: pytest.FixtureRequest) -> Chart:
    return CHARTS[request.param]


def lasting(layout: dict) -> dict:
    """The layout but for words about the points that are there, and a logarithmic axis' range."""
    x_axis, y_axis = (dict(layout[name]) for name in ("xaxis", "yaxis"))
    x_axis.pop("title")
    if y_axis.get("type") == "log":
        y_axis.pop("range")
        y_axis.pop("nticks")
    kept = {name: value for name, value in layout.items() if name != "meta"}
    return kept | {"xaxis": x_axis, "yaxis": y_axis}


def zoom_keepers(figure: dict) -> tuple[str, str]:
    """Plotly keeps what a visitor has zoomed to, along x and y, while these stay as they are."""
    layout = figure["layout"]
    return layout["xaxis"]["uirevision"], layout["yaxis"]["uirevision"]


@pytest.mark.parametrize("axis", ["step", "epoch", "seconds", "macs"])
def test_every_chart_can_be_shown_from_the_first_point_on(chart, axis):
    diverged = with_losses(points(), "train", slice(5, None), np.nan)
    for curves in (points(steps=0), points(steps=1, epochs=1), points(spread=0.1), diverged):
        assert_can_be_shown(chart(curves, axis, "run"))


def test_traces_and_layout_are_the_same_from_the_first_point_to_the_last(chart):
    empty, first, last = (
        chart(curves, "step", "run")
        for curves in (points(steps=0), points(steps=1, epochs=1), points(spread=0.1))
    )
    uids = [each["uid"] for each in last["data"]]
    assert len(set(uids)) == len(uids)
    for earlier in (empty, first):
        assert [each["uid"] for each in earlier["data"]] == uids
        assert lasting(earlier["layout"]) == lasting(last["layout"])
        # The curves stay as high as they are.
        titles = [figure["layout"]["xaxis"]["title"]["text"] for figure in (earlier, last)]
        assert titles[0].count("<br>") == titles[1].count("<br>")


def test_zoom_outlives_new_points_but_not_another_axis_or_subject(chart):
    first = zoom_keepers(chart(points(steps=0), "step", "first"))
    assert all(first)
    assert zoom_keepers(chart(points(), "step", "first")) == first
    by_epoch = zoom_keepers(chart(points(), "epoch", "first"))
    assert (by_epoch[0] != first[0], by_epoch[1] != first[1]) == (True, False)
    other = chart(points(), "step", "other")
    assert not set(zoom_keepers(other)) & set(first)
    # What is hidden stays so.
    assert other["layout"]["uirevision"] == "constant"
    # Plotly keeps a zoom only while the figure itself has the same range as before.
    assert "range" not in other["layout"]["xaxis"]


def test_a_chart_without_points_is_nothing_to_save(chart):
    empty, full = (chart(points(steps=steps), "epoch", "run")["layout"] for steps in (0, 40))
    assert "meta" not in empty
    assert "-by-epoch" in full["meta"]["file_name"]


def test_a_logarithmic_axis_keeps_the_zoom_along_the_steps_alone():
    linear, log = (
        zoom_keepers(CHARTS[name](points(), "step", "run"))
        for name in ("loss", "loss, logarithmic")
    )
    assert (log[0] == linear[0], log[1] == linear[1]) == (True, False)
