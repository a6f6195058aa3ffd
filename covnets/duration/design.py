"""The short runs from which a machine's prices are found.

They are few, and as different as sliders allow: deep and narrow with small batches, where each
layer's fixed cost counts; shallow and wide, where arithmetic counts; large batches, where memory
counts. The first of each family is its miniature, so that the first pages soon know something.
"""

from __future__ import annotations

from functools import cache

from covnets.config import (
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    RunConfig,
    VGGConfig,
)

# So low that no network's loss becomes infinite.
LEARNING_RATE = 0.0001
EPOCHS = 1000
"""More than will be trained: a measurement is stopped when it knows enough."""


@cache
def measured_runs(family: str, precision: str) -> tuple[RunConfig, ...]:
    """Return the runs to measure for one family, the miniature first.

    Args:
        family: a key of `covnets.models.FAMILIES`.
        precision: "float32" or "mixed_bfloat16".
    """
    return tuple(
        RunConfig.model_validate(
            {
                "network": network,
                "train": {
                    "batch_size": batch_size,
                    "num_train": num_train,
                    "optimizer": optimizer,
                    "precision": precision,
                    "learning_rate": LEARNING_RATE,
                    "epochs": EPOCHS,
                },
            }
        )
        for network, batch_size, num_train, optimizer in DESIGN[family]
    )


# Network, batch size, images of an epoch (about a second's work), optimizer.
Row = tuple[NetworkConfig, int, int, str]

VGG: tuple[Row, ...] = (
    (VGGConfig(), 64, 2048, "sgd"),
    (VGGConfig(num_stages=4, num_convs=3, filters=4, units=64, kernel_size=1), 8, 512, "adam"),
    (VGGConfig(num_stages=1, num_convs=2, filters=44, units=32, batchnorm=False), 16, 512, "sgd"),
    (
        VGGConfig(num_stages=2, filters=12, kernel_size=5, activation="gelu", units=480),
        *(128, 512, "rmsprop"),
    ),
    (VGGConfig(num_convs=1, filters=12, batchnorm=False, activation="tanh"), 512, 4096, "adam"),
)
INCEPTION: tuple[Row, ...] = (
    (InceptionConfig(), 64, 1536, "adam"),
    (
        InceptionConfig(num_stages=4, num_modules=3, filters=4, stem_filters=8, batchnorm=False),
        *(8, 256, "adam"),
    ),
    (
        InceptionConfig(num_stages=2, filters=28, stem_filters=48, activation="silu"),
        *(32, 512, "sgd"),
    ),
    (
        InceptionConfig(num_stages=2, reducers=False, head="dense", units=384, stem_filters=32),
        *(256, 1024, "rmsprop"),
    ),
    (
        InceptionConfig(
            num_modules=2, branches=("1x1", "pool"), filters=24, stem_filters=64, batchnorm=False
        ),
        *(128, 1024, "sgd"),
    ),
)
RESNET: tuple[Row, ...] = (
    (ResNetConfig(), 64, 1024, "sgd"),
    (ResNetConfig(num_blocks=5, filters=4, shortcut="none"), 8, 256, "adam"),
    (
        ResNetConfig(num_stages=2, filters=40, batchnorm=False, shortcut="projection"),
        *(16, 256, "sgd"),
    ),
    (
        ResNetConfig(block="bottleneck", filters=12, preactivation=True, activation="gelu"),
        *(32, 512, "rmsprop"),
    ),
    (ResNetConfig(num_stages=4, filters=8, activation="elu"), 512, 2048, "adam"),
)
DESIGN = {"vgg": VGG, "inception": INCEPTION, "resnet": RESNET}
