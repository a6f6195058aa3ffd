"""Networks that show everything that a family can do, small enough to be trained in tests."""

import keras
import numpy as np

from covnets.config import AlexNetConfig, InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import build
from covnets.training.initial import set_initial_weights

SMALL = {"filters": 8, "num_stages": 2}
SANE: dict[str, NetworkConfig] = {
    "vgg": VGGConfig(**SMALL, units=32, dropout=0.0),
    "vgg as printed": VGGConfig(**SMALL, units=32, batchnorm=False),
    "inception": InceptionConfig(**SMALL, stem_filters=8, dropout=0.0),
    "inception naive": InceptionConfig(**SMALL, stem_filters=8, reducers=False, head="dense"),
    "resnet": ResNetConfig(**SMALL),
    "resnet projection bottleneck": ResNetConfig(
        **SMALL, block="bottleneck", shortcut="projection"
    ),
    "resnet preactivation": ResNetConfig(**SMALL, num_blocks=2, preactivation=True),
    "vgg with the trials of the paper": VGGConfig(
        **SMALL, num_convs=3, third_conv_1x1=True, local_response=True, units=32
    ),
    "googlenet's stem and heads": InceptionConfig(
        **SMALL,
        input_shape=(72, 72, 1),
        stem="7x7",
        stem_filters=8,
        local_response=True,
        auxiliary_heads=True,
        auxiliary_units=32,
        module_filters=((8, 12, 16, 2, 4, 4), (16, 4, 8, 4, 8, 4)),
    ),
    "resnet for large images": ResNetConfig(**SMALL, stem="7x7"),
    "alexnet": AlexNetConfig(filters=6, units=32, dropout=0.0),
    "alexnet as printed": AlexNetConfig(filters=6, units=32, batchnorm=False, local_response=True),
    "resnet plain without BatchNorm": ResNetConfig(**SMALL, shortcut="none", batchnorm=False),
}


def sane_model(name: str, seed: int) -> keras.Model:
    model = build(SANE[name])
    set_initial_weights(model, seed)
    return model


def raw_pixels(name: str, images: np.ndarray) -> np.ndarray:
    """The images as large as the network wants them, with zeros around them."""
    more = SANE[name].input_shape[0] - images.shape[1]
    return np.pad(images, ((0, 0), (0, more), (0, more), (0, 0)))
