"""The families of networks, read in two ways: as a sketch and as a Keras model."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from covnets.config import (
    AlexNetConfig,
    AnyNetworkConfig,
    InceptionConfig,
    ResNetConfig,
    TrainConfig,
    VGGConfig,
)
from covnets.models import symbolic
from covnets.models.alexnet import alexnet
from covnets.models.graph import Node, Sketch
from covnets.models.inception import inception
from covnets.models.presets import PRESETS, TITLES
from covnets.models.resnet import resnet
from covnets.models.response import LocalResponseNormalization
from covnets.models.vgg import vgg

if TYPE_CHECKING:
    import keras

__all__ = [
    "FAMILIES",
    "MINIATURES",
    "PAGE_FAMILIES",
    "PRESETS",
    "TITLES",
    "Defaults",
    "Family",
    "Node",
    "Sketch",
    "build",
    "sketch",
]


Defaults = tuple[AnyNetworkConfig, TrainConfig]

CALLS_PER_LAYER = 4
"""How deep Keras' calls go for one layer: one is enough today, and room is left."""


@dataclass(frozen=True)
class Family:
    """One family of networks: what the pages, the worker and the command line need of it.

    Attributes:
        title: name for people.
        idea: what made it famous, in one sentence.
        paper: authors, title, year and arXiv number.
        config_class: its hyperparameters.
        builder: `builder(config, layers)`, the network's source.
        train_defaults: a recipe that suits this family.
        first_sweep: what it is swept over before anybody chose, by hyperparameter: depth, as far
            as it can be set, and width.
        usual_original: the preset that it is compared with at first.
        miniature: the preset that its page begins with; None if it has no page, as AlexNet, which
            is there to be compared with.
    """

    title: str
    idea: str
    paper: str
    config_class: type[AnyNetworkConfig]
    builder: Callable[[Any, Any], Any]
    train_defaults: TrainConfig
    first_sweep: Mapping[str, tuple[int, ...]]
    usual_original: str
    miniature: str | None = None

    @property
    def defaults(self) -> Defaults:
        """The network that its hyperparameters describe unless they are set, and its recipe."""
        return self.config_class(), self.train_defaults

    @property
    def source(self) -> str:
        """The text of the file that builds this family, for students to read."""
        return inspect.getsource(inspect.getmodule(self.builder) or self.builder)


FAMILIES: dict[str, Family] = {
    "vgg": Family(
        title="VGG",
        idea="Only small filters, but many of them: a ladder of 3x3 convolutions and pooling.",
        paper="Simonyan and Zisserman, Very Deep Convolutional Networks for Large-Scale Image "
        "Recognition, 2014, arXiv 1409.1556",
        config_class=VGGConfig,
        builder=vgg,
        train_defaults=TrainConfig(
            epochs=8, optimizer="sgd", learning_rate=0.05, weight_decay=0.0005
        ),
        first_sweep={"num_convs": (1, 2, 3), "filters": (8, 16, 32)},
        usual_original="vgg16",
        miniature="mini_vgg",
    ),
    "inception": Family(
        title="Inception",
        idea="Four branches in parallel in every module, and 1x1 reducers to pay for them.",
        paper="Szegedy et al., Going Deeper with Convolutions, 2014, arXiv 1409.4842",
        config_class=InceptionConfig,
        builder=inception,
        train_defaults=TrainConfig(epochs=6, optimizer="adam", learning_rate=0.005),
        first_sweep={"num_modules": (1, 2, 3), "filters": (4, 8, 16)},
        usual_original="googlenet",
        miniature="mini_inception",
    ),
    "resnet": Family(
        title="ResNet",
        idea="A shortcut around each block, so that it learns only f(x) = h(x) - x.",
        paper="He et al., Deep Residual Learning for Image Recognition, 2015, arXiv 1512.03385",
        config_class=ResNetConfig,
        builder=resnet,
        train_defaults=TrainConfig(
            epochs=6, optimizer="sgd", learning_rate=0.1, weight_decay=0.0005
        ),
        first_sweep={"num_blocks": (1, 2, 3), "filters": (8, 16, 32)},
        usual_original="resnet50",
        miniature="mini_resnet",
    ),
    "alexnet": Family(
        title="AlexNet",
        idea="The network that began it: five convolutions, three of them in two groups, and "
        "dropout.",
        paper="Krizhevsky, Sutskever and Hinton, ImageNet Classification with Deep Convolutional "
        "Neural Networks, 2012",
        config_class=AlexNetConfig,
        builder=alexnet,
        train_defaults=TrainConfig(
            epochs=8, optimizer="sgd", learning_rate=0.05, weight_decay=0.0005
        ),
        first_sweep={"filters": (12, 24, 48), "units": (32, 128, 512)},
        usual_original="alexnet",
    ),
}

MINIATURES: dict[str, str] = {
    name: family.miniature for name, family in FAMILIES.items() if family.miniature
}
"""The miniature of each family that has a page; all other presets are originals."""

PAGE_FAMILIES: dict[str, Family] = {name: FAMILIES[name] for name in MINIATURES}
"""The families that have a page, and a miniature on it."""


@lru_cache(maxsize=16)  # that of a thousand layers takes some megabytes
def sketch(config: Any) -> Sketch:
    """Read a network without TensorFlow: every layer's shape, parameters, MACs, receptive field.

    Args:
        config: a network's hyperparameters, for instance a `VGGConfig`.
    """
    drawn: Sketch = FAMILIES[config.family].builder(config, symbolic)
    return drawn


def build(config: Any) -> keras.Model:
    """Build the network as a Keras model, with Keras' own random initial weights.

    Args:
        config: a network's hyperparameters, for instance a `VGGConfig`.

    Returns:
        A model from images (batch, height, width, channels), floats from 0 to 1, to class
        probabilities (batch, num_classes) in float32.
    """
    import keras  # the dashboard's process must never load it

    layers = SimpleNamespace(
        **vars(keras.layers),
        Model=keras.Model,
        LocalResponseNormalization=LocalResponseNormalization,
    )
    with _keras_set_up(num_layers=len(sketch(config).nodes)):
        model: keras.Model = FAMILIES[config.family].builder(config, layers)
    return model


@contextmanager
def _keras_set_up(num_layers: int) -> Iterator[None]:
    """Let layers be made for images (height, width, channels), whatever a user has told Keras.

    Keras walks a network from its output back to its input, and may call itself so deep.
    """
    import keras

    usual_limit, usual_format = sys.getrecursionlimit(), keras.config.image_data_format()
    sys.setrecursionlimit(usual_limit + CALLS_PER_LAYER * num_layers)
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        sys.setrecursionlimit(usual_limit)
        keras.config.set_image_data_format(usual_format)
