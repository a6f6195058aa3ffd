"""A sweep in a browser: its map fills in place; stopped, it goes on with what is left."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from covnets.runs import RunStore
from tests.browser.family_on_screen import IS_KEPT, WATCH

pytestmark = pytest.mark.browser

SMALLEST = "family=vgg&num_stages=1&units=16&vary=num_convs:1,2&vary=filters:4,8"
# Runs that last for longer than a tick: the sweep is stopped while the first ones train.
SETTINGS = "&num_train=500&epochs=8"
MAP = ".st-key-sweep-map .live-chart"
SCORES = f"""() => {{
  const chart = document.querySelector("{MAP}");
  return chart?._fullData?.find(trace => trace.uid === "score_texts")?.text?.length ?? 0;
}}"""


def test_a_sweep_fills_its_map_and_goes_on_after_a_stop(dashboard, page):
    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    page.goto(f"{dashboard.url}/sweep?{SMALLEST}{SETTINGS}")
    expect(page.get_by_text("Start makes 4 runs of VGG")).to_be_visible()
    press("Start")
    expect(page).to_have_url(re.compile(r"sweep=\w{10}"))
    expect(page.get_by_text(re.compile(r"\d running"))).to_be_visible()
    press("Stop")
    expect(page.get_by_text("paused: Resume goes on with what is left")).to_be_visible()
    page.locator(MAP).evaluate(WATCH)
    press("Resume")
    page.wait_for_function(f"({SCORES})() > 0")
    with RunStore(dashboard.home) as store:
        expect(page.get_by_text("Best finished run:")).to_be_visible()
        (group,) = store.groups.list("sweep")
        assert group.state == "finished"
        trials = store.groups.trials(group.id)
        states = [store.runs.get(trial.run_ids[0] or "").state for trial in trials]
    assert len(trials) == 4
    assert set(states) == {"finished"}
    page.wait_for_function(f"({SCORES})() === 4")
    assert page.locator(MAP).evaluate(IS_KEPT)

    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_role("heading", name="VGG", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"run=\w{10}"))
