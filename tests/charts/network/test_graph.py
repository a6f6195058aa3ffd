"""The graph shows what the drawing shows, in the language of Graphviz."""

import re
from collections import Counter

import pytest

from covnets.charts.network.blocks import blocks
from covnets.charts.network.graph import dot
from covnets.charts.network.layout import MAX_COLUMNS, layout
from covnets.charts.theme import KIND_COLORS, ink
from covnets.config import (
    AlexNetConfig,
    InceptionConfig,
    NetworkConfig,
    ResNetConfig,
    VGGConfig,
)
from covnets.models import PRESETS, Sketch, sketch, symbolic

NETWORKS: dict[str, NetworkConfig] = {
    name: config for name, config in PRESETS.items() if name != "cifar_resnet1202"
} | {
    "long vgg": VGGConfig(num_convs=9),
    "naive modules": InceptionConfig(reducers=False, num_modules=3),
    "one branch": InceptionConfig(branches=("pool",)),
    "projected": ResNetConfig(num_blocks=9, shortcut="projection", preactivation=True),
    "plain": ResNetConfig(shortcut="none", block="bottleneck", num_blocks=4),
    "local response": AlexNetConfig(local_response=True),
}
TEXT = r'"((?:[^"\\]|\\.)*)"'
NODE = re.compile(rf"\s*{TEXT} \[(.+)\];")
EDGE = re.compile(rf"\s*{TEXT} -> {TEXT} \[(.+)\];")


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> Sketch:
    return sketch(NETWORKS[request.param])


def attributes(written: str) -> dict[str, str]:
    return dict(re.findall(rf"(\w+)={TEXT}", written))


def nodes(text: str) -> dict[str, dict[str, str]]:
    found = (NODE.fullmatch(line) for line in text.splitlines())
    return {match[1]: attributes(match[2]) for match in found if match}


def edges(text: str) -> list[tuple[str, str, dict[str, str]]]:
    found = (EDGE.fullmatch(line) for line in text.splitlines())
    return [(match[1], match[2], attributes(match[3])) for match in found if match]


@pytest.mark.parametrize("max_columns", [MAX_COLUMNS, 0, 10_000], ids=["usual", "folded", "whole"])
def test_the_graph_has_the_drawing_s_blocks_and_edges(network, max_columns):
    drawing, text = layout(network, max_columns), dot(network, max_columns)
    assert set(nodes(text)) == {box.block.name for box in drawing.boxes}
    found = Counter((source, target) for source, target, _ in edges(text))
    assert found == Counter((edge.source, edge.target) for edge in drawing.edges)


def test_unfolded_it_has_every_block(network):
    assert list(nodes(dot(network, max_columns=10_000))) == [
        block.name for block in blocks(network)
    ]


def test_every_line_is_a_statement_and_every_brace_is_closed(network):
    depth = 0
    for line in dot(network).splitlines():
        bare = re.sub(TEXT, "", line)
        depth += bare.count("{") - bare.count("}")
        assert depth >= 0
        assert bare.rstrip().endswith((";", "{", "}")), line
        assert bare.count("[") == bare.count("]")
    assert depth == 0


def test_every_stage_has_one_frame(network):
    frames = re.findall(r'subgraph "cluster stage (\w+)"', dot(network))
    assert frames == list(dict.fromkeys(node.stage for node in network.nodes))


def test_folded_units_tell_how_often_they_are_repeated():
    resnet = dot(sketch(PRESETS["resnet152"]))
    assert re.findall(r'label="× (\d+)"', resnet) == ["2", "7", "35", "2"]
    vgg = nodes(dot(sketch(VGGConfig(num_convs=9))))
    assert vgg["stage1_conv2"]["label"] == "3×3, 16, × 8"


def test_a_network_of_a_thousand_layers_has_a_small_graph():
    assert len(dot(sketch(PRESETS["cifar_resnet1202"]))) < 10_000


def test_the_same_network_gives_the_same_graph():
    assert dot(sketch(InceptionConfig())) == dot(sketch(InceptionConfig()))


@pytest.mark.parametrize(
    ("shortcut", "styles"),
    [
        ("identity", ["solid", "solid", "solid"]),
        ("projection", ["solid", "dashed", "dashed"]),
        ("none", []),
    ],
)
def test_only_projected_shortcuts_are_dashed(shortcut, styles):
    drawn = edges(dot(sketch(ResNetConfig(shortcut=shortcut))))
    assert [look["style"] for _, _, look in drawn if "style" in look] == styles


def test_hovering_tells_shapes():
    text = dot(sketch(VGGConfig()))
    assert nodes(text)["stage1_pool"]["tooltip"] == (r"stage1_pool\n28 × 28 × 16 → 14 × 14 × 16")
    tooltips = {(source, target): look["tooltip"] for source, target, look in edges(text)}
    assert tooltips["stage1_pool", "stage2_conv1"] == "14 × 14 × 16"


def luminance(color: str) -> float:
    """By the definition of WCAG 2; black is 0, white is 1."""
    if color in ("black", "white"):
        return float(color == "white")
    parts = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("kind", KIND_COLORS)
def test_labels_can_be_read_on_their_colour(kind):
    color = KIND_COLORS[kind]
    darker, lighter = sorted([luminance(color), luminance(ink(color))])
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_background_is_the_page_s():
    text = dot(sketch(ResNetConfig()))
    assert 'bgcolor="transparent"' in text
    written = re.findall(r"\bcolor=\"(.*?)\"", text) + re.findall(r"\bfontcolor=\"(.*?)\"", text)
    assert set(written) <= {"transparent", "#808080", "#CC79A7", "black", "white"}


def test_quotes_and_backslashes_are_escaped():
    images = symbolic.Input((8, 8, 3), name="images")
    named = symbolic.Conv2D(4, 3, name='stem "\\conv')(images)
    text = dot(symbolic.Model(images, named, name='a "net"'))
    assert text.startswith(r'digraph "a \"net\"" {')
    assert r'"images" -> "stem \"\\conv" [' in text


def test_a_stage_is_named_after_its_own_output_not_after_an_auxiliary_head():
    text = dot(sketch(InceptionConfig(auxiliary_heads=True)))
    assert "stage 2, 7×7×96" in text
