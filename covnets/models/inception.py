"""Inception: four branches that look at the same place with different eyes.

Christian Szegedy and others, "Going Deeper with Convolutions", 2014, arXiv 1409.4842. The network
of the paper is called GoogLeNet.

The idea: nobody knows beforehand which filter size suits, so a module tries 1x1, 3x3, 5x5 and
pooling in parallel and puts their outputs side by side. To afford this, a 1x1 convolution first
squeezes the channels: the reducer. It saves most of the weights.

What was shrunk: a stem of one 3x3 convolution and one pooling instead of three and two, one
module per stage instead of two, five and two, and 12 filters to begin with where the paper's
module 3a has 64. The proportions between the branches are those of that module. What was added:
BatchNorm, which came a year later.
"""

from typing import Any

from covnets.config import InceptionConfig


def inception(config: InceptionConfig, layers: Any) -> Any:
    """The whole network: stem, stages of modules, head."""
    inputs = x = layers.Input(config.input_shape, name="images")

    # The stem makes the image small before the modules, which would be expensive at full size.
    x = convolution(config, layers, x, config.stem_filters, 3, name="stem_conv")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)

    stages = zip(config.num_modules, config.filters_per_stage, strict=True)
    for stage, (num_modules, filters) in enumerate(stages, start=1):
        if stage > 1:
            x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"stage{stage}_pool")(x)
        for number in range(1, num_modules + 1):
            x = module(config, layers, x, filters, name=f"stage{stage}_module{number}")

    # The head: GoogLeNet averages each channel; VGG would spend a dense layer here.
    if config.head == "average_pooling":
        x = layers.GlobalAveragePooling2D(name="head_average")(x)
    else:
        x = layers.Flatten(name="head_flatten")(x)
        x = layers.Dense(
            config.units,
            activation=config.activation,
            kernel_initializer="he_normal",
            name="head_dense",
        )(x)
    x = layers.Dropout(config.dropout, name="head_dropout")(x)
    outputs = layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name="head_output"
    )(x)
    return layers.Model(inputs, outputs, name="inception")


def module(config: InceptionConfig, layers: Any, x: Any, filters: int, name: str) -> Any:
    """One Inception module: up to four branches, joined channel by channel.

    With f filters in the 1x1 branch, GoogLeNet's module 3a (f = 64) has 3f/2 -> 2f in the 3x3
    branch, f/4 -> f/2 in the 5x5 branch and f/2 in the pooling branch: 4f channels in all.
    """
    branches = []
    if "1x1" in config.branches:
        branches.append(convolution(config, layers, x, filters, 1, f"{name}_1x1"))

    if "3x3" in config.branches:
        y = x
        if config.reducers:
            y = convolution(config, layers, y, 3 * filters // 2, 1, f"{name}_3x3_reducer")
        branches.append(convolution(config, layers, y, 2 * filters, 3, f"{name}_3x3"))

    if "5x5" in config.branches:
        y = x
        if config.reducers:
            y = convolution(config, layers, y, filters // 4, 1, f"{name}_5x5_reducer")
        branches.append(convolution(config, layers, y, filters // 2, 5, f"{name}_5x5"))

    if "pool" in config.branches:
        y = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
        if config.reducers:
            y = convolution(config, layers, y, filters // 2, 1, f"{name}_pool_projection")
        branches.append(y)

    if len(branches) == 1:
        return branches[0]
    return layers.Concatenate(name=f"{name}_join")(branches)


def convolution(
    config: InceptionConfig, layers: Any, x: Any, filters: int, kernel_size: int, name: str
) -> Any:
    """Convolve, normalise if asked to, activate."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        # BatchNorm adds a shift of its own, so that a bias before it would change nothing.
        use_bias=not config.batchnorm,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    if config.batchnorm:
        x = layers.BatchNormalization(momentum=config.batchnorm_momentum, name=f"{name}_norm")(x)
    return layers.Activation(config.activation, name=f"{name}_activation")(x)
