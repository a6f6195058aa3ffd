"""Every hyperparameter, declared once.

From these tables come the validation and its messages, the sliders (label, range, help), the
defaults, the command line's `--set`, the JSON in the run store and the table in the docs.

`ge` and `le` say what is *valid*: the full-size originals need hundreds of blocks and thousands
of filters. `slider` (low, high, step) or `options` say what the page *offers*.
"""

from covnets.config.alexnet import AlexNetConfig
from covnets.config.base import NetworkConfig, StagedConfig
from covnets.config.fields import FIELDS, ConfigField, Value, fields_of, value_of, with_titles
from covnets.config.fitting import fit_to_images
from covnets.config.inception import InceptionConfig
from covnets.config.link import compact, from_compact, from_link, to_link
from covnets.config.resnet import ResNetConfig
from covnets.config.table import Table
from covnets.config.training import (
    TRAIN_EVAL_IMAGES,
    AnyNetworkConfig,
    RealPrecision,
    RunConfig,
    TrainConfig,
    short_recipe,
)
from covnets.config.vgg import VGGConfig

__all__ = [
    "FIELDS",
    "TRAIN_EVAL_IMAGES",
    "AlexNetConfig",
    "AnyNetworkConfig",
    "ConfigField",
    "InceptionConfig",
    "NetworkConfig",
    "RealPrecision",
    "ResNetConfig",
    "RunConfig",
    "StagedConfig",
    "Table",
    "TrainConfig",
    "VGGConfig",
    "Value",
    "compact",
    "fields_of",
    "fit_to_images",
    "from_compact",
    "from_link",
    "short_recipe",
    "to_link",
    "value_of",
    "with_titles",
]
