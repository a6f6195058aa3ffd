"""What a run says while it goes on, is asked, and leaves behind; events are dicts for JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from covnets.config import RunConfig, TrainConfig
from covnets.models import Sketch
from covnets.models.wiring import WIRING
from covnets.training import device
from covnets.training.checkpoint import Checkpoint, Progress

if TYPE_CHECKING:
    import keras

Event = dict[str, Any]
Report = Callable[[Event], None]
EndState = Literal["finished", "cancelled", "paused"]
ShouldStop = Callable[[], "EndState | bool | None"]


@dataclass(frozen=True)
class TrainResult:
    """What a run leaves behind.

    Attributes:
        state: how it ended.
        summary: the `finished` event.
        model: the trained network, without its auxiliary heads.
        split: which images `probabilities` belong to: "test", or "validation" for a stopped run.
        probabilities: float32 (images, num_classes), of the split's first images where it is a
            large network that was stopped; None for a paused run.
        checkpoint: the exact state after the last step, from which the run can go on.
    """

    state: EndState
    summary: Event
    model: keras.Model
    split: str
    probabilities: NDArray[np.float32] | None
    checkpoint: Checkpoint


def started(
    run_config: RunConfig, drawn: Sketch, trace_seconds: float, traced_ahead: bool
) -> Event:
    """What is going to be trained, and on what; told before the first step."""
    train = run_config.train
    return {
        "event": "started",
        "family": run_config.network.family,
        "num_params": drawn.num_params,
        "macs": drawn.macs,
        "wiring": WIRING,
        "precision": train.precision,
        "threads": device.num_threads(),
        "device": device.name(),
        "epochs": train.epochs,
        "batch_size": train.batch_size,
        "num_train": train.num_train,
        "steps_per_epoch": train.steps_per_epoch,
        "total_steps": train.total_steps,
        "trace_seconds": trace_seconds,
        "traced_ahead": traced_ahead,
    }


def finished(
    train: TrainConfig,
    state: EndState,
    progress: Progress,
    test_accuracy: float | None,
    trace_seconds: float,
) -> Event:
    """How a run ended, and how fast it was: `images_per_second` is an average.

    Seconds and steps are those of the whole run, however often it was paused.
    """
    validation_accuracy = progress.validation_accuracy
    busy = max(progress.seconds - progress.validation_seconds, 1e-9)
    return {
        "event": "finished",
        "state": state,
        "test_accuracy": test_accuracy,
        "validation_accuracy": None if math.isnan(validation_accuracy) else validation_accuracy,
        "trace_seconds": trace_seconds,
        "training_seconds": progress.seconds,
        "validation_seconds": progress.validation_seconds,
        "images_per_second": _images_trained(train, progress.step) / busy,
        "precision": train.precision,
        "threads": device.num_threads(),
    }


def _images_trained(train: TrainConfig, step: int) -> int:
    epochs, rest = divmod(step, train.steps_per_epoch)
    return epochs * train.num_train + rest * train.batch_size
