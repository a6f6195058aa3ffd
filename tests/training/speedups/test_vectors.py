"""Long vectors of weights: the same numbers as one update per weight."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from covnets.config import TrainConfig
from covnets.training.loop import make_optimizer
from covnets.training.speedups.vectors import WeightVectors

STEPS = 3


def small_network() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((6, 6, 2))
    x = keras.layers.Conv2D(5, 3)(inputs)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
def test_weights_are_those_of_separate_updates_to_the_last_bit(optimizer, weight_decay):
    config = TrainConfig(optimizer=optimizer, weight_decay=weight_decay, learning_rate=0.02)
    one_by_one, together = small_network(), small_network()
    separate, joint = make_optimizer(config), make_optimizer(config)
    vectors = WeightVectors(together.trainable_variables, apart=weight_decay > 0)
    separate.build(one_by_one.trainable_variables)
    joint.build(vectors.vectors)
    places = {id(weight): place for place, weight in enumerate(together.trainable_variables)}
    random = np.random.default_rng(2)

    vectors.read()
    for _ in range(STEPS):
        gradients = [
            tf.constant(random.normal(size=weight.shape), tf.float32)
            for weight in together.trainable_variables
        ]
        separate.apply(gradients, one_by_one.trainable_variables)
        by_group = [[gradients[places[id(weight)]] for weight in group] for group in vectors.parts]
        vectors.update(joint, by_group)

    for expected, found in zip(one_by_one.get_weights(), together.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_weights_changed_elsewhere_are_read_again():
    model = small_network()
    vectors = WeightVectors(model.trainable_variables, apart=False)
    optimizer = make_optimizer(TrainConfig(optimizer="sgd"))
    optimizer.build(vectors.vectors)
    restored = [np.full(weight.shape, 7.0, np.float32) for weight in model.weights]
    model.set_weights(restored)

    vectors.read()
    vectors.update(optimizer, [[tf.zeros(weight.shape) for weight in model.trainable_variables]])

    for found, expected in zip(model.get_weights(), restored, strict=True):
        np.testing.assert_array_equal(found, expected)
