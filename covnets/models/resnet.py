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


def resnet(config: ResNetConfig, layers: Any) -> Any:
    """The whole network: stem, stages of blocks, head."""
    inputs = x = layers.Input(config.input_shape, name="images")

    # In the stem small images keep their height and width, large ones are left with a quarter.
    kernel_size, strides = (3, 1) if config.stem == "3x3" else (7, 2)
    filters = config.filters_per_stage[0]
    x = convolution(config, layers, x, filters, kernel_size, strides, name="stem_conv")
    # With pre-activation every block begins with BatchNorm and activation, so the stem does not.
    if not config.preactivation:
        x = normalise_and_activate(config, layers, x, name="stem")
    if config.stem == "7x7":
        x = layers.ZeroPadding2D(1, name="stem_pool_pad")(x)
        x = layers.MaxPooling2D(3, strides=2, name="stem_pool")(x)

    block = bottleneck_block if config.block == "bottleneck" else basic_block
    stages = zip(config.num_blocks, config.filters_per_stage, strict=True)
    for stage, (num_blocks, filters) in enumerate(stages, start=1):
        for number in range(1, num_blocks + 1):
            # The first block of each later stage halves height and width.
            strides = 2 if stage > 1 and number == 1 else 1
            x = block(config, layers, x, filters, strides, name=f"stage{stage}_block{number}")

    if config.preactivation:
        x = normalise_and_activate(config, layers, x, name="head")
    x = layers.GlobalAveragePooling2D(name="head_average")(x)
    outputs = layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name="head_output"
    )(x)
    return layers.Model(inputs, outputs, name="resnet")


def basic_block(
    config: ResNetConfig, layers: Any, x: Any, filters: int, strides: int, name: str
) -> Any:
    """Two 3x3 convolutions, and the shortcut around them."""
    plan = [(filters, 3, strides), (filters, 3, 1)]
    return residual(config, layers, x, strides, name, plan)


def bottleneck_block(
    config: ResNetConfig, layers: Any, x: Any, filters: int, strides: int, name: str
) -> Any:
    """Squeeze the channels (1x1), convolve (3x3), widen them fourfold (1x1); and the shortcut."""
    plan = [(filters, 1, strides), (filters, 3, 1), (4 * filters, 1, 1)]
    return residual(config, layers, x, strides, name, plan)


def residual(
    config: ResNetConfig,
    layers: Any,
    x: Any,
    strides: int,
    name: str,
    plan: list[tuple[int, int, int]],
) -> Any:
    """One block: f(x) by the planned convolutions (filters, kernel size, strides), then f(x) + x.

    After the paper of 2015 the sum is activated; with pre-activation nothing touches it, so that
    an image may travel through all shortcuts unchanged.
    """
    shortcut = x
    for conv, (filters, kernel_size, step) in enumerate(plan, start=1):
        if config.preactivation:
            x = normalise_and_activate(config, layers, x, f"{name}_conv{conv}")
        x = convolution(config, layers, x, filters, kernel_size, step, f"{name}_conv{conv}")
        if not config.preactivation and conv < len(plan):
            x = normalise_and_activate(config, layers, x, f"{name}_conv{conv}")
    if not config.preactivation:
        x = normalise(config, layers, x, f"{name}_conv{len(plan)}")

    if config.shortcut != "none":
        shortcut = match(config, layers, shortcut, x, strides, f"{name}_shortcut")
        x = layers.Add(name=f"{name}_add")([x, shortcut])
    if not config.preactivation:
        x = layers.Activation(config.activation, name=f"{name}_activation")(x)
    return x


def match(
    config: ResNetConfig, layers: Any, shortcut: Any, x: Any, strides: int, name: str
) -> Any:
    """Give the shortcut the shape of the block's output, where the two differ."""
    missing = x.shape[-1] - shortcut.shape[-1]

    if config.shortcut == "projection" and (strides > 1 or missing):
        shortcut = convolution(config, layers, shortcut, x.shape[-1], 1, strides, name)
        return shortcut if config.preactivation else normalise(config, layers, shortcut, name)

    # Option A of the paper, without parameters: every second pixel, and zeros for the channels
    # that are missing. Seen as "channels first", the last axis is one that can be padded.
    if strides > 1:
        shortcut = layers.MaxPooling2D(1, strides=strides, name=f"{name}_subsample")(shortcut)
    if missing:
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
