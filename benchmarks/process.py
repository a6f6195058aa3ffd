"""The dashboard's process: how soon it shows its first page, and how much memory it holds.

The dashboard is launched several times with an empty store; a browser that is already running
opens it as soon as it answers, on its front page and on a family's page in turn. Then, in a store
with finished runs, every page is opened, and the process looked at: no TensorFlow, and at most
300 MB. The goal for the first page is 3 s from the launch on 2 cores.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.shared.chromium import chromium, new_visitor
from benchmarks.shared.recorded import finished_run
from benchmarks.shared.report import Goal, Report, alternating, at_most
from benchmarks.shared.served import ServedDashboard
from covnets.models import PAGE_FAMILIES
from covnets.runs import RunStore

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GOAL_SECONDS = 3.0
GOAL_MB = 300.0
LAUNCHES = 5

FRONT_PAGE, FAMILY_PAGE = "", "vgg"
PAGES = (FRONT_PAGE, *PAGE_FAMILIES)
HEADING, DRAWING = "heading", "drawing"
SELECTORS = {HEADING: "h1", DRAWING: ".live-chart .main-svg"}
# What must be visible on a page, in the order in which it appears.
PARTS = {FRONT_PAGE: [HEADING], FAMILY_PAGE: [HEADING, DRAWING]}
# From the last page until everything that was begun has come to rest.
SECONDS_TO_SETTLE = 5.0

Launch = dict[str, float]


def run() -> Report:
    """Launch the dashboard again and again, then open all its pages and weigh it."""
    with chromium() as browser, tempfile.TemporaryDirectory() as folder:
        launches: dict[str, list[Launch]] = {page: [] for page in PARTS}
        alternating(
            {page: partial(_launch, browser, page, Path(folder), launches[page]) for page in PARTS},
            LAUNCHES,
        )
        seconds = {
            (page, part): [launch[part] for launch in figures[1:]]
            for page, figures in launches.items()
            for part in figures[0]
        }
        megabytes, libraries = _weigh(browser, Path(folder) / "full")
    rows = [_row(f"/{page}: {part}, s", figures) for (page, part), figures in seconds.items()]
    rows += [_row(f"{moment}, MB", [figure]) for moment, figure in megabytes.items()]
    return Report(
        "process",
        rows,
        [
            *(
                at_most(
                    f"launch to {part} of /{page}",
                    GOAL_SECONDS,
                    statistics.median(seconds[page, part]),
                    "s",
                )
                for page, parts in PARTS.items()
                for part in parts
            ),
            at_most("memory when all pages were open", GOAL_MB, max(megabytes.values()), "MB"),
            Goal("TensorFlow's files in the process", "none", len(libraries), not libraries),
        ],
    )


def _launch(browser: Browser, page: str, folder: Path, launches: list[Launch]) -> float:
    """Launch once and note, in seconds from the launch, when what was there."""
    home = folder / f"{page}{len(launches)}"
    moments: Launch = {}
    began = time.perf_counter()
    with ServedDashboard(home) as dashboard:
        moments["server answers"] = time.perf_counter() - began
        with new_visitor(browser) as window:
            window.goto(f"{dashboard.url}/{page}", wait_until="commit")
            for part in PARTS[page]:
                window.locator(SELECTORS[part]).first.wait_for()
                moments[part] = time.perf_counter() - began
    launches.append(moments)
    return moments[part]


def _weigh(browser: Browser, home: Path) -> tuple[dict[str, float], list[str]]:
    """Open every page twice, with a finished run on each family's, and look at the process."""
    store = RunStore(home)
    runs = {family: finished_run(store, family).id for family in PAGE_FAMILIES}
    megabytes = {}
    with ServedDashboard(home) as dashboard:
        megabytes["before any page"] = dashboard.resident_mb()
        for moment in ("all pages once", "all pages twice"):
            for page in PAGES:
                with new_visitor(browser) as window:
                    _open(window, dashboard.url, page, runs.get(page))
            time.sleep(SECONDS_TO_SETTLE)
            megabytes[moment] = dashboard.resident_mb()
        return megabytes, dashboard.mapped_files("tensorflow")


def _open(window: Page, url: str, page: str, run_id: str | None) -> None:
    window.goto(f"{url}/{page}?run={run_id}" if run_id else f"{url}/{page}")
    last = SELECTORS[DRAWING if run_id else HEADING]
    window.locator(last).first.wait_for()
    # While this is shown, the script still runs.
    window.get_by_test_id("stStatusWidget").wait_for(state="detached")


def _row(what: str, figures: list[float]) -> dict[str, Any]:
    return {
        "what": what,
        "median": statistics.median(figures),
        "least": min(figures),
        "most": max(figures),
    }
