"""A real browser for benchmarks, and a clear word where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.shared.report import BenchmarkError
from scripts.real_dashboard import BROWSER_ARGUMENTS, BROWSERS, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE = 1400, 1000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser without a window and end it afterwards.

    Raises:
        BenchmarkError: there is no browser, nothing to drive it with, or a page that does not
            show what it should.
    """
    path = find_browser()
    if path is None:
        raise BenchmarkError(
            f"This benchmark needs a browser, and none of {', '.join(BROWSERS)} was found: "
            "install Chromium (on Debian: apt-get install chromium)."
        )
    try:
        from playwright.sync_api import Error, sync_playwright
    except ModuleNotFoundError as error:
        raise BenchmarkError(
            "This benchmark drives a browser with playwright, which is not installed: "
            "pip install -r requirements-dev.txt"
        ) from error
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
        try:
            yield browser
        except Error as error:
            raise BenchmarkError(f"The browser did not find what it should: {error}") from error
        finally:
            browser.close()


@contextmanager
def new_visitor(browser: Browser) -> Iterator[Page]:
    """Open a window with an empty cache, as somebody who comes for the first time."""
    width, height = SIZE
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        yield context.new_page()
    finally:
        context.close()
