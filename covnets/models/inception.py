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

GoogLeNet itself is a row of hyperparameters, in presets.py: its stem, its table of filters, and,
for its training, two auxiliary heads.
"""

from typing import Any

from covnets.config import InceptionConfig
from covnets.config.inception import AUXILIARY_POOL


def inception(config: InceptionConfig, layers: Any) -> Any:
    """The whole network: stem, stages of modules, head."""
    inputs = x = layers.Input(config.input_shape, name="images")

    x = stem(config, layers, x)

    filters = iter(filters_of_modules(config))
    auxiliary: list[Any] = []
    for stage, num_modules in enumerate(config.num_modules, start=1):
        if stage > 1:
            x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"stage{stage}_pool")(x)
        for number in range(1, num_modules + 1):
            x = module(config, layers, x, next(filters), name=f"stage{stage}_module{number}")
            if has_auxiliary_head(config, stage, number):
                name = f"stage2_auxiliary{len(auxiliary) + 1}"
                auxiliary.append(auxiliary_head(config, layers, x, name))

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
    return layers.Model(inputs, [outputs, *auxiliary] if auxiliary else outputs, name="inception")


def stem(config: InceptionConfig, layers: Any, x: Any) -> Any:
    """Make the image small before the modules, which would be expensive at full size."""
    filters = config.stem_filters
    if config.stem == "3x3":
        x = convolution(config, layers, x, filters, 3, "stem_conv")
        return layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)

    # GoogLeNet's, for images of 224x224: an eighth of height and width is left.
    x = convolution(config, layers, x, filters, 7, "stem_conv1", strides=2)
    x = layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool1")(x)
    if config.local_response:
        x = layers.LocalResponseNormalization(name="stem_pool1_response")(x)
    x = convolution(config, layers, x, filters, 1, "stem_conv2_reducer")
    x = convolution(config, layers, x, 3 * filters, 3, "stem_conv2")
    if config.local_response:
        x = layers.LocalResponseNormalization(name="stem_conv2_response")(x)
    return layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool2")(x)


def filters_of_modules(config: InceptionConfig) -> tuple[tuple[int, ...], ...]:
    """The six filters of each module, in order: a table as GoogLeNet's, or all in proportion."""
    stages = zip(config.num_modules, config.filters_per_stage, strict=True)
    return config.module_filters or tuple(
        in_proportion(filters) for num_modules, filters in stages for _ in range(num_modules)
    )


def has_auxiliary_head(config: InceptionConfig, stage: int, number: int) -> bool:
    """Whether an auxiliary head reads a module: in GoogLeNet 4a and 4d.

    They are the first and the last but one module of stage 2.
    """
    return config.auxiliary_heads and stage == 2 and number in (1, config.num_modules[1] - 1)


def in_proportion(filters: int) -> tuple[int, ...]:
    """The six filters of a module, in the proportions of GoogLeNet's 3a, where f = 64.

    With f filters in the 1x1 branch, it has 3f/2 -> 2f in the 3x3 branch, f/4 -> f/2 in the 5x5
    branch and f/2 in the pooling branch: 4f channels in all.
    """
    return (filters, 3 * filters // 2, 2 * filters, filters // 4, filters // 2, filters // 2)


def module(
    config: InceptionConfig, layers: Any, x: Any, filters: tuple[int, ...], name: str
) -> Any:
    """One Inception module: up to four branches, joined channel by channel."""
    of_1x1, reducing_3x3, of_3x3, reducing_5x5, of_5x5, projecting_pool = filters
    branches = []
    if "1x1" in config.branches:
        branches.append(convolution(config, layers, x, of_1x1, 1, f"{name}_1x1"))

    if "3x3" in config.branches:
        y = x
        if config.reducers:
            y = convolution(config, layers, y, reducing_3x3, 1, f"{name}_3x3_reducer")
        branches.append(convolution(config, layers, y, of_3x3, 3, f"{name}_3x3"))

    if "5x5" in config.branches:
        y = x
        if config.reducers:
            y = convolution(config, layers, y, reducing_5x5, 1, f"{name}_5x5_reducer")
        branches.append(convolution(config, layers, y, of_5x5, 5, f"{name}_5x5"))

    if "pool" in config.branches:
        y = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
        if config.reducers:
            y = convolution(config, layers, y, projecting_pool, 1, f"{name}_pool_projection")
        branches.append(y)

    if len(branches) == 1:
        return branches[0]
    return layers.Concatenate(name=f"{name}_join")(branches)


def auxiliary_head(config: InceptionConfig, layers: Any, x: Any, name: str) -> Any:
    """A small classifier half-way: it brings a gradient to the first layers while they train.

    The paper has 128 1x1 filters, twice the 1x1 branch of its first module, and drops 70 %.
    """
    x = layers.AveragePooling2D(AUXILIARY_POOL, strides=3, name=f"{name}_average")(x)
    x = convolution(config, layers, x, 2 * config.filters, 1, f"{name}_conv")
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(
        config.auxiliary_units,
        activation=config.activation,
        kernel_initializer="he_normal",
        name=f"{name}_dense",
    )(x)
    x = layers.Dropout(0.7, name=f"{name}_dropout")(x)
    return layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name=f"{name}_output"
    )(x)


def convolution(
    config: InceptionConfig,
    layers: Any,
    x: Any,
    filters: int,
    kernel_size: int,
    name: str,
    strides: int = 1,
) -> Any:
    """Convolve, normalise if asked to, activate."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        # BatchNorm adds a shift of its own, so that a bias before it would change nothing.
        use_bias=not config.batchnorm,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    if config.batchnorm:
        x = layers.BatchNormalization(momentum=config.batchnorm_momentum, name=f"{name}_norm")(x)
    return layers.Activation(config.activation, name=f"{name}_activation")(x)
