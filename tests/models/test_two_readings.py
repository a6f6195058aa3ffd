"""The sketch and the Keras model are one network: any valid config, layer by layer."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings

from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.errors import ConfigError
from covnets.models import FAMILIES, PRESETS, Sketch, build, sketch
from tests.models.any_network import any_network

# What Keras lacks is written with its operations, of which the last one carries the name.
COMPOSITES = {"LocalResponseNormalization": "Multiply"}


def assert_same_layers(drawn: Sketch, model: keras.Model) -> None:
    nodes = {node.name: node for node in drawn.nodes}
    assert nodes.keys() == {layer.name for layer in model.layers}
    for layer in model.layers:
        node = nodes[layer.name]
        assert COMPOSITES.get(node.kind, node.kind) == type(layer).__name__
        assert node.output_shape == tuple(layer.output.shape[1:]), node
        assert node.num_params == sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
        assert node.num_params_total == layer.count_params()
        if node.inputs:
            read = [
                tensor._keras_history.operation.name for tensor in keras.tree.flatten(layer.input)
            ]
            assert list(node.inputs) == read[: 1 if node.kind in COMPOSITES else None]
        kernel = getattr(layer, "kernel", None)
        positions = int(np.prod(node.output_shape[:-1]))
        assert node.macs == (0 if kernel is None else int(np.prod(kernel.shape)) * positions)
    assert drawn.num_params_total == model.count_params()


def gradients(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> list[tf.Tensor | None]:
    with tf.GradientTape() as tape:
        loss = sum(
            keras.losses.sparse_categorical_crossentropy(labels, probabilities)
            for probabilities in keras.tree.flatten(model(images, training=True))
        )
    return tape.gradient(loss, model.trainable_variables)


def assert_readings_agree(config: NetworkConfig) -> None:
    model = build(config)
    assert_same_layers(sketch(config), model)
    images = np.random.default_rng(0).random((2, *config.input_shape), np.float32)
    found = gradients(model, images, np.array([0, 1]))
    pairs = zip(model.trainable_variables, found, strict=True)
    assert [variable.path for variable, gradient in pairs if gradient is None] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_sketch_and_keras_agree_on_any_network_and_every_weight_is_connected(family):
    @settings(max_examples=20, derandomize=True, deadline=None, database=None)
    @given(any_network(family))
    def agree(config: NetworkConfig) -> None:
        assert_readings_agree(config)

    agree()


# Building ResNet-1202 takes half a minute, and it is ResNet-110 with more of the same blocks.
@pytest.mark.usefixtures("large_networks")
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "cifar_resnet1202"])
def test_every_preset_builds_as_the_keras_model_of_its_sketch(preset):
    assert_same_layers(sketch(PRESETS[preset]), build(PRESETS[preset]))


EDGES = [
    (VGGConfig(num_stages=4, input_shape=(16, 17, 1)), (15, 17, 1)),
    (InceptionConfig(auxiliary_heads=True, input_shape=(18, 17, 1)), (18, 16, 1)),
    (InceptionConfig(auxiliary_heads=True, stem="7x7", input_shape=(65, 65, 1)), (64, 65, 1)),
    (AlexNetConfig(input_shape=(19, 20, 1)), (18, 20, 1)),
    (AlexNetConfig(stem_kernel_size=11, stem_strides=4, input_shape=(67, 67, 1)), (67, 66, 1)),
]


@pytest.mark.parametrize(("config", "smaller"), EDGES, ids=lambda value: str(value)[:30])
def test_keras_builds_the_smallest_images_that_are_accepted_and_no_smaller(config, smaller):
    build(config)
    with pytest.raises(ConfigError):
        config.replace(input_shape=smaller)
    layers = SimpleNamespace(**vars(keras.layers), Model=keras.Model)
    with pytest.raises(ValueError, match="output size"):
        FAMILIES[config.family].builder(config.model_copy(update={"input_shape": smaller}), layers)


@pytest.mark.parametrize(
    "config",
    [
        InceptionConfig(stem="7x7", head="dense", input_shape=(1, 2, 1)),
        *(
            ResNetConfig(stem="7x7", num_stages=4, shortcut=shortcut, input_shape=(1, 5, 1))
            for shortcut in ("identity", "projection")
        ),
    ],
)
def test_padded_networks_go_down_to_one_cell(config):
    assert_readings_agree(config)
