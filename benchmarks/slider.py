"""Server time of a slider's whole round trip on each family's page.

A visitor without a browser moves a slider; the time is that from the message to the end of the
server's answer, with everything between: session, script, sketch, drawing, sending. Each move is
paired with a rerun of the same page in which nothing was moved. The goal is 100 ms for every
page, also with the largest networks that the sliders offer and a finished run shown.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.shared.recorded import finished_run
from benchmarks.shared.report import Report, alternating, at_most, median_ratio
from benchmarks.shared.served import ServedDashboard
from benchmarks.shared.visitor import Visitor
from covnets.models import PAGE_FAMILIES
from covnets.runs import RunStore

GOAL_MS = 100.0


@dataclass(frozen=True)
class Setting:
    """Where the sliders stand before one of them, that of the first filters, is moved."""

    family: str
    name: str
    widgets: Mapping[str, float | bool] = field(default_factory=dict)


SETTINGS = (
    *(Setting(family, "defaults") for family in PAGE_FAMILIES),
    Setting("vgg", "4 stages x 4", {"vgg.num_stages": 4, "vgg.num_convs": 4}),
    Setting(
        "inception",
        "4 stages x 4, naive",
        {
            "inception.num_stages": 4,
            "inception.num_modules": 4,
            "inception.reducers": False,
        },
    ),
    Setting("resnet", "4 stages x 9", {"resnet.num_stages": 4, "resnet.num_blocks": 9}),
)


def run() -> Report:
    """Measure every setting without a run and with a finished one below it."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with ServedDashboard(home, engine="inline") as dashboard:
            store = RunStore(home)
            rows += [_row(dashboard.url, setting, None) for setting in SETTINGS]
            runs = {family: finished_run(store, family).id for family in PAGE_FAMILIES}
            rows += [_row(dashboard.url, setting, runs[setting.family]) for setting in SETTINGS]
    slowest = max(row["moved ms"] for row in rows)
    return Report("slider", rows, [at_most("slowest page's median", GOAL_MS, slowest, "ms")])


def _row(url: str, setting: Setting, run_id: str | None) -> dict[str, Any]:
    filters, key = _new_values(), f"{setting.family}.filters"
    with Visitor(url, setting.family, run_id) as visitor:
        for name, value in setting.widgets.items():
            visitor.move(name, value)
        figures = alternating(
            {
                "moved": lambda: 1000 * visitor.move(key, next(filters)).seconds,
                "not moved": lambda: 1000 * visitor.rerun().seconds,
            }
        )
        answer = visitor.move(key, next(filters))
    return {
        "page": setting.family,
        "sliders": setting.name,
        "run below": "finished" if run_id else "none",
        "moved ms": statistics.median(figures["moved"]),
        "worst ms": max(figures["moved"]),
        "not moved ms": statistics.median(figures["not moved"]),
        "moved/not": median_ratio(figures["moved"], figures["not moved"]),
        "sent kB": answer.num_bytes / 1000,
    }


def _new_values() -> Iterator[int]:
    """Numbers of filters, each for the first time: what a browser knows is sent shorter."""
    yield from itertools.cycle(range(8, 33, 2))
