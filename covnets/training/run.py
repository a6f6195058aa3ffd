"""One run from its first step to its last: trains, evaluates, reports; knows no store, no page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from covnets import data
from covnets.config import TRAIN_EVAL_IMAGES, RunConfig
from covnets.data import Dataset
from covnets.errors import TrainingError
from covnets.limits import check_run
from covnets.models import build
from covnets.training import checkpoint as checkpoints
from covnets.training import device
from covnets.training.checkpoint import Checkpoint
from covnets.training.initial import set_initial_weights
from covnets.training.loop import CompiledLoop
from covnets.training.result import EndState, Event, Report, ShouldStop, TrainResult
from covnets.training.schedule import learning_rates

if TYPE_CHECKING:
    import keras

SECONDS_PER_REPORT = 0.2
# Between two batches of an evaluation the run may be stopped, so that none may take long.
EVALUATION_BATCH = 250
EVALUATION_MACS = 20_000_000_000


def train(
    run_config: RunConfig,
    report: Report,
    should_stop: ShouldStop = lambda: None,
    checkpoint: Checkpoint | None = None,
) -> TrainResult:
    """Train one network.

    Args:
        run_config: the network, and how it is trained.
        report: is given every event as a dict: one `started`, `metrics` for each step (and for
            the training sample and the validation images at each epoch's end), one `finished`.
        should_stop: asked several times a second; true or "cancelled" ends the run with an
            evaluation on the validation images, "paused" ends it at once with a checkpoint.
        checkpoint: the state of a paused run to go on from.

    Raises:
        ConfigError: the network does not fit the dataset, or is too large to train.
        DataError: the dataset is unknown or has too few images.
        TrainingError: the loss is no longer a finite number.
    """
    return _Run(run_config, report, should_stop, checkpoint).go()


class _Stopped(Exception):
    """Ends the loop early; carries the state to end in."""

    def __init__(self, state: EndState) -> None:
        super().__init__(state)
        self.state = state


class _Run:
    def __init__(
        self,
        run_config: RunConfig,
        report: Report,
        should_stop: ShouldStop,
        checkpoint: Checkpoint | None,
    ) -> None:
        began = time.perf_counter()
        self.config = config = run_config.train
        self.batchnorm = run_config.network.batchnorm
        self.report = report
        self.should_stop = should_stop
        self.sketch = check_run(run_config)
        self.data: Dataset = data.load(config.dataset)
        self.model = _build(run_config)
        self.loop = CompiledLoop(self.model, config, *self.data.training_subset(config.num_train))
        self.step = 0
        if checkpoint is not None:
            self.step = checkpoints.restore(checkpoint, self.model, self.loop.optimizer)
        self.first_step = self.step
        self.rates = learning_rates(config)
        self.chunk = 1
        self.evaluation_batch = max(1, min(EVALUATION_BATCH, EVALUATION_MACS // self.sketch.macs))
        self.validation_seconds = 0.0
        self.validation_accuracy: float | None = None
        self._order_of: tuple[int, NDArray[np.integer]] = (0, np.zeros(0, int))
        self.loop.trace_training()
        self.trace_seconds = time.perf_counter() - began
        self.may_evaluate = False
        report(self._started(run_config))
        self.first_moment = time.perf_counter()
        self.training_seconds = 0.0

    def go(self) -> TrainResult:
        state: EndState = "finished"
        try:
            # Somebody may have thought better of it while the network was traced.
            self._stop_if_asked()
            # A run that was paused at the end of an epoch has not evaluated that epoch yet.
            if self.step and self._at_end_of_epoch:
                self._end_epoch()
            while self.step < self.config.total_steps:
                self._train_chunk()
                self._stop_if_asked()
                if self._at_end_of_epoch:
                    self._end_epoch()
        except _Stopped as stopped:
            state = stopped.state
        self.training_seconds = time.perf_counter() - self.first_moment
        return self._finish(state)

    def _train_chunk(self) -> None:
        config = self.config
        done = self.step % config.steps_per_epoch
        steps = min(self.chunk, config.steps_per_epoch - done)
        order = self._order(self.epoch)[done * config.batch_size :][: steps * config.batch_size]
        began = time.perf_counter()
        losses, accuracies = self.loop.train(order, self.rates[self.step : self.step + steps])
        seconds = time.perf_counter() - began
        for number in range(steps):
            self.step += 1
            moment = began + seconds * (number + 1) / steps - self.first_moment
            self._report_point("train", float(losses[number]), float(accuracies[number]), moment)
        # Never more than doubled, since a step's first measurements may be far off.
        wanted = int(SECONDS_PER_REPORT * steps / max(seconds, 1e-6))
        self.chunk = max(1, min(wanted, 2 * self.chunk))

    def _end_epoch(self) -> None:
        self._trace_evaluation()
        began = time.perf_counter()
        sample = self.data.training_subset(min(TRAIN_EVAL_IMAGES, self.config.num_train))
        validation = self.data.validation_images, self.data.validation_labels
        points = []
        try:
            for split, (images, labels) in (("train_eval", sample), ("validation", validation)):
                loss, accuracy, _ = self._evaluate(images, labels, self._stop_if_asked)
                moment = time.perf_counter() - self.first_moment
                points.append((split, loss, accuracy, moment))
        finally:
            self.validation_seconds += time.perf_counter() - began
        # Both or none: a run that is paused in between evaluates anew when it goes on.
        for point in points:
            self._report_point(*point)
        self.validation_accuracy = accuracy

    def _trace_evaluation(self) -> None:
        """Compile the evaluation when it is first needed, so that the first step comes sooner."""
        if self.may_evaluate:
            return
        began = time.perf_counter()
        self.loop.trace_evaluation()
        self.may_evaluate = True
        seconds = time.perf_counter() - began
        self.trace_seconds += seconds
        # Tracing is not training: the run's clock stands still meanwhile.
        self.first_moment += seconds

    def _evaluate(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.integer],
        between: Callable[[], None] = lambda: None,
    ) -> tuple[float, float, NDArray[np.float32]]:
        losses, probabilities = [], []
        size = self.evaluation_batch
        for first in range(0, len(images), size):
            batch = slice(first, first + size)
            loss, probability = self.loop.evaluate_batch(images[batch], labels[batch])
            losses.append(loss)
            probabilities.append(probability)
            between()
        all_probabilities = np.concatenate(probabilities)
        correct = all_probabilities.argmax(axis=1) == labels
        return float(np.concatenate(losses).mean()), float(correct.mean()), all_probabilities

    def _finish(self, state: EndState) -> TrainResult:
        probabilities = test_accuracy = None
        try:
            if state == "finished":
                _, test_accuracy, probabilities = self._evaluate(
                    self.data.test_images, self.data.test_labels, self._leave_if_asked
                )
            elif state == "cancelled" and self.step > self.first_step:
                self._trace_evaluation()
                _, self.validation_accuracy, probabilities = self._evaluate(
                    self.data.validation_images, self.data.validation_labels, self._leave_if_asked
                )
        except _Stopped as stopped:
            # There is no time for the test images: the trained network goes into a checkpoint. A
            # run that was stopped by hand stays so.
            state = stopped.state if state == "finished" else state
        summary = self._finished(state, test_accuracy)
        self.report(summary)
        checkpoint = None
        if state == "paused":
            checkpoint = checkpoints.save(self.model, self.loop.optimizer, self.step)
        split = "test" if state == "finished" else "validation"
        return TrainResult(state, summary, self.model, split, probabilities, checkpoint)

    @property
    def epoch(self) -> int:
        """The epoch of the next step, from 1."""
        return self.step // self.config.steps_per_epoch + 1

    @property
    def _at_end_of_epoch(self) -> bool:
        return self.step % self.config.steps_per_epoch == 0

    def _order(self, epoch: int) -> NDArray[np.integer]:
        if self._order_of[0] != epoch:
            generator = np.random.default_rng([self.config.seed, epoch])
            self._order_of = epoch, generator.permutation(self.config.num_train)
        return self._order_of[1]

    def _stop_if_asked(self) -> None:
        asked = self.should_stop()
        if asked:
            raise _Stopped("cancelled" if asked is True else asked)

    def _leave_if_asked(self) -> None:
        if self.should_stop() == "paused":
            raise _Stopped("paused")

    def _report_point(self, split: str, loss: float, accuracy: float, seconds: float) -> None:
        if not np.isfinite(loss):
            advice = "" if self.batchnorm else ", or turn BatchNorm on"
            raise TrainingError(
                f"The loss became {loss} at step {self.step}: the steps were too large. "
                f"Choose a learning rate below {self.config.learning_rate:g}{advice}."
            )
        self.report(
            {
                "event": "metrics",
                "step": self.step,
                "epoch": (self.step - 1) // self.config.steps_per_epoch + 1,
                "split": split,
                "loss": loss,
                "accuracy": accuracy,
                "seconds": seconds,
            }
        )

    def _started(self, run_config: RunConfig) -> Event:
        return {
            "event": "started",
            "family": run_config.network.family,
            "num_params": self.sketch.num_params,
            "macs": self.sketch.macs,
            "precision": self.config.precision,
            "threads": device.num_threads(),
            "device": device.name(),
            "epochs": self.config.epochs,
            "batch_size": self.config.batch_size,
            "num_train": self.config.num_train,
            "steps_per_epoch": self.config.steps_per_epoch,
            "total_steps": self.config.total_steps,
            "trace_seconds": self.trace_seconds,
        }

    def _finished(self, state: EndState, test_accuracy: float | None) -> Event:
        busy = max(self.training_seconds - self.validation_seconds, 1e-9)
        return {
            "event": "finished",
            "state": state,
            "test_accuracy": test_accuracy,
            "validation_accuracy": self.validation_accuracy,
            "trace_seconds": self.trace_seconds,
            "training_seconds": self.training_seconds,
            "validation_seconds": self.validation_seconds,
            "images_per_second": self._images_trained() / busy,
            "precision": self.config.precision,
            "threads": device.num_threads(),
        }

    def _images_trained(self) -> int:
        def images(steps: int) -> int:
            epochs, rest = divmod(steps, self.config.steps_per_epoch)
            return epochs * self.config.num_train + rest * self.config.batch_size

        return images(self.step) - images(self.first_step)


def _build(run_config: RunConfig) -> keras.Model:
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(run_config.train.precision)
    try:
        model = build(run_config.network)
    finally:
        keras.config.set_dtype_policy(policy)
    set_initial_weights(model, run_config.train.seed)
    return model
