"""Server time of one tick of a live page, and what is sent when there is news and when not.

A run is recorded step by step while a visitor without a browser asks for ticks. Three kinds are
measured in turn: one that brings new points and has to draw them, one that brings points already
drawn for another visitor, and one without news. Each live part of a page has ticks of its own.
The goals: 25 ms for the dearest tick of all, and no figure sent where nothing is new.
"""

from __future__ import annotations

import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.shared.recorded import points, running_run
from benchmarks.shared.report import BenchmarkError, Report, at_most, median_ratio
from benchmarks.shared.served import ServedDashboard
from benchmarks.shared.visitor import Answer, Visitor
from covnets.models import PAGE_FAMILIES
from covnets.runs import Run, RunStore

GOAL_MS = 25.0
ROUNDS = 15
STEPS_PER_TICK = 10
# How far the run has come: exact points, and points thinned from many more.
HISTORIES = {"early": 60, "late": 900}

NEWS, DRAWN_BEFORE, NO_NEWS = "news", "news, drawn before", "no news"
# Seconds between a live part's ticks -> kind of tick -> what came back.
Answers = dict[float, dict[str, list[Answer]]]


def run() -> Report:
    """Measure every family's page early and late in a run."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with ServedDashboard(home, engine="inline") as dashboard:
            store = RunStore(home)
            for family in PAGE_FAMILIES:
                for moment, steps in HISTORIES.items():
                    live = running_run(store, family, steps)
                    answers = _measure(dashboard.url, store, live)
                    store.states.finish(live.id, "cancelled")
                    rows += list(_rows(family, moment, answers))
    slowest = max(row["ms"] for row in rows)
    sent = max(row["figure bytes"] for row in rows if row["tick"] == NO_NEWS)
    return Report(
        "tick",
        rows,
        [
            at_most("slowest tick's median", GOAL_MS, slowest, "ms"),
            at_most("figures sent without news", 0, sent, "bytes"),
        ],
    )


def _measure(url: str, store: RunStore, live: Run) -> Answers:
    answers: Answers = defaultdict(lambda: defaultdict(list))
    with Visitor(url, live.family, live.id) as first, Visitor(url, live.family, live.id) as second:
        if not first.fragments:
            raise BenchmarkError(f"The page of a running {live.family} has no live part.")
        for number in range(ROUNDS + 1):
            step = store.runs.get(live.id).step
            store.history.add(live.id, list(points(live.config, step + 1, step + STEPS_PER_TICK)))
            for kind, visitor in ((NEWS, first), (DRAWN_BEFORE, second), (NO_NEWS, first)):
                for fragment, period in visitor.fragments.items():
                    answer = visitor.tick(fragment)
                    if number:  # the first round is not counted
                        answers[period][kind].append(answer)
    return answers


def _rows(family: str, moment: str, answers: Answers) -> Iterator[dict[str, Any]]:
    for period, kinds in answers.items():
        seconds = {name: [answer.seconds for answer in kind] for name, kind in kinds.items()}
        for name, kind in kinds.items():
            yield {
                "page": family,
                "run": moment,
                "every s": period,
                "tick": name,
                "ms": 1000 * statistics.median(seconds[name]),
                "worst ms": 1000 * max(seconds[name]),
                "to no news": median_ratio(seconds[name], seconds[NO_NEWS]),
                "bytes": max(answer.num_bytes for answer in kind),
                "figure bytes": max(answer.figure_bytes for answer in kind),
            }
