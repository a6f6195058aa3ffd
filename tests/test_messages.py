"""Refusals say what was given, what is expected, and what to change."""

import pytest

from covnets.config import InceptionConfig, ResNetConfig, RunConfig, TrainConfig, VGGConfig
from covnets.errors import ConfigError
from covnets.messages import meant, unknown_name
from covnets.models import PRESETS

RUN = {"network": {"family": "vgg"}}


@pytest.mark.parametrize(
    ("table", "values", "sentence"),
    [
        (VGGConfig, {"filters": 0}, "filters=0 is too small: choose at least 1."),
        (VGGConfig, {"filters": 9999}, "filters=9999 is too large: choose at most 4096."),
        (VGGConfig, {"dropout": 1}, "dropout=1 is too large: choose less than 1.0."),
        (TrainConfig, {"learning_rate": 0}, "learning_rate=0 is too small: choose more than 0.0."),
        (VGGConfig, {"filters": "many"}, "filters=many is not a whole number: give one."),
        (VGGConfig, {"filters": 1.5}, "filters=1.5 is not a whole number: give one."),
        (VGGConfig, {"dropout": "half"}, "dropout=half is not a finite number: give one."),
        (VGGConfig, {"dropout": float("nan")}, "dropout=nan is not a finite number: give one."),
        (VGGConfig, {"dropout": float("inf")}, "dropout=inf is not a finite number: give one."),
        (
            VGGConfig,
            {"batchnorm": "maybe"},
            "batchnorm=maybe is neither true nor false: give one of them.",
        ),
        (
            TrainConfig,
            {"optimizer": "adamw"},
            "optimizer=adamw is not offered: choose 'adam', 'sgd' or 'rmsprop'.",
        ),
        (
            InceptionConfig,
            {"branches": ["1x1", "7x7"]},
            "branches=7x7 is not offered: choose '1x1', '3x3', '5x5' or 'pool'.",
        ),
        (VGGConfig, {"num_convs": ()}, "num_convs is empty: give at least 1 number."),
        (VGGConfig, {"num_convs": (1, 999)}, "num_convs=999 is too large: choose at most 256."),
        (
            VGGConfig,
            {"input_shape": (28, 28)},
            "input_shape=28,28 has too few values: give 3.",
        ),
        (VGGConfig, {"input_shape": ()}, "input_shape=nothing has too few values: give 3."),
        (
            InceptionConfig,
            {"module_filters": [(1, 2)] * 3},
            "module_filters=1,2 has too few values: give 6.",
        ),
        (
            VGGConfig,
            {"input_shape": (28, 28, 1, 1)},
            "input_shape=28,28,1,1 has too many values: give 3.",
        ),
        (
            VGGConfig,
            {"fliters": 3},
            "fliters is not a field of VGGConfig: did you mean filters?",
        ),
        (RunConfig, {}, "network is missing: give it a value."),
        (
            RunConfig,
            {"network": {"family": "vg"}},
            "Family 'vg' is unknown: choose 'vgg', 'inception', 'resnet', 'alexnet'.",
        ),
        (RunConfig, {"network": {}}, "network names no family: give it the field 'family'."),
        (
            RunConfig,
            {"network": {"family": "vgg", "filters": 0}},
            "filters=0 is too small: choose at least 1.",
        ),
        (
            RunConfig,
            RUN | {"train": {"epochs": 0}},
            "epochs=0 is too small: choose at least 1.",
        ),
    ],
)
def test_one_wrong_value_is_refused_in_one_sentence(table, values, sentence):
    with pytest.raises(ConfigError) as refusal:
        table.model_validate(values)
    assert str(refusal.value) == sentence


def test_every_wrong_field_gets_its_sentence_once():
    with pytest.raises(ConfigError) as refusal:
        VGGConfig(filters=0, num_convs=(0, -1), dropout=2)
    assert str(refusal.value) == (
        "num_convs=0 is too small: choose at least 1. filters=0 is too small: choose at least 1. "
        "dropout=2 is too large: choose less than 1.0."
    )


def test_an_unknown_name_that_resembles_none_gets_the_list():
    with pytest.raises(
        ConfigError, match="qqq is not a field of TrainConfig: choose among dataset"
    ):
        TrainConfig(qqq=1)


def test_long_values_are_cut_short():
    with pytest.raises(ConfigError) as refusal:
        TrainConfig(optimizer="x" * 500)
    assert len(str(refusal.value)) < 120


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("resnet20", ["cifar_resnet20"]),
        ("resnet110", ["cifar_resnet110"]),
        ("VGG16", ["vgg16"]),
        ("VGG-16 (C)", ["vgg16"]),
        ("vgg_16_1x1", ["vgg16_1x1"]),
        ("vgg", [name for name in PRESETS if "vgg" in name]),
        ("res net 50", ["resnet50"]),
        ("resnet50_v2", ["resnet50"]),
        ("GoogLeNet", ["googlenet"]),
        ("inception", ["mini_inception"]),
        ("vgg15", ["vgg11", "vgg13", "vgg16", "vgg19"]),
        ("alexnte", ["alexnet"]),
        ("LeNet", ["alexnet"]),
        ("v", []),
        ("", []),
        ("---", []),
        ("transformer", []),
    ],
)
def test_a_name_that_is_not_known_suggests_what_was_meant(written, found):
    assert meant(written, PRESETS) == found


def test_several_suggestions_are_a_choice():
    assert unknown_name("preset", "vgg15", PRESETS) == (
        "There is no preset 'vgg15': did you mean vgg11, vgg13, vgg16 or vgg19?"
    )


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("BatchNorm", ["batchnorm"]),
        ("learning-rate", ["learning_rate"]),
        ("rate", ["learning_rate"]),
        ("shortcuts", ["shortcut"]),
        ("fliters", ["filters"]),
        ("max_filter", ["max_filters"]),
    ],
)
def test_a_field_is_found_whatever_its_case_and_signs(written, found):
    assert meant(written, [*ResNetConfig.model_fields, *TrainConfig.model_fields]) == found
