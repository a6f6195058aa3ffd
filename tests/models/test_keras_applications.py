"""Keras' own VGG and ResNet have the parameters that are counted and printed."""

import keras
import pytest

from covnets.models import PRESETS, sketch
from covnets.papers.figures import KERAS_RESNET50_PARAMS


@pytest.mark.usefixtures("large_networks")
@pytest.mark.parametrize(
    ("theirs", "num_params"),
    [
        ("VGG16", sketch(PRESETS["vgg16"]).num_params),
        ("VGG19", sketch(PRESETS["vgg19"]).num_params),
        ("ResNet50", KERAS_RESNET50_PARAMS),
    ],
)
def test_keras_own_network_has_as_many_parameters(theirs, num_params):
    model = getattr(keras.applications, theirs)(weights=None)
    assert model.count_params() == num_params
