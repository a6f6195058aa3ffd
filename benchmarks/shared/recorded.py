"""Runs written into a store as training writes them, without training: the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from covnets import data
from covnets.config import RunConfig
from covnets.models import FAMILIES, sketch
from covnets.runs import Run, RunStore
from covnets.system import available_cores, host_name, processor_name

IMAGES_PER_SECOND = 1500.0
ACCURACY = 0.9


def default_run(family: str) -> RunConfig:
    """A family's miniature and its recipe."""
    facts = FAMILIES[family]
    return RunConfig.model_validate(
        {"network": facts.config_class(), "train": facts.train_defaults}
    )


def running_run(store: RunStore, family: str, steps: int) -> Run:
    """Record a run of a family's defaults that has come as far as `steps`."""
    run = store.runs.create(default_run(family), owner="benchmark")
    store.states.claim(run.id, f"{host_name()}:0")
    store.states.record_started(run.id, facts(run.config))
    store.history.add(run.id, list(points(run.config, 1, steps)))
    return store.runs.get(run.id)


def finished_run(store: RunStore, family: str) -> Run:
    """Record a whole run of a family's defaults, with its predictions."""
    train = default_run(family).train
    run = running_run(store, family, train.total_steps)
    store.files.write(run.id, "predictions.npz", partial(_save_predictions, train.dataset))
    seconds = train.epochs * train.num_train / IMAGES_PER_SECOND
    summary: dict[str, Any] = {
        "test_accuracy": ACCURACY,
        "validation_accuracy": ACCURACY,
        "trace_seconds": 1.5,
    }
    summary |= {"training_seconds": seconds, "validation_seconds": 0.1 * seconds}
    summary |= {"images_per_second": IMAGES_PER_SECOND, "precision": train.precision}
    return store.states.finish(run.id, "finished", summary | {"threads": available_cores()})


def facts(config: RunConfig) -> dict[str, Any]:
    """What a worker tells of a run when it begins."""
    train, drawn = config.train, sketch(config.network)
    return {
        "family": config.network.family,
        "num_params": drawn.num_params,
        "macs": drawn.macs,
        "precision": train.precision,
        "threads": available_cores(),
        "device": processor_name(),
        "trace_seconds": 1.5,
        "epochs": train.epochs,
        "batch_size": train.batch_size,
        "num_train": train.num_train,
        "steps_per_epoch": train.steps_per_epoch,
        "total_steps": train.total_steps,
    }


def points(config: RunConfig, first: int, last: int) -> Iterator[dict[str, Any]]:
    """Yield the metrics of the steps from `first` to `last`, noisy and learning."""
    train = config.train
    noise = np.random.default_rng(first)
    for step in range(first, last + 1):
        splits = ["train"]
        if step % train.steps_per_epoch == 0:
            splits += ["train_eval", "validation"]
        for split in splits:
            progress = step / (step + 200)
            yield {
                "step": step,
                "epoch": (step - 1) // train.steps_per_epoch + 1,
                "split": split,
                "loss": 2.3 - 2 * progress + 0.1 * float(noise.normal()),
                "accuracy": min(1.0, max(0.0, 0.1 + 0.8 * progress + 0.03 * noise.normal())),
                "seconds": step * train.batch_size / IMAGES_PER_SECOND,
            }


def _save_predictions(dataset_name: str, path: Path) -> None:
    dataset = data.load(dataset_name)
    noise = np.random.default_rng(0).dirichlet(
        np.ones(dataset.num_classes), dataset.test_labels.size
    )
    right = np.eye(dataset.num_classes)[dataset.test_labels]
    np.savez(
        path, split=np.array("test"), probabilities=(0.4 * right + 0.6 * noise).astype(np.float32)
    )
