"""The cost charts lose no layer, and say what the sketch says."""

import json
from itertools import pairwise

import plotly.graph_objects as go
import pytest

from covnets.charts.curves.curves import figure_bytes
from covnets.charts.network.columns import MAX_COLUMNS, cost_columns
from covnets.charts.network.costs import JOBS, cost_figure
from covnets.config import ResNetConfig, VGGConfig
from covnets.limits import activation_bytes
from covnets.models import PRESETS, sketch

COSTS = ("parameters", "macs", "receptive field", "memory")
MEMORY_UNITS = {"bytes": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30}


def bars(figure: dict) -> list[dict]:
    return [trace for trace in figure["data"] if trace["uid"] in JOBS.values()]


def total(figure: dict) -> float:
    return sum(sum(trace["y"]) for trace in bars(figure))


def trace(figure: dict, uid: str) -> dict:
    return next(each for each in figure["data"] if each["uid"] == uid)


def texts(figure: dict) -> list[str]:
    return trace(figure, "hover")["hovertext"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_layer_is_in_one_column(preset):
    drawn = sketch(PRESETS[preset])
    columns = cost_columns(drawn)
    names = [node.name for column in columns for node in column.nodes]
    assert sorted(names) == sorted(node.name for node in drawn.nodes)
    assert len(columns) <= MAX_COLUMNS


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_bars_add_up_to_the_sketch(preset):
    drawn = sketch(PRESETS[preset])
    assert total(cost_figure(drawn, "parameters")) == drawn.num_params
    assert total(cost_figure(drawn, "macs")) == drawn.macs
    memory = cost_figure(drawn, "memory", batch_size=32)
    unit = memory["layout"]["yaxis"]["title"]["text"].split("(")[1].rstrip(")")
    assert total(memory) * MEMORY_UNITS[unit] == pytest.approx(32 * activation_bytes(drawn))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_flops_are_twice_the_multiply_adds(preset):
    drawn = sketch(PRESETS[preset])
    flops = cost_figure(drawn, "macs", flops=True)
    assert total(flops) == 2 * drawn.macs
    assert flops["layout"]["yaxis"]["title"]["text"] == "FLOPs per image"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_line_is_the_receptive_field_of_what_does_not_see_the_whole_image(preset):
    drawn = sketch(PRESETS[preset])
    columns = [each for each in cost_columns(drawn) if each.nodes[-1].receptive_field]
    line = trace(cost_figure(drawn, "receptive field"), "receptive_field")
    assert line["y"] == [max(node.receptive_field for node in each.nodes) for each in columns]
    assert line["y"][0] == 1
    if "aux" not in preset:
        assert line["y"][-1] == drawn.receptive_field


def test_in_a_plain_network_each_point_is_a_layer():
    drawn = sketch(PRESETS["vgg16"])
    line = trace(cost_figure(drawn, "receptive field"), "receptive_field")
    assert line["y"] == [
        node.receptive_field
        for node in drawn.nodes
        if len(node.output_shape) == 3 and node.kind != "Activation"
    ]


def test_a_column_without_cells_sees_the_whole_image():
    *_, head = texts(cost_figure(sketch(PRESETS["googlenet"]), "receptive field"))
    assert head.split("<br>") == ["<b>head_output</b>", "output 1000", "sees the whole image"]


def test_the_image_is_a_level_line():
    image = trace(cost_figure(sketch(PRESETS["vgg16"]), "receptive field"), "image")
    assert image["y"] == [224, 224]
    assert image["name"] == "the whole image: 224 pixels"


@pytest.mark.parametrize("what", COSTS)
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_plotly_accepts_every_property(preset, what):
    figure = cost_figure(sketch(PRESETS[preset]), what)
    go.Figure(figure)
    assert json.loads(figure_bytes(figure)) == json.loads(json.dumps(figure))


@pytest.mark.parametrize("what", COSTS)
def test_the_colour_of_text_is_left_to_the_page(what):
    assert '"font"' not in json.dumps(cost_figure(sketch(VGGConfig()), what))


def test_the_longest_networks_have_a_bounded_number_of_bars():
    longest = sketch(VGGConfig(input_shape=(256, 256, 3), num_stages=8, num_convs=(256,) * 8))
    for drawn in (sketch(PRESETS["cifar_resnet1202"]), longest):
        columns = cost_columns(drawn)
        assert MAX_COLUMNS / 3 < len(columns) <= MAX_COLUMNS
        assert sum(len(column.nodes) for column in columns) == len(drawn.nodes)
        assert total(cost_figure(drawn, "parameters")) == drawn.num_params
        for bar in bars(cost_figure(drawn, "memory")):
            assert len(bar["x"]) <= len(columns)


@pytest.mark.parametrize("what", COSTS)
@pytest.mark.parametrize("preset", ["mini_vgg", "resnet152", "cifar_resnet1202"])
def test_all_costs_share_their_columns(preset, what):
    drawn = sketch(PRESETS[preset])
    figure, other = cost_figure(drawn, what), cost_figure(drawn, "parameters")
    places = trace(figure, "hover")["x"]
    assert places == trace(other, "hover")["x"]
    assert len(places) == len(cost_columns(drawn))
    assert {place for each in bars(figure) for place in each["x"]} <= set(places)
    assert figure["layout"]["xaxis"]["range"] == other["layout"]["xaxis"]["range"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_places_go_up_and_stay_inside(preset):
    figure = cost_figure(sketch(PRESETS[preset]), "parameters")
    places, (start, end) = trace(figure, "hover")["x"], figure["layout"]["xaxis"]["range"]
    assert all(later - place >= 1 for place, later in pairwise(places))
    assert start < places[0] < places[-1] < end


def test_a_column_is_described_in_full():
    figure = cost_figure(sketch(PRESETS["vgg16"]), "parameters")
    assert texts(figure)[-3] == (
        "<b>head_dense1</b><br>3 layers<br>output 4096<br>102,764,544 parameters, 74.3 % of all"
    )


def test_a_block_tells_what_each_of_its_jobs_costs():
    figure = cost_figure(sketch(ResNetConfig()), "parameters")
    text = next(each for each in texts(figure) if "stage2_block1_conv1" in each)
    assert "convolution: 4,608 parameters<br>normalization: 64 parameters" in text
    assert "4,672 parameters, 6.2 % of all" in text


def test_a_column_of_several_units_names_the_first_and_the_last():
    drawn = sketch(PRESETS["cifar_resnet1202"])
    names = [column.name for column in cost_columns(drawn)]
    assert "stage1_block1 … stage1_block8" in names
    assert names[-1] == "head_average … head_output"
    units = [column.name for column in cost_columns(sketch(PRESETS["resnet152"]))]
    assert "stage3_block36" in units


def test_memory_adds_up_from_left_to_right():
    drawn = sketch(PRESETS["mini_vgg"])
    text = texts(cost_figure(drawn, "memory", batch_size=1))[-1]
    assert text.endswith("542 kB up to here")


def test_hidden_bars_stay_hidden_and_zoom_is_forgotten_with_the_network():
    first, second = (
        cost_figure(sketch(PRESETS[name]), "macs")["layout"] for name in ("vgg16", "googlenet")
    )
    assert first["uirevision"] == second["uirevision"]
    assert first["xaxis"]["uirevision"] != second["xaxis"]["uirevision"]


def test_bad_requests_are_refused():
    drawn = sketch(VGGConfig())
    with pytest.raises(ValueError, match="use 'parameters'"):
        cost_figure(drawn, "seconds")
    with pytest.raises(ValueError, match="batch_size=0"):
        cost_figure(drawn, "memory", batch_size=0)


def test_equal_blocks_look_equal_where_several_share_a_bar():
    figure = cost_figure(sketch(PRESETS["cifar_resnet1202"]), "macs")
    assert figure["layout"]["xaxis"]["title"]["text"] == "stage; each bar is up to 8 blocks"
    columns = cost_columns(sketch(PRESETS["cifar_resnet1202"]))
    in_stage = [column for column in columns if column.stage == "stage1"]
    assert {column.num_units for column in in_stage} == {8}
    assert len({sum(node.macs for node in column.nodes) for column in in_stage}) == 1


def test_a_bar_of_its_own_for_each_block_needs_no_explanation():
    figure = cost_figure(sketch(PRESETS["mini_vgg"]), "macs")
    assert figure["layout"]["xaxis"]["title"]["text"] == "stage"
