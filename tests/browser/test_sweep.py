"""A sweep in a browser: its map fills in place; stopped, it goes on with what is left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.family_on_screen import ChartsOnScreen

pytestmark = pytest.mark.browser

SMALLEST = "family=vgg&num_stages=1&units=16&vary=num_convs:1,2&vary=filters:4,8"
# Runs that last for longer than a tick: the sweep is stopped while the first ones train.
SETTINGS = "&num_train=500&epochs=24"


def test_a_sweep_fills_its_map_and_goes_on_after_a_stop(dashboard, page):
    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    sweep = ChartsOnScreen(page, dashboard, "sweep")
    page.goto(f"{sweep.address}?{SMALLEST}{SETTINGS}")
    expect(page.get_by_text("Start makes 4 runs of VGG")).to_be_visible()
    press("Start")
    expect(page).to_have_url(re.compile(r"sweep=\w{10}"))
    expect(page.get_by_text(re.compile(r"\d running"))).to_be_visible()
    press("Stop")
    expect(page.get_by_text("paused: Resume goes on with what is left")).to_be_visible()
    sweep.watch_charts("map")
    press("Resume")
    sweep.wait_for_points(more_than=0, chart="map", curve="score_texts")
    expect(page.get_by_text("Best finished run:")).to_be_visible()
    (group,) = sweep.store.groups.list("sweep")
    assert group.state == "finished"
    trials = sweep.store.groups.trials(group.id)
    states = [sweep.store.runs.get(trial.run_ids[0] or "").state for trial in trials]
    assert states == ["finished"] * 4
    sweep.wait_for_num_points(4, "map", "score_texts")
    assert not sweep.chart_was_replaced("map")

    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="VGG", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"run=\w{10}"))
