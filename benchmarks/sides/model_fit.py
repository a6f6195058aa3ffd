"""A bare `model.fit` of the same network, as a notebook has it: floats in memory, no validation.

The order `{"run": RunConfig as JSON, "measure": "speed"}` is answered with the images/s once the
network is traced, at a constant learning rate. With `"measure": "recipe"` the run's schedule is
followed, and seconds and accuracies are told.
"""

from __future__ import annotations

import math
import time
from functools import cache, partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from benchmarks.sides.serving import Answer, Order, serve
from covnets import data
from covnets.config import RunConfig, TrainConfig
from covnets.models import build
from covnets.training.schedule import learning_rates

Arrays = tuple[NDArray[np.float32], NDArray[np.int32]]


def answer(order: Order) -> Answer:
    """Train once."""
    config = RunConfig.model_validate_json(order["run"])
    try:
        return _speed(config) if order["measure"] == "speed" else _recipe(config)
    finally:
        keras.backend.clear_session(free_memory=True)


def _speed(config: RunConfig) -> Answer:
    train = config.train
    model = compiled(config)
    go = partial(fit, model, train)
    go(steps_per_epoch=1)  # traces
    moments: list[float] = []
    # Callbacks for every batch would cost something: a bare `model.fit` has none.
    note = keras.callbacks.LambdaCallback(
        on_train_begin=lambda logs: moments.append(time.perf_counter()),
        on_train_end=lambda logs: moments.append(time.perf_counter()),
    )
    go(epochs=train.epochs, callbacks=[note])
    began, ended = moments
    return {
        "images_per_second": train.epochs * train.num_train / (ended - began),
        "num_params": sum(math.prod(weight.shape) for weight in model.trainable_weights),
    }


def _recipe(config: RunConfig) -> Answer:
    train = config.train
    dataset = data.load(train.dataset)
    # Prepared beforehand on the other side, too.
    _training_arrays(train.dataset, train.num_train)
    began = time.perf_counter()
    model = compiled(config, FollowedRates(learning_rates(train)))
    untrained = model.get_weights()
    fit(model, train, steps_per_epoch=1)  # traces
    model.set_weights(untrained)
    for variable in model.optimizer.variables:
        variable.assign(tf.zeros(variable.shape, variable.dtype))
    traced = time.perf_counter()
    fit(model, train, epochs=train.epochs)
    ended = time.perf_counter()
    validation = _arrays(dataset.validation_images, dataset.validation_labels)
    test = _arrays(dataset.test_images, dataset.test_labels)
    return {
        "trace_seconds": traced - began,
        "training_seconds": ended - traced,
        "validation_accuracy": model.evaluate(*validation, verbose=0)[1],
        "test_accuracy": model.evaluate(*test, verbose=0)[1],
    }


def fit(model: keras.Model, train: TrainConfig, **how: Any) -> None:
    """Train on floats in memory; `how`: further arguments of `model.fit`."""
    images, labels = _training_arrays(train.dataset, train.num_train)
    model.fit(images, labels, batch_size=train.batch_size, verbose=0, **how)


class FollowedRates(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """The recipe's learning rates, step by step; a callback for every batch would cost something.

    Args:
        rates: float32 (num_steps,).
    """

    def __init__(self, rates: NDArray[np.float32]) -> None:
        self._rates = tf.constant(rates)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return a step's rate; steps count from 0."""
        return tf.gather(self._rates, tf.cast(step, tf.int32))


def compiled(
    config: RunConfig, rates: keras.optimizers.schedules.LearningRateSchedule | None = None
) -> keras.Model:
    """Return the run's network with its recipe's optimizer, not trained yet.

    Args:
        config: the network and its recipe.
        rates: learning rates to follow; by default the recipe's highest one stays.
    """
    keras.utils.set_random_seed(config.train.seed)
    precision = config.train.precision
    # Keras does not choose by itself.
    keras.config.set_dtype_policy("float32" if precision == "auto" else precision)
    model = build(config.network)
    model.compile(
        optimizer=_optimizer(config.train, rates or config.train.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _optimizer(train: TrainConfig, rate: Any) -> keras.optimizers.Optimizer:
    """The recipe's optimizer, as somebody would write it who follows the recipe in a notebook."""
    classes = {
        "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
    }
    decay = train.weight_decay or None
    optimizer = classes[train.optimizer](rate, weight_decay=decay)
    if decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@cache
def _training_arrays(dataset_name: str, num_train: int) -> Arrays:
    return _arrays(*data.load(dataset_name).training_subset(num_train))


def _arrays(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Arrays:
    return images.astype(np.float32) / np.float32(255), labels.astype(np.int32)


def _set_up(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


if __name__ == "__main__":
    serve(answer, _set_up)
