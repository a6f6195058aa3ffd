"""A machine's cost model: from a network's sketch and a recipe to seconds.

The prices below are those of one processor core; a few measured runs turn them into those of the
machine at hand (`covnets.duration.fitting`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from covnets.config import TRAIN_EVAL_IMAGES, RunConfig, TrainConfig
from covnets.data import DATASETS
from covnets.duration.costs import (
    LAYERS,
    VALUES,
    Terms,
    batch_terms,
    image_terms,
    step_terms,
    trace_terms,
)
from covnets.duration.fitting import fit_prices
from covnets.limits import evaluation_batch, num_evaluations
from covnets.models import Sketch, sketch

Prices = Mapping[str, float]

# Seconds per unit, found by least squares from 81 networks with hyperparameters drawn at random
# from what sliders offer, one thread, on a core with AVX2, with oneDNN's operations. Left out one
# by one, nine in ten of their steps are predicted within 26 %.
TYPICAL_TRACE: Prices = {
    "trace": 0.23,
    "convolutions": 0.016,
    "normalisations": 0.041,
    "other_layers": 0.022,
}
TYPICAL_STEP: Prices = {
    "step": 5.9e-5,
    "convolutions": 1.0e-4,
    "normalisations": 6.2e-5,
    "other_layers": 1.4e-5,
    "macs_1x1": 8.9e-5,
    "macs_3x3": 6.7e-5,
    "macs_larger": 5.4e-5,
    "patches": 2.6e-4,
    "dense_macs": 1.7e-5,
    "normalised": 2.5e-3,
    "activated": 7.5e-4,
    "activated_smoothly": 1.1e-3,
    "gated": 4.9e-3,
    "pooled": 6.3e-4,
    "moved": 4.0e-4,
    "spilled": 3.6e-4,
    "parameters": 6.4e-3,
    "adam": 2.0e-3,
}
TYPICAL_EVALUATION: Prices = {
    "batch": 2.4e-3,
    "layers": 9.1e-5,
    "macs_1x1": 2.5e-5,
    "macs_3x3": 2.0e-5,
    "macs_larger": 1.7e-5,
    "patches": 6.5e-5,
    "dense_macs": 2.2e-5,
    "normalised": 8.5e-4,
    "activated": 3.9e-4,
    "activated_smoothly": 5.9e-4,
    "gated": 1.5e-3,
    "pooled": 1.8e-4,
    "moved": 2.9e-4,
    "spilled": 4.2e-5,
}


@dataclass(frozen=True)
class Sample:
    """What one measured run took.

    Attributes:
        config: the network and how it was trained.
        trace_seconds: building and tracing, training and evaluation.
        step_seconds: one step with a whole batch.
        evaluation_seconds: the evaluation at an epoch's end.
    """

    config: RunConfig
    trace_seconds: float
    step_seconds: float
    evaluation_seconds: float


@dataclass(frozen=True)
class Duration:
    """The parts of a run's time, in seconds."""

    trace: float
    training: float
    validation: float
    test: float

    @property
    def seconds(self) -> float:
        """From Start to the end, tracing and the test images included."""
        return self.trace + self.training + self.validation + self.test


@dataclass(frozen=True)
class RunCost:
    """What a network costs, in seconds: enough to tell a run of any length.

    Attributes:
        trace: building and tracing it.
        step: one step, without its images.
        image: one image more in a step.
        batch: one evaluated batch, without its images.
        evaluated_image: one image more in an evaluated batch.
        batch_size: images of an evaluated batch.
        macs: multiply-adds of one image's way forward, which tell how often it is evaluated.
    """

    trace: float
    step: float
    image: float
    batch: float
    evaluated_image: float
    batch_size: int
    macs: int

    def epoch(self, train: TrainConfig) -> float:
        """Seconds of one epoch's steps."""
        return train.steps_per_epoch * self.step + train.num_train * self.image

    def evaluation(self, *groups: int) -> float:
        """Seconds to evaluate groups of images, each cut into batches by itself."""
        batches = sum(math.ceil(images / self.batch_size) for images in groups)
        return batches * self.batch + sum(groups) * self.evaluated_image

    def duration(self, train: TrainConfig) -> Duration:
        """Return the parts of a whole run's time."""
        info = DATASETS.get(train.dataset)
        num_validation = info.num_validation if info else 0
        evaluations = num_evaluations(train, self.macs, num_validation)
        return Duration(
            self.trace,
            train.epochs * self.epoch(train),
            evaluations * self.evaluation(*epoch_end_images(train)),
            self.evaluation(info.num_test if info else 0),
        )

    def slower(self, factor: float) -> RunCost:
        """The same where everything but tracing takes `factor` times as long."""
        return RunCost(
            self.trace,
            self.step * factor,
            self.image * factor,
            self.batch * factor,
            self.evaluated_image * factor,
            self.batch_size,
            self.macs,
        )


@dataclass(frozen=True, eq=False)
class CostModel:
    """Seconds per unit of every term of the three parts of a run, on one machine."""

    trace: Prices
    step: Prices
    evaluation: Prices

    @classmethod
    def fit(cls, samples: Sequence[Sample]) -> Self:
        """Find the prices that suit the measured runs best; at least one is needed."""
        sketches = [sketch(sample.config.network) for sample in samples]
        trains = [sample.config.train for sample in samples]
        pairs = list(zip(sketches, trains, strict=True))
        return cls(
            fit_prices(
                [trace_terms(drawn) for drawn in sketches],
                [sample.trace_seconds for sample in samples],
                TYPICAL_TRACE,
                [TYPICAL_TRACE],
            ),
            fit_prices(
                [_whole_step(drawn, train) for drawn, train in pairs],
                [sample.step_seconds for sample in samples],
                TYPICAL_STEP,
                [{"step", *LAYERS}, {*VALUES, "parameters", "adam"}],
            ),
            fit_prices(
                [_whole_evaluation(drawn, epoch_end_images(train)) for drawn, train in pairs],
                [sample.evaluation_seconds for sample in samples],
                TYPICAL_EVALUATION,
                [{"batch", "layers"}, VALUES],
            ),
        )

    def cost(self, drawn: Sketch, train: TrainConfig) -> RunCost:
        """Return what a network costs with this batch size and optimizer."""
        size = evaluation_batch(drawn.macs)
        return RunCost(
            trace=_total(trace_terms(drawn), self.trace),
            step=_total(step_terms(drawn, train), self.step),
            image=_total(image_terms(drawn, train.batch_size), self.step),
            batch=_total(batch_terms(drawn), self.evaluation),
            evaluated_image=_total(image_terms(drawn, size), self.evaluation),
            batch_size=size,
            macs=drawn.macs,
        )


TYPICAL = CostModel(TYPICAL_TRACE, TYPICAL_STEP, TYPICAL_EVALUATION)
"""The machine on which the prices above were found."""


def epoch_end_images(train: TrainConfig) -> tuple[int, int]:
    """Images that are evaluated at each epoch's end: the training sample, and for validation."""
    info = DATASETS.get(train.dataset)
    return min(TRAIN_EVAL_IMAGES, train.num_train), info.num_validation if info else 0


def _whole_step(drawn: Sketch, train: TrainConfig) -> Terms:
    size = train.batch_size
    return {**step_terms(drawn, train), **_times(image_terms(drawn, size), size)}


def _whole_evaluation(drawn: Sketch, groups: Sequence[int]) -> Terms:
    size = evaluation_batch(drawn.macs)
    batches = sum(math.ceil(images / size) for images in groups)
    images = _times(image_terms(drawn, size), sum(groups))
    return {**_times(batch_terms(drawn), batches), **images}


def _times(terms: Terms, factor: float) -> Terms:
    return {name: amount * factor for name, amount in terms.items()}


def _total(terms: Terms, prices: Prices) -> float:
    return sum(amount * prices[name] for name, amount in terms.items())
