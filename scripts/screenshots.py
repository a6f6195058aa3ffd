"""Write docs/images/: every page, wide and on a phone, light and dark.

From the top of the repository, with Chromium or Chrome installed (takes some minutes, most of them
to train the three families at their defaults):

    python -m scripts.screenshots

The pictures are called <page>_<wide|phone>_<light|dark>.png; a page as it is before the first run
has "_empty" after its name, one with a run that goes on "_running".
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from covnets.models import PAGE_FAMILIES
from covnets.runs import Run, RunStore
from scripts.real_dashboard import BROWSER_ARGUMENTS, ROOT, RealDashboard, find_browser

FOLDER = ROOT / "docs" / "images"
SCREENS = {"wide": (1280, 800), "phone": (390, 844)}
THEMES = ("light", "dark")
# What a picture shows of a run that goes on: enough of its curves to see them bend.
SHARE_OF_A_RUN = 0.35
SECONDS_TO_WAIT = 600.0
# Room below the last part of a page.
MARGIN = 16
COLOURS = 255

_CONTENT_HEIGHT = """() => {
  const content = document.querySelector("[data-testid=stMainBlockContainer]");
  const last = [...content.firstElementChild.children].at(-1);
  return Math.ceil(last.getBoundingClientRect().bottom +
                   document.querySelector("[data-testid=stMain]").scrollTop);
}"""
# Streamlit dims what it is about to replace, and has skeletons where something is still to come.
_SETTLED = """() =>
  document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning" &&
  !document.querySelector("[data-testid=stSkeleton]") &&
  [...document.querySelectorAll(".live-chart")].every(chart =>
    chart._fullLayout || chart.closest("details:not([open])")) &&
  document.fonts.status === "loaded"
"""


class Photographer:
    """Takes the same picture on every screen and in both themes.

    Args:
        browser: with which the pages are opened.
        url: of the dashboard.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url

    def take(self, name: str, path: str, *, whole_page: bool) -> None:
        """Write four pictures of a page.

        Args:
            name: what their file names begin with.
            path: of the page, such as "/vgg".
            whole_page: as high as the page; otherwise what fits on the screen.
        """
        for screen in SCREENS:
            for theme in THEMES:
                with self.opened(path, screen, theme) as page:
                    picture = _picture(page, whole_page)
                file = FOLDER / f"{name}_{screen}_{theme}.png"
                _write(picture, file)
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")

    @contextmanager
    def opened(self, path: str, screen: str = "wide", theme: str = "light") -> Iterator[Page]:
        """Open a page and wait until it stands still."""
        width, height = SCREENS[screen]
        is_phone = screen == "phone"
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            is_mobile=is_phone,
            has_touch=is_phone,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(f"{self._url}{path}")
        page.get_by_role("heading").first.wait_for()
        _settle(page)
        yield page
        context.close()


def take_all(photographer: Photographer, store: RunStore) -> None:
    """Take all pictures, and train what they show."""
    photographer.take("home_empty", "/", whole_page=False)
    for family in PAGE_FAMILIES:
        photographer.take(f"{family}_empty", f"/{family}", whole_page=True)
    photographer.take("explorer", "/explorer", whole_page=True)

    run = _start(photographer, store, "vgg")
    _wait_until(lambda: _share(store, run) >= SHARE_OF_A_RUN)
    photographer.take("vgg_running", f"/vgg?run={run.id}", whole_page=True)
    for family in PAGE_FAMILIES:
        if family != run.family:
            run = _start(photographer, store, family)
        _wait_until(lambda run=run: store.runs.get(run.id).is_ended)  # type: ignore[misc]
        photographer.take(family, f"/{family}?run={run.id}", whole_page=True)

    for share in (0.3, 0.1):
        run = _start(photographer, store, "vgg")
        _wait_until(lambda run=run, share=share: _share(store, run) >= share)  # type: ignore[misc]
        if share == 0.3:
            store.states.request_stop(run.id)
    photographer.take("home", "/", whole_page=True)
    store.states.request_stop(run.id)


def main() -> None:
    """Write all pictures."""
    browser_path = find_browser()
    if browser_path is None:
        sys.exit("There is no browser: install chromium or google-chrome.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        RunStore(home) as store,
        RealDashboard(Path(home)) as dashboard,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=browser_path, args=list(BROWSER_ARGUMENTS)
        )
        take_all(Photographer(browser, dashboard.url), store)
        browser.close()


def _start(photographer: Photographer, store: RunStore, family: str) -> Run:
    """Press Start on a family's page."""
    before = {run.id for run in store.runs.list()}
    with photographer.opened(f"/{family}") as page:
        page.get_by_role("button", name="Start", exact=True).click()
        _wait_until(lambda: len(store.runs.list()) > len(before))
    return store.runs.list(limit=1)[0]


def _share(store: RunStore, run: Run) -> float:
    """How far a run has come, from 0 to 1."""
    now = store.runs.get(run.id)
    return 1.0 if now.is_ended else now.step / run.config.train.total_steps


def _settle(page: Page) -> None:
    page.wait_for_function(_SETTLED)
    # Charts draw themselves once more when they know how wide they are.
    page.wait_for_timeout(400)
    page.wait_for_function(_SETTLED)


def _picture(page: Page, whole_page: bool) -> bytes:
    if whole_page:
        # The page scrolls inside its frame: only a higher screen shows all of it.
        size = page.viewport_size
        assert size is not None
        height = max(size["height"], page.evaluate(_CONTENT_HEIGHT) + MARGIN)
        page.set_viewport_size({"width": size["width"], "height": height})
        _settle(page)
    return page.screenshot(animations="disabled")


def _write(picture: bytes, file: Path) -> None:
    """Write a PNG with a palette: a third of the size, and no difference to be seen."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    image.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        file, optimize=True
    )


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_TO_WAIT
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for more than {SECONDS_TO_WAIT:.0f} s")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
