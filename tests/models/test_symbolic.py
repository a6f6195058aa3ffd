"""The symbolic reading: strict about its layers, and right about what a cell sees."""

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covnets.config import InceptionConfig
from covnets.models import PRESETS, sketch, symbolic
from covnets.models.graph import Node, Sketch

IMAGES = (9, 7, 3)


@pytest.fixture
def images() -> symbolic.Tensor:
    return symbolic.Input(IMAGES, name="images")


def close(inputs: symbolic.Tensor, x: symbolic.Tensor) -> Sketch:
    return symbolic.Model(inputs, x, name="net")


def test_a_layer_without_a_name_is_refused():
    for layer, arguments in [
        (symbolic.Conv2D, (8, 3)),
        (symbolic.Dense, (8,)),
        (symbolic.MaxPooling2D, (2,)),
        (symbolic.BatchNormalization, ()),
        (symbolic.Activation, ("relu",)),
        (symbolic.Add, ()),
    ]:
        with pytest.raises(TypeError, match="name"):
            layer(*arguments)
    with pytest.raises(TypeError, match="name"):
        symbolic.Input(IMAGES)
    with pytest.raises(TypeError, match="name"):
        symbolic.Model(None, None)


def test_an_argument_that_is_not_read_is_refused():
    with pytest.raises(TypeError, match="dilation_rate"):
        symbolic.Conv2D(8, 3, dilation_rate=2, name="stem_conv")
    with pytest.raises(TypeError, match="data_format"):
        symbolic.MaxPooling2D(2, data_format="channels_first", name="stem_pool")


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(AttributeError, match="LSTM"):
        _ = symbolic.LSTM


def test_two_layers_of_one_name_are_refused(images):
    x = symbolic.Activation("relu", name="stem_activation")(images)
    x = symbolic.Activation("relu", name="stem_activation")(x)
    with pytest.raises(ValueError, match=r"unique.*stem_activation"):
        close(images, x)


def test_a_name_that_tells_no_place_is_refused(images):
    with pytest.raises(ValueError, match=r"'conv1' tells no place"):
        symbolic.Conv2D(8, 3, name="conv1")(images)


def test_unknown_padding_is_refused(images):
    with pytest.raises(ValueError, match="'same' or 'valid'"):
        symbolic.Conv2D(8, 3, padding="full", name="stem_conv")(images)


def test_a_window_larger_than_the_image_is_refused(images):
    with pytest.raises(ValueError, match=r"9x9 window does not fit 9x7"):
        symbolic.Conv2D(8, 9, name="stem_conv")(images)


def test_unequal_shapes_are_neither_added_nor_joined(images):
    wide = symbolic.Conv2D(8, 1, name="stem_wide")(images)
    small = symbolic.MaxPooling2D(2, name="stem_small")(images)
    with pytest.raises(ValueError, match="stem_add adds unequal shapes"):
        symbolic.Add(name="stem_add")([images, wide])
    with pytest.raises(ValueError, match="stem_join joins shapes"):
        symbolic.Concatenate(name="stem_join")([wide, small])


def test_what_the_output_does_not_depend_on_is_left_out(images):
    x = symbolic.Conv2D(8, 3, name="stem_conv")(images)
    symbolic.Conv2D(8, 3, name="stem_unused")(images)
    assert [node.name for node in close(images, x).nodes] == ["images", "stem_conv"]


def test_shapes_show_the_batch_dimension_as_keras_does(images):
    assert symbolic.Conv2D(8, 3, name="stem_conv")(images).shape == (None, 7, 5, 8)


def test_convolutions_and_dense_layers_cost_what_arithmetic_says(images):
    conv = symbolic.Conv2D(8, 5, padding="same", strides=2, name="stem_conv")(images)
    assert conv.node.num_params == 5 * 5 * 3 * 8 + 8
    assert conv.node.macs == 5 * 5 * 3 * 8 * (5 * 4)
    norm = symbolic.BatchNormalization(name="stem_norm")(conv)
    assert (norm.node.num_params, norm.node.num_params_total, norm.node.macs) == (16, 32, 0)
    dense = symbolic.Dense(10, name="head_output")(symbolic.Flatten(name="head_flatten")(norm))
    assert dense.node.num_params == 5 * 4 * 8 * 10 + 10
    assert dense.node.macs == 5 * 4 * 8 * 10


@pytest.mark.parametrize(("num_convs", "seen"), [(1, 3), (2, 5), (3, 7)])
def test_stacked_three_by_three_layers_see_as_far_as_one_large_filter(images, num_convs, seen):
    x = images
    for conv in range(num_convs):
        x = symbolic.Conv2D(8, 3, padding="same", name=f"stage1_conv{conv}")(x)
    assert x.node.receptive_field == seen


def cells_seen(nodes: dict[str, Node], name: str, cells: int) -> int:
    """How many pixels in a row the network looks at for so many neighbouring cells of a layer.

    It goes from the layer back to the image, where the sketch counts from the image on.
    """
    node = nodes[name]
    if not node.inputs:
        return cells
    kernel = getattr(node.layer, "kernel_size", getattr(node.layer, "pool_size", 1))
    needed = (cells - 1) * getattr(node.layer, "strides", 1) + kernel
    return max(cells_seen(nodes, source, needed) for source in node.inputs)


windows = st.tuples(st.integers(1, 5), st.integers(1, 3))


@settings(max_examples=50, derandomize=True, deadline=None)
@given(st.lists(windows, max_size=5), st.lists(windows, max_size=3), st.booleans())
def test_the_receptive_field_is_what_a_cell_looks_back_at(stem, branch, joined):
    images = x = symbolic.Input((500, 500, 1), name="images")
    for layer, (kernel, stride) in enumerate(stem):
        x = symbolic.Conv2D(2, kernel, strides=stride, padding="same", name=f"stem_{layer}")(x)
    y = x
    for layer, (kernel, _) in enumerate(branch):
        y = symbolic.MaxPooling2D(kernel, strides=1, padding="same", name=f"stage1_{layer}")(y)
    if joined:
        y = symbolic.Concatenate(name="stage1_join")([x, y])
    y = symbolic.Conv2D(2, 3, padding="same", name="stage2_conv")(y)
    drawn = close(images, y)
    nodes = {node.name: node for node in drawn.nodes}
    for node in drawn.nodes:
        assert node.receptive_field == cells_seen(nodes, node.name, 1)


@pytest.mark.parametrize("preset", PRESETS)
def test_what_is_behind_a_dense_layer_or_global_pooling_sees_the_whole_image(preset):
    drawn, whole = sketch(PRESETS[preset]), set()
    for node in drawn.nodes:
        if node.kind in ("Dense", "GlobalAveragePooling2D") or whole.intersection(node.inputs):
            whole.add(node.name)
    assert {node.name for node in drawn.nodes if node.receptive_field is None} == whole
    assert drawn.receptive_field == next(
        node.receptive_field for node in reversed(drawn.nodes) if len(node.output_shape) == 3
    )


def test_the_network_s_receptive_field_leaves_auxiliary_heads_out():
    plain, helped = (
        sketch(InceptionConfig(num_stages=2, auxiliary_heads=heads)) for heads in (False, True)
    )
    assert helped.nodes[-4].name == "stage2_auxiliary1_output"
    assert helped.receptive_field == plain.receptive_field


def test_what_a_dense_layer_does_to_each_cell_sees_no_further(images):
    dense = symbolic.Dense(3, name="stage1_dense")(images)
    assert dense.node.receptive_field == images.node.receptive_field == 1
    joined = symbolic.GlobalAveragePooling2D(name="head_average")(dense)
    assert joined.node.receptive_field is None


@pytest.mark.parametrize("preset", PRESETS)
def test_every_node_reads_nodes_before_it(preset):
    seen: set[str] = set()
    for node in sketch(PRESETS[preset]).nodes:
        assert seen.issuperset(node.inputs)
        assert node.name not in seen
        seen.add(node.name)


@pytest.mark.parametrize("preset", PRESETS)
def test_totals_are_the_sums_of_the_nodes(preset):
    drawn = sketch(PRESETS[preset])
    assert drawn.num_params == sum(node.num_params for node in drawn.nodes)
    assert drawn.num_params_total == sum(node.num_params_total for node in drawn.nodes)
    assert drawn.macs == sum(node.macs for node in drawn.nodes)
    assert drawn.nodes[0].kind == "InputLayer"
    assert drawn.nodes[-1].output_shape == (PRESETS[preset].num_classes,)


def test_a_builder_may_use_any_namespace_with_these_layers():
    recorded = SimpleNamespace(**vars(symbolic))
    from covnets.models.vgg import vgg

    assert vgg(PRESETS["mini_vgg"], recorded).num_params == sketch(PRESETS["mini_vgg"]).num_params


def test_the_output_that_counts_must_be_made_last(images):
    first = symbolic.Dense(3, name="head_first")(symbolic.Flatten(name="head_flatten")(images))
    last = symbolic.Dense(2, name="head_last")(first)
    drawn = symbolic.Model(images, [last, first], name="net")
    assert [node.name for node in drawn.nodes][-2:] == ["head_first", "head_last"]
    with pytest.raises(ValueError, match="make the first output last"):
        symbolic.Model(images, [first, last], name="net")


def test_groups_must_part_channels_and_filters(images):
    with pytest.raises(ValueError, match="3 channels and 8 filters cannot be parted into 2 groups"):
        symbolic.Conv2D(8, 3, groups=2, name="stem_conv")(images)
