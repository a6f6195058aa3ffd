"""VGG: a ladder of small convolutions.

Karen Simonyan and Andrew Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition", 2014, arXiv 1409.1556.

The idea: never a large filter, always many small ones. Two 3x3 convolutions in a row see 5x5
pixels, three see 7x7, with fewer weights than one large filter and with a non-linear function
after each. Convolutions and a pooling layer, again and again: that is a stage. A dense network
with two hidden layers and the output layer ends it.

What was shrunk: three stages instead of five, 16 filters to begin with instead of 64, and 128
units in each hidden layer instead of 4096. What was added: BatchNorm, which is younger than VGG.

The paper's configurations A to E are rows of hyperparameters, in presets.py: they differ in the
number of convolutions per stage, and in two trials that did not pay: A-LRN normalises the responses
of the first convolution, C makes the third convolution of a stage a 1x1.
"""

from typing import Any

from covnets.config import VGGConfig


def vgg(config: VGGConfig, layers: Any) -> Any:
    """The whole network: stages of convolutions, then three dense layers."""
    inputs = x = layers.Input(config.input_shape, name="images")

    # The ladder: each stage halves height and width and has twice the filters of the last.
    stages = zip(config.num_convs, config.filters_per_stage, strict=True)
    for stage, (num_convs, filters) in enumerate(stages, start=1):
        for conv in range(1, num_convs + 1):
            name = f"stage{stage}_conv{conv}"
            kernel_size = 1 if config.third_conv_1x1 and conv == 3 else config.kernel_size
            x = convolution(config, layers, x, filters, kernel_size, name)
            if config.local_response and stage == conv == 1:
                x = layers.LocalResponseNormalization(name=f"{name}_response")(x)
        x = layers.MaxPooling2D(2, name=f"stage{stage}_pool")(x)

    # The head: a dense network with two hidden layers and the output layer.
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
    return layers.Model(inputs, outputs, name="vgg")


def convolution(
    config: VGGConfig, layers: Any, x: Any, filters: int, kernel_size: int, name: str
) -> Any:
    """One rung of the ladder: convolve, normalise if asked to, activate."""
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
