"""ResNet: blocks with a shortcut around them.

Kaiming He, Xiangyu Zhang, Shaoqing Ren and Jian Sun, "Deep Residual Learning for Image
Recognition", 2015, arXiv 1512.03385; pre-activation from "Identity Mappings in Deep Residual
Networks", 2016, arXiv 1603.05027.

The idea: a block that should compute h(x) is given x for free by a shortcut, and so has to learn
only the rest, f(x) = h(x) - x. Where nothing needs to change, f = 0 is easy to learn. Plain
networks grow worse when they grow deeper; residual ones do not.

What was shrunk: this is the paper's network for 32x32 images (section 4.2), with one block per
stage instead of three to two hundred. With `shortcut="none"` it is the plain twin: the same
layers with the same parameters, and no shortcuts. The networks for large images (ResNet-18 to 152)
have another stem; they are rows of hyperparameters, in presets.py.
"""

from typing import Any

from covnets.config import ResNetConfig

Plan = list[tuple[int, int, int]]
"""Of each convolution of a block: filters, kernel size, strides."""


def resnet(config: ResNetConfig, layers: Any) -> Any:
    """The whole network: stem, stages of blocks, head."""
    inputs = x = layers.Input(config.input_shape, name="images")

    # In the stem small images keep their height and width, large ones are left with a quarter.
    kernel_size, strides = (3, 1) if config.stem == "3x3" else (7, 2)
    filters = config.filters_per_stage[0]
    x = convolution(config, layers, x, filters, kernel_size, strides, name="stem_conv")
    # With pre-activation the first block begins with the BatchNorm and activation that the stem
    # would have ended with, and every other block with its own.
    if not config.preactivation:
        x = normalise_and_activate(config, layers, x, name="stem")
    if config.stem == "7x7":
        x = layers.ZeroPadding2D(1, name="stem_pool_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="stem_pool")(x)

    stages = zip(config.num_blocks, config.filters_per_stage, strict=True)
    for stage, (num_blocks, filters) in enumerate(stages, start=1):
        for number in range(1, num_blocks + 1):
            # The first block of each later stage halves height and width.
            strides = 2 if stage > 1 and number == 1 else 1
            is_first = stage == number == 1
            x = block(config, layers, x, filters, strides, is_first, f"stage{stage}_block{number}")

    if config.preactivation:
        x = normalise_and_activate(config, layers, x, name="head")
    x = layers.GlobalAveragePooling2D(name="head_average")(x)
    outputs = layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name="head_output"
    )(x)
    return layers.Model(inputs, outputs, name="resnet")


def basic(config: ResNetConfig, filters: int, strides: int) -> Plan:
    """Two 3x3 convolutions."""
    return [(filters, 3, strides), (filters, 3, 1)]


def bottleneck(config: ResNetConfig, filters: int, strides: int) -> Plan:
    """Squeeze the channels (1x1), convolve (3x3), widen them fourfold (1x1)."""
    # With stride 2 the 1x1 skips three of four cells, which nothing else in the block reads; the
    # 3x3 reads them all, and the 1x1 before it has four times the work.
    first, second = (strides, 1) if config.stride_in == "1x1" else (1, strides)
    return [(filters, 1, first), (filters, 3, second), (4 * filters, 1, 1)]


def block(
    config: ResNetConfig,
    layers: Any,
    x: Any,
    filters: int,
    strides: int,
    is_first: bool,
    name: str,
) -> Any:
    """One block: f(x) by two or three convolutions, then f(x) + x.

    After the paper of 2015 the sum is activated. With pre-activation nothing touches it, so that
    it travels through the shortcuts of the blocks that follow unchanged.
    """
    plan = (bottleneck if config.block == "bottleneck" else basic)(config, filters, strides)
    width = plan[-1][0]
    changes_shape = strides > 1 or x.shape[-1] != width
    is_projected = changes_shape and config.shortcut == "projection"

    shortcut = x
    for conv, (filters, kernel_size, step) in enumerate(plan, start=1):
        if config.preactivation:
            x = normalise_and_activate(config, layers, x, f"{name}_conv{conv}")
            # The shortcut leaves before the activation, except in two places. The network's first
            # activation follows the stem, before any paths part. And a projection is a
            # convolution: it reads the activated input, as the one beside it does.
            if conv == 1 and (is_first or is_projected):
                shortcut = x
        x = convolution(config, layers, x, filters, kernel_size, step, f"{name}_conv{conv}")
        if not config.preactivation and conv < len(plan):
            x = normalise_and_activate(config, layers, x, f"{name}_conv{conv}")
    if not config.preactivation:
        x = normalise(config, layers, x, f"{name}_conv{len(plan)}")

    if config.shortcut != "none":
        match = project if is_projected else subsample_and_pad
        shortcut = match(config, layers, shortcut, width, strides, f"{name}_shortcut")
        x = layers.Add(name=f"{name}_add")([x, shortcut])
    if not config.preactivation:
        x = layers.Activation(config.activation, name=f"{name}_activation")(x)
    return x


def project(
    config: ResNetConfig, layers: Any, shortcut: Any, filters: int, strides: int, name: str
) -> Any:
    """Give the shortcut the shape of the block's output: option B of the paper, learned."""
    shortcut = convolution(config, layers, shortcut, filters, 1, strides, name)
    return shortcut if config.preactivation else normalise(config, layers, shortcut, name)


def subsample_and_pad(
    config: ResNetConfig, layers: Any, shortcut: Any, filters: int, strides: int, name: str
) -> Any:
    """The same without parameters, option A: every second pixel, and zeros for new channels."""
    missing = filters - shortcut.shape[-1]
    if strides > 1:
        shortcut = layers.MaxPooling2D(1, strides=strides, name=f"{name}_subsample")(shortcut)
    if missing:
        # Seen as "channels first", the last axis is one that can be padded.
        zeros = ((0, 0), (missing // 2, missing - missing // 2))
        shortcut = layers.ZeroPadding2D(zeros, data_format="channels_first", name=f"{name}_zeros")(
            shortcut
        )
    return shortcut


def convolution(
    config: ResNetConfig,
    layers: Any,
    x: Any,
    filters: int,
    kernel_size: int,
    strides: int,
    name: str,
) -> Any:
    """Convolve; with stride 2, centred on the even pixels, as the shortcut's subsampling is."""
    padding = "same"
    if strides > 1 and kernel_size > 1:
        x = layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad")(x)
        padding = "valid"
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        # BatchNorm adds a shift of its own, so that a bias before it would change nothing.
        use_bias=not config.batchnorm,
        kernel_initializer="he_normal",
        name=name,
    )(x)


def normalise(config: ResNetConfig, layers: Any, x: Any, name: str) -> Any:
    """BatchNorm, if it is on."""
    if not config.batchnorm:
        return x
    return layers.BatchNormalization(momentum=config.batchnorm_momentum, name=f"{name}_norm")(x)


def normalise_and_activate(config: ResNetConfig, layers: Any, x: Any, name: str) -> Any:
    """BatchNorm, if it is on, and the activation."""
    x = normalise(config, layers, x, name)
    return layers.Activation(config.activation, name=f"{name}_activation")(x)
