"""A bare `model.fit` of the same network, as a notebook has it: floats in memory, no validation.

The order `{"run": RunConfig as JSON}` is answered with the images/s once the network is
traced, at a constant learning rate.
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

Arrays = tuple[NDArray[np.float32], NDArray[np.int32]]


def answer(order: Order) -> Answer:
    """Train once."""
    config = RunConfig.model_validate_json(order["run"])
    try:
        return _speed(config)
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


def fit(model: keras.Model, train: TrainConfig, **how: Any) -> None:
    """Train on floats in memory; `how`: further arguments of `model.fit`."""
    images, labels = _training_arrays(train.dataset, train.num_train)
    model.fit(images, labels, batch_size=train.batch_size, verbose=0, **how)


def compiled(config: RunConfig) -> keras.Model:
    """Return the run's network with its recipe's optimizer, not trained yet.

    The recipe's highest learning rate stays.
    """
    keras.utils.set_random_seed(config.train.seed)
    precision = config.train.precision
    # Keras does not choose by itself.
    keras.config.set_dtype_policy("float32" if precision == "auto" else precision)
    model = build(config.network)
    model.compile(
        optimizer=_optimizer(config.train),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def _optimizer(train: TrainConfig) -> keras.optimizers.Optimizer:
    """The recipe's optimizer, as somebody would write it who follows the recipe in a notebook."""
    classes = {
        "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
    }
    decay = train.weight_decay or None
    optimizer = classes[train.optimizer](train.learning_rate, weight_decay=decay)
    if decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@cache
def _training_arrays(dataset_name: str, num_train: int) -> Arrays:
    images, labels = data.load(dataset_name).training_subset(num_train)
    return images.astype(np.float32) / np.float32(255), labels.astype(np.int32)


def _set_up(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


if __name__ == "__main__":
    serve(answer, _set_up)
