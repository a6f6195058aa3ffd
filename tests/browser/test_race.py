"""A race in a browser: its curves grow in place, whatever a visitor has zoomed into or hidden."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.family_on_screen import ChartsOnScreen

pytestmark = pytest.mark.browser

CONTESTANTS = (
    "vgg;num_stages=1;num_convs=1;filters=4;units=16",
    "resnet;num_stages=1;num_blocks=1;filters=4",
)
SETTINGS = "&num_train=12000&batch_size=16&epochs=30"


def test_a_race_grows_in_place_and_keeps_zoom_and_hidden_curves(dashboard, page):
    line = "&".join(f"contestant={text}" for text in CONTESTANTS)
    race = ChartsOnScreen(page, dashboard, "race")
    page.goto(f"{race.address}?{line}{SETTINGS}")
    race.start.click()
    expect(page).to_have_url(re.compile(r"race=\w{10}"))
    (group,) = race.store.groups.list("race")
    vgg, resnet = (f"{group.id}-{place}.train" for place in range(2))
    for curve in (vgg, resnet):
        race.wait_for_points(more_than=3, curve=curve)
    race.wait_for_last_step(more_than=0.1, curve=resnet)
    race.watch_charts()
    race.hide("VGG", vgg)
    zoomed = race.zoom()
    race.wait_for_last_step(race.last_step(resnet) + 0.2, resnet)
    assert race.x_range() == zoomed
    assert race.visible(vgg) == "legendonly"
    assert not race.chart_was_replaced()

    race.stop.click()
    expect(race.stop).to_be_disabled()
    states = [run.state for run in race.store.runs.list(group=group.id)]
    assert states == ["cancelled"] * 2
