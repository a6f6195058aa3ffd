"""What may be swept is what the pages offer, and what may not is refused in a sentence."""

import math

import pytest

from covnets.config import value_of
from covnets.errors import ConfigError
from covnets.groups.sweep.axes import Axis, checked, default_axes, offered
from covnets.groups.sweep.grid import SweepPlan, apply, grid, try_cell
from covnets.models import FAMILIES
from tests.groups.sweep.small_sweeps import DEPTH, FILTERS, axis, base_of


def refusal(*axes: Axis, family: str = "resnet") -> str:
    with pytest.raises(ConfigError) as refused:
        checked(base_of(family), axes)
    return str(refused.value)


def swept(given: Axis, family: str = "resnet") -> tuple[object, ...]:
    return checked(base_of(family), [given])[0].values


@pytest.mark.parametrize("family", FAMILIES)
def test_every_offered_value_can_be_swept_over_and_found_again(family):
    base = base_of(family)
    base = apply(base, {"epochs": 3} | ({"head": "dense"} if family == "inception" else {}))
    for name, offer in offered(family).items():
        if offer.only_if is not None and value_of(base, offer.only_if[0]) != offer.only_if[1]:
            continue
        [read] = checked(base, [Axis(field=name, values=offer.values)])
        assert read.values == offer.values, name
        for value in offer.values[:3]:
            config = try_cell(base, {name: value}).config
            # These images are too small for some stems.
            assert config is None or value_of(config, name) == value


def test_offers_are_those_of_the_widgets():
    offers = offered("inception")
    assert offers["dropout"].values[1:4] == (0.1, 0.2, 0.3)
    assert offers["reducers"].values == (False, True)
    assert len(offers["branches"].values) == 5
    assert offers["branches"].values[-2:] == ("3x3,5x5,pool", "1x1,3x3,5x5,pool")
    assert not offers.keys() & {"family", "input_shape", "num_classes", "dataset", "max_filters"}


@pytest.mark.parametrize("family", FAMILIES)
def test_default_axes_are_possible_throughout(family):
    axes = default_axes(family)
    cells = grid(SweepPlan(base=base_of(family), axes=axes))
    assert len(cells) == 9
    assert all(cell.refusal is None for cell in cells)
    for chosen in axes:
        assert set(chosen.values) <= set(offered(family)[chosen.field].values)


def test_values_are_read_once_each_and_put_in_order():
    assert swept(axis("filters", 32, 8, "16", 8.0, 32)) == (8, 16, 32)
    assert swept(axis("learning_rate", 1, 0.1, 0.10)) == (0.1, 1.0)
    assert swept(axis("shortcut", "none", "identity", "none")) == ("identity", "none")
    assert swept(axis("batchnorm", True, 0, "on")) == (False, True)
    assert swept(axis("branches", "3x3,1x1"), "inception") == ("3x3,1x1",)


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        ([], "The sweep has 0 hyperparameters: choose 1 to 3 of them."),
        (
            [DEPTH, FILTERS, axis("seed", 1), axis("epochs", 1)],
            "The sweep has 4 hyperparameters: choose 1 to 3 of them.",
        ),
        ([FILTERS, FILTERS], "filters is swept over twice: name each hyperparameter once."),
        ([axis("filters")], "filters has no values: give at least one."),
        ([axis("filters", *range(1, 102))], "filters has 101 values: give at most 100."),
        ([axis("filters", True)], "filters=True is not a number: give one."),
        ([axis("num_blocks", 0)], "num_blocks=0 is too small: choose at least 1."),
        ([axis("fliters", 8)], "did you mean filters?"),
        ([axis("max_filters", 8)], "max_filters cannot be swept over: choose among num_stages,"),
    ],
)
def test_what_cannot_be_swept_is_refused_in_a_sentence(axes, sentence):
    assert sentence in refusal(*axes)


@pytest.mark.parametrize("value", [math.nan, math.inf, [1, 2], None, {"a": 1}])
def test_a_value_that_is_none_is_refused(value):
    with pytest.raises(ConfigError, match=r"filters has the value .*, which cannot be tried"):
        axis("filters", value)


def test_a_hyperparameter_that_does_nothing_is_refused():
    units = axis("units", 16, 64)
    text = refusal(units, family="inception")
    assert text == "units does nothing unless head=dense: set that, or sweep over head too."
    checked(base_of("inception"), [units, axis("head", "dense", "average_pooling")])
    checked(apply(base_of("inception"), {"head": "dense"}), [units])
    assert "does nothing" in refusal(units, axis("head", "average_pooling"), family="inception")


def test_different_counts_per_stage_are_one_text():
    assert value_of(apply(base_of("resnet"), {"num_blocks": 2}), "num_blocks") == 2
    base = base_of("resnet")
    mixed = base.replace(network=base.network.replace(num_blocks=(1, 2, 3)))
    assert value_of(mixed, "num_blocks") == "1,2,3"
