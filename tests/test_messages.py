"""Refusals say what was given, what is expected, and what to change."""

import math

import pytest

from covnets.config import (
    FIELDS,
    AlexNetConfig,
    InceptionConfig,
    ResNetConfig,
    RunConfig,
    TrainConfig,
    VGGConfig,
)
from covnets.errors import ConfigError
from covnets.messages import meant, unknown_name
from covnets.models import PRESETS

RESNET = {"family": "resnet"}


@pytest.mark.parametrize(
    ("table", "field", "value", "said"),
    [
        (VGGConfig, "filters", 0, "=0 is too small: choose at least 1."),
        (VGGConfig, "filters", 9999, "=9999 is too large: choose at most 4096."),
        (VGGConfig, "dropout", 1, "=1 is too large: choose less than 1.0."),
        (TrainConfig, "learning_rate", 0, "=0 is too small: choose more than 0.0."),
        (VGGConfig, "filters", "many", "=many is not a whole number: give one."),
        (VGGConfig, "filters", 1.5, "=1.5 is not a whole number: give one."),
        (VGGConfig, "dropout", "half", "=half is not a finite number: give one."),
        (VGGConfig, "dropout", math.nan, "=nan is not a finite number: give one."),
        (VGGConfig, "dropout", math.inf, "=inf is not a finite number: give one."),
        (VGGConfig, "batchnorm", "maybe", "=maybe is neither true nor false: give one of them."),
        (AlexNetConfig, "filters", 25, "=25 is not offered: choose a multiple of 6."),
        (ResNetConfig, "block", "wide", "=wide is not offered: choose 'basic' or 'bottleneck'."),
        (
            InceptionConfig,
            "branches",
            ["1x1"] * 2,
            "=1x1,1x1 names a branch twice: name each at most once.",
        ),
        (VGGConfig, "num_convs", (), " is empty: give at least 1 number."),
        (VGGConfig, "num_convs", (1, 999), "=999 is too large: choose at most 256."),
        (VGGConfig, "input_shape", (28, 28), "=28,28 has too few values: give 3."),
        (VGGConfig, "input_shape", (), "=nothing has too few values: give 3."),
        (VGGConfig, "input_shape", (28, 28, 1, 1), "=28,28,1,1 has too many values: give 3."),
        (InceptionConfig, "module_filters", [(1, 2)] * 3, "=1,2 has too few values: give 6."),
        (
            InceptionConfig,
            "module_filters",
            ["1/2/3/4/5/6"],
            " has 1 row for 3 modules: give one row a module, or none.",
        ),
        (RunConfig, "network", {}, " does not say its family: add the field 'family'."),
    ],
)
def test_one_wrong_value_is_refused_in_one_sentence(table, field, value, said):
    with pytest.raises(ConfigError) as refusal:
        table.model_validate({field: value})
    assert str(refusal.value) == field + said


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "network is missing: give it a value."),
        ({"network": RESNET | {"filters": 0}}, "filters=0 is too small: choose at least 1."),
        (
            {"network": RESNET, "train": {"batch_size": 2, "num_train": 1}},
            "batch_size=2 is larger than the 1 training image: use a batch of at most 1, or more "
            "images.",
        ),
        (
            {"network": {"family": "vg"}},
            "There is no family 'vg': did you mean vgg?",
        ),
    ],
)
def test_a_run_is_refused_in_the_words_of_its_parts(values, sentence):
    with pytest.raises(ConfigError) as refusal:
        RunConfig.model_validate(values)
    assert str(refusal.value) == sentence


def test_an_unknown_field_is_refused_as_any_unknown_name():
    with pytest.raises(ConfigError) as refusal:
        VGGConfig(fliters=3)
    assert str(refusal.value) == "There is no field 'fliters': did you mean filters?"


def test_every_wrong_field_gets_its_sentence_once():
    with pytest.raises(ConfigError) as refusal:
        VGGConfig(filters=0, num_convs=(0, -1), dropout=2)
    assert str(refusal.value) == (
        "num_convs=0 is too small: choose at least 1. filters=0 is too small: choose at least 1. "
        "dropout=2 is too large: choose less than 1.0."
    )


def test_text_that_is_no_json_is_refused_in_a_sentence():
    with pytest.raises(ConfigError, match="RunConfig is not valid JSON"):
        RunConfig.model_validate_json("{")


def test_long_values_are_cut_short():
    with pytest.raises(ConfigError) as refusal:
        TrainConfig(optimizer="x" * 500)
    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("resnet20", ["cifar_resnet20"]),
        ("VGG-16 (C)", ["vgg16"]),
        ("vgg_16_1x1", ["vgg16_1x1"]),
        ("vgg", [name for name in PRESETS if "vgg" in name]),
        ("res net 50", ["resnet50"]),
        ("resnet50_v2", ["resnet50"]),
        ("GoogLeNet", ["googlenet"]),
        ("inception", ["mini_inception"]),
        ("vgg15", ["vgg11", "vgg13", "vgg16", "vgg19"]),
        ("LeNet", ["alexnet"]),
        ("", []),
        ("v", []),
        ("transformer", []),
        ("BatchNorm", ["batchnorm"]),
        ("learning-rate", ["learning_rate"]),
        ("rate", ["learning_rate"]),
        ("fliters", ["filters"]),
    ],
)
def test_a_name_that_is_not_known_suggests_what_was_meant(written, found):
    assert meant(written, [*PRESETS, *FIELDS]) == found


def test_several_suggestions_are_a_choice():
    assert unknown_name("preset", "vgg15", PRESETS) == (
        "There is no preset 'vgg15': did you mean vgg11, vgg13, vgg16 or vgg19?"
    )
