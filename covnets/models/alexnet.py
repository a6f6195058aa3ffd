"""AlexNet: the network that began it.

Alex Krizhevsky, Ilya Sutskever and Geoffrey Hinton, "ImageNet Classification with Deep
Convolutional Neural Networks", 2012.

The idea: the networks of the nineties, but large, with ReLU, dropout, and two graphics cards.
Because neither card could hold the whole network, the second, fourth and fifth convolution are
grouped: each half of their filters sees only half of the channels. VGG and GoogLeNet measure
themselves by it.

What can be shrunk: filters and units. The five convolutions keep the paper's proportions, 96, 256,
384, 384 and 256 filters.
"""

from typing import Any

from covnets.config import AlexNetConfig


def alexnet(config: AlexNetConfig, layers: Any) -> Any:
    """The whole network: five convolutions, three poolings, three dense layers."""
    inputs = x = layers.Input(config.input_shape, name="images")
    filters = config.filters
    wide, wider = 8 * filters // 3, 4 * filters

    kernel_size, strides = config.stem_kernel_size, config.stem_strides
    x = convolution(
        config, layers, x, filters, kernel_size, "stage1_conv", strides=strides, padding="valid"
    )
    x = normalise_response(config, layers, x, "stage1_conv")
    x = pool(layers, x, "stage1_pool")

    x = convolution(config, layers, x, wide, 5, "stage2_conv", groups=config.groups)
    x = normalise_response(config, layers, x, "stage2_conv")
    x = pool(layers, x, "stage2_pool")

    # Of these three only the first reads the channels of both halves.
    x = convolution(config, layers, x, wider, 3, "stage3_conv1")
    x = convolution(config, layers, x, wider, 3, "stage3_conv2", groups=config.groups)
    x = convolution(config, layers, x, wide, 3, "stage3_conv3", groups=config.groups)
    x = pool(layers, x, "stage3_pool")

    x = layers.Flatten(name="head_flatten")(x)
    for hidden in (1, 2):
        x = layers.Dense(
            config.units,
            activation=config.activation,
            kernel_initializer="he_normal",
            name=f"head_dense{hidden}",
        )(x)
        x = layers.Dropout(config.dropout, name=f"head_dropout{hidden}")(x)
    outputs = layers.Dense(
        config.num_classes, activation="softmax", dtype="float32", name="head_output"
    )(x)
    return layers.Model(inputs, outputs, name="alexnet")


def convolution(
    config: AlexNetConfig,
    layers: Any,
    x: Any,
    filters: int,
    kernel_size: int,
    name: str,
    strides: int = 1,
    padding: str = "same",
    groups: int = 1,
) -> Any:
    """Convolve, normalise if asked to, activate."""
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding=padding,
        groups=groups,
        # BatchNorm adds a shift of its own, so that a bias before it would change nothing.
        use_bias=not config.batchnorm,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    if config.batchnorm:
        x = layers.BatchNormalization(momentum=config.batchnorm_momentum, name=f"{name}_norm")(x)
    return layers.Activation(config.activation, name=f"{name}_activation")(x)


def normalise_response(config: AlexNetConfig, layers: Any, x: Any, name: str) -> Any:
    """Local response normalization, if it is on."""
    if not config.local_response:
        return x
    return layers.LocalResponseNormalization(name=f"{name}_response")(x)


def pool(layers: Any, x: Any, name: str) -> Any:
    """Windows of 3x3 that overlap, since they move by 2."""
    return layers.MaxPooling2D(3, strides=2, name=name)(x)
