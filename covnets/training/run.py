"""One run from its first step to its last: trains, evaluates, reports; knows no store, no page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from covnets import data
from covnets.config import TRAIN_EVAL_IMAGES, RunConfig
from covnets.errors import TrainingError
from covnets.limits import check_run, evaluated_epochs, images_after_a_stop
from covnets.models import sketch
from covnets.training import checkpoint as checkpoints
from covnets.training import device, events
from covnets.training.checkpoint import Checkpoint, Progress
from covnets.training.divergence import divergence
from covnets.training.evaluation import Evaluation, evaluate
from covnets.training.events import EndState, Report, ShouldStop, TrainResult
from covnets.training.networks import Network, Networks
from covnets.training.schedule import learning_rates
from covnets.training.stopwatch import Stopwatch

SECONDS_PER_REPORT = 0.2

Moves = Generator[None, None, None]


def train(
    run_config: RunConfig,
    report: Report,
    should_stop: ShouldStop = lambda: None,
    checkpoint: Checkpoint | None = None,
) -> TrainResult:
    """Train one network.

    Args:
        run_config: the network, and how it is trained. The precision "auto" becomes the one
            that suits the device.
        report: is given every event as a dict: one `started`, `metrics` for each step (and for
            the training sample and the validation images at the epochs' ends), one `finished`.
        should_stop: asked several times a second; true or "cancelled" ends the run with an
            evaluation on the validation images, "paused" ends it at once.
        checkpoint: the state of an earlier run to go on from.

    Raises:
        ConfigError: the network does not fit the dataset, or is too large to train.
        DataError: the dataset is unknown or has too few images.
        TrainingError: the loss is no longer a finite number, or the checkpoint does not fit.
    """
    check_run(run_config)
    real = device.with_real_precision(run_config)
    training = Training(real, report, should_stop, checkpoint)
    for _ in training.moves():
        pass
    return training.result


class _Stopped(Exception):
    """Ends the loop early; carries the state to end in."""

    def __init__(self, state: EndState) -> None:
        super().__init__(state)
        self.state = state


class Training:
    """A run in small moves, so that several can share a process and advance together.

    Its clock runs only during its own moves: its seconds are its own, whoever else trains.

    Args:
        run_config: the network, and how it is trained, as `check_run` accepts it; its precision
            must be a real one.
        report: takes the events, as in `train`.
        should_stop: whether to end early, as in `train`.
        checkpoint: the state of an earlier run to go on from.
        networks: where traced networks are kept; by default nothing is.

    Attributes:
        progress: how far it has come; its seconds are brought up to date when it ends.
        seconds_per_chunk: how long a move shall take.
        result: what it leaves behind; there once `moves` has come to its end.
    """

    result: TrainResult

    def __init__(
        self,
        run_config: RunConfig,
        report: Report,
        should_stop: ShouldStop = lambda: None,
        checkpoint: Checkpoint | None = None,
        networks: Networks | None = None,
    ) -> None:
        self.run_config = run_config
        self.config = run_config.train
        self.sketch = sketch(run_config.network)
        self.progress = Progress()
        self.seconds_per_chunk = SECONDS_PER_REPORT
        self._report = report
        self._should_stop = should_stop
        self._checkpoint = checkpoint
        self._networks = networks or Networks(most=0)
        self._taken: Network | None = None
        self._clock = Stopwatch()
        self._trace_seconds = 0.0

    @property
    def step(self) -> int:
        """The last step that was made, 0 before the first."""
        return self.progress.step

    @property
    def seconds(self) -> float:
        """Training seconds so far, validation and reporting included, tracing not."""
        return self._clock.seconds

    @property
    def epoch(self) -> int:
        """The epoch of the next step, from 1."""
        return self.step // self.config.steps_per_epoch + 1

    def moves(self) -> Moves:
        """Build and trace, then train chunk by chunk; yields between two moves.

        Raises:
            TrainingError: the loss is no longer a finite number, or the checkpoint does not fit.
        """
        self._begin()
        yield
        state: EndState = "finished"
        self._clock.start()
        try:
            # It may have been stopped while the network was traced.
            self._stop_if_asked()
            yield from self._train()
        except _Stopped as stopped:
            state = stopped.state
        finally:
            self._clock.stop()
        yield from self._finish(state)

    def checkpoint(self) -> Checkpoint:
        """Copy the state from which the run can go on; to be called between two moves."""
        progress = replace(self.progress, seconds=self.seconds)
        return checkpoints.save(self._network.model, self._network.loop.optimizer, progress)

    def release(self) -> None:
        """Give the network back, for others to train; `moves` must have come to its end."""
        if self._taken is not None:
            self._networks.give_back(self._taken)
            self._taken = None

    def _begin(self) -> None:
        began = time.perf_counter()
        self._data = data.load(self.config.dataset)
        self._network = self._taken = self._networks.take(self.run_config)
        self._network.begin(self.run_config)
        if self._checkpoint is not None:
            self.progress = checkpoints.restore(
                self._checkpoint,
                self.run_config.network,
                self._network.model,
                self._network.loop.optimizer,
            )
        self._clock = Stopwatch(self.progress.seconds)
        self._order_of: tuple[int, NDArray[np.integer]] = (0, np.zeros(0, int))
        self._rates = learning_rates(self.config)
        self._chunk = 1
        self._evaluated_epochs = evaluated_epochs(
            self.config, self.sketch.macs, len(self._data.validation_labels)
        )
        self._trace_seconds = time.perf_counter() - began
        found = not self._network.is_new
        self._report(events.started(self.run_config, self.sketch, self._trace_seconds, found))

    def _train(self) -> Moves:
        # A run that was paused at the end of an epoch may not have evaluated that epoch yet.
        if self._is_evaluation_due:
            yield from self._end_epoch()
        while self.step < self.config.total_steps:
            self._train_chunk()
            yield from self._let_others()
            if self._is_evaluation_due:
                yield from self._end_epoch()

    def _train_chunk(self) -> None:
        config = self.config
        done = self.step % config.steps_per_epoch
        steps = min(self._chunk, config.steps_per_epoch - done)
        order = self._order(self.epoch)[done * config.batch_size :][: steps * config.batch_size]
        began = self._clock.seconds
        losses, accuracies = self._network.loop.train(
            order, self._rates[self.step : self.step + steps]
        )
        seconds = self._clock.seconds - began
        for number in range(steps):
            self.progress.step += 1
            moment = began + seconds * (number + 1) / steps
            self._report_point("train", float(losses[number]), float(accuracies[number]), moment)
        # Never more than doubled, since a step's first measurements may be far off.
        wanted = int(self.seconds_per_chunk * steps / max(seconds, 1e-6))
        self._chunk = max(1, min(wanted, 2 * self._chunk))

    def _end_epoch(self) -> Moves:
        self._trace_evaluation()
        began = self._clock.seconds
        sample = self._data.training_subset(min(TRAIN_EVAL_IMAGES, self.config.num_train))
        validation = self._data.validation_images, self._data.validation_labels
        points = []
        try:
            for split, (images, labels) in (("train_eval", sample), ("validation", validation)):
                loss, accuracy, _ = yield from self._evaluate(images, labels, self._stop_if_asked)
                points.append((split, loss, accuracy, self._clock.seconds))
        finally:
            self.progress.validation_seconds += self._clock.seconds - began
        # Both or none: a run that is paused in between evaluates anew when it goes on.
        for point in points:
            self._report_point(*point)
        self.progress.validation_accuracy = accuracy
        self.progress.evaluated_step = self.step

    def _evaluate(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.integer],
        ask: Callable[[], None],
    ) -> Generator[None, None, Evaluation]:
        batches = evaluate(self._network.loop, images, labels, self.sketch.macs)
        while True:
            try:
                next(batches)
            except StopIteration as end:
                evaluation: Evaluation = end.value
                self._refuse_non_finite(evaluation[0])
                return evaluation
            yield from self._let_others(ask)

    def _trace_evaluation(self) -> None:
        """Compile the evaluation when it is first needed, so that the first step comes sooner."""
        if self._network.can_evaluate:
            return
        # Tracing is not training: the run's clock stands still meanwhile.
        self._clock.stop()
        began = time.perf_counter()
        self._network.trace_evaluation()
        self._trace_seconds += time.perf_counter() - began
        self._clock.start()

    def _finish(self, state: EndState) -> Moves:
        self.progress.seconds = self._clock.seconds
        probabilities = test_accuracy = None
        try:
            if state == "finished":
                images, labels = self._data.test_images, self._data.test_labels
                _, test_accuracy, probabilities = yield from self._evaluate(
                    images, labels, self._leave_if_asked
                )
            elif state == "cancelled" and self.step > 0:
                self._trace_evaluation()
                images, labels = self._data.validation_images, self._data.validation_labels
                few = images_after_a_stop(len(images), self.sketch.macs)
                _, self.progress.validation_accuracy, probabilities = yield from self._evaluate(
                    images[:few], labels[:few], self._leave_if_asked
                )
        except _Stopped as stopped:
            # There is no time for the test images: the trained network goes into a checkpoint. A
            # run that was stopped by hand stays so.
            state = stopped.state if state == "finished" else state
        self._clock.stop()
        network = self._network
        # Behind BatchNorm or a saturated activation the loss does not tell.
        for weight in network.model.get_weights():
            self._refuse_non_finite(float(np.abs(weight).max()), "weights")
        summary = events.finished(
            self.config, state, self.progress, test_accuracy, self._trace_seconds
        )
        self._report(summary)
        self.result = TrainResult(
            state=state,
            summary=summary,
            model=network.without_auxiliary_heads(),
            split="test" if state == "finished" else "validation",
            probabilities=probabilities,
            checkpoint=self.checkpoint(),
        )

    @property
    def _is_evaluation_due(self) -> bool:
        """Whether the last step ended an epoch that is to be evaluated, and is not yet."""
        epochs, rest = divmod(self.step, self.config.steps_per_epoch)
        return (
            rest == 0
            and self.step > self.progress.evaluated_step
            and (epochs in self._evaluated_epochs or epochs == self.config.epochs)
        )

    def _order(self, epoch: int) -> NDArray[np.integer]:
        if self._order_of[0] != epoch:
            generator = np.random.default_rng([self.config.seed, epoch])
            self._order_of = epoch, generator.permutation(self.config.num_train)
        return self._order_of[1]

    def _let_others(self, ask: Callable[[], None] | None = None) -> Moves:
        self._clock.stop()
        yield
        self._clock.start()
        (ask or self._stop_if_asked)()

    def _stop_if_asked(self) -> None:
        asked = self._should_stop()
        if asked:
            raise _Stopped("cancelled" if asked is True else asked)

    def _leave_if_asked(self) -> None:
        if self._should_stop() == "paused":
            raise _Stopped("paused")

    def _refuse_non_finite(self, value: float, what: str = "loss") -> None:
        if not math.isfinite(value):
            raise TrainingError(divergence(self.run_config, self.step, value, what))

    def _report_point(self, split: str, loss: float, accuracy: float, seconds: float) -> None:
        self._refuse_non_finite(loss)
        self._report(
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
