"""From the click on Start to the first visible point, in a real browser, with a warm worker.

Every repetition is a new visitor on a family's page who presses Start; the families take turns. Two
ways: "ahead", after a look at the page, during which the network is traced; and "at once", for a
network that nobody has seen before, right after a slider was moved.

Inside the page the clock runs from the click to the first frame in which the new training curve
has an extent, be it that of a marker. The store tells what happened in between, and the run is
stopped before the next visitor comes.

Beside them a notebook from cold: from the start of Python to the first step's loss of a bare
`model.fit`, printed, not drawn.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.shared.chromium import chromium, new_visitor
from benchmarks.shared.contestants import as_in_a_notebook, miniature
from benchmarks.shared.report import BenchmarkError, Goal, Report, alternating, at_most
from benchmarks.shared.served import ServedDashboard
from covnets.models import PAGE_FAMILIES
from covnets.runs import Run, RunStore
from covnets.runs.estimate import Known
from covnets.system import available_cores
from scripts.real_dashboard import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AHEAD, AT_ONCE, NOTEBOOK = "traced ahead", "at once", "notebook, cold"
# At the median; twice that for the slowest in twenty.
GOALS = {AHEAD: 0.5, AT_ONCE: 1.0}
SLOWEST = 2.0
# For each family and way; the first round, the worker's very first runs, does not count.
ROUNDS = 5
SECONDS_TO_WARM_UP = 300.0
SECONDS_TO_APPEAR = 60.0
# Visitors look at the page before they press Start: all is traced then, on a slow machine as well.
SECONDS_BEFORE_START = 5.0
SECONDS_PER_LOOK = 0.005

SLIDER, PLACES = "filters", 4
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
    figures: dict[str, dict[str, list[Moments]]] = {
        way: {family: [] for family in PAGE_FAMILIES} for way in GOALS
    }
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder)
        with ServedDashboard(home) as dashboard:
            starts = Starts(browser, dashboard.url, RunStore(home))
            starts.warm_up()
            measures: dict[str, Callable[[], float]] = {}
            for family in PAGE_FAMILIES:
                for way in GOALS:
                    into = figures[way][family]
                    measures[f"{family}, {way}"] = partial(starts.start, family, way, into)
                measures[f"{family}, {NOTEBOOK}"] = partial(_notebook, family)
            cold = alternating(measures, ROUNDS)
    rows, goals = [], []
    for way, families in figures.items():
        rows += [_row(family, way, moments[1:]) for family, moments in families.items()]
        counted = [one for moments in families.values() for one in moments[1:]]
        rows.append(_row("all", way, counted))
        goals += _goals(way, [one.parts["whole"] for one in counted])
    for family in PAGE_FAMILIES:
        seconds = cold[f"{family}, {NOTEBOOK}"]
        whole = {"whole": statistics.median(seconds), "least": min(seconds), "most": max(seconds)}
        rows.append(dict.fromkeys(rows[0], "") | {"family": family, "way": NOTEBOOK} | whole)
    return Report("first_point", rows, goals)


def _goals(way: str, seconds: list[float]) -> list[Goal]:
    *_, slowest = statistics.quantiles(seconds, n=20)
    goal = GOALS[way]
    return [
        at_most(f"{way}, median", goal, statistics.median(seconds), "s"),
        at_most(f"{way}, slowest in twenty", SLOWEST * goal, slowest, "s"),
    ]


def _notebook(family: str) -> float:
    """Seconds from the start of Python to the first step's loss."""
    config = miniature(f"mini_{family}")
    began = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.sides.notebook", config.model_dump_json()]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=as_in_a_notebook(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        said = process.stdout.readline() if process.stdout else ""
        seconds = time.perf_counter() - began
    if not said:
        raise BenchmarkError(f"The notebook-like script of {family} ended without a point.")
    return seconds


@dataclass
class Starts:
    """Visitors of one dashboard who press Start.

    Attributes:
        browser: in which they open its pages.
        url: the dashboard's address.
        store: its runs.
        num_moved: how often a slider was moved; a worker forgets a network before it comes again.
    """

    browser: Browser
    url: str
    store: RunStore
    num_moved: int = 0

    def warm_up(self) -> None:
        """Open a page, which starts the worker, and wait until it has traced its first network."""
        with new_visitor(self.browser) as window:
            window.goto(f"{self.url}/{next(iter(PAGE_FAMILIES))}")
            _wait_until(
                lambda: bool(Known.of(self.store, available_cores()).measurements),
                SECONDS_TO_WARM_UP,
                "No worker was ready",
            )

    def start(self, family: str, way: str, figures: list[Moments]) -> float:
        """Let one visitor start a run, and stop it when its first point was seen."""
        with new_visitor(self.browser) as window:
            window.goto(f"{self.url}/{family}")
            window.locator(".live-chart .main-svg").first.wait_for()
            time.sleep(SECONDS_BEFORE_START)
            if way == AT_ONCE:
                self._move_a_slider(window, family)
            figures.append(_watch_a_start(window, self.store, family))
        newest = self.store.runs.list(family=family, limit=1)[0]
        self.store.states.request_stop(newest.id)
        _wait_until(
            lambda: self.store.runs.get(newest.id).is_ended,
            SECONDS_TO_APPEAR,
            f"Run {newest.id} did not stop",
        )
        return figures[-1].parts["whole"]

    def _move_a_slider(self, window: Page, family: str) -> None:
        """Ask for a network that the worker has never traced."""
        self.num_moved += 1
        thumb = window.locator(f".st-key-{family}-{SLIDER}").get_by_role("slider")
        costs = window.get_by_test_id("stMetricValue")
        before = costs.all_inner_texts()
        for _ in range(1 + self.num_moved % PLACES):
            thumb.press("ArrowRight")
        _wait_until(
            lambda: costs.all_inner_texts() not in ([], before),
            SECONDS_TO_APPEAR,
            "The slider changed nothing",
        )


def _watch_a_start(window: Page, store: RunStore, family: str) -> Moments:
    known = len(store.runs.list(family=family))
    button = window.locator(START)
    button.evaluate(WATCH, CURVE)
    button.click()
    moments = Moments(clicked=float(window.evaluate("window.clickedAt")))

    def newest() -> Run | None:
        runs = store.runs.list(family=family)
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


def _row(family: str, way: str, moments: list[Moments]) -> dict[str, Any]:
    parts = [one.parts for one in moments]
    medians = {name: statistics.median(part[name] for part in parts) for name in parts[0]}
    return {
        "family": family,
        "way": way,
        **medians,
        "least": min(part["whole"] for part in parts),
        "most": max(part["whole"] for part in parts),
    }
