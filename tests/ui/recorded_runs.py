"""Runs of every state, written into a store as training would, without training."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.shared.recorded import facts, points
from covnets import data
from covnets.config import NetworkConfig, RunConfig, TrainConfig
from covnets.models import FAMILIES, PAGE_FAMILIES
from covnets.runs import STATES, Run, RunStore

REASON = "Its worker process was killed (SIGKILL)."
DETAILS = 'Traceback (most recent call last):\n  File "loop.py", line 1'
TEST_ACCURACY, VALIDATION_ACCURACY = 0.8765, 0.8712

TRAIN = TrainConfig(num_train=1000, batch_size=50, epochs=2)


def planned_run(family: str = "vgg", **training: Any) -> RunConfig:
    network = PAGE_FAMILIES[family].config_class()
    return RunConfig.model_validate({"network": network, "train": TRAIN.replace(**training)})


def queued_run(store: RunStore, network: NetworkConfig, **training: Any) -> Run:
    """Record a run of any network that waits, by its family's recipe but for some settings."""
    recipe = FAMILIES[network.family].train_defaults
    config = RunConfig.model_validate({"network": network, "train": recipe.replace(**training)})
    return store.runs.create(config, owner="test")


def recorded_run(store: RunStore, state: str, family: str = "vgg") -> Run:
    """Record a run that came to `state` in the middle of its last epoch, or to its end."""
    run = store.runs.create(planned_run(family), owner="test")
    store.labels.set(run.id, name=f"{state} {family}")
    if state == "queued":
        return run
    store.states.claim(run.id, "machine:1")
    machine = {"precision": "float32", "threads": 2, "device": "cpu"}
    store.states.record_started(run.id, facts(run.config) | machine)
    steps = TRAIN.total_steps if state == "finished" else TRAIN.total_steps - 10
    store.history.add(run.id, list(points(run.config, 1, steps)))
    if state == "failed":
        store.states.fail(run.id, REASON, DETAILS)
    elif state == "paused":
        store.states.finish(run.id, "paused", _summary("paused"), "dashboard stopped")
    elif state in ("finished", "cancelled"):
        split = "test" if state == "finished" else "validation"
        store.files.write(run.id, "predictions.npz", partial(_save_predictions, split))
        store.states.finish(run.id, state, _summary(state))
    return store.runs.get(run.id)


def fill(store: RunStore) -> list[Run]:
    """Record runs of every state in every family, all of them active ones last."""
    ended_first = sorted(STATES, key=lambda state: state in ("queued", "running"))
    return [recorded_run(store, state, family) for state in ended_first for family in PAGE_FAMILIES]


def evaluate(store: RunStore, run_id: str, *accuracies: float, seconds: float = 1.0) -> None:
    """Record that a run reached these accuracies, epoch by epoch, each of so many seconds."""
    evaluations = [
        {"split": split, "step": 20 * epoch, "epoch": epoch, "loss": 1.0}
        | {"accuracy": accuracy, "seconds": seconds * epoch}
        for epoch, accuracy in enumerate(accuracies, start=1)
        for split in ("train", "validation")
    ]
    store.history.add(run_id, evaluations)


def answer(store: RunStore, run_id: str, said: np.ndarray, split: str = "test") -> None:
    """Record which classes a run predicted of a split's first images, each with 82 %."""
    probabilities = np.full((len(said), 10), 0.02, np.float32)
    probabilities[np.arange(len(said)), said] = 0.82
    save = partial(np.savez, split=np.array(split), probabilities=probabilities)
    store.files.write(run_id, "predictions.npz", save)


def _summary(state: str) -> dict[str, object]:
    return {
        "event": "finished",
        "state": state,
        "test_accuracy": TEST_ACCURACY if state == "finished" else None,
        "validation_accuracy": VALIDATION_ACCURACY,
        "trace_seconds": 1.0,
        "training_seconds": 4.0,
        "validation_seconds": 0.5,
        "images_per_second": 571.0,
        "precision": "float32",
        "threads": 2,
    }


def _save_predictions(split: str, path: Path) -> None:
    dataset = data.load(TRAIN.dataset)
    labels = dataset.test_labels if split == "test" else dataset.validation_labels
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(dataset.num_classes), len(labels)).astype(np.float32)
    np.savez(path, split=np.array(split), probabilities=probabilities)
