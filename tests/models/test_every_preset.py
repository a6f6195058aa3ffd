"""Every preset builds, however large, as the network that its sketch describes."""

import gc

import keras
import numpy as np
import pytest

from covnets.models import PRESETS, build, sketch


# Building ResNet-1202 takes half a minute, and it is ResNet-110 with more of the same blocks.
@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "cifar_resnet1202"])
def test_every_preset_builds_as_the_keras_model_of_its_sketch(preset, no_random_weights):
    drawn, model = sketch(PRESETS[preset]), build(PRESETS[preset])
    try:
        assert {layer.name for layer in model.layers} == {node.name for node in drawn.nodes}
        assert model.count_params() == drawn.num_params_total
        trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        assert trainable == drawn.num_params
    finally:
        del model
        keras.backend.clear_session()
        gc.collect()
