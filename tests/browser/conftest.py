"""A real dashboard and a real browser.

Where no browser is installed these tests are skipped; with COVNETS_REQUIRE_BROWSER set they fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from covnets.runs import RunStore
from scripts.real_dashboard import BROWSER_ARGUMENTS, BROWSERS, RealDashboard, find_browser
from tests.ui.recorded_runs import fill

# The machine may be slow; whatever is waited for is normally there within a second or two.
MILLISECONDS = 60_000
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=MILLISECONDS)


@pytest.fixture(scope="session")
def browser_path() -> str:
    path = find_browser()
    if path is not None:
        return path
    reason = f"There is no browser: install one of {', '.join(BROWSERS)}."
    if os.environ.get("COVNETS_REQUIRE_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def chromium(browser_path: str) -> Iterator[Browser]:
    """One browser a file: while it runs, no other test could use an event loop of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=list(BROWSER_ARGUMENTS)
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Make pages that load nothing from elsewhere and meet no error in their scripts."""
    pages: list[Page] = []
    hosts: set[str | None] = set()
    errors: list[str] = []

    def make(**options: object) -> Page:
        context = chromium.new_context(**({"viewport": WIDE} | options))
        page = context.new_page()
        page.set_default_timeout(MILLISECONDS)
        page.on("request", lambda request: hosts.add(_host(request.url)))
        page.on("websocket", lambda socket: hosts.add(_host(socket.url)))
        page.on("pageerror", lambda error: errors.append(str(error)))
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.context.close()
    assert hosts <= {"localhost"}, "everything must come from this machine"
    assert not errors


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def dashboard(
    browser_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealDashboard]:
    """A dashboard that trains in a worker process; loading TensorFlow takes seconds, so once."""
    home = tmp_path_factory.mktemp("training")
    with RealDashboard(home) as running:
        yield running


@pytest.fixture(scope="module")
def full_dashboard(
    browser_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealDashboard]:
    """A dashboard that has runs of every state, and trains none."""
    home = tmp_path_factory.mktemp("full")
    with RunStore(home) as store:
        fill(store)
    with RealDashboard(home, engine="inline") as running:
        yield running


@pytest.fixture
def fresh_dashboard(browser_path: str, tmp_path: Path) -> Iterator[RealDashboard]:
    """A dashboard that nobody has opened yet, with an empty store."""
    with RealDashboard(tmp_path, engine="inline") as running:
        yield running


def _host(url: str) -> str | None:
    parts = urlsplit(url)
    return "localhost" if parts.scheme in ("data", "blob") else parts.hostname
