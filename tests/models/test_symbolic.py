"""The symbolic reading: strict about its layers, and right about what a cell sees."""

import pytest

from covnets.models import PRESETS, sketch, symbolic
from covnets.models.graph import Sketch, Tensor

IMAGES = (9, 7, 3)


@pytest.fixture
def images() -> Tensor:
    return symbolic.Input(IMAGES, name="images")


def close(inputs: Tensor, x: Tensor) -> Sketch:
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


@pytest.mark.parametrize(
    ("mistake", "told"),
    [
        (lambda x: same_name_twice(x), r"unique.*stem_activation"),
        (lambda x: symbolic.Conv2D(8, 3, name="conv1")(x), "'conv1' tells no place"),
        (lambda x: symbolic.Conv2D(8, 3, padding="full", name="stem")(x), "'same' or 'valid'"),
        (lambda x: symbolic.Conv2D(8, 9, name="stem")(x), "9x9 window does not fit 9x7"),
        (
            lambda x: symbolic.Conv2D(8, 3, groups=2, name="stem")(x),
            "3 channels and 8 filters cannot be parted into 2 groups",
        ),
        (lambda x: symbolic.Add(name="stem_add")([x, wider(x)]), "stem_add adds unequal shapes"),
        (
            lambda x: symbolic.Concatenate(name="stem_join")([x, smaller(x)]),
            "stem_join joins shapes",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_and_told(mistake, told, images):
    with pytest.raises(ValueError, match=told):
        mistake(images)


def same_name_twice(x: Tensor) -> Sketch:
    y = symbolic.Activation("relu", name="stem_activation")(x)
    return close(x, symbolic.Activation("relu", name="stem_activation")(y))


def wider(x: Tensor) -> Tensor:
    return symbolic.Conv2D(8, 1, name="stem_wide")(x)


def smaller(x: Tensor) -> Tensor:
    return symbolic.MaxPooling2D(2, name="stem_small")(x)


def test_what_the_output_does_not_depend_on_is_left_out(images):
    x = symbolic.Conv2D(8, 3, name="stem_conv")(images)
    symbolic.Conv2D(8, 3, name="stem_unused")(images)
    assert [node.name for node in close(images, x).nodes] == ["images", "stem_conv"]


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


def test_what_a_dense_layer_does_to_each_cell_sees_no_further(images):
    dense = symbolic.Dense(3, name="stage1_dense")(images)
    assert dense.node.receptive_field == images.node.receptive_field == 1
    joined = symbolic.GlobalAveragePooling2D(name="head_average")(dense)
    assert joined.node.receptive_field is None


def test_the_output_that_counts_must_be_made_last(images):
    first = symbolic.Dense(3, name="head_first")(symbolic.Flatten(name="head_flatten")(images))
    last = symbolic.Dense(2, name="head_last")(first)
    drawn = symbolic.Model(images, [last, first], name="net")
    assert [node.name for node in drawn.nodes][-2:] == ["head_first", "head_last"]
    with pytest.raises(ValueError, match="make the first output last"):
        symbolic.Model(images, [first, last], name="net")
