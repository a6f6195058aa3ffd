"""A network's costs in words and beside its original: all computed, nothing said in vain."""

import math

import pytest

from covnets.charts.network.comparison import (
    comparison_table,
    cost_sentences,
    memory_text,
    percent_text,
)
from covnets.config import ResNetConfig, VGGConfig
from covnets.limits import activation_bytes
from covnets.models import PRESETS, Sketch, sketch


@pytest.fixture(scope="module")
def table():
    drawn, original = sketch(PRESETS["mini_vgg"]), sketch(PRESETS["vgg16"])
    return comparison_table(drawn, original, name="small", original_name="VGG-16").set_index(
        "figure"
    )


def test_sentences_of_vgg16_hold_its_figures():
    assert cost_sentences(sketch(PRESETS["vgg16"])) == [
        "head_dense1 alone holds 102,764,544 of 138,357,544 parameters (74 %).",
        "The dense layers hold 89 % of the parameters, the convolutions make 99 % of the "
        "multiply-adds.",
        "Before the head no cell sees the whole image: at most 212 × 212 of its 224 × 224 pixels.",
        "A batch of 64 keeps at most 6.9 GB of layer outputs for the backward pass.",
    ]


def test_flops_double_in_the_sentences_too():
    drawn = sketch(PRESETS["alexnet"])
    macs, flops = (cost_sentences(drawn, flops=flops)[1] for flops in (False, True))
    assert macs == "stage2_conv alone makes 223,948,800 of 724,406,816 multiply-adds (31 %)."
    assert flops == "stage2_conv alone makes 447,897,600 of 1,448,813,632 FLOPs (31 %)."


def test_a_single_layer_and_a_single_image_are_singular():
    nodes = {node.name: node for node in sketch(VGGConfig()).nodes}
    chosen = ("images", "stage1_conv1", "head_dense1")
    said = cost_sentences(Sketch("bare", tuple(nodes[name] for name in chosen)), batch_size=1)
    assert any(
        each.startswith("The dense layer holds") and "the convolution makes" in each
        for each in said
    )
    assert said[-1].startswith("A single image keeps")


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


def test_no_layer_is_singled_out_where_none_stands_out():
    assert not any("alone" in each for each in cost_sentences(sketch(PRESETS["resnet152"])))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_sentence_is_a_sentence(preset):
    for said in cost_sentences(sketch(PRESETS[preset]), flops=True):
        assert said.endswith(".")
        assert "  " not in said
        assert "100 %" not in said


@pytest.mark.parametrize("batch_size", [2, 64])
def test_memory_is_that_of_the_limits(batch_size):
    drawn = sketch(ResNetConfig())
    kept = memory_text(batch_size * activation_bytes(drawn))
    assert cost_sentences(drawn, batch_size=batch_size)[-1] == (
        f"A batch of {batch_size} keeps at most {kept} of layer outputs for the backward pass."
    )


def test_a_batch_without_images_is_refused():
    with pytest.raises(ValueError, match="batch_size=0"):
        cost_sentences(sketch(VGGConfig()), batch_size=0)


@pytest.mark.parametrize(
    ("num_bytes", "text"),
    [
        (40, "40 bytes"),
        (1536, "1.5 kB"),
        (9.99 * 2**20, "10 MB"),
        (61 * 2**20, "61 MB"),
        (3.9 * 2**30, "3.9 GB"),
        (5000 * 2**30, "5,000 GB"),
    ],
)
def test_memory_has_a_fitting_unit(num_bytes, text):
    assert memory_text(num_bytes) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0, 0, "0 %"),
        (0.001, 0, "less than 1 %"),
        (0.743, 0, "74 %"),
        (0.999, 0, "more than 99 %"),
        (0.9999, 1, "more than 99.9 %"),
        (1, 0, "100 %"),
        (0.0123, 1, "1.2 %"),
    ],
)
def test_only_nothing_is_0_and_only_all_is_100_percent(share, digits, text):
    assert percent_text(share, digits) == text


def test_the_table_has_both_networks_figures(table):
    drawn, original = sketch(PRESETS["mini_vgg"]), sketch(PRESETS["vgg16"])
    numbers = table[["small as number", "VGG-16 as number"]]
    assert list(numbers.loc["parameters"]) == [drawn.num_params, original.num_params]
    assert list(numbers.loc["MACs per image"]) == [drawn.macs, original.macs]
    assert list(numbers.loc["input pixels"]) == [28 * 28, 224 * 224]
    assert list(numbers.loc["classes"]) == [10, 1000]
    assert list(numbers.loc["depth (weight layers)"]) == [drawn.depth, 16]
    assert list(numbers.loc["convolutions"]) == [6, 13]
    assert list(numbers.loc["most filters"]) == [64, 512]
    assert list(numbers.loc["layers"]) == [len(drawn.nodes), len(original.nodes)]
    assert list(numbers.loc["receptive field of the last spatial layer (pixels)"]) == [36, 212]
    memory = numbers.loc["layer outputs per image (memory)"]
    assert list(memory) == [activation_bytes(drawn), activation_bytes(original)]
    assert list(4 * numbers.loc["layer outputs per image (values)"]) == list(memory)


def test_text_has_separators_and_units(table):
    assert table.loc["parameters", "VGG-16"] == "138,357,544"
    assert table.loc["share of parameters in dense layers", "VGG-16"] == "89 %"
    assert table.loc["layer outputs per image (memory)", "VGG-16"] == "110 MB"


def test_the_ratio_is_original_by_miniature(table):
    assert table.loc["input pixels", "ratio"] == 64
    assert table.loc["parameters", "ratio"] == pytest.approx(138_357_544 / 163_674)
    ratios = table["VGG-16 as number"] / table["small as number"]
    assert list(table["ratio"]) == pytest.approx(list(ratios))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_moving_statistics_are_counted_apart(preset):
    drawn = sketch(PRESETS[preset])
    rows = comparison_table(drawn, drawn).set_index("figure")
    assert rows.loc["parameters with moving statistics", "miniature"] == (
        f"{drawn.num_params_total:,}"
    )
    assert set(rows["ratio"].dropna()) == {1.0}


def test_a_figure_that_the_miniature_lacks_has_no_ratio():
    drawn = sketch(VGGConfig())
    without = Sketch("bare", drawn.nodes[:4])
    rows = comparison_table(without, drawn).set_index("figure")
    assert math.isnan(rows.loc["parameters in dense layers", "ratio"])


def test_a_network_beside_itself_still_has_two_columns():
    drawn = sketch(VGGConfig())
    columns = list(comparison_table(drawn, drawn, name="VGG", original_name="VGG").columns)
    assert columns[:4] == ["figure", "VGG", "VGG (original)", "ratio"]
    assert len(set(columns)) == len(columns)
