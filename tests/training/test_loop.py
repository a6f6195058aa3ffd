"""The compiled loop against plain numpy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from covnets.config import TrainConfig, VGGConfig
from covnets.models import build
from covnets.training.initial import set_initial_weights
from covnets.training.loop import CompiledLoop, cross_entropy, make_optimizer

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (20, 8, 8, 1), np.uint8)
LABELS = RANDOM.integers(0, 10, 20, np.uint8)


def plain_cross_entropy(logits, labels):
    logits = logits.astype(np.float64)
    highest = logits.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(logits - highest).sum(axis=1)) + highest[:, 0]
    return log_sums - logits[np.arange(len(labels)), labels]


def linear_network(kernel):
    images = keras.Input(kernel.shape[:1])
    outputs = keras.layers.Dense(kernel.shape[1], activation="softmax", use_bias=False)(images)
    model = keras.Model(images, outputs)
    model.set_weights([kernel])
    return model


def test_losses_and_accuracies_are_those_of_each_batch_and_the_last_may_be_smaller():
    config = VGGConfig(
        input_shape=(8, 8, 1), num_stages=1, filters=4, units=8, dropout=0.0, batchnorm=False
    )
    model = build(config)
    set_initial_weights(model, 0)
    loop = CompiledLoop(model, TrainConfig(num_train=20, batch_size=8), IMAGES, LABELS)
    order = RANDOM.permutation(20)
    # With a learning rate of zero the weights stay, and numpy can tell every step's loss.
    losses, accuracies = loop.train(order, np.zeros(3, np.float32))
    probabilities = model(IMAGES / np.float32(255), training=False).numpy()
    for step, batch in enumerate([order[:8], order[8:16], order[16:]]):
        of_labels = probabilities[batch, LABELS[batch]].astype(float)
        assert losses[step] == pytest.approx(-np.log(of_labels).mean(), rel=1e-5)
        correct = probabilities[batch].argmax(axis=1) == LABELS[batch]
        assert accuracies[step] == pytest.approx(correct.mean())
    each, evaluated = loop.evaluate_batch(IMAGES, LABELS)
    np.testing.assert_allclose(evaluated, probabilities, rtol=1e-5)
    np.testing.assert_allclose(each, -np.log(probabilities[np.arange(20), LABELS]), rtol=1e-4)


@pytest.mark.parametrize("compiled", [False, True])
def test_confident_mistakes_keep_their_exact_loss_and_gradient(compiled):
    """Probabilities of 1e-40 underflow; the loss must be computed from the logits instead."""
    kernel = np.array([[90.0, 0.0, -3.0], [1.0, 2.0, 40.0]], np.float32)
    inputs = np.array([[1.0, 0.0], [0.0, 1.0], [0.1, 0.1]], np.float32)
    labels = np.array([1, 0, 2])
    model = linear_network(kernel)

    def loss_and_gradient():
        with tf.GradientTape() as tape:
            losses = cross_entropy(labels, model(inputs, training=True))
        return losses, tape.gradient(losses, model.trainable_variables)[0]

    losses, gradient = (tf.function(loss_and_gradient) if compiled else loss_and_gradient)()
    logits = inputs @ kernel
    np.testing.assert_allclose(losses, plain_cross_entropy(logits, labels), rtol=1e-5)
    softmax = np.exp(logits - logits.max(axis=1, keepdims=True))
    softmax /= softmax.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(gradient, inputs.T @ (softmax - np.eye(3)[labels]), atol=1e-5)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_weight_decay_pulls_kernels_and_spares_biases_and_batchnorm(optimizer):
    inputs = keras.Input((4,))
    x = keras.layers.BatchNormalization()(keras.layers.Dense(3)(inputs))
    model = keras.Model(inputs, x)
    for weight in model.trainable_variables:
        weight.assign(np.ones(weight.shape))
    rule = make_optimizer(TrainConfig(optimizer=optimizer, weight_decay=0.5, learning_rate=0.1))
    rule.build(model.trainable_variables)
    # Gradients of zero: what still moves is moved by the decay alone.
    rule.apply([tf.zeros(weight.shape) for weight in model.trainable_variables])
    after = {weight.name: float(weight.value.numpy().ravel()[0]) for weight in model.weights}
    assert after["kernel"] == pytest.approx(1 - 0.5 * 0.1)
    assert after["bias"] == after["gamma"] == after["beta"] == 1


def test_each_step_uses_its_own_learning_rate():
    model = linear_network(np.zeros((64, 10), np.float32))
    train = TrainConfig(num_train=20, batch_size=20, optimizer="sgd")
    loop = CompiledLoop(model, train, IMAGES.reshape(20, 64), LABELS)
    everything = np.tile(np.arange(20), 2)
    loop.train(everything, np.zeros(2, np.float32))
    assert not model.get_weights()[0].any()
    loop.train(everything, np.array([0.0, 0.5], np.float32))
    assert model.get_weights()[0].any()
    assert float(loop.optimizer.learning_rate) == 0.5
