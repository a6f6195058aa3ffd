"""A network's costs in tables and words: all computed, nothing said in vain."""

import math

import pytest

from covnets.charts.network.tables import (
    comparison_table,
    cost_sentences,
    layer_table,
    memory_text,
    percent_text,
)
from covnets.config import ResNetConfig, VGGConfig
from covnets.models import PRESETS, Sketch, sketch


def test_the_layer_table_has_every_layer_in_order():
    drawn = sketch(PRESETS["googlenet_aux"])
    table = layer_table(drawn)
    assert list(table["layer"]) == [node.name for node in drawn.nodes]
    assert table["parameters"].sum() == drawn.num_params
    assert table["MACs"].sum() == drawn.macs
    assert table["share of parameters"].sum() == pytest.approx(1.0)
    assert table["share of MACs"].sum() == pytest.approx(1.0)


def test_a_row_tells_what_a_layer_makes_and_costs():
    table = layer_table(sketch(ResNetConfig())).set_index("layer")
    assert list(table.loc["stage2_block1_conv1"])[:6] == [
        "Conv2D",
        "stage2",
        "14 × 14 × 32",
        3 * 3 * 16 * 32,
        3 * 3 * 16 * 32 * 14 * 14,
        9,
    ]
    assert table.loc["head_output", "output shape"] == "10"
    assert table["receptive field"].isna().sum() == 2  # average and output see the whole image


@pytest.mark.parametrize(
    ("preset", "settings", "said"),
    [
        (
            "alexnet",
            {"flops": True, "batch_size": 1},
            [
                "head_dense1 alone holds 37,752,832 of 60,965,224 parameters (62 %).",
                "stage2_conv alone makes 447,897,600 of 1,448,813,632 FLOPs (31 %).",
                "The dense layers hold 96 % of the parameters, the convolutions make 92 % of the "
                "FLOPs.",
                "Before the head no cell sees the whole image: at most 195 × 195 of its 227 × 227 "
                "pixels.",
                "A single image keeps at most 7.9 MB of layer outputs for the backward pass.",
            ],
        ),
        (
            "mini_resnet",
            {"batch_size": 2},
            [
                "stage3_block1_conv2 alone holds 36,864 of 75,002 parameters (49 %).",
                "The convolutions hold 98 % of the parameters and make more than 99 % of the "
                "multiply-adds.",
                "Before the head no cell sees the whole image: at most 25 × 25 of its 28 × 28 "
                "pixels.",
                "A batch of 2 keeps at most 1.7 MB of layer outputs for the backward pass.",
            ],
        ),
    ],
)
def test_sentences_say_what_stands_out_and_nothing_else(preset, settings, said):
    assert cost_sentences(sketch(PRESETS[preset]), **settings) == said


def test_a_single_layer_is_singular():
    nodes = {node.name: node for node in sketch(VGGConfig()).nodes}
    chosen = ("images", "stage1_conv1", "head_dense1")
    said = cost_sentences(Sketch("bare", tuple(nodes[name] for name in chosen)))
    assert any("The dense layer holds" in each and "convolution makes" in each for each in said)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_sentence_on_the_receptive_field_is_true(preset):
    drawn = sketch(PRESETS[preset])
    side = max(drawn.nodes[0].output_shape[:2])
    spatial = [node for node in drawn.nodes if len(node.output_shape) == 3]
    (said,) = (each for each in cost_sentences(drawn) if "whole image" in each or "wide" in each)
    if said.startswith("From"):
        names = [node.name for node in spatial]
        first = names.index(said.split()[1])
        assert all(node.receptive_field >= side for node in spatial[first:])
        assert spatial[first - 1].receptive_field < side
    else:
        assert all(node.receptive_field < side for node in spatial)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (memory_text(40), "40 bytes"),
        (memory_text(1536), "1.5 kB"),
        (memory_text(9.99 * 2**20), "10 MB"),
        (memory_text(5000 * 2**30), "5,000 GB"),
        (percent_text(0), "0 %"),
        (percent_text(0.001), "less than 1 %"),
        (percent_text(0.9999, 1), "more than 99.9 %"),
        (percent_text(1), "100 %"),
        (percent_text(0.0123, 1), "1.2 %"),
    ],
)
def test_memory_has_a_fitting_unit_and_only_nothing_is_0_and_only_all_100_percent(text, said):
    assert text == said


def test_the_comparison_has_both_networks_figures():
    drawn, original = sketch(PRESETS["mini_vgg"]), sketch(PRESETS["vgg16"])
    table = comparison_table(drawn, original, name="small", original_name="VGG-16")
    rows = table.iloc[:, :3].to_numpy().tolist()
    assert len(rows) == 14
    for row in (
        ["parameters with moving statistics", "164,122", "138,357,544"],
        ["share of parameters in dense layers", "56 %", "89 %"],
        ["MACs per image", "7,429,632", "15,470,264,320"],
        ["depth (weight layers)", "9", "16"],
        ["layer outputs per image (memory)", "542 kB", "110 MB"],
    ):
        assert row in rows
    ratios = table.set_index("figure")["ratio"]
    assert ratios["input pixels"] == 64
    assert ratios["parameters"] == pytest.approx(138_357_544 / 163_674)


def test_a_figure_that_the_miniature_lacks_has_no_ratio():
    drawn = sketch(VGGConfig())
    without = Sketch("bare", drawn.nodes[:4])
    rows = comparison_table(without, drawn, name="bare", original_name="VGG").set_index("figure")
    assert math.isnan(rows.loc["parameters in dense layers", "ratio"])
