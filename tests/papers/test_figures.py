"""What the papers' networks hold: the sketches' counts are those that are known and printed."""

import re
from typing import NamedTuple

import pytest

from covnets.models import PRESETS, sketch
from covnets.papers.figures import FIGURES


class Counted(NamedTuple):
    """What one counts of a network."""

    depth: int
    params: int
    macs: int
    receptive_field: int


# Counted by hand, row by row, from the tables in the papers.
COUNTED = {
    "vgg11": Counted(11, 132_863_336, 7_609_090_048, 150),
    "vgg11_lrn": Counted(11, 132_863_336, 7_609_090_048, 150),
    "vgg13": Counted(13, 133_047_848, 11_308_466_176, 156),
    "vgg16_1x1": Counted(16, 133_638_952, 11_770_888_192, 156),
    "vgg16": Counted(16, 138_357_544, 15_470_264_320, 212),
    "vgg19": Counted(19, 143_667_240, 19_632_062_464, 268),
    "googlenet": Counted(22, 6_998_552, 1_582_671_872, 715),
    "googlenet_aux": Counted(22, 13_378_280, 1_591_044_096, 715),
    "resnet18": Counted(18, 11_689_512, 1_814_073_344, 435),
    "resnet34": Counted(34, 21_797_672, 3_663_761_408, 899),
    "resnet50": Counted(50, 25_557_032, 3_857_973_248, 483),
    "resnet50_3x3": Counted(50, 25_557_032, 4_089_184_256, 427),
    "resnet101": Counted(101, 44_549_160, 7_570_194_432, 1027),
    "resnet152": Counted(152, 60_192_808, 11_282_415_616, 1507),
    "cifar_resnet20": Counted(20, 269_722, 40_551_040, 81),
    "cifar_resnet32": Counted(32, 464_154, 68_862_592, 137),
    "cifar_resnet44": Counted(44, 658_586, 97_174_144, 193),
    "cifar_resnet56": Counted(56, 853_018, 125_485_696, 249),
    "cifar_resnet110": Counted(110, 1_727_962, 252_887_680, 501),
    "cifar_resnet1202": Counted(1202, 19_421_274, 2_829_238_912, 5597),
    "alexnet": Counted(8, 60_965_224, 724_406_816, 195),
}


def test_every_network_of_a_paper_has_figures():
    papers_own = {name for name in PRESETS if not name.startswith("mini_")}
    assert set(FIGURES) == set(COUNTED) == papers_own
    assert all(figures.source for figures in FIGURES.values())


@pytest.mark.parametrize("name", FIGURES)
def test_the_sketch_is_what_one_counts_by_hand(name):
    drawn = sketch(PRESETS[name])
    counted = (drawn.depth, drawn.num_params, drawn.macs, drawn.receptive_field)
    assert counted == COUNTED[name]


@pytest.mark.parametrize("name", FIGURES)
def test_depth_is_the_printed_number_of_weight_layers(name):
    printed = FIGURES[name].printed.weight_layers
    assert printed in (None, COUNTED[name].depth)
    in_name = re.search(r"(?:vgg|resnet)(\d+)", name)
    assert (in_name is None) == (printed is None)
    assert in_name is None or int(in_name[1]) == printed


@pytest.mark.parametrize("name", [name for name in FIGURES if FIGURES[name].printed.params])
def test_the_printed_number_of_parameters_is_the_count_rounded(name):
    printed = FIGURES[name].printed.params.rstrip("M ")
    decimals = len(printed.partition(".")[2])
    assert round(COUNTED[name].params / 1e6, decimals) == float(printed)


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_the_printed_multiply_adds_are_the_count_within_two_per_cent(depth):
    printed = float(FIGURES[f"resnet{depth}"].printed.macs.rstrip("G")) * 1e9
    assert COUNTED[f"resnet{depth}"].macs == pytest.approx(printed, rel=0.02)


def test_with_option_a_resnet_34_needs_the_printed_multiply_adds():
    assert round(sketch(PRESETS["resnet34"].replace(shortcut="identity")).macs / 1e9, 2) == 3.64


def test_a_basic_block_has_its_stride_in_its_first_3x3_whatever_is_said_of_bottlenecks():
    config = PRESETS["resnet18"]
    assert sketch(config.replace(stride_in="3x3")) == sketch(config)
