"""Server time of a live update of a race: four contestants, each 5,000 steps along.

All contestants grow by forty steps; then the same update is made with points read in turn as a
whole, thinned, as what has grown since the last update, and as that with a part looked at closely.
An update is reading, drawing accuracy and loss, and packing both for the browsers. The goal: 30 ms
as the page does it, zoomed in or not.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.recorded import points, running_run
from benchmarks.report import Report, at_most, median_ratio
from covnets.charts.curves.contest import Contestant, contest_curve
from covnets.charts.curves.curves import figure_bytes
from covnets.charts.curves.lines import Metric
from covnets.limits import MACS_PER_TRAINED_IMAGE
from covnets.models import sketch
from covnets.runs import Run, RunStore, frames, growing

GOAL_MS = 30.0
FAMILIES = ("vgg", "inception", "resnet", "vgg")
STEPS, STEPS_PER_UPDATE, ROUNDS = 5000, 40, 15
LOOKED_AT = (3220, 3450)
METRICS: tuple[Metric, ...] = ("accuracy", "loss")

THINNED, GROWING, ZOOMED = "thinned", "growing", "growing, zoomed in"
Read = Callable[[str], pd.DataFrame]


@dataclass(frozen=True)
class Update:
    """One update: seconds of reading, seconds of all, and how much would be sent."""

    reading: float
    whole: float
    num_bytes: int


def run(rounds: int = ROUNDS, steps: int = STEPS) -> Report:
    """Measure updates of a race that comes to `steps` in the last round."""
    updates: dict[str, list[Update]] = {THINNED: [], GROWING: [], ZOOMED: []}
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder)) as store:
        begin = steps - (rounds + 1) * STEPS_PER_UPDATE
        contestants = [running_run(store, family, begin) for family in FAMILIES]
        macs_per_step = {run.id: _macs_per_step(run) for run in contestants}
        reads: dict[str, Read] = {
            THINNED: partial(frames.thinned, store),
            GROWING: partial(growing.curves, store),
            ZOOMED: partial(growing.curves, store, window=LOOKED_AT),
        }
        for number in range(rounds + 1):
            for one in contestants:
                step = store.runs.get(one.id).step
                new = points(one.config, step + 1, step + STEPS_PER_UPDATE)
                store.history.add(one.id, list(new))
            for name, read in reads.items():
                update = _update(contestants, macs_per_step, read)
                if number:  # the first round is not counted
                    updates[name].append(update)
    return compare(updates)


def compare(updates: dict[str, list[Update]]) -> Report:
    """Compare the kinds of updates, round by round."""
    whole = {kind: [update.whole for update in made] for kind, made in updates.items()}
    rows = [_row(kind, updates[kind], median_ratio(whole[kind], whole[GROWING])) for kind in whole]
    goals = [
        at_most(f"update, {row['points']}", GOAL_MS, row["ms"], "ms")
        for row in rows
        if row["points"] != THINNED
    ]
    return Report("race_live", rows, goals)


def _row(kind: str, made: list[Update], ratio: float) -> dict[str, Any]:
    return {
        "points": kind,
        "ms": 1000 * statistics.median(update.whole for update in made),
        "worst ms": 1000 * max(update.whole for update in made),
        "of it reading": 1000 * statistics.median(update.reading for update in made),
        f"to {GROWING}": ratio,
        "bytes": max(update.num_bytes for update in made),
    }


def _update(runs: list[Run], macs_per_step: dict[str, float], read: Read) -> Update:
    began = time.perf_counter()
    curves = [read(run.id) for run in runs]
    reading = time.perf_counter() - began
    contestants = [
        Contestant(run.id, run.family, run.number, curve, macs_per_step[run.id])
        for run, curve in zip(runs, curves, strict=True)
    ]
    figures = [figure_bytes(contest_curve(contestants, metric, axis="step")) for metric in METRICS]
    return Update(reading, time.perf_counter() - began, sum(map(len, figures)))


def _macs_per_step(run: Run) -> float:
    macs = sketch(run.config.network).macs
    return float(macs * run.config.train.batch_size * MACS_PER_TRAINED_IMAGE)
