"""The compare page beside ten thousand finished runs of three hundred steps.

A visitor without a browser changes filters, order, chosen runs and the opened view; the time is
that from the message to the end of the server's answer. Goals: 500 ms for 95 of 100 answers, 300 ms
to open a run's page, a store below a gigabyte, and, in a real browser, the first ten rows.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.shared.chromium import chromium, new_visitor
from benchmarks.shared.many_runs import SEEDS, fill
from benchmarks.shared.recorded import points, running_run
from benchmarks.shared.report import BenchmarkError, Goal, Report, at_most
from benchmarks.shared.served import ServedDashboard
from benchmarks.shared.visitor import Value, Visitor
from covnets.config import FIELDS
from covnets.models import PAGE_FAMILIES
from covnets.runs import RunStore
from covnets.runs.question import ORDERS

GOAL_MS, GOAL_OPENING_MS, GOAL_TICK_MS, GOAL_MB = 500.0, 300.0, 25.0, 1000.0
RUNS, STEPS, ROUNDS = 10_000, 300, 4
PAGES_OPENED, TICKS, STEPS_PER_TICK = 20, 15, 10
ROWS = 10

TABLE = "compare.table."
VIEWS = ("Settings", "Accuracy against cost", "Parallel coordinates", "Curves")
SORTED_BY = ("best_accuracy", "params", "shortcut", "gap", "number")


def run(runs: int = RUNS, steps: int = STEPS, rounds: int = ROUNDS) -> Report:
    """Fill a store and measure the pages beside it."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        home = Path(folder)
        store = RunStore(home)
        ids = fill(store, runs, steps)
        store.database.read("PRAGMA wal_checkpoint(TRUNCATE)")
        megabytes = sum(file.stat().st_size for file in home.iterdir() if file.is_file()) / 1e6
        with ServedDashboard(home, engine="inline") as dashboard:
            measured = _compare(dashboard.url, rounds)
            measured["opening a run"] = _opening(dashboard.url, store, ids)
            measured["tick of a running run"] = _ticks(dashboard.url, store)
            with new_visitor(browser) as window:
                first, ten = _first_rows(window, dashboard.url, min(ROWS, runs))
    rows = [_row(what, seconds) for what, seconds in measured.items()]
    rows.append(_row("browser: first rows", [first]))
    rows.append(_row(f"browser: {ROWS} rows", [ten]))
    changes = [each for what in measured if what.startswith("change") for each in measured[what]]
    return Report(
        "compare",
        rows,
        [
            at_most(f"answer beside {runs:,} runs, 95 of 100", GOAL_MS, _p95(changes), "ms"),
            at_most(
                "opening a run, 95 of 100", GOAL_OPENING_MS, _p95(measured["opening a run"]), "ms"
            ),
            at_most(
                "tick of a running run",
                GOAL_TICK_MS,
                1000 * statistics.median(measured["tick of a running run"]),
                "ms",
            ),
            at_most("store", GOAL_MB, megabytes, "MB"),
            Goal(f"seconds to the first {ROWS} rows in a browser", "visible", round(ten, 2), True),
        ],
    )


def _compare(url: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of a visitor's first answer, of what he changes, and of ticks without news."""
    measured: dict[str, list[float]] = {}
    with Visitor(url, "compare") as visitor:
        measured["first visit, nothing read yet"] = [visitor.opened.seconds]
        drawn = 0
        for number in range(rounds):
            for what, key, value in _changes(number, visitor):
                answer = visitor.move(key, value)
                measured.setdefault(f"change: {what}", []).append(answer.seconds)
                drawn += answer.figure_bytes
        if not drawn:
            raise BenchmarkError("The compare page drew no chart, whatever was chosen there.")
        ticks = [visitor.tick(fragment) for _ in range(TICKS) for fragment in visitor.fragments]
        measured["tick of the table"] = [answer.seconds for answer in ticks]
    with Visitor(url, "compare") as second:
        measured["second visitor"] = [second.opened.seconds]
    return measured


def _changes(number: int, visitor: Visitor) -> Iterator[tuple[str, str, Value]]:
    """One round of what somebody does, never the same twice."""
    family = list(PAGE_FAMILIES.values())[number % len(PAGE_FAMILIES)]
    order = SORTED_BY[number % len(SORTED_BY)]
    # Choices come as the texts that a visitor sees.
    yield "order", "compare.order", ORDERS.get(order) or FIELDS[order].title
    yield "chosen runs", _table(visitor), _rows_chosen(range(number, number + 8))
    yield "view", "compare.views", VIEWS[number % len(VIEWS)]
    yield "search", "compare.search", f"{number:x}"
    yield "chosen runs", _table(visitor), _rows_chosen(range(0, 3 + number))
    yield "family", "compare.family", [family.title]
    yield "no family", "compare.family", []
    yield "hyperparameter", "compare.fields", [FIELDS["seed"].title]
    yield "its values", "compare.value.seed", [f"{number % SEEDS}"]
    yield "no hyperparameter", "compare.fields", []
    yield "no search", "compare.search", ""


def _opening(url: str, store: RunStore, ids: Sequence[str]) -> list[float]:
    """Seconds of the first answer to somebody who opens a run's page."""
    step = max(1, len(ids) // (PAGES_OPENED + 1))
    found = []
    for run_id in ids[::step][: PAGES_OPENED + 1]:
        with Visitor(url, store.runs.get(run_id).family, run_id) as visitor:
            found.append(visitor.opened.seconds)
    return found[1:]  # at the first one the server draws for the first time


def _ticks(url: str, store: RunStore) -> list[float]:
    """Seconds of a tick that brings new points of a run that goes on."""
    live = running_run(store, "vgg", 300)
    found = []
    with Visitor(url, live.family, live.id) as visitor:
        if not visitor.fragments:
            raise BenchmarkError("The page of a running run has no live part.")
        for _ in range(TICKS):
            step = store.runs.get(live.id).step
            store.history.add(live.id, list(points(live.config, step + 1, step + STEPS_PER_TICK)))
            fragment = min(visitor.fragments, key=visitor.fragments.__getitem__)
            found.append(visitor.tick(fragment).seconds)
    store.states.finish(live.id, "cancelled")
    return found


def _first_rows(window: Any, url: str, count: int) -> tuple[float, float]:
    """Seconds until a browser shows the first row, and so many."""
    window.set_viewport_size({"width": 1400, "height": 2400})
    began = time.perf_counter()
    window.goto(f"{url}/compare", wait_until="commit")
    window.get_by_test_id("glide-cell-2-0").first.wait_for(state="attached")
    first = time.perf_counter() - began
    window.get_by_test_id(f"glide-cell-2-{count - 1}").first.wait_for(state="attached")
    return first, time.perf_counter() - began


def _table(visitor: Visitor) -> str:
    """The key of the table that the visitor saw last."""
    return [key for key in visitor.widget_ids if key.startswith(TABLE)][-1]


def _rows_chosen(rows: Sequence[int]) -> str:
    return json.dumps({"selection": {"rows": list(rows), "columns": [], "cells": []}})


def _row(what: str, seconds: Sequence[float]) -> dict[str, Any]:
    return {
        "what": what,
        "times": len(seconds),
        "median ms": 1000 * statistics.median(seconds),
        "95 of 100 ms": _p95(seconds),
        "worst ms": 1000 * max(seconds),
    }


def _p95(seconds: Sequence[float]) -> float:
    """In milliseconds."""
    if len(seconds) < 2:
        return 1000 * seconds[0]
    return 1000 * statistics.quantiles(seconds, n=20, method="inclusive")[-1]
