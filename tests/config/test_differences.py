"""Labels say what differs between runs, only that, and never the same of two."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covnets.config import (
    AlexNetConfig,
    ConfigField,
    InceptionConfig,
    ResNetConfig,
    RunConfig,
    TrainConfig,
    VGGConfig,
    fields_of,
)
from covnets.config.differences import LONGEST_LABEL, description, family_title, labels
from covnets.errors import ConfigError
from covnets.models import FAMILIES

TABLES: list[Any] = [VGGConfig, InceptionConfig, ResNetConfig, AlexNetConfig]
ROWS = ((64, 96, 128, 16, 32, 32),) * 3


def run(network: Any = None, **train: Any) -> RunConfig:
    return RunConfig(network=network or ResNetConfig(), train=TrainConfig(**train))


def resnets(*changes: dict[str, Any]) -> list[RunConfig]:
    return [run(ResNetConfig(**change)) for change in changes]


def some_values(field: ConfigField) -> Sequence[Any]:
    """A few values, so that many runs are alike in it."""
    match field.name:
        case "dataset":
            return "fashion_mnist", "a name of mine " * 6
        case "learning_rate":
            return 0.003, 0.0030000001, 1e-5
        case "dropout":
            return 0.0, 0.1 + 0.2, 0.3
    return (1, 2, (1, 2), (2, 1, 2)) if field.kind == "counts" else field.values[:3]


@st.composite
def configs(draw: st.DrawFn) -> RunConfig:
    """A run of any family, with some of its fields changed."""
    network, train = draw(st.sampled_from(TABLES))(), TrainConfig()
    known = fields_of(type(network), TrainConfig)
    changeable = sorted(name for name, field in known.items() if some_values(field))
    for name in draw(st.lists(st.sampled_from(changeable), max_size=8, unique=True)):
        change = {name: draw(st.sampled_from(some_values(known[name])))}
        with suppress(ConfigError):  # these images are too small
            if known[name].of == "network":
                network = network.replace(**change)
            else:
                train = train.replace(**change)
    return RunConfig(network=network, train=train)


@given(st.lists(configs(), min_size=1, max_size=7))
def test_no_two_labels_are_equal_and_none_is_empty_or_long(runs):
    found = labels(runs)
    assert len(set(found)) == len(runs)
    assert min(map(len, found)) > 0
    # What tells two runs apart may take a third more, and a number may follow.
    assert max(map(len, found)) <= 4 / 3 * LONGEST_LABEL + len(" (7)")


@given(configs(), configs())
def test_a_description_tells_exactly_the_fields_that_are_not_as_in_the_base(config, base):
    base = base.replace(network=type(config.network)())
    before, after = (dict(run.network) | dict(run.train) for run in (base, config))
    told = set(description(config, base).split(" – ")[1].removesuffix(".").split("; "))
    for name, field in fields_of(type(config.network), TrainConfig).items():
        if name == "num_stages" or field.kind == "counts":
            continue  # of the two, one may tell the other
        is_told = before[name] != after[name] and field.applies(after)
        assert (field.phrase(after[name]) in told) == is_told


def test_nothing_is_said_without_others_or_a_difference():
    assert labels([]) == []
    assert labels([run()]) == ["ResNet"]
    assert description(run()) == "ResNet – nothing changed."


def test_what_does_nothing_in_both_does_not_differ():
    without = [run(ResNetConfig(batchnorm=False, batchnorm_momentum=m)) for m in (0.5, 0.9)]
    assert labels(without) == ["ResNet 1", "ResNet 2"]
    assert labels([run(), without[1]]) == ["with BatchNorm", "without BatchNorm"]
    heads = [run(InceptionConfig(head="dense", units=64)), run(InceptionConfig())]
    assert labels(heads) == ["head dense · units 64", "head average pooling"]


def test_the_number_of_stages_is_left_out_where_the_counts_tell_it():
    uneven = resnets({"num_blocks": (1, 2)}, {"num_blocks": (2, 2, 2)}, {"num_blocks": (2, 2)})
    assert labels(uneven) == [
        "blocks 1, 2",
        "blocks 2, 2, 2",
        "blocks 2, 2",
    ]


def test_stages_that_are_all_alike_are_told_by_their_number_and_one_count():
    even = resnets({"num_stages": 3, "num_blocks": 2}, {"num_stages": 4, "num_blocks": 2})
    assert labels(even) == ["stages 3", "stages 4"]
    deeper = resnets({"num_blocks": 1}, {"num_blocks": 3}, {"num_blocks": (3, 4, 3)})
    assert labels(deeper) == [
        "blocks 1",
        "blocks 3",
        "blocks 3, 4, 3",
    ]


def test_a_single_value_that_is_long_is_cut():
    runs = [run(InceptionConfig()), run(InceptionConfig(module_filters=ROWS))]
    assert labels(runs) == [
        "filters of each module none",
        "filters of each module 64/96/128/16/32/32, 64…",
    ]


def test_families_come_first_and_differences_within_them_follow():
    runs = [
        run(ResNetConfig(shortcut="projection"), learning_rate=0.1),
        run(VGGConfig(), learning_rate=0.05),
        run(ResNetConfig(shortcut="none"), learning_rate=0.1),
    ]
    assert labels(runs) == ["ResNet · shortcut projection", "VGG", "ResNet · shortcut none"]


def test_equal_runs_are_numbered():
    assert labels([run(), run()]) == ["ResNet 1", "ResNet 2"]
    assert labels([run(VGGConfig()), run(), run()]) == ["VGG", "ResNet 1", "ResNet 2"]
    assert labels(resnets({"filters": 8}, {}, {})) == [
        "filters 8",
        "filters 16 (1)",
        "filters 16 (2)",
    ]
    named = [run(dataset=name) for name in ("a", "a", "a (1)")]
    assert labels(named) == ["dataset a (2)", "dataset a (3)", "dataset a (1)"]


def test_the_seed_is_mentioned_where_it_is_asked_for():
    runs = [run(seed=seed) for seed in (3, 4)]
    assert labels(runs, with_seed=True) == ["seed 3", "seed 4"]
    assert labels(runs) == ["ResNet 1", "ResNet 2"]


def test_a_long_label_keeps_what_tells_most_runs_apart():
    common = {"activation": "leaky_relu", "preactivation": True, "batchnorm": False}
    runs = resnets({}, common | {"filters": 8}, common | {"filters": 32}, common | {"filters": 64})
    found = labels(runs)
    assert found == [
        "filters 16 · without pre-activation · …",
        "filters 8 · with pre-activation · …",
        "filters 32 · with pre-activation · …",
        "filters 64 · with pre-activation · …",
    ]


def test_a_description_says_everything_that_is_no_default():
    config = run(
        ResNetConfig(num_blocks=(3, 4, 6), filters=8, batchnorm=False, shortcut="none"),
        learning_rate=0.01,
        seed=3,
    )
    assert description(config) == (
        "ResNet – blocks 3, 4, 6; filters 8; shortcut none; without BatchNorm; "
        "learning rate 0.01; seed 3."
    )
    assert description(config, config.replace(train=TrainConfig())) == (
        "ResNet – learning rate 0.01; seed 3."
    )
    large = run(InceptionConfig(input_shape=(32, 32, 3), module_filters=ROWS))
    assert description(large) == (
        "Inception – filters of each module 64/96/128/16/32/32, 64/96/128/16/32/32, "
        "64/96/128/16/32/32; image shape 32x32x3."
    )


def test_a_network_of_another_family_is_described_by_its_own_defaults():
    assert description(run(VGGConfig(units=64), seed=1), run(seed=1)) == ("VGG – units 64.")


@pytest.mark.parametrize("family", FAMILIES)
def test_families_are_called_as_on_their_pages(family):
    assert family_title(FAMILIES[family].config_class()) == FAMILIES[family].title
