"""A drawing that is folded, or too wide, can be seen as a whole."""

import pytest

from covnets.charts.network.blocks import blocks
from covnets.charts.network.drawing import MOST_WIDE, is_folded, network_figure
from covnets.charts.network.labels import PAGE_WIDTH
from covnets.charts.network.layout import SHORTEST, SUM_WIDTH, layout
from covnets.models import PRESETS, sketch


@pytest.mark.parametrize("preset", ["resnet152", "cifar_resnet1202", "googlenet", "vgg16"])
def test_the_whole_drawing_has_every_block_and_is_wide_enough_to_be_seen(preset):
    drawn = sketch(PRESETS[preset])
    figure = network_figure(drawn, whole=True)
    shown = [name for trace in figure["data"] for name in trace.get("hovertext", ())]
    assert len(shown) >= len(blocks(drawn))
    assert not any(trace.get("mode") == "text" for trace in figure["data"])
    width = figure["layout"]["meta"]["min_width"]
    assert PAGE_WIDTH < width <= MOST_WIDE
    # Two pixels and more for the narrowest block, a sum.
    assert width / layout(drawn, 10**6, is_scrolled=True).width * SUM_WIDTH >= 2


@pytest.mark.parametrize(
    ("preset", "folded"),
    [("mini_vgg", False), ("mini_resnet", False), ("resnet152", True), ("googlenet", True)],
)
def test_it_is_known_whether_there_is_something_to_unfold(preset, folded):
    assert is_folded(sketch(PRESETS[preset])) == folded


@pytest.mark.parametrize("preset", PRESETS)
def test_every_block_of_a_drawing_is_seen_on_a_laptop(preset):
    drawing = layout(sketch(PRESETS[preset]))
    across = PAGE_WIDTH / max(SHORTEST, drawing.width)
    assert min(box.right - box.left for box in drawing.boxes) * across >= 3


@pytest.mark.parametrize("preset", [name for name in PRESETS if name.startswith("mini_")])
def test_a_miniature_s_drawing_fits_a_phone(preset):
    assert network_figure(sketch(PRESETS[preset]))["layout"]["meta"]["min_width"] <= 358
