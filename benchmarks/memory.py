"""A hundred runs one after another: what the worker holds, and what a worn one costs its user.

Every run is of a network that its worker does not keep any more, the worst that visitors can do.
Told are the memory of the process that trained it, how often the engine replaced it, and the wait
from submitting a run to a worker's taking it. The goal: no worker holds more than a tenth more than
it did when all places for networks were taken.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.shared.report import BenchmarkError, Report, at_most
from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.engine import LocalEngine
from covnets.limits import NETWORKS_KEPT
from covnets.runs import Run, RunStore

RUNS = 100
GOAL_GROWTH = 1.10
# Longer than loading TensorFlow: a submitted run never has to wait for it.
GOAL_WAIT = 1.0
# One more than a worker keeps, so that none is found again.
NETWORKS = NETWORKS_KEPT + 1
NUM_TRAIN = 400
SECONDS_TO_FINISH = 120.0
SECONDS_PER_LOOK = 0.01
# Visitors look at a run's result before they start the next one.
SECONDS_BETWEEN_RUNS = 0.5


@dataclass
class Process:
    """One worker process.

    Attributes:
        megabytes: what it held after each of its runs.
    """

    megabytes: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """The most that it held / what it held when all places were taken; 1 if they never were."""
        settled = self.megabytes[NETWORKS_KEPT - 1 :]
        return max(settled) / settled[0] if settled else 1.0


def run(runs: int = RUNS) -> Report:
    """Train them all."""
    processes: dict[str, Process] = {}
    waits = []
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        engine = LocalEngine(store)
        try:
            for number in range(runs):
                ended = _train(store, engine, number)
                worker = str(ended.worker)
                process = processes.setdefault(worker, Process())
                process.megabytes.append(_megabytes(int(worker.rpartition(":")[2])))
                waits.append((ended.started_at or 0.0) - ended.created_at)
                time.sleep(SECONDS_BETWEEN_RUNS)
        finally:
            engine.close()
    # The very first one waits until TensorFlow is loaded, as after a dashboard's start.
    longest = max(waits[1:])
    return Report(
        "memory",
        [_row(number, process) for number, process in enumerate(processes.values(), start=1)],
        [
            at_most(
                "growth of a worker",
                GOAL_GROWTH,
                max(process.growth for process in processes.values()),
                "times",
            ),
            at_most("longest wait for a worker", GOAL_WAIT, longest, "s"),
        ],
    )


def _train(store: RunStore, engine: LocalEngine, number: int) -> Run:
    network = VGGConfig(filters=8 + 2 * (number % NETWORKS))
    recipe = TrainConfig(num_train=NUM_TRAIN, epochs=1, precision="float32", optimizer="sgd")
    run_id = engine.submit(RunConfig(network=network, train=recipe)).id
    deadline = time.monotonic() + SECONDS_TO_FINISH
    while not store.runs.get(run_id).is_ended:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"Run {number + 1} did not end within {SECONDS_TO_FINISH:g} s.")
        time.sleep(SECONDS_PER_LOOK)
    ended = store.runs.get(run_id)
    if ended.state != "finished":
        raise BenchmarkError(f"Run {number + 1} did not finish: {ended.reason}")
    return ended


def _megabytes(pid: int) -> float:
    """Memory that a process holds now, in MB (10**6 bytes)."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    except OSError as error:
        raise BenchmarkError(f"A process cannot be looked into: {error}") from error
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _row(number: int, process: Process) -> dict[str, Any]:
    megabytes = process.megabytes
    return {
        "worker": number,
        "runs": len(megabytes),
        "first MB": megabytes[0],
        "median MB": statistics.median(megabytes),
        "most MB": max(megabytes),
        "growth": process.growth,
    }
