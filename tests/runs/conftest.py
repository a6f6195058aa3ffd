from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from covnets.config import RunConfig, TrainConfig, VGGConfig
from covnets.runs import Run, RunStore


class Clock:
    """A clock that stands still until it is told to move, in either direction."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[RunStore]:
    with RunStore(tmp_path / "runs", clock=clock) as store:
        yield store


@pytest.fixture
def config() -> RunConfig:
    return RunConfig(network=VGGConfig(), train=TrainConfig())


@pytest.fixture
def new_run(store: RunStore, config: RunConfig) -> Callable[[str], Run]:
    """Make a run and bring it to a state."""

    def make(state: str = "running") -> Run:
        run = store.runs.create(config, owner="first dashboard")
        if state == "queued":
            return run
        assert store.states.claim(run.id, "lab:1")
        store.history.add(run.id, points(3))
        if state == "failed":
            store.states.fail(run.id, "It broke.", "Traceback")
        elif state != "running":
            store.states.finish(run.id, state, {"test_accuracy": 0.9})
        return store.runs.get(run.id)

    return make


def points(count: int, first: int = 1, **fields: Any) -> list[dict[str, Any]]:
    """Points of as many steps, a tenth of a second each, with other fields where a test says so."""
    return [
        {
            "event": "metrics",
            "split": "train",
            "step": step,
            "epoch": 1 + (step - 1) // 100,
            "loss": 1.0,
            "accuracy": 0.5,
            "seconds": step / 10,
        }
        | fields
        for step in range(first, first + count)
    ]
