"""The compare page in a browser: rows are chosen, found by a link, and new runs appear."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from covnets.runs import Run, RunStore
from scripts.real_dashboard import RealDashboard
from tests.browser.family_on_screen import tick_row
from tests.ui.recorded_runs import planned_run, recorded_run

pytestmark = pytest.mark.browser

TICKED = "[role=row][aria-selected=true]"


@pytest.fixture(scope="module")
def compared(
    browser_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealDashboard]:
    """A dashboard with four finished runs."""
    home = tmp_path_factory.mktemp("compared")
    with RunStore(home) as store:
        for family in ("vgg", "resnet", "inception", "vgg"):
            recorded_run(store, "finished", family)
    with RealDashboard(home, engine="inline") as running:
        yield running


def opened(page: Page, dashboard: RealDashboard, query: str = "") -> Page:
    page.goto(f"{dashboard.url}/compare{query}")
    expect(page.get_by_test_id("glide-cell-2-0").first).to_be_attached()
    return page


def chips(page: Page) -> Locator:
    """The buttons that take the chosen runs away."""
    place = page.locator("[class*=st-key-compare-chips]")
    return place.get_by_role("button", name=re.compile("Remove|Delete", re.I))


def listed(dashboard: RealDashboard) -> list[Run]:
    with RunStore(dashboard.home) as store:
        return store.runs.list()


def address_of(runs: list[Run]) -> re.Pattern[str]:
    return re.compile(r"/compare\?runs=" + "%2C".join(run.id for run in runs) + "$")


def test_rows_ticked_in_quick_succession_are_all_chosen_and_survive_sorting(page, compared):
    opened(page, compared)
    runs = listed(compared)
    for row in (0, 1, 2):
        tick_row(page, row)
    expect(page.locator(TICKED)).to_have_count(3)
    expect(page).to_have_url(address_of(runs[:3]))
    expect(page.locator(".live-chart .main-svg").first).to_be_visible()
    page.get_by_text("oldest first").click()
    # Their rows are the last three now.
    expect(page.locator(f"{TICKED}[aria-rowindex='2']")).to_have_count(0)
    expect(page.locator(TICKED)).to_have_count(3)
    expect(page).to_have_url(re.compile("direction=up"))
    expect(chips(page)).to_have_count(3)
    page.reload()
    expect(page.locator(f"{TICKED}[aria-rowindex='3']")).to_have_count(1)
    expect(page.locator(TICKED)).to_have_count(3)
    expect(chips(page)).to_have_count(3)
    expect(page.get_by_role("radio", name="oldest first")).to_be_checked()
    expect(page.locator(".live-chart .main-svg").first).to_be_visible()


def test_a_new_run_appears_by_itself_and_ticks_stay_with_their_runs(page, compared):
    with RunStore(compared.home) as store:
        going_on = recorded_run(store, "running", "vgg")
        runs = store.runs.list()[1:2]
        opened(page, compared, f"?runs={runs[0].id}")
        expect(page.locator(f"{TICKED}[aria-rowindex='3']")).to_have_count(1)
        new = store.runs.create(planned_run("resnet"), owner="test")
        store.labels.set(new.id, name="the new one")
        expect(page.get_by_test_id("glide-cell-2-0").first).to_have_text("the new one")
        expect(page.locator(f"{TICKED}[aria-rowindex='4']")).to_have_count(1)
        expect(page).to_have_url(address_of(runs))
        store.states.request_stop(new.id)
        store.states.finish(going_on.id, "cancelled")
