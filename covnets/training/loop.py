"""The compiled loop: many steps in one call, over images that already lie in memory.

`model.fit` hands every batch from Python to TensorFlow and back. Here a call gets a list of image
indices and runs as many steps as it holds inside TensorFlow; each step's loss and accuracy come
back together, as exact points.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from covnets.config import TrainConfig
from covnets.training.speedups.vectors import SPARED, WeightVectors

if TYPE_CHECKING:
    import keras


AUXILIARY_WEIGHT = 0.3
"""What an auxiliary head's loss counts: section 5 of the GoogLeNet paper, arXiv 1409.4842."""


class Interrupted(Exception):
    """Tracing was given up for something more urgent."""


class CompiledLoop:
    """A network, its optimizer and its images, compiled into two functions.

    Args:
        model: images (batch, height, width, channels) from 0 to 1 -> class probabilities, or a
            list of them: the network's own, and those of its auxiliary heads.
        config: batch size and optimizer.
        images: uint8 (images, height, width, channels), all that may be trained on.
        labels: integers (images,).

    Attributes:
        batch_size: images per step; may be changed between two calls.
    """

    def __init__(
        self,
        model: keras.Model,
        config: TrainConfig,
        images: NDArray[np.uint8] | tf.Tensor,
        labels: NDArray[np.integer] | tf.Tensor,
    ) -> None:
        self.model = model
        self.optimizer = make_optimizer(config)
        self._weights = WeightVectors(model.trainable_variables, apart=config.weight_decay > 0)
        self.optimizer.build(self._weights.vectors)
        self.batch_size = config.batch_size
        self._images = tf.convert_to_tensor(images)
        self._labels = tf.cast(labels, tf.int32)
        self._is_interrupted: Callable[[], bool] = lambda: False
        # None: the last batch of an epoch may be smaller, and a call may hold any number of steps.
        # Without AutoGraph, which takes an exception in the midst of tracing for a function that it
        # cannot convert, and remembers that.
        self._train = tf.function(
            self._train_steps,
            input_signature=[
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None], tf.float32),
                tf.TensorSpec([], tf.int32),
            ],
            autograph=False,
        )
        self._evaluate = tf.function(
            self._evaluate_batch,
            input_signature=[
                tf.TensorSpec([None, *images.shape[1:]], tf.uint8),
                tf.TensorSpec([None], tf.int32),
            ],
            autograph=False,
        )

    def trace_training(self, is_interrupted: Callable[[], bool] = lambda: False) -> None:
        """Compile the steps, so that the first one takes no longer than the others.

        Args:
            is_interrupted: whether to give up; asked between two parts of a step.

        Raises:
            Interrupted: there was no time; the loop cannot be used.
        """
        self._is_interrupted = is_interrupted
        self.train(np.zeros(0, np.int32), np.zeros(0, np.float32))
        self._is_interrupted = lambda: False

    def trace_evaluation(self) -> None:
        """Compile the evaluation."""
        self._evaluate(self._images[:1], self._labels[:1])

    def train(
        self, indices: NDArray[np.integer], learning_rates: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run one step per learning rate.

        Args:
            indices: images in the order in which the steps take them, batch after batch.
            learning_rates: float32 (num_steps,).

        Returns:
            Loss and accuracy of each step's batch before its update, float32 (num_steps,) each.
        """
        losses, accuracies = self._train(
            indices.astype(np.int32), learning_rates, np.int32(self.batch_size)
        )
        return losses.numpy(), accuracies.numpy()

    def evaluate_batch(
        self, images: NDArray[np.uint8], labels: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return each image's loss, (batch,), and probabilities, (batch, num_classes)."""
        losses, probabilities = self._evaluate(images, labels.astype(np.int32))
        return losses.numpy(), probabilities.numpy()

    def _train_steps(
        self, indices: tf.Tensor, learning_rates: tf.Tensor, batch_size: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        num_steps = tf.size(learning_rates)
        points = [tf.TensorArray(tf.float32, num_steps) for _ in ("loss", "accuracy")]

        def one_step(
            step: tf.Tensor, losses: tf.TensorArray, accuracies: tf.TensorArray
        ) -> tuple[tf.Tensor | tf.TensorArray, ...]:
            batch = indices[step * batch_size : (step + 1) * batch_size]
            labels = tf.gather(self._labels, batch)
            with tf.GradientTape() as tape:
                outputs = self.model(as_floats(tf.gather(self._images, batch)), training=True)
                probabilities, *auxiliary = as_list(outputs)
                loss = tf.reduce_mean(cross_entropy(labels, probabilities))
                # Auxiliary heads bring gradients; what is reported is the loss of the last head.
                total = loss + AUXILIARY_WEIGHT * sum(
                    tf.reduce_mean(cross_entropy(labels, output)) for output in auxiliary
                )
            self._leave_if_interrupted()
            gradients = tape.gradient(total, self._weights.parts)
            self._leave_if_interrupted()
            self.optimizer.learning_rate.assign(learning_rates[step])
            self._weights.update(self.optimizer, gradients)
            self._leave_if_interrupted()
            share = accuracy(labels, probabilities)
            return step + 1, losses.write(step, loss), accuracies.write(step, share)

        self._weights.read()
        _, losses, accuracies = tf.while_loop(
            lambda step, *_: step < num_steps, one_step, (0, *points), parallel_iterations=1
        )
        return losses.stack(), accuracies.stack()

    def _leave_if_interrupted(self) -> None:
        """Python runs only while the steps are traced; the traced steps know nothing of this."""
        if self._is_interrupted():
            raise Interrupted

    def _evaluate_batch(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, ...]:
        probabilities = as_list(self.model(as_floats(images), training=False))[0]
        return cross_entropy(labels, probabilities), probabilities


def as_list(outputs: Any) -> list[tf.Tensor]:
    """A network's outputs: its own, and those of auxiliary heads if it has any."""
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def as_floats(images: tf.Tensor) -> tf.Tensor:
    """Pixels from 0 to 255 as floats from 0 to 1."""
    return tf.cast(images, tf.float32) / 255.0


def cross_entropy(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Cross-entropy -log p(label) of each image, (batch,)."""
    import keras

    return keras.ops.sparse_categorical_crossentropy(labels, probabilities)


def accuracy(labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
    """Share of the images whose most probable class is their label."""
    predicted = tf.argmax(probabilities, axis=-1, output_type=tf.int32)
    return tf.reduce_mean(tf.cast(predicted == labels, tf.float32))


def make_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    """Return the optimizer; its weight decay spares biases and BatchNorm's parameters."""
    import keras

    decay = config.weight_decay or None
    rules: dict[str, Callable[..., keras.optimizers.Optimizer]] = {
        "sgd": partial(keras.optimizers.SGD, momentum=0.9, nesterov=True),
        "rmsprop": keras.optimizers.RMSprop,
        "adam": keras.optimizers.Adam,
    }
    optimizer = rules[config.optimizer](config.learning_rate, weight_decay=decay)
    if decay:
        optimizer.exclude_from_weight_decay(var_names=list(SPARED))
    return optimizer
