"""A store full of finished runs, written straight into its tables: the same each time.

Recorded one by one, as training does it, ten thousand runs would take an hour.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np

from benchmarks.shared.recorded import IMAGES_PER_SECOND
from covnets.config import RunConfig, TrainConfig
from covnets.models import FAMILIES, Sketch, sketch
from covnets.runs import RunStore

RUNS_PER_TRANSACTION = 500
EPOCHS = 3
BATCH = 64
VALUES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "vgg": {"num_convs": (1, 2, 3), "filters": (8, 16, 24), "batchnorm": (True, False)},
    "inception": {"num_modules": (1, 2), "filters": (8, 12, 16), "reducers": (True, False)},
    "resnet": {
        "num_blocks": (1, 2, (1, 2, 3)),
        "filters": (8, 16),
        "shortcut": ("identity", "projection", "none"),
    },
}
LEARNING_RATES = (0.01, 0.03, 0.1)
SEEDS = 5

_RUN = (
    "INSERT INTO runs (number, id, family, config, state, created_at, started_at, ended_at, step, "
    "epoch, seconds, facts, summary, revision, best_accuracy, best_epoch, last_accuracy, "
    "train_eval_accuracy) VALUES (?, ?, ?, ?, 'finished', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_POINT = (
    "INSERT INTO points (run, split, step, epoch, loss, accuracy, seconds) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)


def fill(store: RunStore, num_runs: int, num_steps: int) -> list[str]:
    """Write finished runs of three families, with some variety, behind those that are there.

    Args:
        store: the store.
        num_runs: how many.
        num_steps: training points of each; besides them there are two for each of three epochs.

    Returns:
        Their ids, the oldest first.
    """
    (row,) = store.database.read(
        "SELECT coalesce(max(number), 0), coalesce(max(revision), 0) FROM runs"
    )
    random = np.random.default_rng(0)
    ids = []
    for begin in range(0, num_runs, RUNS_PER_TRANSACTION):
        with store.database.transaction() as connection:
            for place in range(begin, min(begin + RUNS_PER_TRANSACTION, num_runs)):
                number, revision = row[0] + place + 1, row[1] + place + 1
                ids.append(_insert(connection, number, revision, num_steps, random))
    return ids


def _insert(
    connection: sqlite3.Connection,
    number: int,
    revision: int,
    num_steps: int,
    random: np.random.Generator,
) -> str:
    config, drawn = _config(random, num_steps)
    best = min(0.95, 0.6 + 0.05 * np.log10(drawn.num_params) + random.normal(0, 0.02))
    points = list(_points(number, num_steps, best, random))
    validated = [(row[5], row[3]) for row in points if row[1] == "validation"]
    accuracy, epoch = max(validated)
    seconds = points[-1][6]
    facts = {"num_params": drawn.num_params, "macs": drawn.macs, "precision": "float32"}
    facts |= {"device": "cpu", "threads": 2, "trace_seconds": 1.5, "epochs": EPOCHS}
    facts |= {"batch_size": BATCH, "num_train": config.train.num_train}
    facts |= {"steps_per_epoch": num_steps // EPOCHS, "total_steps": num_steps}
    summary = {"test_accuracy": accuracy, "validation_accuracy": validated[-1][0], "threads": 2}
    summary |= {"images_per_second": IMAGES_PER_SECOND, "training_seconds": seconds}
    summary |= {"trace_seconds": 1.5, "validation_seconds": 0.1 * seconds, "precision": "float32"}
    created = 1.7e9 + 60 * number
    run_id = f"{number:010x}"
    connection.execute(
        _RUN,
        (
            *(number, run_id, config.network.family, config.model_dump_json()),
            *(created, created, created + seconds, num_steps, EPOCHS, seconds),
            *(json.dumps(facts), json.dumps(summary), revision, accuracy, epoch),
            *(validated[-1][0], best),
        ),
    )
    connection.executemany(_POINT, points)
    return run_id


def _config(random: np.random.Generator, num_steps: int) -> tuple[RunConfig, Sketch]:
    family = str(random.choice(list(VALUES)))
    chosen = {name: random.integers(len(values)) for name, values in VALUES[family].items()}
    network, drawn = _network(family, tuple(chosen.values()))
    train = TrainConfig(
        epochs=EPOCHS,
        num_train=BATCH * (num_steps // EPOCHS),
        batch_size=BATCH,
        learning_rate=float(random.choice(LEARNING_RATES)),
        seed=int(random.integers(SEEDS)),
    )
    return RunConfig(network=network, train=train), drawn


@cache
def _network(family: str, places: tuple[int, ...]) -> tuple[Any, Sketch]:
    values = zip(VALUES[family].items(), places, strict=True)
    changes = {name: offered[place] for (name, offered), place in values}
    network = FAMILIES[family].config_class().replace(**changes)
    return network, sketch(network)


def _points(
    number: int, num_steps: int, best: float, random: np.random.Generator
) -> Iterator[tuple[Any, ...]]:
    noise = random.normal(0, 0.03, num_steps)
    per_epoch = num_steps // EPOCHS
    for step in range(1, num_steps + 1):
        epoch = min(EPOCHS, 1 + (step - 1) // per_epoch)
        reached = best * step / (step + 20)
        seconds = step * BATCH / IMAGES_PER_SECOND
        accuracy = min(1.0, max(0.0, reached + noise[step - 1]))
        yield number, "train", step, epoch, 2.3 * (1 - accuracy), accuracy, seconds
        if step % per_epoch == 0:
            for split, lost in (("train_eval", 0.0), ("validation", 0.02)):
                yield number, split, step, epoch, 2.3 * (1 - reached), reached - lost, seconds
