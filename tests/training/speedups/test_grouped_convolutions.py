"""Grouped convolutions group by group: Keras' own results, but for rounding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from covnets.config import AlexNetConfig, RunConfig, TrainConfig
from covnets.training.networks import Network
from covnets.training.speedups.grouped_convolutions import part

IMAGES = np.random.default_rng(3).normal(size=(4, 7, 7, 4)).astype(np.float32)


def network(parted: bool, precision: str = "float32", **convolution: object) -> keras.Model:
    keras.utils.set_random_seed(1)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        inputs = keras.Input((7, 7, 4))
        outputs = keras.layers.Conv2D(6, 3, groups=2, name="grouped", **convolution)(inputs)
        model = keras.Model(inputs, outputs)
    finally:
        keras.config.set_dtype_policy(policy)
    if parted:
        part(model)
    return model


def step(model: keras.Model) -> list[np.ndarray]:
    """Outputs and gradients."""
    with tf.GradientTape() as tape:
        outputs = model(IMAGES, training=True)
        loss = tf.reduce_sum(tf.cast(outputs, tf.float32) ** 2)
    gradients = tape.gradient(loss, [weight.value for weight in model.trainable_variables])
    return [tf.cast(array, tf.float32).numpy() for array in (outputs, *gradients)]


@pytest.mark.parametrize(
    "convolution",
    [
        {"padding": "same", "activation": "relu"},
        {"strides": 2, "use_bias": False},
    ],
)
@pytest.mark.parametrize(("precision", "close"), [("float32", 1e-4), ("mixed_bfloat16", 0.03)])
def test_results_and_gradients_are_keras_own(convolution, precision, close):
    own, parted = (network(parted, precision, **convolution) for parted in (False, True))
    for expected, found in zip(step(own), step(parted), strict=True):
        np.testing.assert_allclose(found, expected, rtol=close, atol=close * abs(expected).max())


def test_a_network_that_trains_has_no_grouped_operation():
    config = AlexNetConfig(filters=6, units=8)
    run = RunConfig(network=config, train=TrainConfig(precision="float32"))
    model = Network(run).model
    traced = tf.function(lambda images: model(images, training=True), autograph=False)
    graph = traced.get_concrete_function(tf.TensorSpec((None, 28, 28, 1))).graph
    convolutions = [op for op in graph.get_operations() if op.type == "Conv2D"]
    # The second, fourth and fifth convolution are two each.
    assert len(convolutions) == 8
    for convolution in convolutions:
        images, kernel = convolution.inputs
        assert images.shape[-1] == kernel.shape[-2]
