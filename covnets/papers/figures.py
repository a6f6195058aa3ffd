"""What the papers print about their networks, and what one counts from the layer definitions.

"Printed" stands in a paper. "Counted" follows from the layers by arithmetic: trainable weights
with biases, and multiply-adds of one image's way forward (one MAC is one multiply-add; the papers'
FLOPs are MACs). Where the two differ, a note says why, because the difference is a lesson too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

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
class Counted:
    """What one counts from the layer definitions of one network.

    Attributes:
        weight_layers: convolutions and dense layers on the longest path.
        params: trainable weights, biases included.
        macs: multiply-adds for one image.
        receptive_field: side in pixels of what one cell of the last spatial layer sees.
    """

    weight_layers: int
    params: int
    macs: int
    receptive_field: int


@dataclass(frozen=True)
class Figures:
    """One network's figures.

    Attributes:
        printed: the paper's figures.
        counted: the same, counted.
        source: the paper they are from.
        note: why the two differ, or what to know before comparing; may be empty.
    """

    printed: Printed
    counted: Counted
    source: str
    note: str = ""


@dataclass(frozen=True)
class ModuleFigures:
    """One of GoogLeNet's nine modules.

    Attributes:
        name: its name in the paper, from 3a to 5b.
        printed_kilo_params: parameters as the paper prints them, in thousands.
        printed_mega_macs: multiply-adds as the paper prints them, in millions.
        weights: counted weights, without biases.
        macs: counted multiply-adds.
    """

    name: str
    printed_kilo_params: int
    printed_mega_macs: int
    weights: int
    macs: int


@dataclass(frozen=True)
class Degradation:
    """Top-1 errors in per cent on ImageNet with ten crops, with and without shortcuts.

    Attributes:
        plain: errors of the plain networks, by depth.
        residual: errors of their twins with option A shortcuts, by depth.
    """

    plain: dict[int, float] = field(hash=False)
    residual: dict[int, float] = field(hash=False)


def _vgg(printed: str, top_1: float, top_5: float, counted: Counted, note: str = "") -> Figures:
    error = f"top-1 {top_1} %, top-5 {top_5} %, trained and tested at one scale (S = Q = 256)"
    depth = counted.weight_layers
    return Figures(
        Printed(params=f"{printed} M", weight_layers=depth, error=error),
        counted,
        f"{VGG_PAPER}, configurations in table 1",
        note,
    )


def _resnet(printed_macs: str, error: str, counted: Counted, note: str = "") -> Figures:
    depth = counted.weight_layers
    return Figures(
        Printed(macs=printed_macs, weight_layers=depth, error=f"top-1 {error}, ten crops"),
        counted,
        f"{RESNET_PAPER}, configurations in table 1",
        note,
    )


def _cifar(printed: str, error: float, counted: Counted, note: str = "") -> Figures:
    depth = counted.weight_layers
    return Figures(
        Printed(params=printed, weight_layers=depth, error=f"{error} % on CIFAR-10's test images"),
        counted,
        f"{RESNET_PAPER}, section 4.2",
        note,
    )


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
    "vgg11": _vgg("133", 29.6, 10.4, Counted(11, 132_863_336, 7_609_090_048, 150)),
    "vgg11_lrn": _vgg(
        *("133", 29.7, 10.5, Counted(11, 132_863_336, 7_609_090_048, 150)),
        "Local response normalization has no weights, and did not help.",
    ),
    "vgg13": _vgg("133", 28.7, 9.9, Counted(13, 133_047_848, 11_308_466_176, 156)),
    "vgg16_1x1": _vgg(
        *("134", 28.1, 9.4, Counted(16, 133_638_952, 11_770_888_192, 156)),
        "Three of its convolutions are 1x1: it is as deep as D, and sees no further than B.",
    ),
    "vgg16": _vgg("138", 27.0, 8.8, Counted(16, 138_357_544, 15_470_264_320, 212)),
    "vgg19": _vgg(
        *("144", 27.3, 9.0, Counted(19, 143_667_240, 19_632_062_464, 268)),
        "It is deeper than D, and at this scale worse: depth saturates.",
    ),
    "googlenet": Figures(
        Printed(
            macs="1.5 billion, a budget", error=f"top-5 {GOOGLENET_TOP_5} %, one model, one crop"
        ),
        Counted(22, 6_998_552, 1_582_671_872, 715),
        f"{GOOGLENET_PAPER}, configuration in table 1",
        "Seven models and 144 crops of each image together reach a top-5 error of "
        f"{GOOGLENET_ENSEMBLE_TOP_5} %.",
    ),
    "googlenet_aux": Figures(
        Printed(),
        Counted(22, 13_378_280, 1_591_044_096, 715),
        f"{GOOGLENET_PAPER}, configuration in table 1",
        "The auxiliary heads on 4a and 4d help to train and are dropped afterwards. Depth and "
        "receptive field are those of the network without them.",
    ),
    "resnet18": _resnet(
        "1.8G",
        "27.88 % (option A)",
        Counted(18, 11_689_512, 1_814_073_344, 435),
        OPTION_A.format(error=27.88),
    ),
    "resnet34": _resnet(
        "3.6G",
        "25.03 % (option A), 24.52 % (option B), 24.19 % (option C)",
        Counted(34, 21_797_672, 3_663_761_408, 899),
        OPTION_A.format(error=25.03) + " With option A it needs 3.64 billion multiply-adds.",
    ),
    "resnet50": _resnet(
        *("3.8G", "22.85 %", Counted(50, 25_557_032, 3_857_973_248, 483)),
        "The stride is in a bottleneck's first 1x1, as in Keras' ResNet50; most libraries have it "
        "in the 3x3, which is the next network.",
    ),
    "resnet50_3x3": Figures(
        Printed(weight_layers=50),
        Counted(50, 25_557_032, 4_089_184_256, 427),
        f"{RESNET_PAPER}, but for its strides",
        "Torchvision has the stride in the 3x3 and calls it V1.5; it prints "
        f"{TORCHVISION_RESNET50_GMACS} billion multiply-adds. The paper's 3.8 belong to the stride "
        "in the first 1x1.",
    ),
    "resnet101": _resnet("7.6G", "21.75 %", Counted(101, 44_549_160, 7_570_194_432, 1027)),
    "resnet152": _resnet(
        *("11.3G", "21.43 %", Counted(152, 60_192_808, 11_282_415_616, 1507)),
        "Its top-5 error on the validation images is 4.49 %; the well-known 3.57 % is an ensemble "
        "of six networks.",
    ),
    "cifar_resnet20": _cifar("0.27M", 8.75, Counted(20, 269_722, 40_551_040, 81)),
    "cifar_resnet32": _cifar("0.46M", 7.51, Counted(32, 464_154, 68_862_592, 137)),
    "cifar_resnet44": _cifar("0.66M", 7.17, Counted(44, 658_586, 97_174_144, 193)),
    "cifar_resnet56": _cifar("0.85M", 6.97, Counted(56, 853_018, 125_485_696, 249)),
    "cifar_resnet110": _cifar("1.7M", 6.43, Counted(110, 1_727_962, 252_887_680, 501)),
    "cifar_resnet1202": _cifar(
        *("19.4M", 7.93, Counted(1202, 19_421_274, 2_829_238_912, 5597)),
        "It is worse than ResNet-110, although it has eleven times as many parameters.",
    ),
    "alexnet": Figures(
        Printed(),
        Counted(8, 60_965_224, 724_406_816, 195),
        ALEXNET_PAPER,
        "The second, fourth and fifth convolution are grouped, which halves their weights.",
    ),
}
"""Of each preset, except the miniatures, which are no paper's."""

GOOGLENET_MODULES: tuple[ModuleFigures, ...] = (
    ModuleFigures("3a", 159, 128, 163_328, 128_049_152),
    ModuleFigures("3b", 380, 304, 388_096, 304_267_264),
    ModuleFigures("4a", 364, 73, 375_552, 73_608_192),
    ModuleFigures("4b", 437, 88, 448_512, 87_908_352),
    ModuleFigures("4c", 463, 100, 509_440, 99_850_240),
    ModuleFigures("4d", 580, 119, 604_672, 118_515_712),
    ModuleFigures("4e", 840, 170, 867_328, 169_996_288),
    ModuleFigures("5a", 1072, 54, 1_042_432, 51_079_168),
    ModuleFigures("5b", 1388, 71, 1_442_816, 70_697_984),
)
"""In the order in which an image meets them."""

DEGRADATION = Degradation(plain={18: 27.94, 34: 28.54}, residual={18: 27.88, 34: 25.03})

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
