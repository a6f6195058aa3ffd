"""The drawing shows the whole network: nothing overlaps, nothing is left out."""

import itertools
from collections import Counter
from functools import cache

import plotly.graph_objects as go
import pytest

from covnets.charts.network.blocks import Block, blocks
from covnets.charts.network.captions import describe_shortcut
from covnets.charts.network.drawing import UNFOLDED, network_figure
from covnets.charts.network.layout import HINT_ROOM, MAX_COLUMNS, layout
from covnets.charts.network.placed import HEIGHT, Box, Layout
from covnets.config import InceptionConfig, NetworkConfig, ResNetConfig, VGGConfig
from covnets.models import FAMILIES, PRESETS, Sketch, sketch

# Lines end on the edge of a block, up to rounding.
TOLERANCE = 1e-6
BRANCHES = ("1x1", "3x3", "5x5", "pool")


def vggs():
    for num_stages, num_convs, filters in itertools.product((1, 2, 4), (1, 2, 4), (4, 64)):
        yield VGGConfig(num_stages=num_stages, num_convs=num_convs, filters=filters)
    yield VGGConfig(batchnorm=False, kernel_size=7, dropout=0.0)
    yield VGGConfig(num_convs=(1, 3, 2))
    yield VGGConfig(input_shape=(224, 224, 3), num_stages=5, num_convs=(2, 2, 3, 3, 3), units=4096)


def inceptions():
    for num_stages, num_modules, reducers in itertools.product((1, 4), (1, 4), (True, False)):
        yield InceptionConfig(num_stages=num_stages, num_modules=num_modules, reducers=reducers)
    for count in range(1, 4):
        for kept, reducers in itertools.product(
            itertools.combinations(BRANCHES, count), (True, False)
        ):
            yield InceptionConfig(branches=kept, reducers=reducers)
    yield InceptionConfig(head="dense", batchnorm=False)
    for num_modules, reducers in itertools.product((1, 2, 3, 5), (True, False)):
        yield InceptionConfig(auxiliary_heads=True, num_modules=num_modules, reducers=reducers)
    for branch, num_modules, reducers in itertools.product(BRANCHES, (1, 2, 3, 9), (True, False)):
        yield InceptionConfig(
            auxiliary_heads=True,
            branches=(branch,),
            num_modules=num_modules,
            num_stages=2,
            reducers=reducers,
        )


def resnets():
    for num_stages, num_blocks, block, shortcut, preactivation in itertools.product(
        (1, 4), (1, 9), ("basic", "bottleneck"), ("identity", "projection", "none"), (True, False)
    ):
        yield ResNetConfig(
            num_stages=num_stages,
            num_blocks=num_blocks,
            block=block,
            shortcut=shortcut,
            preactivation=preactivation,
        )
    yield ResNetConfig(batchnorm=False, num_blocks=(1, 4, 2))


CONFIGS = [*PRESETS.values(), *vggs(), *inceptions(), *resnets()]


def title(config: NetworkConfig) -> str:
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


def find(parts: tuple[Block, ...], name: str) -> Block:
    return next(block for block in parts if block.name == name)


def traces(figure: dict, name: str) -> list[dict]:
    return [trace for trace in figure["data"] if trace.get("name") == name]


def touches(x: float, box: Box) -> bool:
    return box.left - TOLERANCE <= x <= box.right + TOLERANCE


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


@pytest.mark.parametrize("preset", ["vgg16", "googlenet_aux", "resnet152"])
def test_blocks_never_overlap_when_everything_is_drawn(preset):
    assert_blocks_never_overlap(layout(sketch(PRESETS[preset]), UNFOLDED, is_scrolled=True), preset)


def assert_blocks_never_overlap(drawing: Layout, name: str) -> None:
    for one, other in itertools.combinations(drawing.boxes, 2):
        beside = one.right <= other.left + TOLERANCE or other.right <= one.left + TOLERANCE
        above = one.bottom >= other.top or other.bottom >= one.top
        assert beside or above, f"{name}: {one.block.name} overlaps {other.block.name}"


def test_stages_and_folds_never_overlap(networks):
    for name, _, drawing in networks:
        for frames in (drawing.stages, drawing.folds):
            for one, other in itertools.pairwise(frames):
                assert one.right < other.left, name


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


def test_every_edge_begins_and_ends_at_its_blocks(networks):
    for name, _, drawing in networks:
        boxes = {box.block.name: box for box in drawing.boxes}
        for edge in drawing.edges:
            for (x, y), end in zip(
                (edge.points[0], edge.points[-1]), (edge.source, edge.target), strict=True
            ):
                assert touches(x, boxes[end]), name
                assert boxes[end].bottom <= y <= boxes[end].top + TOLERANCE, name


def test_no_edge_crosses_a_block(networks):
    for name, _, drawing in networks:
        assert_no_edge_crosses_a_block(drawing, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_edge_crosses_a_block_when_everything_is_drawn(family):
    for config in [*CONFIGS[::5], *PRESETS.values()]:
        # Of ResNet-1202 it is the same again and again, for minutes.
        if config.family == family and config != PRESETS["cifar_resnet1202"]:
            drawing = layout(sketch(config), UNFOLDED, is_scrolled=True)
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


@pytest.mark.parametrize("config", [PRESETS["googlenet_aux"], *CONFIGS[::20]], ids=title)
def test_plotly_accepts_the_figure(config):
    go.Figure(network_figure(sketch(config)))


def test_height_follows_rows_and_width_follows_channels():
    boxes = {box.block.name: box for box in layout(sketch(VGGConfig())).boxes}

    def size(name):
        box = boxes[name]
        return box.right - box.left, box.top - box.bottom

    assert size("stage1_conv1") == pytest.approx(size("stage1_conv2"))
    assert size("stage1_conv1")[0] < size("stage2_conv1")[0] < size("stage3_conv1")[0]
    assert size("stage1_conv1")[1] > size("stage2_conv1")[1] > size("stage3_conv1")[1]


def test_the_naive_modules_output_grows():
    config = InceptionConfig(filters=16, reducers=False, num_modules=3, num_stages=1)
    joins = [box for box in layout(sketch(config)).boxes if box.block.node.kind == "Concatenate"]
    widths = [box.right - box.left for box in joins]
    assert [box.block.output_shape[-1] for box in joins] == [72, 128, 184]
    assert widths == sorted(set(widths))


def test_branches_stand_one_above_the_other():
    drawing = layout(sketch(InceptionConfig(num_stages=1)))
    last = ("1x1", "3x3", "5x5", "pool_projection")
    boxes = {box.block.name: box for box in drawing.boxes}
    lanes = [boxes[f"stage1_module1_{name}"] for name in last]
    assert len({box.centre[0] for box in lanes}) == 1
    assert all(upper.bottom > lower.top for upper, lower in itertools.pairwise(lanes))
    join = boxes["stage1_module1_join"]
    assert all(box.right < join.left for box in lanes)


@pytest.mark.parametrize(
    ("shortcut", "marks"),
    [
        ("identity", ["identity", "padding", "padding"]),
        ("projection", ["identity", "projection", "projection"]),
        ("none", []),
    ],
)
def test_shortcuts_tell_their_kind(shortcut, marks):
    drawing = layout(sketch(ResNetConfig(shortcut=shortcut)))
    assert [edge.shortcut.kind for edge in drawing.edges if edge.shortcut] == marks


def test_only_projected_shortcuts_are_dashed():
    for shortcut, lines in {
        "identity": {"edge": None, "shortcut": None},
        "projection": {"edge": None, "shortcut": None, "projection": "6px,3px"},
        "none": {"edge": None},
    }.items():
        figure = network_figure(sketch(ResNetConfig(shortcut=shortcut)))
        drawn = [trace for trace in figure["data"] if trace.get("mode") == "lines"]
        assert {trace["name"]: trace["line"].get("dash") for trace in drawn} == lines


def test_arcs_run_above_all_that_they_skip():
    for block in ("basic", "bottleneck"):
        drawing = layout(sketch(ResNetConfig(num_blocks=3, block=block)))
        for edge in drawing.edges:
            if edge.shortcut:
                summit = max(y for _, y in edge.points)
                skipped = [
                    box.top
                    for box in drawing.boxes
                    if edge.points[0][0] <= box.right and box.left <= edge.points[-1][0]
                ]
                assert summit > max(skipped)


def test_equal_blocks_are_folded_in_a_deep_network_only():
    shallow = network_figure(sketch(ResNetConfig(num_blocks=2)))
    deep = network_figure(sketch(ResNetConfig(num_blocks=9, num_stages=4)))
    counts = [
        trace["text"]
        for figure in (shallow, deep)
        for trace in figure["data"]
        if trace.get("mode") == "text"
    ]
    assert counts == [["<b>× 9</b>", "<b>× 8</b>", "<b>× 8</b>", "<b>× 8</b>"]]


def test_growing_modules_are_never_folded():
    config = InceptionConfig(reducers=False, num_modules=4, num_stages=4)
    assert layout(sketch(config)).folds == ()


@pytest.mark.parametrize("preactivation", [False, True], ids=["post", "pre"])
@pytest.mark.parametrize("name", ["stage1_block1_conv1", "stage2_block2_conv1"])
def test_batchnorm_and_activation_belong_to_the_convolution_that_they_serve(preactivation, name):
    config = ResNetConfig(num_blocks=2, shortcut="projection", preactivation=preactivation)
    parts = blocks(sketch(config))
    kinds = [node.kind for node in find(parts, name).nodes]
    extras = ["BatchNormalization", "Activation"]
    assert kinds == ([*extras, "Conv2D"] if preactivation else ["Conv2D", *extras])


def test_a_shortcut_that_leaves_after_the_activation_says_so():
    config = ResNetConfig(num_blocks=2, shortcut="projection", preactivation=True)
    ways = [way for block in blocks(sketch(config)) for way in block.shortcuts]
    told = [describe_shortcut(way).split("<br>")[1] for way in ways]
    # The first block, and the first of each later stage, which projects.
    after = "leaves after BatchNorm, ReLU"
    assert told == [after, "added as it is"] * 3
    assert [way.source for way in ways] == ["stem_conv", *(way.target for way in ways[:-1])]


def test_blocks_whose_shortcuts_leave_elsewhere_are_not_folded_into_one():
    drawing = layout(sketch(ResNetConfig(num_blocks=9, preactivation=True)))
    assert [fold.boxes[0].unit.repeats for fold in drawing.folds] == [8, 8, 8]


def test_a_hint_tells_where_the_figures_are():
    (hint,) = network_figure(sketch(InceptionConfig()))["layout"]["annotations"]
    assert "point at a block, or tap it" in hint["text"]
    assert hint["y"] < HINT_ROOM


def test_stages_are_labelled_with_their_output_shape():
    figure = network_figure(sketch(ResNetConfig(num_stages=2)))
    names, shapes = (
        list(trace["text"]) for trace in figure["data"] if trace.get("textposition") == "outside"
    )
    assert names == ["image", "stem", "stage 1", "stage 2", "head"]
    assert shapes == ["28×28×1", "28×28×16", "28×28×16", "14×14×32", "10 classes"]


def test_the_figure_leaves_background_and_text_colour_to_the_page():
    page = network_figure(sketch(VGGConfig()))["layout"]
    assert {"paper_bgcolor", "plot_bgcolor", "font", "template"}.isdisjoint(page)


def test_a_network_of_a_thousand_layers_stays_readable():
    drawing = layout(sketch(ResNetConfig(num_blocks=200)))
    assert len(drawing.boxes) < 25
    assert [fold.boxes[0].unit.repeats for fold in drawing.folds] == [200, 199, 199]


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


def test_a_network_without_auxiliary_heads_has_nothing_aside():
    assert [
        box for box in layout(sketch(PRESETS["googlenet"])).boxes if box.unit.is_auxiliary
    ] == []


def test_layers_after_a_reducer_belong_to_the_reducer():
    parts = blocks(sketch(InceptionConfig()))
    names = [node.name for node in find(parts, "stage1_module1_3x3_reducer").nodes]
    assert names == [f"stage1_module1_3x3_reducer{end}" for end in ("", "_norm", "_activation")]
