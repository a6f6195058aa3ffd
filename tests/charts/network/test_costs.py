"""The cost charts lose no layer, and say what the sketch says."""

from itertools import pairwise

import pytest

from covnets.charts.network.columns import MAX_COLUMNS, cost_columns
from covnets.charts.network.costs import JOBS, cost_figure
from covnets.config import ResNetConfig, VGGConfig
from covnets.limits import activation_bytes
from covnets.models import PRESETS, sketch
from tests.charts.figures import trace

COSTS = ("parameters", "macs", "receptive field", "memory")
MEMORY_UNITS = {"bytes": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30}
NETWORKS = PRESETS | {
    "longest": VGGConfig(input_shape=(256, 256, 3), num_stages=8, num_convs=(256,) * 8)
}


def bars(figure: dict) -> list[dict]:
    return [trace for trace in figure["data"] if trace["uid"] in JOBS.values()]


def total(figure: dict) -> float:
    return sum(sum(trace["y"]) for trace in bars(figure))


@pytest.mark.parametrize("network", NETWORKS)
def test_every_layer_is_in_one_column_and_the_bars_add_up(network):
    drawn = sketch(NETWORKS[network])
    columns = cost_columns(drawn)
    names = [node.name for column in columns for node in column.nodes]
    assert sorted(names) == sorted(node.name for node in drawn.nodes)
    assert len(columns) <= MAX_COLUMNS
    assert len(columns) > MAX_COLUMNS / 3 or len(columns) > len(drawn.nodes) / 10
    assert total(cost_figure(drawn, "parameters")) == drawn.num_params
    assert total(cost_figure(drawn, "macs")) == drawn.macs
    assert total(cost_figure(drawn, "macs", flops=True)) == 2 * drawn.macs
    memory = cost_figure(drawn, "memory", batch_size=32)
    unit = memory["layout"]["yaxis"]["title"]["text"].split("(")[1].rstrip(")")
    assert total(memory) * MEMORY_UNITS[unit] == pytest.approx(32 * activation_bytes(drawn))


@pytest.mark.parametrize("network", NETWORKS)
def test_all_costs_share_their_places_which_go_up_and_stay_inside(network):
    drawn = sketch(NETWORKS[network])
    figures = [cost_figure(drawn, what) for what in COSTS]
    places = trace(figures[0], "hover")["x"]
    start, end = figures[0]["layout"]["xaxis"]["range"]
    assert len(places) == len(cost_columns(drawn))
    assert all(later - place >= 1 for place, later in pairwise(places))
    assert start < places[0] < places[-1] < end
    for figure in figures:
        assert trace(figure, "hover")["x"] == places
        assert {place for each in bars(figure) for place in each["x"]} <= set(places)
        assert figure["layout"]["xaxis"]["range"] == [start, end]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_line_is_the_receptive_field_of_what_does_not_see_the_whole_image(preset):
    drawn = sketch(PRESETS[preset])
    columns = [each for each in cost_columns(drawn) if each.nodes[-1].receptive_field]
    line = trace(cost_figure(drawn, "receptive field"), "receptive_field")
    assert line["y"] == [max(node.receptive_field for node in each.nodes) for each in columns]
    assert line["y"][0] == 1
    if "aux" not in preset:
        assert line["y"][-1] == drawn.receptive_field


@pytest.mark.parametrize(
    ("config", "what", "told"),
    [
        (
            PRESETS["vgg16"],
            "parameters",
            "<b>head_dense1</b><br>3 layers<br>output 4096<br>"
            "102,764,544 parameters, 74.3 % of all",
        ),
        (
            ResNetConfig(),
            "parameters",
            "<b>stage2_block1_conv1</b><br>4 layers<br>output 14 × 14 × 32<br>"
            "convolution: 4,608 parameters<br>normalization: 64 parameters<br>"
            "4,672 parameters, 6.2 % of all",
        ),
        (
            VGGConfig(),
            "memory",
            "<b>head_output</b><br>output 10<br>40 bytes, less than 0.1 % of all<br>"
            "542 kB up to here",
        ),
        (
            PRESETS["resnet152"],
            "receptive field",
            "<b>stage3_block36</b><br>10 layers<br>output 14 × 14 × 1024<br>"
            "a cell sees 1,315 × 1,315 pixels<br>as wide as the image, or wider",
        ),
    ],
)
def test_a_column_tells_its_layers_and_its_cost(config, what, told):
    assert told in trace(cost_figure(sketch(config), what, batch_size=1), "hover")["hovertext"]


def test_bars_of_several_equal_blocks_look_equal_and_say_so():
    drawn = sketch(PRESETS["cifar_resnet1202"])
    in_stage = [column for column in cost_columns(drawn) if column.stage == "stage1"]
    assert in_stage[0].name == "stage1_block1 … stage1_block8"
    assert {column.num_units for column in in_stage} == {8}
    assert len({sum(node.macs for node in column.nodes) for column in in_stage}) == 1
    title = cost_figure(drawn, "macs")["layout"]["xaxis"]["title"]["text"]
    assert title == "stage; each bar is up to 8 blocks"
