"""What each miniature reaches in the time that a class has: its default run, over several seeds.

Every run is trained from the command line, one after the other, seed after seed in turn. The goals
are 60 s of training for each on two cores, and 88 % of the test images on average.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.shared.contestants import MINIATURES
from benchmarks.shared.report import BenchmarkError, Goal, Report, at_least, at_most
from scripts.real_dashboard import ROOT

GOAL_SECONDS = 60.0
GOAL_PERCENT = 88.0
SEEDS = 5

Event = dict[str, Any]


def run(seeds: int = SEEDS) -> Report:
    """Train every miniature with the seeds from 0 on."""
    finished: dict[str, list[Event]] = {network: [] for network in MINIATURES}
    for seed in range(seeds):
        for network, events in finished.items():
            events.append(_train(network, seed))
    return summary(finished)


def summary(finished: dict[str, list[Event]]) -> Report:
    """Set each network's runs beside the goals.

    Args:
        finished: the `finished` events of its runs, by network.
    """
    rows = [_row(network, events) for network, events in finished.items()]
    return Report("minute", rows, [goal for row in rows for goal in _goals(row)])


def _train(network: str, seed: int) -> Event:
    command = [sys.executable, "-m", "covnets", "train", network, "--set", f"seed={seed}", "--json"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            *_, last = process.stdout or [""]
        finally:
            process.kill()  # nothing happens to one that has ended
    event: Event = json.loads(last)
    if event["event"] != "finished":
        raise BenchmarkError(f"{network} was not trained: {event.get('reason', 'it ended early')}")
    return event


def _row(network: str, events: list[Event]) -> dict[str, Any]:
    def median(name: str) -> float:
        return float(statistics.median(event[name] for event in events))

    percents = [100 * event["test_accuracy"] for event in events]
    return {
        "network": network,
        "seeds": len(events),
        "training s": median("training_seconds"),
        "most s": max(event["training_seconds"] for event in events),
        "of it validation s": median("validation_seconds"),
        "tracing s": median("trace_seconds"),
        "images/s": median("images_per_second"),
        "test %": statistics.mean(percents),
        "least %": min(percents),
        "precision": events[0]["precision"],
        "threads": events[0]["threads"],
    }


def _goals(row: dict[str, Any]) -> list[Goal]:
    return [
        at_most(f"{row['network']}, training", GOAL_SECONDS, row["training s"], "s"),
        at_least(f"{row['network']}, test images", GOAL_PERCENT, row["test %"], "%"),
    ]
