"""What a drawing shows can be seen, and read where there is room."""

import re

import pytest

from covnets.charts.network.blocks import blocks
from covnets.charts.network.drawing import MOST_WIDE, UNFOLDED, is_folded, network_figure
from covnets.charts.network.labels import PAGE_WIDTH, fits
from covnets.charts.network.layout import SUM_WIDTH, layout
from covnets.charts.network.placed import SHORTEST
from covnets.config import InceptionConfig, ResNetConfig, VGGConfig
from covnets.models import PRESETS, sketch

MINIATURES = [VGGConfig(), InceptionConfig(), ResNetConfig()]
family = pytest.mark.parametrize("config", MINIATURES, ids=lambda config: config.family)


def labels(figure: dict) -> dict[str, str]:
    """The text on each block by the name in its hover text."""
    return {
        hover.split("</b>")[0].removeprefix("<b>"): text
        for trace in figure["data"]
        for hover, text in zip(trace.get("hovertext", ()), trace.get("text", ()), strict=False)
    }


@family
def test_every_label_of_a_miniature_fits_on_a_laptop_and_tells_kernel_and_filters(config):
    network = sketch(config)
    drawing = layout(network)
    shown = labels(network_figure(network))
    across = PAGE_WIDTH / max(SHORTEST, drawing.width)
    for box in drawing.boxes:
        text = shown[box.block.name]
        assert fits(text, box, across, turned=True), text
        if box.block.node.kind == "Conv2D":
            kernel, filters = box.block.node.layer.kernel_size, box.block.output_shape[-1]
            assert re.split(", |<br>", text) == [f"{kernel}×{kernel}", str(filters)]


@family
def test_a_miniature_s_drawing_fits_a_phone(config):
    assert network_figure(sketch(config))["layout"]["meta"]["min_width"] <= 358


@pytest.mark.parametrize("reducers", [True, False])
@pytest.mark.parametrize("num_modules", [1, 2])
def test_branches_of_a_module_are_labelled_alike(num_modules, reducers):
    network = sketch(InceptionConfig(num_modules=num_modules, reducers=reducers))
    shown = labels(network_figure(network))
    for unit in {id(box.unit): box.unit for box in layout(network).boxes}.values():
        if unit.join:
            texts = [shown[name] for name in unit.names[0][:-1] if shown[name][0].isdigit()]
            assert len({re.sub(r"\d+", "0", text) for text in texts}) == 1


@pytest.mark.parametrize("preset", ["resnet152", "cifar_resnet1202", "googlenet", "vgg16"])
def test_the_whole_drawing_has_every_block_and_is_wide_enough_to_be_seen(preset):
    drawn = sketch(PRESETS[preset])
    figure = network_figure(drawn, whole=True)
    shown = [name for trace in figure["data"] for name in trace.get("hovertext", ())]
    assert len(shown) >= len(blocks(drawn))
    assert not any(trace.get("mode") == "text" for trace in figure["data"])
    drawing, width = (
        layout(drawn, UNFOLDED, is_scrolled=True),
        figure["layout"]["meta"]["min_width"],
    )
    assert PAGE_WIDTH < width <= MOST_WIDE
    # Two pixels and more for the narrowest block, a sum.
    assert width / drawing.width * SUM_WIDTH >= 2
    # Every convolution that is as high as a line has its label, where there is room for it.
    if width < MOST_WIDE:
        texts, across = labels(figure), width / drawing.width
        for box in drawing.boxes:
            if box.block.node.kind == "Conv2D" and box.top - box.bottom > 21:
                assert fits(texts[box.block.name], box, across, turned=True)


@pytest.mark.parametrize(
    ("preset", "folded"),
    [("mini_vgg", False), ("mini_resnet", False), ("resnet152", True), ("googlenet", True)],
)
def test_it_is_known_whether_there_is_something_to_unfold(preset, folded):
    assert is_folded(sketch(PRESETS[preset])) == folded


def test_every_block_of_a_preset_s_drawing_is_seen_on_a_laptop():
    for name, config in PRESETS.items():
        drawing = layout(sketch(config))
        across = PAGE_WIDTH / max(SHORTEST, drawing.width)
        assert min(box.right - box.left for box in drawing.boxes) * across >= 3, name
