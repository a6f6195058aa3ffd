"""The drawing shows the whole network: nothing overlaps, nothing is left out."""

import itertools
from collections import Counter
from collections.abc import Iterable
from functools import cache

import pytest

from covnets.charts.network.blocks import blocks
from covnets.charts.network.captions import describe_shortcut
from covnets.charts.network.drawing import UNFOLDED, network_figure
from covnets.charts.network.layout import MAX_COLUMNS, layout
from covnets.charts.network.placed import HEIGHT, Layout
from covnets.config import InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import FAMILIES, PRESETS, Sketch, sketch

# Lines end on the edge of a block, up to rounding.
TOLERANCE = 1e-6
EXTRAS = ("BatchNormalization", "Activation")
PREACTIVATED = ResNetConfig(num_blocks=2, shortcut="projection", preactivation=True)
BRANCHES = ("1x1", "3x3", "5x5", "pool")


BOTH = (True, False)


def every(config_class: type[NetworkConfig], **values: Iterable) -> list[NetworkConfig]:
    """A network for each combination of the values."""
    combinations = itertools.product(*values.values())
    return [config_class(**dict(zip(values, each, strict=True))) for each in combinations]


CONFIGS = [
    *PRESETS.values(),
    *every(VGGConfig, num_stages=(1, 2, 4), num_convs=(1, 2, 4), filters=(4, 64)),
    VGGConfig(batchnorm=False, kernel_size=7, dropout=0.0),
    VGGConfig(num_convs=(1, 3, 2)),
    VGGConfig(input_shape=(224, 224, 3), num_stages=5, num_convs=(2, 2, 3, 3, 3), units=4096),
    *every(InceptionConfig, num_stages=(1, 4), num_modules=(1, 4), reducers=BOTH),
    *every(
        InceptionConfig,
        branches=[kept for n in (1, 2, 3) for kept in itertools.combinations(BRANCHES, n)],
        reducers=BOTH,
    ),
    InceptionConfig(head="dense", batchnorm=False),
    *every(InceptionConfig, auxiliary_heads=[True], num_modules=(1, 2, 3, 5), reducers=BOTH),
    *every(
        InceptionConfig,
        auxiliary_heads=[True],
        branches=[(branch,) for branch in BRANCHES],
        num_modules=(1, 2, 3, 9),
        num_stages=[2],
        reducers=BOTH,
    ),
    *every(
        ResNetConfig,
        num_stages=(1, 4),
        num_blocks=(1, 9),
        block=("basic", "bottleneck"),
        shortcut=("identity", "projection", "none"),
        preactivation=BOTH,
    ),
    ResNetConfig(batchnorm=False, num_blocks=(1, 4, 2)),
]


def title(config: object) -> str | None:
    """What a network is called in a test's name."""
    if not isinstance(config, NetworkConfig):
        return None
    changed = config.model_dump(exclude_defaults=True, exclude={"input_shape"})
    return f"{config.family} {changed}"


@cache
def laid_out(config: NetworkConfig) -> tuple[Sketch, Layout]:
    drawn = sketch(config)
    return drawn, layout(drawn)


@pytest.fixture(params=FAMILIES)
def networks(request: pytest.FixtureRequest) -> list[tuple[str, Sketch, Layout]]:
    """Many networks of a family: what is told of one, its sketch and its drawing."""
    same = (config for config in CONFIGS if config.family == request.param)
    return [(title(config), *laid_out(config)) for config in same]


def test_every_layer_is_in_exactly_one_block_or_shortcut(networks):
    for name, network, _ in networks:
        parts = blocks(network)
        drawn = [node.name for block in parts for node in block.nodes]
        drawn += [node.name for block in parts for way in block.shortcuts for node in way.nodes]
        assert sorted(drawn) == sorted(node.name for node in network.nodes), name
        assert sum(block.num_params for block in parts) == network.num_params, name
        assert sum(block.macs for block in parts) == network.macs, name


def test_blocks_never_overlap_and_stay_within_the_drawing(networks):
    for name, _, drawing in networks:
        for box in drawing.boxes:
            assert 0 <= box.left < box.right <= drawing.width + TOLERANCE, name
            assert 0 < box.bottom < box.top < HEIGHT, name
        assert_blocks_never_overlap(drawing, name)
        for one, other in [*itertools.pairwise(drawing.stages), *itertools.pairwise(drawing.folds)]:
            assert one.right < other.left, name


def assert_blocks_never_overlap(drawing: Layout, name: str) -> None:
    for one, other in itertools.combinations(drawing.boxes, 2):
        beside = one.right <= other.left + TOLERANCE or other.right <= one.left + TOLERANCE
        above = one.bottom >= other.top or other.bottom >= one.top
        assert beside or above, f"{name}: {one.block.name} overlaps {other.block.name}"


@pytest.mark.parametrize(
    "max_columns", [MAX_COLUMNS, 0, UNFOLDED], ids=["usual", "folded", "whole"]
)
def test_every_edge_is_drawn_once(networks, max_columns):
    for name, network, usual in networks:
        drawing = usual if max_columns == MAX_COLUMNS else layout(network, max_columns)
        drawn = Counter((edge.source, edge.target, bool(edge.shortcut)) for edge in drawing.edges)
        assert drawn == Counter(connections(network, drawing)), name


def connections(network: Sketch, drawing: Layout) -> set[tuple[str, str, bool]]:
    """What each shown block reads, and whether over a shortcut."""
    shown, copy = {}, {}
    for unit in {id(box.unit): box.unit for box in drawing.boxes}.values():
        for number, names in enumerate(unit.names):
            for block, name in zip(unit.blocks, names, strict=True):
                shown[name], copy[name] = block.name, (id(unit), number)
    found = set()
    for block in blocks(network):
        sources = [(name, False) for name in block.inputs]
        sources += [(way.source, True) for way in block.shortcuts]
        for source, is_shortcut in sources:
            # From one of the equal units to the next: what folding leaves out.
            (before, place), (after, next_place) = copy[source], copy[block.name]
            if before != after or place == next_place:
                found.add((shown[source], shown[block.name], is_shortcut))
    return found


def test_every_edge_goes_from_block_to_block_and_crosses_none(networks):
    for name, _, drawing in networks:
        boxes = {box.block.name: box for box in drawing.boxes}
        for edge in drawing.edges:
            for (x, y), end in zip(
                edge.points[:: len(edge.points) - 1], (edge.source, edge.target), strict=True
            ):
                box = boxes[end]
                assert box.left - TOLERANCE <= x <= box.right + TOLERANCE, name
                assert box.bottom <= y <= box.top + TOLERANCE, name
        assert_no_edge_crosses_a_block(drawing, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_overlaps_or_crosses_when_everything_is_drawn(family):
    for config in [*CONFIGS[::5], *PRESETS.values()]:
        # Of ResNet-1202 it is the same again and again, for minutes.
        if config.family == family and config != PRESETS["cifar_resnet1202"]:
            drawing = layout(sketch(config), UNFOLDED, is_scrolled=True)
            assert_blocks_never_overlap(drawing, title(config))
            assert_no_edge_crosses_a_block(drawing, title(config))


def assert_no_edge_crosses_a_block(drawing: Layout, name: str) -> None:
    for edge, box in itertools.product(drawing.edges, drawing.boxes):
        if box.block.name in (edge.source, edge.target):
            continue
        for (x, y), (end_x, end_y) in itertools.pairwise(edge.points):
            apart = max(x, end_x) <= box.left or min(x, end_x) >= box.right
            apart = apart or max(y, end_y) < box.bottom or min(y, end_y) > box.top
            assert apart, f"{name}: {edge.source} to {edge.target} crosses {box.block.name}"


def test_the_figure_holds_every_block_and_every_edge(networks):
    for name, network, drawing in networks:
        figure = network_figure(network)
        named = [text for trace in figure["data"] for text in trace.get("hovertext", ())]
        shortcuts = [edge for edge in drawing.edges if edge.shortcut]
        assert len(named) == len(drawing.boxes) + len(shortcuts), name
        lines = [trace for trace in figure["data"] if trace.get("mode") == "lines"]
        assert sum(trace["x"].count(None) for trace in lines) == len(drawing.edges), name


def test_height_follows_rows_and_width_follows_channels():
    boxes = {box.block.name: box for box in layout(sketch(VGGConfig())).boxes}

    def size(name):
        box = boxes[name]
        return box.right - box.left, box.top - box.bottom

    assert size("stage1_conv1") == pytest.approx(size("stage1_conv2"))
    assert size("stage1_conv1")[0] < size("stage2_conv1")[0] < size("stage3_conv1")[0]
    assert size("stage1_conv1")[1] > size("stage2_conv1")[1] > size("stage3_conv1")[1]


@pytest.mark.parametrize(
    ("shortcut", "marks", "lines"),
    [
        ("identity", ["identity", "padding", "padding"], ["solid", "solid"]),
        ("projection", ["identity", "projection", "projection"], ["solid", "solid", "6px,3px"]),
        ("none", [], ["solid"]),
    ],
)
def test_shortcuts_tell_their_kind_and_projections_are_dashed(shortcut, marks, lines):
    network = sketch(ResNetConfig(shortcut=shortcut))
    assert [edge.shortcut.kind for edge in layout(network).edges if edge.shortcut] == marks
    drawn = [trace for trace in network_figure(network)["data"] if trace.get("mode") == "lines"]
    assert [trace["line"].get("dash", "solid") for trace in drawn] == lines


@pytest.mark.parametrize(
    ("config", "repeats"),
    [
        (ResNetConfig(num_blocks=2), []),
        (ResNetConfig(num_blocks=9, num_stages=4), [9, 8, 8, 8]),
        (ResNetConfig(num_blocks=200), [200, 199, 199]),
        # The first block's shortcut leaves elsewhere.
        (ResNetConfig(num_blocks=9, preactivation=True), [8, 8, 8]),
        # Each module is larger than the one before.
        (InceptionConfig(reducers=False, num_modules=4, num_stages=4), []),
    ],
    ids=title,
)
def test_equal_blocks_of_a_deep_network_are_folded_and_counted(config, repeats):
    counts = [
        trace["text"]
        for trace in network_figure(sketch(config))["data"]
        if trace.get("mode") == "text"
    ]
    assert list(itertools.chain(*counts)) == [f"<b>× {each}</b>" for each in repeats]


@pytest.mark.parametrize(
    ("config", "name", "kinds"),
    [
        (ResNetConfig(), "stage1_block1_conv1", ["Conv2D", *EXTRAS]),
        (PREACTIVATED, "stage2_block2_conv1", [*EXTRAS, "Conv2D"]),
        (InceptionConfig(), "stage1_module1_3x3_reducer", ["Conv2D", *EXTRAS]),
    ],
    ids=title,
)
def test_batchnorm_and_activation_belong_to_the_convolution_that_they_serve(config, name, kinds):
    found = next(block for block in blocks(sketch(config)) if block.name == name)
    assert [node.kind for node in found.nodes] == kinds


def test_a_shortcut_that_leaves_after_the_activation_says_so():
    ways = [way for block in blocks(sketch(PREACTIVATED)) for way in block.shortcuts]
    told = [describe_shortcut(way).split("<br>")[1] for way in ways]
    # The first block, and the first of each later stage, which projects.
    after = "leaves after BatchNorm, ReLU"
    assert told == [after, "added as it is"] * 3
    assert [way.source for way in ways] == ["stem_conv", *(way.target for way in ways[:-1])]


def test_stages_are_labelled_with_their_output_shape():
    figure = network_figure(sketch(ResNetConfig(num_stages=2)))
    names, shapes = (
        list(trace["text"]) for trace in figure["data"] if trace.get("textposition") == "outside"
    )
    assert names == ["image", "stem", "stage 1", "stage 2", "head"]
    assert shapes == ["28×28×1", "28×28×16", "28×28×16", "14×14×32", "10 classes"]


def test_an_auxiliary_head_stands_below_all_others():
    drawing = layout(sketch(PRESETS["googlenet_aux"]))
    heads = [box for box in drawing.boxes if box.unit.is_auxiliary]
    others = [box for box in drawing.boxes if not box.unit.is_auxiliary]
    # Average pooling, convolution, dense layer and output, twice.
    assert len(heads) == 8
    assert max(box.top for box in heads) < min(box.bottom for box in others)
    entering = [edge for edge in drawing.edges if edge.target.endswith("_average")]
    assert [edge.source for edge in entering if "auxiliary" in edge.target] == [
        "stage2_module1_join",
        "stage2_module4_join",
    ]
