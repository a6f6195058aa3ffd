"""Networks by name: the miniatures, and the originals as the papers describe them.

Each is a row of hyperparameters, for the same code that the sliders use.
"""

from __future__ import annotations

from covnets.config import (
    AlexNetConfig,
    AnyNetworkConfig,
    InceptionConfig,
    ResNetConfig,
    VGGConfig,
)

IMAGENET = {"input_shape": (224, 224, 3), "num_classes": 1000}
CIFAR_10 = {"input_shape": (32, 32, 3), "num_classes": 10}

# arXiv 1409.1556, table 1: convolutions of each stage. C, D and E differ in the last three.
VGG = {"filters": 64, "units": 4096, "dropout": 0.5, "batchnorm": False, **IMAGENET}
VGG_A, VGG_B = (1, 1, 2, 2, 2), (2, 2, 2, 2, 2)
VGG_D, VGG_E = (2, 2, 3, 3, 3), (2, 2, 4, 4, 4)

# arXiv 1409.4842, table 1, modules 3a to 5b:
# 1x1, 3x3 reducer, 3x3, 5x5 reducer, 5x5, pooling projection.
GOOGLENET_MODULES = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (160, 112, 224, 24, 64, 64),
    (128, 128, 256, 24, 64, 64),
    (112, 144, 288, 32, 64, 64),
    (256, 160, 320, 32, 128, 128),
    (256, 160, 320, 32, 128, 128),
    (384, 192, 384, 48, 128, 128),
)
GOOGLENET = {
    "num_modules": (2, 5, 2),
    "filters": 64,
    "module_filters": GOOGLENET_MODULES,
    "stem": "7x7",
    "stem_filters": 64,
    "local_response": True,
    "dropout": 0.4,
    "batchnorm": False,
    **IMAGENET,
}

# arXiv 1512.03385, table 1: projections only where the shape changes (option B).
RESNET = {"filters": 64, "stem": "7x7", "shortcut": "projection", **IMAGENET}
# Section 4.2: 6n + 2 layers, option A.
CIFAR_RESNET = {"filters": 16, "shortcut": "identity", **CIFAR_10}

PRESETS: dict[str, AnyNetworkConfig] = {
    "mini_vgg": VGGConfig(),
    "mini_inception": InceptionConfig(),
    "mini_resnet": ResNetConfig(),
    "vgg11": VGGConfig(num_convs=VGG_A, **VGG),
    "vgg11_lrn": VGGConfig(num_convs=VGG_A, local_response=True, **VGG),
    "vgg13": VGGConfig(num_convs=VGG_B, **VGG),
    "vgg16_1x1": VGGConfig(num_convs=VGG_D, third_conv_1x1=True, **VGG),
    "vgg16": VGGConfig(num_convs=VGG_D, **VGG),
    "vgg19": VGGConfig(num_convs=VGG_E, **VGG),
    "googlenet": InceptionConfig(**GOOGLENET),
    "googlenet_aux": InceptionConfig(auxiliary_heads=True, auxiliary_units=1024, **GOOGLENET),
    "resnet18": ResNetConfig(num_blocks=(2, 2, 2, 2), **RESNET),
    "resnet34": ResNetConfig(num_blocks=(3, 4, 6, 3), **RESNET),
    "resnet50": ResNetConfig(num_blocks=(3, 4, 6, 3), block="bottleneck", **RESNET),
    "resnet50_3x3": ResNetConfig(
        num_blocks=(3, 4, 6, 3), block="bottleneck", stride_in="3x3", **RESNET
    ),
    "resnet101": ResNetConfig(num_blocks=(3, 4, 23, 3), block="bottleneck", **RESNET),
    "resnet152": ResNetConfig(num_blocks=(3, 8, 36, 3), block="bottleneck", **RESNET),
    **{
        f"cifar_resnet{6 * blocks + 2}": ResNetConfig(num_blocks=(blocks,) * 3, **CIFAR_RESNET)
        for blocks in (3, 5, 7, 9, 18, 200)
    },
    "alexnet": AlexNetConfig(
        input_shape=(227, 227, 3),
        num_classes=1000,
        filters=96,
        stem_kernel_size=11,
        stem_strides=4,
        groups=2,
        local_response=True,
        units=4096,
        batchnorm=False,
    ),
}

TITLES: dict[str, str] = {
    "mini_vgg": "Miniature VGG",
    "mini_inception": "Miniature Inception",
    "mini_resnet": "Miniature ResNet",
    "vgg11": "VGG-11 (A)",
    "vgg11_lrn": "VGG-11 with LRN (A-LRN)",
    "vgg13": "VGG-13 (B)",
    "vgg16_1x1": "VGG-16 with 1x1 (C)",
    "vgg16": "VGG-16 (D)",
    "vgg19": "VGG-19 (E)",
    "googlenet": "GoogLeNet",
    "googlenet_aux": "GoogLeNet with auxiliary heads",
    **{f"resnet{depth}": f"ResNet-{depth}" for depth in (18, 34, 50)},
    "resnet50_3x3": "ResNet-50 with its stride in the 3x3",
    **{f"resnet{depth}": f"ResNet-{depth}" for depth in (101, 152)},
    **{f"cifar_resnet{depth}": f"CIFAR-10 ResNet-{depth}" for depth in (20, 32, 44, 56, 110, 1202)},
    "alexnet": "AlexNet",
}
"""What people call them."""
