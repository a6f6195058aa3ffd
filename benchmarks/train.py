"""The three miniatures at their default epochs, from the command line, one after the other.

The goals are 60 s of training for each on 2 cores, and 88 % of the test images.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.report import BenchmarkError, Goal, Report, at_least, at_most
from covnets.models import PAGE_FAMILIES
from scripts.real_dashboard import ROOT

GOAL_SECONDS = 60.0
GOAL_ACCURACY = 0.88
# Whole runs: one of each takes three minutes. More of them are measured in turn.
ROUNDS = 1

Event = dict[str, Any]


def run(rounds: int = ROUNDS) -> Report:
    """Train every miniature `rounds` times, in turn."""
    finished: dict[str, list[Event]] = {f"mini_{family}": [] for family in PAGE_FAMILIES}
    for _ in range(rounds):
        for preset, events in finished.items():
            events.append(_train(preset))
    rows = [_row(preset, events) for preset, events in finished.items()]
    return Report("train", rows, [goal for row in rows for goal in _goals(row)])


def _train(preset: str) -> Event:
    """Train one miniature and return its `finished` event."""
    last: Event = {}
    with _process("train", preset, "--json") as process:
        for line in process.stdout or ():
            last = json.loads(line)
    if last.get("event") != "finished":
        raise BenchmarkError(f"{preset} was not trained: {last.get('reason', 'it ended early')}")
    return last


@contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "covnets", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()  # nothing happens to one that has ended


def _row(preset: str, events: list[Event]) -> dict[str, Any]:
    def median(name: str) -> float:
        return float(statistics.median(event[name] for event in events))

    return {
        "network": preset,
        "runs": len(events),
        "test %": 100 * min(event["test_accuracy"] for event in events),
        "training s": median("training_seconds"),
        "of it validation s": median("validation_seconds"),
        "tracing s": median("trace_seconds"),
        "images/s": median("images_per_second"),
        "precision": events[0]["precision"],
        "threads": events[0]["threads"],
    }


def _goals(row: dict[str, Any]) -> list[Goal]:
    return [
        at_most(f"{row['network']}, training", GOAL_SECONDS, row["training s"], "s"),
        at_least(f"{row['network']}, test images", 100 * GOAL_ACCURACY, row["test %"], "%"),
    ]
