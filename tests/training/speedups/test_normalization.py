"""BatchNorm as one operation: Keras' own results, but for rounding."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from covnets.training.speedups.normalization import fuse

IMAGES = np.random.default_rng(3).normal(2.0, 3.0, (4, 5, 5, 2)).astype(np.float32)


def network(
    fused: bool, precision: str = "float32", size: int | None = None, **normalization
) -> keras.Model:
    keras.utils.set_random_seed(1)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        inputs = keras.Input((size, size, 2))
        x = keras.layers.Conv2D(3, 3)(inputs)
        x = keras.layers.BatchNormalization(momentum=0.8, name="norm", **normalization)(x)
        model = keras.Model(inputs, keras.layers.Activation("tanh", dtype="float32")(x))
    finally:
        keras.config.set_dtype_policy(policy)
    if fused:
        fuse(model)
    return model


def operations(model: keras.Model) -> set[str]:
    traced = tf.function(lambda images: model(images, training=True), autograph=False)
    graph = traced.get_concrete_function(tf.TensorSpec((None, 5, 5, 2))).graph
    return {operation.type for operation in graph.get_operations()}


def step(model: keras.Model, images: np.ndarray) -> list[np.ndarray]:
    """Outputs and gradients in training, the weights after it, outputs in inference."""
    with tf.GradientTape() as tape:
        outputs = model(images, training=True)
        loss = tf.reduce_sum(outputs**2)
    gradients = tape.gradient(loss, [weight.value for weight in model.trainable_variables])
    everything = (outputs, *gradients, *model.get_weights(), model(images, training=False))
    return [keras.ops.convert_to_numpy(keras.ops.cast(array, "float32")) for array in everything]


@pytest.mark.parametrize("images", [IMAGES, IMAGES[:1, :3, :3]], ids=["batch", "one value"])
def test_results_gradients_and_moving_statistics_are_keras_own(images):
    own, fused = (network(fused) for fused in (False, True))
    for expected, found in zip(step(own, images), step(fused, images), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_mixed_precision_normalises_in_float32_as_keras_does():
    own, fused = (network(fused, "mixed_bfloat16") for fused in (False, True))
    for expected, found in zip(step(own, IMAGES), step(fused, IMAGES), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0.02, atol=0.02)


def test_layers_that_the_operation_cannot_compute_are_left_to_keras():
    assert "FusedBatchNormV3" in operations(network(fused=True))
    for other in ({"axis": 1}, {"scale": False}, {"center": False}, {"renorm": True}):
        assert "FusedBatchNormV3" not in operations(network(fused=True, size=5, **other))


def test_saved_network_opens_where_only_keras_is(tmp_path):
    model = network(fused=True)
    model.save(tmp_path / "model.keras")
    opened = keras.models.load_model(tmp_path / "model.keras")
    assert type(opened.get_layer("norm")) is keras.layers.BatchNormalization
    np.testing.assert_allclose(opened.predict(IMAGES, verbose=0), model(IMAGES), atol=1e-5)
