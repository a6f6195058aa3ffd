"""Pages by their address, the list of runs, and how pages fit a screen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from covnets.runs import RunStore
from covnets.ui import shell
from tests.browser.conftest import PHONE, WIDE
from tests.browser.family_on_screen import FamilyOnScreen, tick_row
from tests.ui.recorded_runs import recorded_run

pytestmark = pytest.mark.browser

HEADINGS = {name: shell.TITLE if name == "home" else title for name, title, _ in shell.PAGES}


@pytest.mark.parametrize("address", ["vgg", "home"])
def test_the_first_page_of_a_fresh_server_has_the_navigation_of_all(page, fresh_dashboard, address):
    page.goto(f"{fresh_dashboard.url}/{address}")
    expect(page.get_by_role("heading", name=HEADINGS[address], exact=True)).to_be_visible()
    links = page.get_by_test_id("stSidebarNav").get_by_role("link")
    expect(links).to_have_count(len(shell.PAGES))
    shown = [link.inner_text().split()[-1] for link in links.all()]
    assert shown == [title for _, title, _ in shell.PAGES]


def test_an_address_that_names_no_page_says_so_on_a_fresh_server(page, fresh_dashboard):
    page.goto(f"{fresh_dashboard.url}/vgg/16")
    expect(page.get_by_role("heading", name="No such page", exact=True)).to_be_visible()
    sentence = "There is no page '/vgg-16': did you mean /vgg?"
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_test_id("stMain").get_by_role("link", name="VGG").click()
    expect(page.get_by_role("heading", name="VGG", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    page.goto(f"{fresh_dashboard.url}/nonsense")
    expect(page.get_by_test_id("stMain").get_by_role("link")).to_have_count(len(shell.PAGES))


def test_chosen_row_of_the_list_opens_the_run(page, fresh_dashboard):
    with RunStore(fresh_dashboard.home) as store:
        recorded_run(store, "finished", "vgg")
        run = recorded_run(store, "cancelled", "resnet")
    page.goto(fresh_dashboard.url)
    table = page.get_by_test_id("stDataFrame")
    expect(table.get_by_test_id("glide-cell-4-0")).to_have_text("cancelled")
    tick_row(page, 0)
    expect(page.get_by_role("heading", name="ResNet", exact=True)).to_be_visible()
    expect(page.get_by_text(run.id)).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/resnet\?run={run.id}"))


@pytest.mark.parametrize(("viewport", "theme"), [(WIDE, "light"), (PHONE, "dark")])
def test_pages_fit_the_screen_in_width(new_page, viewport, theme, full_dashboard):
    is_phone = viewport == PHONE
    themed_page = new_page(
        viewport=viewport, color_scheme=theme, has_touch=is_phone, is_mobile=is_phone
    )
    with RunStore(full_dashboard.home) as store:
        finished = {run.family: run.id for run in store.runs.list(states=["finished"])}
    for name, heading in HEADINGS.items():
        run = finished.get(name)
        themed_page.goto(f"{full_dashboard.url}/{name}{f'?run={run}' if run else ''}")
        expect(themed_page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        if run:
            FamilyOnScreen(themed_page, full_dashboard, name).wait_until_drawn("loss")
            expect(themed_page.locator(f".st-key-{name}-confusion svg").first).to_be_visible()
        assert overflow(themed_page) == {}, name
        assert (brightness(themed_page) < 0.3) == (theme == "dark")


def overflow(page: Page) -> dict[str, list[int]]:
    """Parts of the page that are wider than their room, as [content, room] in pixels."""
    wider: dict[str, list[int]] = page.evaluate(
        """() => Object.fromEntries(["html", "body", "[data-testid=stMain]"]
          .map(name => [name, document.querySelector(name)])
          .filter(([, part]) => part && part.scrollWidth > part.clientWidth)
          .map(([name, part]) => [name, [part.scrollWidth, part.clientWidth]]))"""
    )
    return wider


def brightness(page: Page) -> float:
    """Of the page's background, from 0, black, to 1."""
    colour = page.get_by_test_id("stApp").evaluate("part => getComputedStyle(part).backgroundColor")
    red, green, blue = (int(value) for value in re.findall(r"\d+", colour)[:3])
    return (red + green + blue) / (3 * 255)
