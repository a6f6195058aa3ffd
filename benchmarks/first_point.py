"""From the click on Start to the first visible point, in a real browser, with a warm worker.

Every repetition is a new visitor on a family's page who presses Start; the families take turns.
Inside the page the clock runs from the click to the first frame in which the new training curve
has an extent, be it that of a marker. The store tells what happened in between, and the run is
stopped before the next visitor comes. The goal is 2 s at the median.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.chromium import chromium, new_visitor
from benchmarks.report import BenchmarkError, Report, alternating, at_most
from benchmarks.served import ServedDashboard
from covnets.models import FAMILIES
from covnets.runs import Run, RunStore, speeds

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

GOAL_SECONDS = 2.0
# For each family; the first round, the worker's very first runs, is told but does not count.
ROUNDS = 3
SECONDS_TO_WARM_UP = 300.0
SECONDS_TO_APPEAR = 60.0
# Visitors look at the page before they press Start.
SECONDS_BEFORE_START = 2.0
SECONDS_PER_LOOK = 0.005

# Streamlit has a hidden copy of each button that has a help text.
START = "button[data-testid=stBaseButton-primary]:visible"
CURVE = ".live-chart g.tracetrain :is(path.js-line, path.point)"
# Notes the moments, in seconds since 1970, of the click and of the first frame with a new curve:
# the page may still show an older run's.
WATCH = """(button, curve) => {
    const now = () => (performance.timeOrigin + performance.now()) / 1000;
    const visible = () => [...document.querySelectorAll(curve)]
        .filter((line) => line.getBoundingClientRect().width > 0)
        .map((line) => line.getAttribute("d"));
    const run = () => document.body.innerText.match(/Run ([0-9a-f]{10})/)?.[1];
    button.addEventListener("click", () => {
        window.clickedAt = now();
        const oldCurves = new Set(visible());
        const oldRun = run();
        const look = () => {
            const isNew = visible().some((line) => !oldCurves.has(line)) && run() !== oldRun;
            if (isNew) window.seenAt = now();
            else requestAnimationFrame(look);
        };
        look();
    }, { once: true, capture: true });
}"""


@dataclass
class Moments:
    """What happened when, in seconds since 1970."""

    clicked: float
    queued: float = 0.0
    claimed: float = 0.0
    traced: float = 0.0
    recorded: float = 0.0
    seen: float = 0.0

    @property
    def parts(self) -> dict[str, float]:
        """Seconds from each moment to the next, by the name of what took them."""
        return {
            "click to queued": self.queued - self.clicked,
            "to worker": self.claimed - self.queued,
            "built, traced": self.traced - self.claimed,
            "first steps": self.recorded - self.traced,
            "to be seen": self.seen - self.recorded,
            "whole": self.seen - self.clicked,
        }


def run() -> Report:
    """Press Start again and again, family after family."""
    figures: dict[str, list[Moments]] = {family: [] for family in FAMILIES}
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder)
        with ServedDashboard(home) as dashboard:
            store = RunStore(home)
            _warm_up(browser, dashboard.url, store)
            alternating(
                {
                    family: partial(_start, browser, dashboard.url, store, family, seen)
                    for family, seen in figures.items()
                },
                ROUNDS,
            )
    rows = [_row(family, "first", [moments[0]]) for family, moments in figures.items()]
    rows += [_row(family, "median", moments[1:]) for family, moments in figures.items()]
    counted = [one for moments in figures.values() for one in moments[1:]]
    rows.append(_row("all", "median", counted))
    return Report(
        "first_point",
        rows,
        [at_most("Start to first point, median", GOAL_SECONDS, rows[-1]["whole"], "s")],
    )


def _warm_up(browser: Browser, url: str, store: RunStore) -> None:
    """Open a page, which starts the worker, and wait until it has nothing to do.

    That is so when this machine's speed is measured: the engine does it first of all.
    """
    with new_visitor(browser) as window:
        window.goto(f"{url}/{next(iter(FAMILIES))}")
        _wait_until(
            lambda: not speeds.unmeasured_families(store), SECONDS_TO_WARM_UP, "No worker was ready"
        )


def _start(
    browser: Browser, url: str, store: RunStore, family: str, figures: list[Moments]
) -> float:
    with new_visitor(browser) as window:
        window.goto(f"{url}/{family}")
        window.locator(".live-chart .main-svg").first.wait_for()
        time.sleep(SECONDS_BEFORE_START)
        figures.append(_watch_a_start(window, store, family))
    newest = store.list(family=family, limit=1)[0]
    store.request_stop(newest.id)
    _wait_until(
        lambda: store.get(newest.id).is_ended, SECONDS_TO_APPEAR, f"Run {newest.id} did not stop"
    )
    return figures[-1].parts["whole"]


def _watch_a_start(window: Page, store: RunStore, family: str) -> Moments:
    known = len(store.list(family=family))
    button = window.locator(START)
    button.evaluate(WATCH, CURVE)
    button.click()
    moments = Moments(clicked=float(window.evaluate("window.clickedAt")))

    def newest() -> Run | None:
        runs = store.list(family=family)
        return runs[0] if len(runs) > known else None

    def noticed(what: Callable[[Run], Any]) -> float:
        def happened() -> bool:
            current = newest()
            if current is not None and current.is_ended:
                raise BenchmarkError(f"The run ended before its first point: {current.reason}")
            return current is not None and bool(what(current))

        _wait_until(happened, SECONDS_TO_APPEAR, "The run did not get to its first point")
        return time.time()

    moments.traced = noticed(lambda run: run.facts)
    moments.recorded = noticed(lambda run: run.step > 0)
    seen = window.wait_for_function("window.seenAt", timeout=1000 * SECONDS_TO_APPEAR)
    moments.seen = float(seen.json_value())
    run = newest()
    if run is not None and run.started_at is not None:
        moments.queued, moments.claimed = run.created_at, run.started_at
    return moments


def _wait_until(condition: Callable[[], bool], seconds: float, problem: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{problem} within {seconds:g} s.")
        time.sleep(SECONDS_PER_LOOK)


def _row(family: str, which: str, moments: list[Moments]) -> dict[str, Any]:
    parts = [one.parts for one in moments]
    medians = {name: statistics.median(part[name] for part in parts) for name in parts[0]}
    return {
        "family": family,
        "starts": f"{which} of {len(moments)}",
        **medians,
        "least": min(part["whole"] for part in parts),
        "most": max(part["whole"] for part in parts),
    }
