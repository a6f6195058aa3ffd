"""The smallest runs that show what an engine does, and patience to wait for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd

from covnets.config import ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.engine import Engine
from covnets.runs import Pace, Run, RunStore
from covnets.runs.run import MOST_REVIVALS
from tests import frames

Found = TypeVar("Found")

NETWORK = VGGConfig(num_stages=1, num_convs=1, filters=4, units=16)
# Tracing it takes many seconds.
DEEP = RunConfig(network=ResNetConfig(num_stages=3, num_blocks=60, filters=4))


def small_run(epochs: int = 1, **train: object) -> RunConfig:
    settings = {"num_train": 400, "batch_size": 50, "epochs": epochs}
    settings |= {"precision": "float32", **train}
    return RunConfig(network=NETWORK, train=TrainConfig.model_validate(settings))


def endless_run() -> RunConfig:
    return small_run(epochs=10_000)


def diverging_run() -> RunConfig:
    """A run whose loss soon is no number."""
    # Without BatchNorm, and with no units that die, nothing holds the values back.
    network = NETWORK.replace(batchnorm=False, num_convs=4, activation="leaky_relu")
    wild = small_run(epochs=50, learning_rate=100.0, optimizer="sgd", schedule="constant")
    return wild.replace(network=network)


def queue_race(
    store: RunStore, configs: Sequence[RunConfig], pace: Pace, owner: str = "test"
) -> list[Run]:
    """Queue the contestants of a race with one seed."""
    race = store.groups.create("race", {}, [configs], owner=owner)
    return store.groups.begin_trial(race.id, 0, owner=owner, pace=pace)


def wait_until(condition: Callable[[], Found], seconds: float = 60.0) -> Found:
    """Wait for something that is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError("waited too long")
        time.sleep(0.02)
    return found


def wait_for_state(store: RunStore, run: Run, *states: str) -> Run:
    """Wait for a run to be in one of some states; it fails where it ends in another one."""

    def look() -> Run | None:
        found = store.runs.get(run.id)
        return found if found.state in states or found.is_ended else None

    found = wait_until(look)
    assert found.state in states, found.details or found.reason
    return found


def trained(engine: Engine, store: RunStore, config: RunConfig) -> Run:
    """A run that an engine has trained to its end."""
    return wait_for_state(store, engine.submit(config), "finished")


def curve(store: RunStore, run: Run) -> pd.DataFrame:
    """All that is on record of a run, but when."""
    return frames.history(store, run.id).drop(columns="seconds")


def recorded_steps(store: RunStore, run: Run) -> list[int]:
    history = frames.history(store, run.id)
    steps: list[int] = history.loc[history["split"] == "train", "step"].tolist()
    return steps


def wait_for_steps(store: RunStore, run: Run, steps: int = 1) -> Run:
    wait_until(lambda: store.runs.get(run.id).step >= steps or store.runs.get(run.id).is_ended)
    return store.runs.get(run.id)


def use_up_revivals(store: RunStore, run: Run) -> None:
    """Let a run not go on by itself when its worker dies next."""
    with store.database.transaction() as connection:
        connection.execute("UPDATE runs SET revivals = ? WHERE id = ?", (MOST_REVIVALS, run.id))


def worker_pid(store: RunStore, run: Run) -> int:
    """The process that trains a run, or has trained it last."""
    return int((store.runs.get(run.id).worker or "").rpartition(":")[2])
