"""What a traced network takes, found by letting it make some steps while nothing trains.

A run that is started meanwhile waits for one short call. Weights, optimizer, BatchNorm's statistics
and Dropout's state are spoilt by the steps: a run begins by setting all of them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from covnets import data
from covnets.config import RunConfig
from covnets.limits import evaluation_batch, training_macs
from covnets.models import sketch
from covnets.training.loop import CompiledLoop, Interrupted

# Above that a step is made with fewer images, so that no call takes much longer than that of
# several steps.
MACS_PER_CALL = 5_000_000_000
SECONDS_PER_CALL = 0.1
CALLS = 5
# The first calls may wait for memory, and for the processor's caches.
CALLS_TO_WARM_UP = 2


class Timing(NamedTuple):
    """What one network takes with one recipe on this machine, in seconds.

    Attributes:
        trace_seconds: building it, and tracing training and evaluation.
        step_seconds: one step with a whole batch.
        image_seconds: one evaluated image.
    """

    trace_seconds: float
    step_seconds: float
    image_seconds: float


def seconds_per_step(
    loop: CompiledLoop, run_config: RunConfig, is_interrupted: Callable[[], bool]
) -> float:
    """Make some steps; return what one takes with a whole batch.

    Args:
        loop: the traced network.
        run_config: the run that it may train next.
        is_interrupted: whether to give up; asked between two calls.

    Raises:
        Interrupted: there was no time.
    """
    train = run_config.train
    most = MACS_PER_CALL // max(1, training_macs(sketch(run_config.network)))
    loop.batch_size = max(1, min(train.batch_size, most))

    def seconds(steps: int) -> float:
        if is_interrupted():
            raise Interrupted
        images = np.arange(steps * loop.batch_size) % train.num_train
        began = time.perf_counter()
        loop.train(images, np.zeros(steps, np.float32))
        return (time.perf_counter() - began) / steps

    usual = [seconds(1) for _ in range(CALLS_TO_WARM_UP)][-1]
    steps = max(1, int(SECONDS_PER_CALL / usual))
    of_one = statistics.median(seconds(steps) for _ in range(CALLS))
    return of_one * train.batch_size / loop.batch_size


def seconds_per_image(
    loop: CompiledLoop, run_config: RunConfig, is_interrupted: Callable[[], bool]
) -> float:
    """Evaluate one batch after a first one that does not count; return what an image of it takes.

    Raises:
        Interrupted: there was no time.
    """
    size = evaluation_batch(sketch(run_config.network).macs)
    images = data.load(run_config.train.dataset).validation_images[:size]
    labels = np.zeros(len(images), np.int32)
    for _ in range(2):
        if is_interrupted():
            raise Interrupted
        began = time.perf_counter()
        loop.evaluate_batch(images, labels)
        seconds = time.perf_counter() - began
    if is_interrupted():  # a run beside the last call may have slowed it down
        raise Interrupted
    return seconds / len(images)
