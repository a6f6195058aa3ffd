"""Every hyperparameter, declared once.

From these tables come the validation and its messages, the sliders (label, range, help), the
defaults, the command line's `--set`, the JSON in the run store and the table in the docs.

`ge` and `le` say what is *valid*: the full-size originals need hundreds of blocks and thousands
of filters. `slider` (low, high, step) or `options` say what the page *offers*.
"""

from covnets.config.base import NetworkConfig
from covnets.config.networks import (
    AnyNetworkConfig,
    InceptionConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.config.table import Table
from covnets.config.training import (
    TRAIN_EVAL_IMAGES,
    Precision,
    RealPrecision,
    RunConfig,
    TrainConfig,
)

__all__ = [
    "TRAIN_EVAL_IMAGES",
    "AnyNetworkConfig",
    "InceptionConfig",
    "NetworkConfig",
    "Precision",
    "RealPrecision",
    "ResNetConfig",
    "RunConfig",
    "Table",
    "TrainConfig",
    "VGGConfig",
]
