"""A race in a browser: its curves grow in place, whatever a visitor has zoomed into or hidden."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from covnets.runs import RunStore
from tests.browser.family_on_screen import IS_KEPT, WATCH

pytestmark = pytest.mark.browser

CONTESTANTS = (
    "vgg;num_stages=1;num_convs=1;filters=4;units=16",
    "resnet;num_stages=1;num_blocks=1;filters=4",
)
SETTINGS = "&num_train=12000&batch_size=16&epochs=30"

CHART = ".st-key-race-accuracy .live-chart"
LOOK = f"""() => {{
  const chart = document.querySelector("{CHART}");
  const traces = chart?._fullData?.filter(trace => trace.uid.endsWith(".train")) ?? [];
  return {{
    points: traces.map(trace => trace.x.length),
    last: Math.max(0, ...traces.map(trace => trace.x.at(-1) ?? 0)),
    range: chart?._fullLayout?.xaxis.range,
    hidden: (chart?._fullData ?? []).filter(trace => trace.visible === "legendonly").length,
  }};
}}"""


def hide_first_entry(page: Page) -> None:
    entry = page.locator(CHART).locator(".legend .legendtoggle").first
    entry.click(force=True)
    page.wait_for_function(f"({LOOK})().hidden > 0")


def zoom(page: Page) -> None:
    """Drag a flat box over the middle of the accuracy chart."""
    box = page.locator(CHART).locator(".nsewdrag").first.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.3 * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], middle, steps=4)
    page.mouse.up()
    page.wait_for_function(f"({LOOK})().range[0] > 0")


def test_a_race_grows_in_place_and_keeps_zoom_and_hidden_curves(dashboard, page):
    line = "&".join(f"contestant={text}" for text in CONTESTANTS)
    page.goto(f"{dashboard.url}/race?{line}{SETTINGS}")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"race=\w{10}"))
    page.wait_for_function(f"({LOOK})().points.every(count => count > 3) && ({LOOK})().points[1]")
    page.wait_for_function(f"({LOOK})().last > 0.1")
    page.locator(CHART).evaluate(WATCH)
    hide_first_entry(page)
    zoom(page)
    before = page.evaluate(LOOK)
    page.wait_for_function(f"({LOOK})().last > {before['last'] + 0.2}")
    after = page.evaluate(LOOK)
    assert after["range"] == before["range"]
    assert after["hidden"] == before["hidden"]
    assert page.locator(CHART).evaluate(IS_KEPT)

    # Streamlit's own header may have a button of this name, too.
    stop = page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True)
    stop.click()
    expect(stop).to_be_disabled()
    with RunStore(dashboard.home) as store:
        (group,) = store.groups.list("race")
        assert [run.state for run in store.runs.list(group=group.id)] == ["cancelled"] * 2
