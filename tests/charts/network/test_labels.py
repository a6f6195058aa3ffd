"""Every block of a miniature carries a label, and it fits."""

import re

import pytest

from covnets.charts.network.drawing import network_figure
from covnets.charts.network.labels import PAGE_WIDTH, fits
from covnets.charts.network.layout import SHORTEST, layout
from covnets.config import InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import PRESETS, sketch


def title(config: NetworkConfig) -> str:
    return type(config).__name__


MINIATURES = [VGGConfig(), InceptionConfig(), ResNetConfig()]


def labels(figure: dict) -> dict[str, str]:
    """The text on each block by the name in its hover text."""
    return {
        hover.split("</b>")[0].removeprefix("<b>"): text
        for trace in figure["data"]
        for hover, text in zip(trace.get("hovertext", ()), trace.get("text", ()), strict=False)
    }


@pytest.mark.parametrize("config", MINIATURES, ids=title)
def test_every_convolution_of_a_miniature_tells_kernel_and_filters(config):
    network = sketch(config)
    shown = labels(network_figure(network))
    for node in network.nodes:
        if node.kind == "Conv2D" and node.name in shown:
            kernel, filters = node.layer.kernel_size, node.output_shape[-1]
            assert re.split(", |<br>", shown[node.name]) == [f"{kernel}×{kernel}", str(filters)]


@pytest.mark.parametrize("config", MINIATURES, ids=title)
def test_every_label_of_a_miniature_fits_on_a_laptop(config):
    drawing = layout(sketch(config))
    shown = labels(network_figure(sketch(config)))
    across = PAGE_WIDTH / max(SHORTEST, drawing.width)
    for box in drawing.boxes:
        assert fits(shown[box.block.name], box, across, turned=True), shown[box.block.name]


@pytest.mark.parametrize("reducers", [True, False])
@pytest.mark.parametrize("num_modules", [1, 2])
def test_branches_of_a_module_are_labelled_alike(num_modules, reducers):
    network = sketch(InceptionConfig(num_modules=num_modules, reducers=reducers))
    shown = labels(network_figure(network))
    for unit in {id(box.unit): box.unit for box in layout(network).boxes}.values():
        if unit.join:
            texts = [shown[name] for name in unit.names[0][:-1] if shown[name][0].isdigit()]
            assert len({re.sub(r"\d+", "0", text) for text in texts}) == 1


@pytest.mark.parametrize("preset", ["vgg16", "googlenet", "resnet50"])
def test_the_whole_drawing_labels_every_convolution_that_is_as_high_as_a_line(preset):
    drawn = sketch(PRESETS[preset])
    figure = network_figure(drawn, whole=True)
    drawing = layout(drawn, 10**6, is_scrolled=True)
    shown, across = labels(figure), figure["layout"]["meta"]["min_width"] / drawing.width
    for box in drawing.boxes:
        if box.block.node.kind == "Conv2D" and box.top - box.bottom > 21:
            assert fits(shown[box.block.name], box, across, turned=True), shown[box.block.name]
