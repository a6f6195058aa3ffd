"""What the papers print about their networks.

What one counts from the layers, trainable weights with biases and multiply-adds of one image's way
forward (one MAC is one multiply-add; the papers' FLOPs are MACs), is the sketches'. Where the two
differ, a note says why, because the difference is a lesson too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

VGG_PAPER = "Simonyan and Zisserman 2014, arXiv 1409.1556"
GOOGLENET_PAPER = "Szegedy et al. 2014, arXiv 1409.4842"
RESNET_PAPER = "He et al. 2015, arXiv 1512.03385"
PREACTIVATION_PAPER = "He et al. 2016, arXiv 1603.05027"
ALEXNET_PAPER = "Krizhevsky, Sutskever and Hinton 2012"


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a paper prints about one network; None where it prints nothing.

    Attributes:
        params: number of parameters, in the paper's own rounding.
        macs: multiply-adds, in the paper's own rounding.
        weight_layers: convolutions and dense layers on the longest path.
        error: error rate, with the conditions under which it was measured.
    """

    params: str | None = None
    macs: str | None = None
    weight_layers: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Figures:
    """One network's figures.

    Attributes:
        printed: the paper's figures.
        source: the paper they are from.
        note: why what one counts is different, or what to know before comparing; may be empty.
    """

    printed: Printed
    source: str
    note: str = ""


class PrintedModule(NamedTuple):
    """What the paper prints about one of GoogLeNet's nine modules.

    Attributes:
        name: from 3a to 5b.
        kilo_params: parameters in thousands.
        mega_macs: multiply-adds in millions.
    """

    name: str
    kilo_params: int
    mega_macs: int


def _vgg(depth: int, params: int, top_1: float, top_5: float, note: str = "") -> Figures:
    error = f"top-1 {top_1} %, top-5 {top_5} %, trained and tested at one scale (S = Q = 256)"
    printed = Printed(params=f"{params} M", weight_layers=depth, error=error)
    return Figures(printed, f"{VGG_PAPER}, configurations in table 1", note)


def _resnet(depth: int, macs: str, error: str, note: str = "") -> Figures:
    printed = Printed(macs=macs, weight_layers=depth, error=f"top-1 {error}, ten crops")
    return Figures(printed, f"{RESNET_PAPER}, configurations in table 1", note)


def _cifar(depth: int, params: str, error: float, note: str = "") -> Figures:
    error_text = f"{error} % on CIFAR-10's test images"
    printed = Printed(params=params, weight_layers=depth, error=error_text)
    return Figures(printed, f"{RESNET_PAPER}, section 4.2", note)


OPTION_A = (
    "The paper's {error} % belongs to shortcuts without parameters (option A); the network counted "
    "here projects where the shape changes (option B)."
)

GOOGLENET_TOP_5, GOOGLENET_ENSEMBLE_TOP_5 = 10.07, 6.67
"""Top-5 errors in per cent: of one model and one crop, and of seven models and 144 crops."""

GOOGLENET_BUDGET = 1_500_000_000
"""Multiply-adds that the authors allowed themselves."""

TORCHVISION_RESNET50_GMACS = 4.09
"""Billions of multiply-adds that torchvision prints for its `resnet50`."""

FIGURES: dict[str, Figures] = {
    "vgg11": _vgg(11, 133, 29.6, 10.4),
    "vgg11_lrn": _vgg(
        *(11, 133, 29.7, 10.5), "Local response normalization has no weights, and did not help."
    ),
    "vgg13": _vgg(13, 133, 28.7, 9.9),
    "vgg16_1x1": _vgg(
        *(16, 134, 28.1, 9.4),
        "Three of its convolutions are 1x1: it is as deep as D, and sees no further than B.",
    ),
    "vgg16": _vgg(16, 138, 27.0, 8.8),
    "vgg19": _vgg(
        *(19, 144, 27.3, 9.0), "It is deeper than D, and at this scale worse: depth saturates."
    ),
    "googlenet": Figures(
        Printed(
            macs="1.5 billion, a budget", error=f"top-5 {GOOGLENET_TOP_5} %, one model, one crop"
        ),
        f"{GOOGLENET_PAPER}, configuration in table 1",
        "Seven models and 144 crops of each image together reach a top-5 error of "
        f"{GOOGLENET_ENSEMBLE_TOP_5} %.",
    ),
    "googlenet_aux": Figures(
        Printed(),
        f"{GOOGLENET_PAPER}, configuration in table 1",
        "The auxiliary heads on 4a and 4d help to train and are dropped afterwards. Depth and "
        "receptive field are those of the network without them.",
    ),
    "resnet18": _resnet(18, "1.8G", "27.88 % (option A)", OPTION_A.format(error=27.88)),
    "resnet34": _resnet(
        *(34, "3.6G", "25.03 % (option A), 24.52 % (option B), 24.19 % (option C)"),
        OPTION_A.format(error=25.03) + " With option A it needs 3.64 billion multiply-adds.",
    ),
    "resnet50": _resnet(
        *(50, "3.8G", "22.85 %"),
        "The stride is in a bottleneck's first 1x1, as in Keras' ResNet50; most libraries have it "
        "in the 3x3, which is the next network.",
    ),
    "resnet50_3x3": Figures(
        Printed(weight_layers=50),
        f"{RESNET_PAPER}, but for its strides",
        "Torchvision has the stride in the 3x3 and calls it V1.5; it prints "
        f"{TORCHVISION_RESNET50_GMACS} billion multiply-adds. The paper's 3.8 belong to the stride "
        "in the first 1x1.",
    ),
    "resnet101": _resnet(101, "7.6G", "21.75 %"),
    "resnet152": _resnet(
        *(152, "11.3G", "21.43 %"),
        "Its top-5 error on the validation images is 4.49 %; the well-known 3.57 % is an ensemble "
        "of six networks.",
    ),
    "cifar_resnet20": _cifar(20, "0.27M", 8.75),
    "cifar_resnet32": _cifar(32, "0.46M", 7.51),
    "cifar_resnet44": _cifar(44, "0.66M", 7.17),
    "cifar_resnet56": _cifar(56, "0.85M", 6.97),
    "cifar_resnet110": _cifar(110, "1.7M", 6.43),
    "cifar_resnet1202": _cifar(
        *(1202, "19.4M", 7.93),
        "It is worse than ResNet-110, although it has eleven times as many parameters.",
    ),
    "alexnet": Figures(
        Printed(),
        ALEXNET_PAPER,
        "The second, fourth and fifth convolution are grouped, which halves their weights.",
    ),
}
"""Of each preset, except the miniatures, which are no paper's."""

GOOGLENET_MODULES = (
    PrintedModule("3a", 159, 128),
    PrintedModule("3b", 380, 304),
    PrintedModule("4a", 364, 73),
    PrintedModule("4b", 437, 88),
    PrintedModule("4c", 463, 100),
    PrintedModule("4d", 580, 119),
    PrintedModule("4e", 840, 170),
    PrintedModule("5a", 1072, 54),
    PrintedModule("5b", 1388, 71),
)
"""In the order in which an image meets them."""

PLAIN_ERRORS = {18: 27.94, 34: 28.54}
RESIDUAL_ERRORS = {18: 27.88, 34: 25.03}
"""Top-1 errors in per cent on ImageNet with ten crops, by depth: without shortcuts, and with those
of option A."""

ALEXNET_TO_GOOGLENET = 12
"""How many times fewer parameters than AlexNet GoogLeNet has, as its paper says."""

ENSEMBLE_TOP_5, RESNET152_TOP_5 = 3.57, 4.49
"""Top-5 errors in per cent: of six residual networks together, and of ResNet-152 alone."""

WORSE_WITH_5X5 = 7
"""Per cent by which VGG's B is worse with one 5x5 layer for each pair of 3x3 layers (top-1)."""

PREACTIVATION = {110: (6.61, 6.37), 164: (5.93, 5.46), 1001: (7.61, 4.92)}
"""Errors in per cent on CIFAR-10 by depth: of the usual blocks, and with pre-activation."""

ALEXNET_SIDE, ALEXNET_SECOND_CONV_VALUES = 224, 186_624
"""Side of AlexNet's images as the paper prints it, and how many values its second convolution
makes, which needs images of 227."""

GOOGLENET_STEM_KILO_PARAMS, GOOGLENET_STEM_MEGA_MACS = 2.7, 34
"""What GoogLeNet's table 1 prints for the 7x7 convolution of the stem."""

TORCHVISION_PARAMS = {
    "vgg16_bn": 138_365_992,
    "googlenet": 6_624_904,
    "resnet50": 25_557_032,
    "alexnet": 61_100_840,
}
"""What torchvision prints for its own networks (`num_params` of their weights)."""

KERAS_RESNET50_PARAMS = 25_636_712
"""What `keras.applications.ResNet50` prints: its convolutions carry biases, and BatchNorm's moving
statistics are counted."""
