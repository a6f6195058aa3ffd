"""Three runs raced at once beside the same three one after another, in alternation.

All are trained by one warm worker whose networks are traced, so that tracing counts for neither.
With one lane the contestants take turns; with two, two of them compute at the same time. The goal
is at most 0.95 times the sum of the separate times.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.shared.report import BenchmarkError, Report, alternating, at_most, median_ratio
from covnets.config import RunConfig
from covnets.engine import DEFAULT_LANES, LocalEngine
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import Run, RunStore

GOAL_RATIO = 0.95
ROUNDS = 5
NUM_TRAIN = 3_000
LANES = (1, 2)
SECONDS_PER_LOOK = 0.01
SECONDS_TO_FINISH = 600.0


def run(rounds: int = ROUNDS, num_train: int = NUM_TRAIN) -> Report:
    """Race the three miniatures, with one lane and with two."""
    rows = [_row(lanes, _measure(lanes, rounds, num_train)) for lanes in LANES]
    chosen = next(row for row in rows if row["lanes"] == DEFAULT_LANES)
    goal = at_most("raced / one after another, default lanes", GOAL_RATIO, chosen["ratio"], "")
    return Report("race", rows, [goal])


def _measure(lanes: int, rounds: int, num_train: int) -> dict[str, list[float]]:
    configs = [_contestant(family, num_train) for family in PAGE_FAMILIES]
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        engine = LocalEngine(store, lanes=lanes)
        try:

            def separate() -> float:
                return sum(_seconds(store, partial(_alone, engine, one)) for one in configs)

            def raced() -> float:
                return _seconds(store, lambda: _together(engine, configs))

            return alternating({"raced": raced, "separate": separate}, rounds)
        finally:
            engine.close()


def _together(engine: LocalEngine, configs: Sequence[RunConfig]) -> Sequence[Run]:
    race = engine.store.groups.create("race", {}, [configs], owner=engine.owner)
    return engine.begin_trial(race.id, 0, "epoch")


def _alone(engine: LocalEngine, config: RunConfig) -> list[Run]:
    return [engine.submit(config)]


def _contestant(family: str, num_train: int) -> RunConfig:
    facts = FAMILIES[family]
    train = facts.train_defaults.replace(num_train=num_train, epochs=1, precision="float32")
    return RunConfig(network=facts.config_class(), train=train)


def _seconds(store: RunStore, start: Callable[[], Sequence[Run]]) -> float:
    """Wall time until all are finished; the first round, which traces, does not count."""
    began = time.perf_counter()
    runs = start()
    while any(store.runs.get(run.id).is_active for run in runs):
        if time.perf_counter() - began > SECONDS_TO_FINISH:
            raise BenchmarkError(f"The runs did not finish within {SECONDS_TO_FINISH:g} s.")
        time.sleep(SECONDS_PER_LOOK)
    ended = [store.runs.get(run.id) for run in runs]
    failed = [run.reason for run in ended if run.state != "finished"]
    if failed:
        raise BenchmarkError(f"A run did not finish: {failed[0]}")
    return time.perf_counter() - began


def _row(lanes: int, figures: dict[str, list[float]]) -> dict[str, Any]:
    return {
        "lanes": lanes,
        "raced s": statistics.median(figures["raced"]),
        "one after another s": statistics.median(figures["separate"]),
        "ratio": median_ratio(figures["raced"], figures["separate"]),
    }
